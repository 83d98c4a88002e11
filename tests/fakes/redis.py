"""A real Redis server for a test: our rights for tifo, all rights for who looks into it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

from redis.asyncio import Redis

from core.embedded import ACL, find_binary


class RedisServer:
    """A server in a folder that can be killed and started again over the same data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"unix://{folder}/s"
        # Rights for everything: what a test looks at is not what tifo may do.
        self.inspector: Any = cast("Any", Redis).from_url(
            f"unix://inspector:x@{folder}/s", socket_timeout=None, decode_responses=True
        )

    async def start(self) -> None:
        """Start, and wait until it answers."""
        rows = [
            *("port 0", f"unixsocket {self._folder}/s", f"dir {self._folder}", 'save ""'),
            *("appendonly yes", "appendfsync everysec", "logfile log", "loglevel warning"),
            *("maxmemory-policy noeviction", f"user default on nopass ~tifo:* {ACL}"),
            "user inspector on >x ~* &* +@all",
        ]
        (self._folder / "conf").write_text("\n".join(rows) + "\n")
        self._process = await asyncio.create_subprocess_exec(
            str(find_binary()), str(self._folder / "conf"), stdout=subprocess.DEVNULL
        )
        for _ in range(500):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_unix_connection(f"{self._folder}/s")
                writer.close()
                break
            await asyncio.sleep(0.01)
        while (await self.inspector.info("persistence"))["loading"]:
            await asyncio.sleep(0.01)

    async def kill(self) -> None:
        """Kill -9."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()
        (self._folder / "s").unlink(missing_ok=True)
        await self.inspector.connection_pool.disconnect()

    def freeze(self) -> None:
        """Make it hang, connections and all, until it thaws."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def keys(self) -> dict[str, int]:
        """Return every key and its time to live in seconds, -1 for ever."""
        names = sorted([name async for name in self.inspector.scan_iter()])
        return {name: await self.inspector.ttl(name) for name in names}

    async def stop(self) -> None:
        """End for good."""
        await self.inspector.aclose()
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def redis_server(folder: Path) -> AsyncGenerator[RedisServer]:
    """Run a server whose files lie in a folder."""
    server = RedisServer(folder)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
