"""The one HTTP server: the page, webhooks, and whether all is well.

Anybody can reach it, so nobody gets more than a share of it. Senders are told apart by their
address. Where a proxy stands before us, all connections come from a machine nearby, and only its
`X-Forwarded-For` tells who is behind it; from elsewhere that header is not believed.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import resource
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, TypeAlias, cast

from aiohttp import web

from core.errors import AdapterError

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}
"""Of every answer: nothing from elsewhere, nothing inline, nobody's frame."""

_MAX_CONNECTIONS = 4000
"""Open connections in all, and at most half of the files that the process may open."""

_MAX_CONNECTIONS_EACH = 250
"""Of one sender; Telegram's webhooks come over 100 at most,
core.telegram.org/bots/api#setwebhook, read 2026-11-25."""

_BACKLOG = 1024
"""Connections that wait to be taken: pages of a server that ended come back together."""

_PATIENCE = 10.0
"""Seconds for a whole request; also how long an idle connection is kept."""

_GRACE = 2.0
"""Seconds that requests may still take when the server closes."""


def is_near(peer: str) -> bool:
    """Whether an address is of this machine or its own network: it may be a proxy."""
    address = _parse(peer)
    return address is None or not address.is_global


def to_sender(peer: str, forwarded: str = "") -> str:
    """Return whom to count: an IPv4 address, or an IPv6 network of 64 bits.

    Args:
        peer: The other end of the connection.
        forwarded: `X-Forwarded-For`, whose last address the proxy nearest to us wrote.
    """
    address = _parse(peer)
    if is_near(peer):
        address = _parse(forwarded.rpartition(",")[2].strip()) or address
    if isinstance(address, ipaddress.IPv6Address):
        # Every network has a whole /64, and one machine may use all of it.
        return f"{address.exploded[:19]}::"
    return peer if address is None else str(address)


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (address.version == 6 and address.ipv4_mapped) or address


async def read_body(request: web.Request, largest: int) -> bytes:
    """Return the body of a request.

    Args:
        request: Whose headers have come.
        largest: Bytes.

    Raises:
        aiohttp.web.HTTPRequestEntityTooLarge: It is larger.
        aiohttp.web.HTTPRequestTimeout: It takes too long.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(_PATIENCE):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > largest:
                    raise web.HTTPRequestEntityTooLarge(largest, len(body))
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


class Crowd:
    """How many of each sender are in."""

    def __init__(self, *, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._inside: Counter[str] = Counter()

    def enter(self, sender: str) -> bool:
        """Let one in if there is room; "" has no share of its own."""
        if self._inside.total() >= self._most:
            return False
        if sender and self._inside[sender] >= self._most_each:
            return False
        self._inside[sender] += 1
        return True

    def leave(self, sender: str) -> None:
        """Count one out that came in."""
        self._inside[sender] -= 1
        if not self._inside[sender]:
            del self._inside[sender]


class Site:
    """Serves what is added to it, `/healthz` and `/readyz`."""

    def __init__(self, host: str, port: int, *, is_ready: Callable[[], Awaitable[bool]]) -> None:
        """Prepare; nothing is served before `run`.

        Args:
            host: Address to listen on.
            port: 0 takes a free one.
            is_ready: Whether the program can take events now.
        """
        self.port = port
        """Where it listens; once it does never 0."""

        self._host = host
        self._is_ready = is_ready
        self._app = web.Application()
        self._app.on_response_prepare.append(_secure)
        self.add("GET", "/healthz", _tell_health)
        self.add("GET", "/readyz", self._tell_readiness)

    def add(self, method: str, path: str, handler: Handler) -> None:
        """Answer a path, such as `/static/{name}`; only before `run`."""
        if method == "GET":
            self._app.router.add_get(path, handler)  # knows HEAD too
        else:
            self._app.router.add_route(method, path, handler)

    def on_close(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Have something done when no new request comes in and old ones still may end."""

        async def close(_: web.Application) -> None:
            await callback()

        self._app.on_shutdown.append(close)

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            AdapterError: The address cannot be listened on.
        """
        _allow_files(_MAX_CONNECTIONS * 2)
        runner = web.AppRunner(self._app, shutdown_timeout=_GRACE)
        await runner.setup()
        try:
            async with self._listening(runner):
                await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    @contextlib.asynccontextmanager
    async def _listening(self, runner: web.AppRunner) -> AsyncGenerator[None]:
        assert runner.server is not None  # it is set up
        try:
            listener = await listen(runner.server, self._host, self.port)
        except OSError as error:
            raise AdapterError(
                f"Nothing can be served on {self._host}, port {self.port} "
                f"({error.strerror or error}): set TIFO_HTTP_PORT to a free port, or "
                "TIFO_HTTP_HOST to an address of this machine."
            ) from error
        self.port = listener.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            listener.close()

    async def _tell_readiness(self, _: web.Request) -> web.Response:
        is_well = await self._is_ready()
        return web.json_response({"ready": is_well}, status=200 if is_well else 503)


def _allow_files(count: int) -> None:
    """Let the process open more files, as far as it may: many systems begin with 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = count if hard < 0 else min(count, hard)
    if 0 <= soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


async def _tell_health(_: web.Request) -> web.Response:
    return web.json_response({"alive": True})


async def _secure(_: web.BaseRequest, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


class _Connection(web.RequestHandler):
    """aiohttp's own, which is only there if there is room."""

    __slots__ = ("_crowd", "_sender")

    def __init__(self, server: web.Server, crowd: Crowd, patience: float) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            # aiohttp ends with it also who never sends a whole request.
            keepalive_timeout=patience,
            # Nothing about a fan goes into a log; aiohttp's type forgets that None is for that.
            access_log=cast("Any", None),
        )
        self._crowd = crowd
        self._sender: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer: str = (transport.get_extra_info("peername") or ("",))[0]
        sender = "" if is_near(peer) else to_sender(peer)
        if self._crowd.enter(sender):
            self._sender = sender
            super().connection_made(transport)
        else:
            cast("asyncio.Transport", transport).abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._sender is not None:
            self._crowd.leave(self._sender)
            self._sender = None
            super().connection_lost(exc)


async def listen(
    server: web.Server, host: str, port: int, *, patience: float = _PATIENCE
) -> asyncio.Server:
    """Take connections, as many as there is room for.

    Args:
        server: Answers them.
        host: Address to listen on.
        port: 0 takes a free one.
        patience: Seconds for a whole request.

    Raises:
        OSError: The address cannot be listened on.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MAX_CONNECTIONS if files < 0 else min(_MAX_CONNECTIONS, files // 2)
    crowd = Crowd(most=most, most_each=_MAX_CONNECTIONS_EACH)
    return await asyncio.get_running_loop().create_server(
        lambda: _Connection(server, crowd, patience), host, port, backlog=_BACKLOG
    )
