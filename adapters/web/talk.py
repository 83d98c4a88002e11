"""One page's WebSocket, from its first frame to its last."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from urllib.parse import urlsplit

import msgspec
from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from adapters.http import Crowd, is_near, to_sender
from adapters.web.gate import MAX_PAGES
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

Attend = Callable[[Hello, Socket, str], contextlib.AbstractAsyncContextManager[Take]]
"""Lets a page of a sender in for as long as its connection lasts.

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
"""Open pages in all; a process has so much memory."""

_COMEBACK = 500
"""Open pages that may come back each second when a process ends: they go to those that stay."""

_FAREWELL = 2.0
"""Seconds in which a page must take what is queued for it, and that it is to leave."""

_QUIET = 60.0
"""Seconds between two lines in the log about the same trouble."""

_log = logging.getLogger(__name__)


class CrowdedError(Exception):
    """Too many pages of one session are open, or the adapter does not run yet."""


class Talks:
    """All open WebSockets."""

    def __init__(self, attend: Attend) -> None:
        self._attend = attend
        self._open: dict[web.WebSocketResponse, Socket | None] = {}
        self._crowd = Crowd(most=_MAX_OPEN, most_each=MAX_PAGES)
        self._is_told = False
        self._complained = -math.inf

    async def talk(self, request: web.Request) -> web.StreamResponse:
        """Hold one page's WebSocket.

        Raises:
            web.HTTPForbidden: Another site's page asks for it.
            web.HTTPServiceUnavailable: Too many are open.
        """
        origin = request.headers.get("Origin")
        if origin is not None and _to_host(origin) != request.host:
            raise web.HTTPForbidden(text="This page is of another site.")
        sender = _to_sender(request)
        if not self._crowd.enter(sender):
            self._tell_crowded(sender)
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "10"})
        try:
            return await self._talk(request, sender)
        finally:
            self._crowd.leave(sender)

    async def close(self) -> None:
        """End every connection after what is queued for it, and tell each page when to come back.

        The reason says within how many seconds; each page picks its own moment.
        """
        reason = str(1 + len(self._open) // _COMEBACK).encode()
        async with asyncio.TaskGroup() as group:
            for ws, socket in self._open.items():
                group.create_task(_end(ws, socket, reason))

    async def _talk(self, request: web.Request, sender: str) -> web.StreamResponse:
        # Compressing takes five times the memory: tests/bench/pages.py.
        ws = web.WebSocketResponse(
            heartbeat=_HEARTBEAT, max_msg_size=MAX_FRAME, timeout=_FAREWELL, compress=False
        )
        await ws.prepare(request)
        self._open[ws] = None
        try:
            code = await self._hold(request, ws, sender)
            await ws.close(code=code)
        finally:
            del self._open[ws]
        return ws

    def _tell_crowded(self, sender: str) -> None:
        """Tell once what a proxy that hides its fans does to them."""
        if is_near(sender) and not self._is_told:
            self._is_told = True
            _log.warning(
                "More than %d pages come from %s; the others are sent away. If that is a proxy, "
                "have it send X-Forwarded-For.",
                MAX_PAGES,
                sender,
            )

    async def _hold(
        self, request: web.Request, ws: web.WebSocketResponse, sender: str
    ) -> WSCloseCode:
        """Speak with a page until it leaves; return why it has to if it has to."""
        hello = await _read_hello(ws)
        if hello is None:
            return WSCloseCode.POLICY_VIOLATION
        transport = request.transport
        socket = Socket(transport.abort if transport is not None else lambda: None)
        self._open[ws] = socket
        try:
            async with self._attend(hello, socket, sender) as take, _writing(ws, socket):
                return await _listen(ws, socket, take)
        except CrowdedError:
            return WSCloseCode.TRY_AGAIN_LATER
        except StoreError as error:
            if time.monotonic() - self._complained > _QUIET:
                self._complained = time.monotonic()
                _log.warning("pages cannot be let in: %s", error)
            return WSCloseCode.TRY_AGAIN_LATER


def _to_host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _to_sender(request: web.Request) -> str:
    forwarded = request.headers.getall("X-Forwarded-For", [""])
    return to_sender(request.remote or "", forwarded[-1])


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
    except (msgspec.DecodeError, RecursionError):  # the latter: nested too deep
        return None


async def _end(ws: web.WebSocketResponse, socket: Socket | None, reason: bytes) -> None:
    try:
        async with asyncio.timeout(_FAREWELL):
            if socket is not None:
                await socket.wait()
            with contextlib.suppress(ConnectionError):
                await ws.close(code=WSCloseCode.SERVICE_RESTART, message=reason)
    except TimeoutError:
        if socket is not None:
            socket.abort()


@contextlib.asynccontextmanager
async def _writing(ws: web.WebSocketResponse, socket: Socket) -> AsyncGenerator[None]:
    """Write what is queued for a page, as long as the block lasts."""

    async def write() -> None:
        # The reading side notices a connection that is gone.
        with contextlib.suppress(ConnectionError):
            while True:
                await ws.send_str(await socket.next())
                socket.done()

    writer = asyncio.create_task(write())
    try:
        yield
    finally:
        writer.cancel()
        await asyncio.wait([writer])
