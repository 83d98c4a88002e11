"""Discord as the sender of interactions over HTTP, and whoever wants to pass for it."""

from __future__ import annotations

import io
import time
from typing import Any

import aiohttp
import msgspec
from nacl.signing import SigningKey

Json = dict[str, Any]


class Post:
    """Signs what it posts as Discord does; every part of a forgery can be given."""

    def __init__(self) -> None:
        self._key = SigningKey.generate()
        self.public_key = self._key.verify_key.encode().hex()
        self.url = ""
        """Where interactions are posted to; "" tells them over the gateway."""

        self.last = b""
        """The body of the last interaction."""

    def sign(self, body: bytes, *, age: float = 0.0) -> dict[str, str]:
        """Return the headers for a body that is signed `age` seconds ago."""
        timestamp = str(int(time.time() - age))
        signature = self._key.sign(timestamp.encode() + body).signature.hex()
        return {"X-Signature-Ed25519": signature, "X-Signature-Timestamp": timestamp}

    async def send(
        self, payload: Json | bytes, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Post a body, with its own signature unless other headers are given."""
        body = payload if isinstance(payload, bytes) else msgspec.json.encode(payload)
        self.last = body
        sent = {"Content-Type": "application/json"}
        sent |= self.sign(body) if headers is None else headers
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.url, data=io.BytesIO(body), headers=sent) as answer,
        ):
            return answer.status, await answer.read()
