"""The library's bot, made safe for long polling."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast
from urllib.parse import urlencode

import msgspec
from telegram import Bot, Update
from telegram.error import InvalidToken, NetworkError

from adapters.telegram.transport import TIMEOUT, FloodError, Got, Sent, Transport
from core.message import File

API = "https://api.telegram.org"

_STAND_IN = "token"  # what the library takes for the token, see `transport`


class Client(Bot):
    """Calls the Bot API for one bot."""

    def __init__(self, token: str, api: str = API) -> None:
        transport = Transport(f"{api}/bot{token}")
        super().__init__(
            _STAND_IN,
            base_url=lambda _: api,
            base_file_url=lambda _: api,
            request=transport,
            get_updates_request=transport,
        )
        self._transport = transport
        self._refused = asyncio.Event()

    async def call(self, method: str, body: Mapping[str, object]) -> bool | Sent:
        """See `Transport.call`."""
        return await self._transport.call(method, body)

    async def ask(self, method: str, body: Mapping[str, object], kind: type[Got]) -> Got:
        """See `Transport.ask`."""
        return await self._transport.ask(method, body, kind)

    async def upload(self, method: str, body: Mapping[str, object], name: str, file: File) -> Sent:
        """See `Transport.upload`."""
        return await self._transport.upload(method, body, name, file)

    async def wait_refused(self) -> None:
        """Return once Telegram has refused the token while polling."""
        await self._refused.wait()

    async def get_updates(
        self,
        offset: int | None = None,
        limit: int | None = None,
        timeout: int | timedelta | None = None,  # noqa: ASYNC109 - the library's own name
        allowed_updates: Sequence[str] | None = None,
        **_: object,
    ) -> tuple[Update, ...]:
        """Fetch updates as they came; `payload_of` takes them out.

        The library would parse them, and when it stumbles over one it asks for the same again
        at once and for ever, so that a single odd update would silence the bot.

        Raises:
            TelegramError: The library's updater shall try again later.
        """
        if self._refused.is_set():  # whoever waits for it is about to stop the updater
            return ()
        wait = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout or 0
        query = {
            "offset": offset or 0,
            "limit": limit or 100,
            "timeout": int(wait),
            "allowed_updates": msgspec.json.encode(allowed_updates or []).decode(),
        }
        try:
            answer: object = await self.request.post(
                f"{self.base_url}/getUpdates?{urlencode(query)}", read_timeout=wait + TIMEOUT
            )
            payloads = msgspec.convert(answer, list[dict[str, Any]])
            return tuple(
                Update(cast("int", payload["update_id"]), api_kwargs={"payload": payload})
                for payload in payloads
            )
        except InvalidToken:
            self._refused.set()
            return ()
        except FloodError as error:
            await asyncio.sleep(error.after)
            return ()
        except (msgspec.ValidationError, KeyError):
            raise NetworkError("what answers is not the Bot API") from None


def payload_of(update: Update) -> dict[str, Any]:
    """Return an update of `Client.get_updates` as Telegram sent it."""
    return cast("dict[str, Any]", update.api_kwargs["payload"])
