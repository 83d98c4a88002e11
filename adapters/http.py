"""The one HTTP server: whoever has something to serve adds a route before it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from core.errors import AdapterError

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Site:
    """Serves the routes that were added, `/healthz` and `/readyz`."""

    def __init__(self, host: str, port: int, *, is_ready: Callable[[], Awaitable[bool]]) -> None:
        """Prepare; port 0 takes a free one."""
        self._host = host
        self._port = port
        self._is_ready = is_ready
        self._app = web.Application()
        self.add("GET", "/healthz", self._healthz)
        self.add("GET", "/readyz", self._readyz)

    @property
    def port(self) -> int:
        """Return the port that is served; 0 before `run` has taken a free one."""
        return self._port

    def add(self, method: str, path: str, handler: Handler) -> None:
        """Serve a path; to be called before `run`."""
        self._app.router.add_route(method, path, handler)

    async def run(self) -> None:
        """Serve until cancelled.

        Raises:
            AdapterError: The address is taken.
        """
        runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        try:
            try:
                await web.TCPSite(runner, self._host, self._port).start()
            except OSError as error:
                raise AdapterError(
                    f"{self._host}:{self._port} cannot be served: {error.strerror}; "
                    "set TIFO_HTTP_HOST or TIFO_HTTP_PORT."
                ) from error
            self._port = runner.addresses[0][1]
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        if await self._is_ready():
            return web.Response(text="ready\n")
        return web.Response(text="not ready\n", status=503)
