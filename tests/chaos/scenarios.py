"""What is done to tifo, one function a row of the scoreboard; each returns what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence

from core.errors import StoreFullError
from core.inbox import Inbox
from tests.chaos.arena import Arena, Process, Tally
from tests.waiting import wait_until

WINDOW = 20
"""Updates among which those told again are shuffled."""


async def kill_while_holding(arena: Arena, count: int) -> tuple[Tally, float, float]:
    """Kill the one worker that holds `count` dialogues; return when the first and all went on."""
    (first,) = [p for p in arena.processes[1:] if p.is_alive]
    await _hold(arena, count, first.pid, think=60.0)
    second = await arena.start("worker")
    await asyncio.sleep(1.5)  # a worker that has just come takes nothing over yet
    arena.board.think = lambda place: 0.5
    await first.kill()
    killed = time.monotonic()
    await wait_until(lambda: len(_taken(arena, second.pid)) >= count, timeout=30)
    taken = _taken(arena, second.pid)
    return await arena.settle(30), min(taken) - killed, max(taken) - killed


async def freeze_while_holding(arena: Arena, count: int, seconds: float) -> Tally:
    """Freeze a worker in the middle of its turns, until another has done them."""
    frozen = arena.processes[1]
    arena.board.think = lambda place: 0.4
    for number in range(count):
        await arena.ask(f"f{number}")
    await wait_until(lambda: _taken(arena, frozen.pid), timeout=10)
    frozen.signal(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    frozen.signal(signal.SIGCONT)
    return await arena.settle(30)


async def end_while_holding(arena: Arena, count: int, *, long: float) -> tuple[Tally, float]:
    """Tell a worker to end while it holds `count` dialogues, half of them for long."""
    (first,) = [p for p in arena.processes[1:] if p.is_alive]
    await _hold(arena, count, first.pid, think=long, every=2)
    await arena.start("worker")
    arena.board.think = lambda place: 0.1
    seconds = await first.end()
    return await arena.settle(30), seconds


async def fill_redis(arena: Arena, count: int) -> tuple[Tally, int]:
    """Let Redis run full with work in it; return how often it refused more."""
    arena.board.think = lambda place: 0.3
    inspector, refused = arena.redis.inspector, 0
    inbox = Inbox(arena.store, limit=1_000_000)
    for number in range(count):
        if number == count // 2:
            await inspector.config_set("maxmemory", 1)
        event = arena.new_message(f"o{number % 10}")
        try:
            await inbox.receive(event)
        except StoreFullError:
            refused += 1
        else:
            arena.accepted[event.conversation.channel][int(event.text)] = None
    tally = await arena.settle(20)
    await inspector.config_set("maxmemory", 0)
    return tally, refused


async def lose_redis(arena: Arena, seconds: float, *, hangs: bool) -> tuple[Tally, float]:
    """Take Redis away; return the seconds from its return to the next answer."""
    arena.board.think = lambda place: 0.2
    async with _asking(arena, places=20, pause=0.02):
        await asyncio.sleep(0.5)
        if hangs:
            arena.redis.freeze()
        else:
            await arena.redis.kill()
        await asyncio.sleep(seconds)
        if hangs:
            arena.redis.thaw()
        else:
            await arena.redis.start()
        back = time.monotonic()
        await wait_until(lambda: _newest(arena) > back, timeout=20)
        first = min(p.at for p in arena.board.posts.values() if p.at > back) - back
        await asyncio.sleep(0.5)
    return await arena.settle(30), first


async def shuffle(arena: Arena, count: int, *, times: int, chance: random.Random) -> Tally:
    """Tell each update several times, shuffled among those around it."""
    arena.board.think = lambda place: 0.05
    events = [arena.new_message(f"s{chance.randrange(10)}") for _ in range(count)]
    for start in range(0, count, WINDOW):
        window = events[start : start + WINDOW] * times
        chance.shuffle(window)
        for event in window:
            await arena.tell(event)
    return await arena.settle(30)


async def storm(
    arena: Arena, seconds: float, *, chance: random.Random, strikes: Sequence[str] = ()
) -> tuple[Tally, list[str]]:
    """Strike at random while fans ask; return what was done and when."""
    thinking = random.Random(chance.random())
    arena.board.think = lambda place: thinking.choice((0.0, 0.05, 0.2, 0.6))
    nemesis = _Nemesis(arena, chance)
    end = time.monotonic() + seconds
    async with _asking(arena, places=40, pause=0.01, chance=random.Random(chance.random())):
        while time.monotonic() < end:
            await asyncio.sleep(chance.uniform(0.2, 1.0))
            await nemesis.strike(chance.choice(strikes or tuple(nemesis.strikes)))
    await nemesis.rest()
    return await arena.settle(60), nemesis.told


class _Nemesis:
    """Strikes one thing at a time; what it froze comes back by itself."""

    def __init__(self, arena: Arena, chance: random.Random) -> None:
        self._arena = arena
        self._chance = chance
        self._frozen: dict[int, asyncio.Task[None]] = {}
        self._started = time.monotonic()
        self.told: list[str] = []
        self.strikes: dict[str, Callable[[], Coroutine[None, None, str]]] = {
            "kill a worker": self._kill_worker,
            "freeze a worker": self._freeze_worker,
            "kill Redis": self._kill_redis,
            "hang Redis": self._hang_redis,
        }

    async def strike(self, what: str) -> None:
        at = time.monotonic() - self._started
        self.told.append(f"{at:6.1f} s {what} {await self.strikes[what]()}")

    async def rest(self) -> None:
        if self._frozen:
            await asyncio.wait(self._frozen.values())

    def _worker(self) -> Process | None:
        """Pick one that runs, so that the choice does not depend on which lives."""
        arena = self._arena
        awake = [p for p in arena.processes[1:] if p.is_alive and p.pid not in self._frozen]
        return self._chance.choice(awake) if awake else None

    async def _kill_worker(self) -> str:
        worker = self._worker()
        if worker is None:
            return "(none is awake)"
        await worker.kill()
        await self._arena.start("worker")
        return str(worker.pid)

    async def _freeze_worker(self) -> str:
        worker = self._worker()
        seconds = self._chance.choice((0.5, 1.0, 2.0, 4.0, 10.0))
        if worker is None:
            return "(none is awake)"
        self._frozen[worker.pid] = asyncio.create_task(self._thaw(worker, seconds))
        worker.signal(signal.SIGSTOP)
        return f"{worker.pid} for {seconds:g} s"

    async def _thaw(self, worker: Process, seconds: float) -> None:
        await asyncio.sleep(seconds)
        worker.signal(signal.SIGCONT)
        del self._frozen[worker.pid]

    async def _kill_redis(self) -> str:
        seconds = self._chance.uniform(0.1, 1.5)
        await self._arena.redis.kill()
        await asyncio.sleep(seconds)
        await self._arena.redis.start()
        return f"for {seconds:.1f} s"

    async def _hang_redis(self) -> str:
        seconds = self._chance.uniform(0.2, 2.5)
        self._arena.redis.freeze()
        await asyncio.sleep(seconds)
        self._arena.redis.thaw()
        return f"for {seconds:.1f} s"


@contextlib.asynccontextmanager
async def _asking(
    arena: Arena, *, places: int, pause: float, chance: random.Random | None = None
) -> AsyncGenerator[None]:
    """Let fans ask, some updates told twice and shuffled, until the end of the block."""
    chance = chance or random.Random(1)
    is_over = asyncio.Event()

    async def ask() -> None:
        while not is_over.is_set():
            events = [arena.new_message(f"a{chance.randrange(places)}") for _ in range(WINDOW // 2)]
            window = events + [event for event in events if chance.random() < 0.2]
            chance.shuffle(window)
            for event in window:
                await arena.tell(event)
                await asyncio.sleep(pause)

    async with asyncio.TaskGroup() as group:
        group.create_task(ask())
        try:
            yield
        finally:
            is_over.set()


async def _hold(arena: Arena, count: int, pid: int, *, think: float, every: int = 1) -> None:
    """Make one worker hold a number of turns; those of the other places take 1.5 s."""
    arena.board.think = lambda place: 1.5 if int(place[1:]) % every else think
    before = len(_taken(arena, pid))
    for number in range(count):
        await arena.ask(f"h{number}")
    await wait_until(lambda: len(_taken(arena, pid)) >= before + count, timeout=20)


def _taken(arena: Arena, pid: int) -> list[float]:
    return [begun.at for begun in arena.board.begun if begun.pid == pid]


def _newest(arena: Arena) -> float:
    return max((post.at for post in arena.board.posts.values()), default=0.0)
