"""Interactions that Discord posts to us, instead of telling them over the gateway.

Everybody can reach the address, so only what Discord signed within the last minutes counts. Any
number of processes may serve it side by side; an interaction that is posted twice is taken once.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from adapters.discord.inbound import InteractionPayload
from adapters.http import read_body

if TYPE_CHECKING:
    from adapters.discord.intake import Intake
    from adapters.discord.rest import Rest
    from adapters.http import Site

PATH = "/discord/interactions"

SIGNATURE, TIMESTAMP = "X-Signature-Ed25519", "X-Signature-Timestamp"
"""Headers; discord.com/developers/docs/interactions/overview#setting-up-an-endpoint, read
2026-11-25."""

LARGEST = 1 << 20
"""Bytes of an interaction; real ones have a few thousand."""

WINDOW = 300.0
"""Seconds that a signature may be old, or ahead of our clock."""

_PING, _PONG = 1, 1  # .../interactions/receiving-and-responding, read 2026-11-25
_IS_SIGNATURE = re.compile(r"[0-9a-fA-F]{128}").fullmatch
_IS_TIMESTAMP = re.compile(r"[0-9]{1,12}").fullmatch


class _Kind(msgspec.Struct, frozen=True):
    type: int


_decode = msgspec.json.Decoder(InteractionPayload).decode
_decode_kind = msgspec.json.Decoder(_Kind).decode


class Postbox:
    """Takes what Discord posts, and nothing from anybody else."""

    def __init__(self, site: Site, public_key: str, *, rest: Rest, intake: Intake) -> None:
        """Add the route to the site.

        Args:
            site: What serves it.
            public_key: Of the application, 64 hexadecimal digits.
            rest: Has to be open before anything is taken.
            intake: Goes on with what came as with what the gateway tells.
        """
        self._key = VerifyKey(bytes.fromhex(public_key))
        self._rest = rest
        self._intake = intake
        site.add("POST", PATH, self._post)

    async def _post(self, request: web.Request) -> web.StreamResponse:
        signature = _only(request.headers.getall(SIGNATURE, []))
        timestamp = _only(request.headers.getall(TIMESTAMP, []))
        if not (_IS_SIGNATURE(signature) and _IS_TIMESTAMP(timestamp)):
            raise web.HTTPUnauthorized
        if abs(time.time() - int(timestamp)) > WINDOW:
            raise web.HTTPUnauthorized
        body = await read_body(request, LARGEST)
        try:
            self._key.verify(timestamp.encode() + body, bytes.fromhex(signature))
        except BadSignatureError:
            raise web.HTTPUnauthorized from None
        try:
            if _decode_kind(body).type == _PING:
                return web.json_response({"type": _PONG})
            payload = _decode(body)
        except (msgspec.DecodeError, RecursionError):
            raise web.HTTPBadRequest from None
        if not self._rest.is_open:
            raise web.HTTPServiceUnavailable
        self._intake.take(payload)
        # The first sign follows by the same call as for what the gateway tells; same page.
        return web.Response(status=202)


def _only(values: list[str]) -> str:
    """Return the one value of a header, "" where it is missing or there are several."""
    return values[0] if len(values) == 1 else ""
