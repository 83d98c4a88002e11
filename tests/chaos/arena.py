"""Where chaos happens: Redis, a board, a gateway and workers, each a process that can be struck."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import msgspec

from core.errors import StoreError
from core.inbox import Inbox
from core.message import Message
from core.store import Store, key
from tests.chaos.board import END, Board
from tests.fakes.redis import DURABLE, RedisServer
from tests.samples import NOW, direct, message
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What became of what fans asked, as it stands on the board."""

    asked: int
    lost: int
    doubled: int
    disordered: int
    half_written: int
    apologies: int

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.disordered or self.half_written)

    def __str__(self) -> str:
        return (
            f"{self.asked} asked: {self.lost} lost, {self.doubled} doubled, "
            f"{self.disordered} out of order, {self.half_written} half-written"
            + (f", {self.apologies} apologies" if self.apologies else "")
        )


class Process:
    """A worker or a gateway."""

    def __init__(self, running: asyncio.subprocess.Process) -> None:
        self._running = running
        self.pid = running.pid

    @property
    def is_alive(self) -> bool:
        return self._running.returncode is None

    def signal(self, number: signal.Signals) -> None:
        if self.is_alive:
            self._running.send_signal(number)

    async def kill(self) -> None:
        self.signal(signal.SIGKILL)
        await self._running.wait()

    async def end(self) -> float:
        """Send SIGTERM; return the seconds until it ended."""
        started = time.monotonic()
        self.signal(signal.SIGTERM)
        await self._running.wait()
        return time.monotonic() - started


class Arena:
    """Everything that runs, and everything that was told."""

    def __init__(self, folder: Path, redis: RedisServer, board: Board) -> None:
        self._folder = folder
        self.redis = redis
        self.board = board
        self.store = Store(redis.url)
        self._inbox = Inbox(self.store, limit=1_000_000)
        self.processes: list[Process] = []
        self.accepted: defaultdict[str, dict[int, None]] = defaultdict(dict)  # in order
        self.asked = 0

    async def start(self, kind: str) -> Process:
        """Start a process, and wait until it takes part."""
        with (self._folder / "log").open("a") as log:
            running = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.chaos.process", kind, self.redis.url,
                str(self._folder / "board"), cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
        process = Process(running)
        self.processes.append(process)
        await wait_until(lambda: process.pid in self.board.ready, timeout=30)
        return process

    def new_message(self, place: str) -> Message:
        """Return the next thing that a fan says; platforms tell the time in whole seconds."""
        self.asked += 1
        return msgspec.structs.replace(
            message(str(self.asked), id=f"web:{self.asked}", place=direct(place)),
            sent_at=NOW + timedelta(seconds=self.asked // 10),
        )

    async def tell(self, event: Message) -> float:
        """Tell an event until it is taken; return the seconds that it took."""
        started = time.monotonic()
        while True:
            try:
                await self._inbox.receive(event)
            except StoreError:
                await asyncio.sleep(0.05)
            else:
                self.accepted[event.conversation.channel][int(event.text)] = None
                return time.monotonic() - started

    async def ask(self, place: str) -> Message:
        event = self.new_message(place)
        await self.tell(event)
        return event

    def answered(self) -> Counter[int]:
        """Return how often each message stands answered."""
        posts = self.board.posts.values()
        return Counter(n for post in posts if post.text.endswith(END) for n in post.numbers)

    def is_answered(self) -> bool:
        answered = self.answered()
        return all(n in answered for told in self.accepted.values() for n in told)

    async def settle(self, timeout: float) -> Tally:
        """Wait until all is answered, and a little more for what should not come."""
        with contextlib.suppress(AssertionError):
            await wait_until(self.is_answered, timeout=timeout)
            await wait_until(self._is_idle, timeout=10)
        await asyncio.sleep(0.3)
        return self.tally()

    async def _is_idle(self) -> bool:
        streams = [key("ready"), key("outbox", "web")]
        return not any([await self.store.read(stream, after="0") for stream in streams])

    def tally(self) -> Tally:
        answered, posts = self.answered(), list(self.board.posts.values())
        told = [n for numbers in self.accepted.values() for n in numbers]
        return Tally(
            asked=len(told),
            lost=sum(n not in answered for n in told),
            doubled=sum(count - 1 for count in answered.values()),
            disordered=sum(self._disorder(place) for place in self.accepted),
            half_written=sum(not post.text.endswith(END) for post in posts),
            apologies=sum("sorry" in post.text for post in posts),
        )

    def _disorder(self, place: str) -> int:
        """Count what stands before something that was told, or in one answer written, earlier."""
        told = {n: position for position, n in enumerate(self.accepted[place])}
        newest, faults = -1, 0
        for post in self.board.posts.values():
            if post.conversation != place:
                continue
            faults += post.numbers != sorted(post.numbers)
            positions = [told[n] for n in post.numbers if n in told]
            faults += any(position < newest for position in positions)
            newest = max([newest, *positions])
        return faults

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    async def end(self) -> None:
        for process in self.processes:
            await process.kill()
        await self.store.close()


@contextlib.asynccontextmanager
async def arena(seed: int, *, workers: int) -> AsyncGenerator[Arena]:
    """Run everything, with a gateway and some workers."""
    with tempfile.TemporaryDirectory(prefix="tifo-") as name:
        folder, board = Path(name), Board(seed)
        server = RedisServer(folder, rows=DURABLE)
        await server.start()
        running = Arena(folder, server, board)
        try:
            async with board.serving(folder / "board"):
                async with asyncio.TaskGroup() as group:
                    for kind in ("gateway", *["worker"] * workers):
                        group.create_task(running.start(kind))
                yield running
                await running.end()
            assert "Traceback" not in running.log, running.log
        finally:
            if os.environ.get("TIFO_CHAOS_LOG"):
                Path(os.environ["TIFO_CHAOS_LOG"]).write_text(running.log)
            await running.end()
            await server.stop()
