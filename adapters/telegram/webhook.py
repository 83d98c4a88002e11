"""Updates that Telegram posts to us: any number of processes may serve them side by side."""

from __future__ import annotations

import hashlib
import hmac
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from adapters.http import read_body
from adapters.telegram.payloads import UpdatePayload
from core.errors import StoreError

if TYPE_CHECKING:
    from adapters.http import Site
    from adapters.telegram.intake import Intake

HEADER = "X-Telegram-Bot-Api-Secret-Token"
"""core.telegram.org/bots/api#setwebhook, read 2026-11-25."""

CONNECTIONS = 40
"""That Telegram may hold at once; its default, same page."""

LARGEST = 1 << 20
"""Bytes of an update; real ones have a few thousand."""


_log = logging.getLogger(__name__)


class Webhook(msgspec.Struct, frozen=True):
    """Where Telegram shall post updates to."""

    url: str
    """As Telegram sees it; its path is what `site` serves."""

    secret: str
    """1 to 256 of A-Z, a-z, 0-9, _ and -; "" derives it from the token."""

    site: Site


class _Numbered(msgspec.Struct, frozen=True):
    update_id: int


_decode = msgspec.json.Decoder(UpdatePayload).decode
_decode_number = msgspec.json.Decoder(_Numbered).decode


def derive_secret(token: str) -> str:
    """Return the secret of a bot: the same in every process that knows the token."""
    return hmac.new(token.encode(), b"tifo telegram webhook", hashlib.sha256).hexdigest()


class Postbox:
    """Takes what Telegram posts, and nothing from anybody else."""

    def __init__(self, webhook: Webhook, secret: str) -> None:
        """Add the route to the site; `intake` is to be set before anything is taken."""
        self.intake: Intake | None = None
        self._secret = secret.encode()
        webhook.site.add("POST", urlsplit(webhook.url).path or "/", self._post)

    async def _post(self, request: web.Request) -> web.StreamResponse:
        secrets = request.headers.getall(HEADER, [])
        # What is no text on the wire becomes lone surrogates, which no plain encoding takes.
        sent = "".join(secrets[:1]).encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(sent, self._secret) or len(secrets) > 1:
            raise web.HTTPForbidden
        body = await read_body(request, LARGEST)
        try:
            update = _decode(body)
        except (msgspec.DecodeError, RecursionError) as error:
            return _refuse(body, error)
        try:
            if self.intake is None:
                raise web.HTTPServiceUnavailable
            await self.intake.take(update)
        except StoreError as error:
            _log.warning("update %d not taken yet: %s", update.update_id, error)
            raise web.HTTPServiceUnavailable from None  # Telegram posts it again
        return web.Response()


def _refuse(body: bytes, error: Exception) -> web.Response:
    """Answer what cannot be read: an update of a kind we do not know is not to be repeated."""
    try:
        number = _decode_number(body).update_id
    except (msgspec.DecodeError, RecursionError):
        return web.Response(status=400)
    _log.warning("Telegram sent an update %d that cannot be read: %s", number, error)
    return web.Response()
