"""The real program in a process of its own, as an operator starts it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path

import aiohttp

from tests.fakes.discord import FakeDiscord
from tests.fakes.qwen import FakeQwen
from tests.fakes.telegram import FakeTelegram
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


class Program:
    """`python -m bots` with settings of a test; it can be killed and started again."""

    def __init__(
        self, settings: Mapping[str, str], home: Path, *, command: Sequence[str] = ("run",)
    ) -> None:
        self.home = home
        self._command = command
        # Counting the bot's texts takes seconds of CPU: once for all tests.
        counted = ROOT / "tests" / "output" / "tokenizers"
        counted.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (home / "tokenizers").symlink_to(counted)
        self._has_page = command[0] == "run" or "web" in command
        self._starts = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        self.page = f"http://127.0.0.1:{port}"
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TIFO_")}
        # Where Python keeps no compiled code, each start would take seconds of CPU.
        if clean.pop("PYTHONDONTWRITEBYTECODE", ""):
            clean["PYTHONPYCACHEPREFIX"] = str(ROOT / "tests" / "output" / "compiled")
        self._environ = {
            **clean,
            "TIFO_HOME": str(home),
            "TIFO_HTTP_PORT": port,
            **settings,
        }
        self._log = home / f"{'-'.join(command)}-{port}.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        self._starts += 1
        with self._log.open("a") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bots", *self._command,
                cwd=ROOT, env=self._environ, stdout=log, stderr=log,
            )  # fmt: skip
        await wait_until(self._is_ready, timeout=60)

    async def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, self.log
        if not self._has_page:
            return self.log.count("Ctrl-C ends it") == self._starts
        with contextlib.suppress(aiohttp.ClientError):
            async with aiohttp.ClientSession() as session, session.get(f"{self.page}/readyz") as r:
                return r.status == 200
        return False

    def signal(self, number: int) -> None:
        """Send a signal to the program."""
        assert self._process is not None
        self._process.send_signal(number)

    async def wait(self) -> int:
        """Return the exit code once it ends."""
        assert self._process is not None
        return await self._process.wait()

    async def kill(self) -> None:
        """As a crash would: no goodbye."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """As Ctrl-C would; fails when the program does not end cleanly."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            async with asyncio.timeout(10):
                await self._process.wait()
            assert self._process.returncode == 0, self.log
            assert "Traceback" not in self.log, self.log


def reach(
    *,
    telegram: FakeTelegram | None = None,
    discord: FakeDiscord | None = None,
    qwen: FakeQwen | None = None,
) -> dict[str, str]:
    """Return the settings with which a program reaches these servers."""
    settings: dict[str, str] = {}
    if telegram:
        settings |= {"telegram_token": telegram.token, "telegram_api": telegram.url}
    if discord:
        settings |= {"discord_token": discord.token, "discord_api": discord.api}
        settings |= {"discord_gateway": discord.gateway}
    if qwen:
        settings |= {"qwen_url": qwen.url, "qwen_dialect": "dashscope"}
    return settings


@contextlib.asynccontextmanager
async def program(*command: str, **settings: str) -> AsyncGenerator[Program]:
    """Run a command, `run` unless told otherwise, with settings named without their TIFO_."""
    with tempfile.TemporaryDirectory(prefix="tifo-") as home:
        environ = {f"TIFO_{k.upper()}": v for k, v in settings.items()}
        running = Program(environ, Path(home), command=command or ("run",))
        try:
            await running.start()
            yield running
        finally:
            await running.stop()
