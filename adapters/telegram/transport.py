"""How python-telegram-bot reaches the Bot API: over aiohttp, and without knowing the token.

The library's own transport costs three times the CPU and logs every address, token included.
Here the library is given addresses without a token, so nothing that it logs or raises can
show one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar

import aiohttp
import msgspec
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from core.message import File

TIMEOUT = 20.0
"""Seconds for one call, long polling aside."""

UPLOAD = 60.0
"""Seconds for one call with a file."""

_CONNECT = 5.0  # seconds to connect
_PAUSE = 5.0  # seconds to keep still when the API refuses without saying for how long

Got = TypeVar("Got")

_JSON = {"Content-Type": "application/json"}

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


class RefusedError(TelegramError):
    """Telegram refused a call.

    Attributes:
        status: HTTP status.
        moved_to: Id of the supergroup that the chat became, or None.
    """

    def __init__(self, description: str, *, status: int, moved_to: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.moved_to = moved_to


class Sent(msgspec.Struct, frozen=True):
    """What tifo reads of a message that was accepted."""

    message_id: int


class _Parameters(msgspec.Struct, frozen=True):
    retry_after: float = _PAUSE
    migrate_to_chat_id: int | None = None


class _Refusal(msgspec.Struct, frozen=True):
    description: str = ""
    parameters: _Parameters = _Parameters()


class _Answer(msgspec.Struct, frozen=True):
    result: bool | Sent


class _Open(msgspec.Struct, frozen=True):
    result: msgspec.Raw


_Data: TypeAlias = bytes | dict[str, str] | aiohttp.FormData | None

_decode_answer = msgspec.json.Decoder(_Answer).decode
_decode_open = msgspec.json.Decoder(_Open).decode
_decode_refusal = msgspec.json.Decoder(_Refusal).decode


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
        seconds = read_timeout if isinstance(read_timeout, int | float) else TIMEOUT
        form = request_data.json_parameters if request_data else None
        return await self._ask(method, url.rpartition("/")[2], form, seconds)

    async def call(self, method: str, body: Mapping[str, object]) -> bool | Sent:
        """Make a call and read no more of its answer than tifo needs.

        The library's way costs three times the CPU: it spells out every argument and builds
        the whole message that comes back.

        Raises:
            FloodError: Telegram wants us to wait.
            RefusedError: It refuses this call.
            TelegramError: It failed or cannot be reached, or what answers is not the Bot API.
        """
        status, answer = await self._ask("POST", method, msgspec.json.encode(body), TIMEOUT)
        if status != 200:
            raise _to_error(status, answer)
        try:
            return _decode_answer(answer).result
        except msgspec.DecodeError:
            raise _not_ours(status) from None

    async def ask(self, method: str, body: Mapping[str, object], kind: type[Got]) -> Got:
        """Make a call whose answer is of another kind than those of `call`.

        Raises:
            FloodError: Telegram wants us to wait.
            RefusedError: It refuses this call.
            TelegramError: It failed or cannot be reached, or answers something else.
        """
        status, answer = await self._ask("POST", method, msgspec.json.encode(body), TIMEOUT)
        if status != 200:
            raise _to_error(status, answer)
        try:
            return msgspec.json.decode(_decode_open(answer).result, type=kind)
        except msgspec.DecodeError:
            raise _not_ours(status) from None

    async def upload(self, method: str, body: Mapping[str, object], name: str, file: File) -> Sent:
        """Make a call with a file, which stands in it under a name.

        Raises:
            FloodError: Telegram wants us to wait.
            RefusedError: It refuses this call.
            TelegramError: It failed or cannot be reached, or answers something else.
        """
        form = aiohttp.FormData(default_to_multipart=True)
        for field, value in body.items():
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            form.add_field(field, text)
        form.add_field(name, file.content, filename=file.name, content_type=file.media_type)
        status, answer = await self._ask("POST", method, form, UPLOAD)
        if status != 200:
            raise _to_error(status, answer)
        try:
            return msgspec.json.decode(_decode_open(answer).result, type=Sent)
        except msgspec.DecodeError:
            raise _not_ours(status) from None

    async def _ask(self, method: str, path: str, data: _Data, seconds: float) -> tuple[int, bytes]:
        if self._session is None:
            raise NetworkError("not connected")
        try:
            async with self._session.request(
                method,
                f"{self._base}/{path}",
                data=data,
                headers=_JSON if isinstance(data, bytes) else None,
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


def _to_error(status: int, answer: bytes) -> TelegramError:
    try:
        refusal = _decode_refusal(answer)
    except msgspec.DecodeError:
        return _not_ours(status)
    if status >= 500:
        return NetworkError(refusal.description or str(status))
    moved_to = refusal.parameters.migrate_to_chat_id
    return RefusedError(refusal.description, status=status, moved_to=moved_to)


def _not_ours(status: int) -> TelegramError:
    return TelegramError(f"status {status} of something else than the Bot API")


def _patience(body: bytes) -> float:
    try:
        return _decode_refusal(body).parameters.retry_after
    except msgspec.DecodeError:
        return _PAUSE
