"""The program that is rehearsed, in processes of its own, as an operator starts it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bots.rehearsal.meter import Meter, Usage
from bots.rehearsal.plan import Plan, Victim
from core.embedded import find_binary
from core.errors import TifoError

ROOT = Path(__file__).parents[2]
_CACHE = Path("~/.cache/tifo/rehearsal")
_END = 15.0  # seconds that the program may take to end when told to
_START = 10.0  # seconds that Redis may take to start
_LINES = 15  # of the program's last words that are shown


class EndedError(TifoError):
    """The program ended although nobody told it to."""


@dataclass
class _Part:
    """One process."""

    role: str
    command: tuple[str, ...]
    process: asyncio.subprocess.Process | None = None
    is_being_killed: bool = False


class Program:
    """All processes of the program and, when split, the Redis between them."""

    def __init__(self, plan: Plan, folder: Path, environ: Mapping[str, str]) -> None:
        self.meter = Meter()
        self._plan = plan
        self._folder = folder
        self._log = plan.log.resolve() if plan.log else folder / "program.log"
        self._parts = [_Part(role, command) for role, command in _commands(plan)]
        if plan.shape == "split":
            self._parts.insert(0, _Part("redis", (str(find_binary()), "redis.conf")))
        ours = {k: v for k, v in os.environ.items() if not k.startswith("TIFO_")}
        # Compiled code and counted tokens are kept from one rehearsal to the next, as where tifo
        # is installed: they cost seconds of CPU and belong to the first start ever.
        cache = _CACHE.expanduser()
        if ours.pop("PYTHONDONTWRITEBYTECODE", ""):
            ours["PYTHONPYCACHEPREFIX"] = str(cache / "compiled")
        (cache / "tokenizers").mkdir(parents=True, exist_ok=True)
        (folder / "home").mkdir()
        (folder / "home" / "tokenizers").symlink_to(cache / "tokenizers")
        self._environ = {
            **ours,
            "PYTHONPATH": str(ROOT),
            "TIFO_HOME": str(folder / "home"),
            "TIFO_HTTP_PORT": "0",
            "TIFO_LIMIT": "1000000",  # of a minute; fans that wait for every answer ask fast
            **({"TIFO_REDIS_URL": f"unix://{folder}/redis"} if plan.shape == "split" else {}),
            **environ,
        }

    async def start(self) -> None:
        """Start every process; Redis is waited for, the others come when they come."""
        rows = [
            *("port 0", "unixsocket redis", 'save ""', "logfile redis.log", "loglevel warning"),
            *("appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"),
        ]
        (self._folder / "redis.conf").write_text("\n".join(rows) + "\n")
        self._log.write_text("")
        for part in self._parts:
            await self._start(part)

    async def stop(self) -> None:
        """End every process, as a restart of the machine does: first the bot, then Redis."""
        for part in reversed(self._parts):
            part.is_being_killed = True
            if part.process is not None and part.process.returncode is None:
                part.process.terminate()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_END):
                        await part.process.wait()
                await _end(part.process)
        for pid in self.meter.redis():  # of a program that could not end its own
            os.kill(pid, signal.SIGKILL)

    async def kill(self, victim: Victim, chance: random.Random) -> None:
        """Kill -9 one process of a kind and start it again at once.

        In one process gateway and worker are the same, and Redis is the program's own, which
        the program starts again.
        """
        self.sample()
        parts = [part for part in self._parts if part.role in (victim, "run")]
        part = chance.choice(parts)
        if victim == "redis" and part.role == "run":
            for pid in self.meter.redis():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return
        assert part.process is not None
        part.is_being_killed = True
        await _end(part.process)
        await self._start(part)
        part.is_being_killed = False

    def sample(self) -> Usage:
        """Return what the processes have used."""
        return self.meter.sample(
            part.process.pid for part in self._parts if part.process is not None
        )

    def check(self) -> None:
        """Look whether every process is alive.

        Raises:
            EndedError: One is not, and nobody killed it.
        """
        for part in self._parts:
            ended = part.process is not None and part.process.returncode is not None
            if ended and not part.is_being_killed:
                lines = self._log.read_text(errors="replace").splitlines()[-_LINES:]
                raise EndedError("\n".join([f"the {part.role} process ended by itself:", *lines]))

    async def _start(self, part: _Part) -> None:
        with self._log.open("a") as log:
            part.process = await asyncio.create_subprocess_exec(
                *part.command,
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us
            )
        if part.role == "redis":
            await self._wait_for_redis()

    async def _wait_for_redis(self) -> None:
        async with asyncio.timeout(_START):
            while not await _answers(self._folder / "redis"):  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.02)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill -9 a process, and whatever it began in its process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def _commands(plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    if plan.program:
        return [("run", plan.program)]
    bots = (sys.executable, "-m", "bots")
    if plan.shape == "run":
        return [("run", (*bots, "run"))]
    workers = [("worker", (*bots, "worker"))] * plan.workers
    return [("gateway", (*bots, "gateway", *plan.platforms)), *workers]


async def _answers(socket: Path) -> bool:
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_unix_connection(str(socket))
        writer.write(b"PING\r\n")
        answer = await reader.readline()
        writer.close()
        return answer.startswith(b"+PONG")
    return False


@contextlib.asynccontextmanager
async def running(plan: Plan, folder: Path, environ: Mapping[str, str]) -> AsyncGenerator[Program]:
    """Run the program with settings, and end it."""
    program = Program(plan, folder, environ)
    try:
        await program.start()
        yield program
    finally:
        await program.stop()
