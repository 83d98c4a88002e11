"""How python-telegram-bot reaches the Bot API: over aiohttp, and without knowing the token.

The library's own transport costs three times the CPU and logs every address, token included.
Here the library is given addresses without a token, so nothing that it logs or raises can
show one.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import msgspec
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

TIMEOUT = 20.0
"""Seconds for one call, long polling aside."""

_CONNECT = 5.0  # seconds to connect
_PAUSE = 5.0  # seconds to keep still when the API refuses without saying for how long

# What the library hands over where its caller named no timeout.
_UNSET: object = BaseRequest.DEFAULT_NONE


class FloodError(TelegramError):
    """Telegram asked for patience.

    The library's own `RetryAfter` warns of a change in itself whenever it is raised.

    Attributes:
        after: How long to send nothing there, in seconds.
    """

    def __init__(self, after: float) -> None:
        super().__init__(f"Telegram asks us to wait {after:g} s")
        self.after = after


class _Parameters(msgspec.Struct, frozen=True):
    retry_after: float = _PAUSE


class _Refusal(msgspec.Struct, frozen=True):
    parameters: _Parameters = _Parameters()


class Transport(BaseRequest):
    """Carries calls to one bot's address."""

    def __init__(self, base: str) -> None:
        """Prepare; `initialize` opens the connections.

        Args:
            base: The API's address with the token, such as "https://host/bot123:abc".
        """
        self._base = base
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Return the seconds for one call, long polling aside."""
        return TIMEOUT

    async def initialize(self) -> None:
        """Open the connections; again does no harm."""
        if self._session is None:
            self._session = aiohttp.ClientSession()

    async def shutdown(self) -> None:
        """Close the connections; calls fail afterwards."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = _UNSET,
        *_: object,
        **__: object,
    ) -> tuple[int, bytes]:
        """Make one call and return its status and body.

        Raises:
            FloodError: Telegram wants us to wait.
            TimedOut: It did not answer in time.
            NetworkError: It cannot be reached.
        """
        if self._session is None:
            raise NetworkError("not connected")
        seconds = read_timeout if isinstance(read_timeout, int | float) else TIMEOUT
        try:
            async with self._session.request(
                method,
                f"{self._base}/{url.rpartition('/')[2]}",
                data=request_data.json_parameters if request_data else None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT),
            ) as answer:
                status, body = answer.status, await answer.read()
        # Their own texts can show the address, so the errors are not passed on.
        except TimeoutError:
            raise TimedOut from None
        except (aiohttp.ClientError, OSError) as error:
            raise NetworkError(type(error).__name__) from None
        if status == 429:
            raise FloodError(_patience(body))
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read an answer.

        Raises:
            TelegramError: Whatever answered does not speak like the Bot API.
        """
        try:
            answer = msgspec.json.decode(payload, type=dict[str, Any])
        except msgspec.DecodeError:
            answer = {}
        if "result" not in answer and "description" not in answer:
            raise TelegramError("what answers is not the Bot API")
        return answer


def _patience(body: bytes) -> float:
    try:
        return msgspec.json.decode(body, type=_Refusal).parameters.retry_after
    except msgspec.DecodeError:
        return _PAUSE
