"""Real Redis servers for a test: our rights for tifo, all rights for who looks into them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
import subprocess
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any, cast

from redis.asyncio import Redis

from core.embedded import ACL, find_binary

PERSISTENT = ("appendonly yes", "appendfsync everysec", 'save ""', "maxmemory-policy noeviction")

DURABLE = (
    f"user default on nopass ~tifo:* {ACL}",
    *(row.replace("everysec", "always") for row in PERSISTENT),
)
"""For tests that kill a server and count: with "everysec", and while the disk is slow, a kill loses
up to two seconds of what it had acknowledged; redis.io/docs, persistence, and seen here."""


class RedisServer:
    """A server in a folder that can be killed and started again over the same data.

    It listens on a Unix socket, and also on a loopback port where one is given.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        rows: Sequence[str] = (f"user default on nopass ~tifo:* {ACL}", *PERSISTENT),
        is_sentinel: bool = False,
    ) -> None:
        self._folder = folder
        self.rows = rows
        self._options = ["--sentinel"] if is_sentinel else []
        self._process: asyncio.subprocess.Process | None = None
        self.port = port
        self.url = f"unix://{folder}/s"
        # Rights for everything: what a test looks at is not what tifo may do.
        self.inspector: Any = cast("Any", Redis).from_url(
            f"unix://inspector:x@{folder}/s", socket_timeout=None, decode_responses=True
        )

    @property
    def pid(self) -> int:
        """Return the id of its process."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Start, and wait until it answers."""
        rows = [
            *(f"port {self.port}", "bind 127.0.0.1", f"unixsocket {self._folder}/s"),
            *(f"dir {self._folder}", "logfile log", "loglevel notice"),
            "user inspector on >x ~* &* +@all",
            *self.rows,
        ]
        conf = self._folder / "conf"
        # A sentinel keeps what it knows in its own configuration.
        if not (self._options and conf.exists()):
            conf.write_text("\n".join(rows) + "\n")
        self._process = await asyncio.create_subprocess_exec(
            str(find_binary()), str(conf), *self._options, stdout=subprocess.DEVNULL
        )
        for _ in range(500):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_unix_connection(f"{self._folder}/s")
                writer.close()
                break
            await asyncio.sleep(0.01)
        while not self._options and (await self.inspector.info("persistence"))["loading"]:
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

    async def find(self, *needles: bytes) -> list[str]:
        """Return every key in whose name or value one of these stands."""
        raw: Any = cast("Any", Redis).from_url(
            f"unix://inspector:x@{self._folder}/s", socket_timeout=None
        )
        found: list[str] = []
        read: dict[bytes, Any] = {
            b"string": raw.get,
            b"list": functools.partial(raw.lrange, start=0, end=-1),
            b"hash": raw.hgetall,
            b"set": raw.smembers,
            b"zset": functools.partial(raw.zrange, start=0, end=-1),
            b"stream": raw.xrange,
        }
        for name in sorted([name async for name in raw.scan_iter()]):
            value = await read[await raw.type(name)](name)
            # A repr shows the bytes of a text as they are.
            whole = name + b" " + repr(value).encode()
            if any(needle in whole for needle in needles):
                found.append(name.decode())
        await raw.aclose()
        return found

    async def stop(self) -> None:
        """End for good."""
        await self.inspector.aclose()
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@contextlib.asynccontextmanager
async def redis_server(folder: Path, *, port: int = 0) -> AsyncGenerator[RedisServer]:
    """Run a server whose files lie in a folder."""
    server = RedisServer(folder, port=port)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
