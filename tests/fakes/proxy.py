"""Stands between tifo and a server as networks do: lets through, late, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

Mode = Literal["pass", "hang", "refuse", "reset"]
"""`hang` holds what comes until it may pass again; `reset` cuts off every connection, at once."""


class Proxy:
    """Listens beside a server, at the same kind of address."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._path = parts.path if parts.scheme == "unix" else ""
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._own_port = 0
        self._scheme = parts.scheme
        self._flows = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._mode: Mode = "pass"
        self.delay = 0.0
        """Seconds that everything takes, each way."""

        self.connections = 0
        """Accepted so far."""

    @property
    def url(self) -> str:
        """Return where it listens."""
        if self._path:
            return f"unix://{self._path}.proxy"
        return f"{self._scheme}://127.0.0.1:{self._own_port}"

    @property
    def open_connections(self) -> int:
        """Return how many are open now."""
        return len(self._writers) // 2

    async def set(self, mode: Mode) -> None:
        """Behave differently from now on."""
        self._mode = mode
        if mode == "hang":
            self._flows.clear()
        else:
            self._flows.set()
        if mode in ("refuse", "reset"):
            for writer in list(self._writers):
                writer.transport.abort()
        if mode == "refuse":
            self._stop_listening()
        elif self._server is None:
            await self._listen()

    async def close(self) -> None:
        """End everything."""
        await self.set("refuse")
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks))

    async def _listen(self) -> None:
        if self._path:
            self._server = await asyncio.start_unix_server(self._accept, f"{self._path}.proxy")
        else:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._own_port)
            self._own_port = self._server.sockets[0].getsockname()[1]

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        if self._path:
            Path(f"{self._path}.proxy").unlink(missing_ok=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._mode == "reset":
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            if self._path:
                there, back = await asyncio.open_unix_connection(self._path)
            else:
                there, back = await asyncio.open_connection(self._host, self._port)
            self._writers.add(back)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, back))
                group.create_task(self._pump(there, writer))
            self._writers.discard(back)
        self._writers.discard(writer)
        writer.transport.abort()
        self._tasks.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry what one side says to the other, each piece as late as told when it came."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def send() -> None:
            with contextlib.suppress(OSError):
                while True:
                    due, data = await queue.get()
                    await asyncio.sleep(max(0.0, due - loop.time()))
                    await self._flows.wait()
                    if not data:
                        break
                    writer.write(data)
                    await writer.drain()
            writer.transport.abort()

        sender = asyncio.create_task(send())
        try:
            data = b"-"
            while data:
                try:
                    data = await reader.read(65536)
                except OSError:
                    data = b""
                queue.put_nowait((loop.time() + self.delay, data))
            await sender
        finally:
            sender.cancel()
            writer.transport.abort()


@contextlib.asynccontextmanager
async def proxy(target: str) -> AsyncGenerator[Proxy]:
    """Run a proxy before a server that listens at an address."""
    running = Proxy(target)
    await running.set("pass")
    try:
        yield running
    finally:
        await running.close()
