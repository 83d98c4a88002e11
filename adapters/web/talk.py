"""One page's WebSocket, from its first frame to its last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from urllib.parse import urlsplit

import msgspec
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from adapters.web.protocol import (
    MAX_FRAME,
    Ack,
    FromPage,
    Hello,
    Press,
    Refused,
    Say,
    read_frame,
    to_frame,
)
from adapters.web.rooms import Socket
from core.errors import StoreError

Take = Callable[[Say | Press], Awaitable[Ack | Refused]]
"""Keeps what a page sent and hands it over."""

Attend = Callable[[Hello, Socket], contextlib.AbstractAsyncContextManager[Take]]
"""Lets a page in for as long as its connection lasts.

Raises `StoreError` when its transcript cannot be read, `CrowdedError` when too many are in."""

_HEARTBEAT = 25.0
"""Seconds between two pings; proxies cut what is silent for 60,
nginx.org/en/docs/http/websocket.html, read 2026-11-23."""

_HELLO = 10.0
"""Seconds that a page may take for its first frame."""

_BURST = 20
"""Frames that a page may send at once; beyond it, `_RATE` a second are read."""

_RATE = 2.0

_MAX_OPEN = 4000
"""Open pages in all; a process has so many files and so much memory."""

_log = logging.getLogger(__name__)


class CrowdedError(Exception):
    """Too many pages of one session are open."""


class Talks:
    """All open WebSockets."""

    def __init__(self, attend: Attend) -> None:
        self._attend = attend
        self._open: set[web.WebSocketResponse] = set()

    async def talk(self, request: web.Request) -> web.StreamResponse:
        """Hold one page's WebSocket.

        Raises:
            web.HTTPForbidden: Another site's page asks for it.
            web.HTTPServiceUnavailable: Too many are open.
        """
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="This page is of another site.")
        if len(self._open) >= _MAX_OPEN:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"})
        ws = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=MAX_FRAME, timeout=2.0)
        await ws.prepare(request)
        self._open.add(ws)
        try:
            code = await self._hold(request, ws)
            await ws.close(code=code)
        finally:
            self._open.discard(ws)
        return ws

    async def close(self, _: web.Application) -> None:
        """Close every connection; the pages come back by themselves."""
        for ws in list(self._open):
            with contextlib.suppress(ConnectionError):
                await ws.close(code=WSCloseCode.GOING_AWAY)

    async def _hold(self, request: web.Request, ws: web.WebSocketResponse) -> WSCloseCode:
        """Speak with a page until it leaves; return why it has to if it has to."""
        hello = await _read_hello(ws)
        if hello is None:
            return WSCloseCode.POLICY_VIOLATION
        transport = request.transport
        socket = Socket(transport.abort if transport is not None else lambda: None)
        try:
            async with self._attend(hello, socket) as take, _writing(ws, socket):
                return await _listen(ws, socket, take)
        except CrowdedError:
            return WSCloseCode.TRY_AGAIN_LATER
        except StoreError as error:
            _log.warning("%s", error)
            return WSCloseCode.TRY_AGAIN_LATER


class _Pace:
    """How much a page may still send."""

    def __init__(self) -> None:
        self._left = float(_BURST)
        self._at = time.monotonic()

    async def wait(self) -> None:
        """Wait until one more frame may be read."""
        now = time.monotonic()
        self._left = min(_BURST, self._left + (now - self._at) * _RATE) - 1
        self._at = now
        if self._left < 0:
            await asyncio.sleep(-self._left / _RATE)


async def _listen(ws: web.WebSocketResponse, socket: Socket, take: Take) -> WSCloseCode:
    pace = _Pace()
    async for frame in ws:
        # A flood waits in the browser: while nothing is read, nothing more is sent.
        await pace.wait()
        said = _read(frame)
        if not isinstance(said, Say | Press):
            return WSCloseCode.POLICY_VIOLATION
        socket.push(to_frame(await take(said)))
    return WSCloseCode.OK


async def _read_hello(ws: web.WebSocketResponse) -> Hello | None:
    try:
        async with asyncio.timeout(_HELLO):
            said = _read(await ws.receive())
    except TimeoutError:
        return None
    return said if isinstance(said, Hello) else None


def _read(frame: WSMessage) -> FromPage | None:
    if frame.type is not WSMsgType.TEXT:
        return None
    try:
        return read_frame(frame.data)
    except msgspec.DecodeError:
        return None


@contextlib.asynccontextmanager
async def _writing(ws: web.WebSocketResponse, socket: Socket) -> AsyncGenerator[None]:
    """Write what is queued for a page, as long as the block lasts."""

    async def write() -> None:
        # The reading side notices a connection that is gone.
        with contextlib.suppress(ConnectionError):
            while True:
                await ws.send_str(await socket.next())

    writer = asyncio.create_task(write())
    try:
        yield
    finally:
        writer.cancel()
        await asyncio.wait([writer])
