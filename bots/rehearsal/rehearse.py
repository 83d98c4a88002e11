"""Runs a rehearsal from the first start to the verdict."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from pathlib import Path

import msgspec
from aiohttp import web

from bots.rehearsal.board import Board
from bots.rehearsal.crowd import Crowd
from bots.rehearsal.discord import Discord
from bots.rehearsal.judge import judge
from bots.rehearsal.model import Model
from bots.rehearsal.plan import Plan
from bots.rehearsal.program import Program, running
from bots.rehearsal.report import Recovery, Report, measure, render
from bots.rehearsal.telegram import Telegram
from bots.rehearsal.waiting import see_through, until
from bots.rehearsal.words import Words
from core.bot import load_bot
from core.language.strings import Strings

Say = Callable[[str], None]
"""Takes a line of progress."""

_IDLE = 1.0  # seconds of rest before its memory is measured
_QUIET = 3.0  # seconds without a change after which nothing more is expected
_AFTERMATH = 6.0  # the same where processes were killed: longer than any lease
_TAKEN_UP = 5.0  # seconds after a kill within which broken answers are asked for again
_LOADING = 60.0  # seconds that the program may load things after its first question
_RESTING = 0.1  # share of a core that a program at rest may use
_RESTS = 2  # looks in a row at which it has to be at rest
_SAMPLE = 1.0  # seconds between two looks at the processes

_CRON = 10
"""Reads a second that Redis makes for itself: its `hz`, measured on Valkey 9.1, 2026-11-25."""

_PLATFORMS = {"telegram": Telegram, "discord": Discord}


class Stage:
    """The servers of a rehearsal."""

    def __init__(self, plan: Plan, bot: Path) -> None:
        self.words = Words(load_bot(bot), Strings(), tokens=plan.tokens)
        self.board = Board(self.words.endings)
        self.model = Model(plan, self.words)
        self.platforms = [
            _PLATFORMS[name](self.board, has_limits=plan.has_limits) for name in plan.platforms
        ]
        self.environ: dict[str, str] = {"TIFO_BOT": str(bot.resolve())}

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Serve on a free port."""
        app = web.Application()
        for server in (self.model, *self.platforms):
            server.routes(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        for server in (self.model, *self.platforms):
            self.environ |= server.environ(url)
        try:
            yield
        finally:
            await runner.cleanup()

    async def ready(self) -> None:
        """Return when the bot has come to every platform."""
        for platform in self.platforms:
            await platform.is_ready.wait()


async def run(plan: Plan, bot: Path) -> int:
    """Rehearse, print the table and return the exit code: 1 if anything went wrong.

    Raises:
        TifoError: The program does not start, or ended by itself.
    """
    report = await rehearse(plan, bot, say=_progress)
    _progress("")
    print(render(plan, report))
    if plan.json is not None:
        plan.json.write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    return 0 if report.is_good else 1


async def rehearse(plan: Plan, bot: Path, *, say: Say = lambda _: None) -> Report:
    """Run the program before its fans and judge what stands at the end.

    Raises:
        TifoError: The program does not start, or ended by itself.
    """
    stage = Stage(plan, bot)
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        async with stage.open():
            started = time.monotonic()
            async with running(plan, Path(folder), stage.environ) as program:
                await _wait(program, stage.ready())
                start = time.monotonic() - started
                return await _Show(plan, stage, program, say).play(start)


class _Show:
    """One rehearsal while it runs."""

    def __init__(self, plan: Plan, stage: Stage, program: Program, say: Say) -> None:
        self._plan = plan
        self._stage = stage
        self._program = program
        self._say = say
        self._crowd = Crowd(plan, stage.words, stage.platforms)
        self._begun = 0.0
        self._is_over = False
        self._recoveries: list[Recovery] = []

    async def play(self, start: float) -> Report:
        await asyncio.sleep(_IDLE)
        idle = self._program.sample().memory
        cold = await self._warm_up()
        self._program.meter.reset()
        self._begun, load = time.monotonic(), time.process_time()
        killing = asyncio.create_task(self._kill())
        extras = [asyncio.create_task(self._look()), killing]
        try:
            await _wait(self._program, self._crowd.talk())
            self._is_over = True
            quiet = _AFTERMATH if self._plan.kill else _QUIET
            talked = time.monotonic() - self._begun
            load = (time.process_time() - load) / talked
            usage = self._program.sample()
            await asyncio.wait((killing,), timeout=self._plan.patience)
            await until(lambda: self._is_quiet(quiet), within=self._plan.patience)
        finally:
            for extra in extras:
                extra.cancel()
            await asyncio.wait(extras)
        for extra in extras:
            if not extra.cancelled() and (error := extra.exception()) is not None:
                raise error
        board, count = self._stage.board, self._plan.fans * self._plan.questions
        seconds = board.changed - self._begun
        first, final = measure(board, self._stage.model, since=self._begun)
        known = usage.program_cpu is not None
        return Report(
            verdict=judge(board, self._stage.words, self._plan.platforms),
            seconds=seconds,
            answers_per_second=count / seconds,
            first=first,
            final=final,
            refused={n: board.refused.get(n, 0) / calls for n, calls in board.calls.items()},
            calls=board.calls,
            given_up=self._crowd.given_up,
            cpu=(usage.program_cpu or 0.0) * 1000 / count if known else None,
            redis_cpu=(usage.redis_cpu or 0.0) * 1000 / count if known else None,
            redis_reads=max(0.0, (usage.redis_reads or 0) - talked * _CRON) / count
            if known
            else None,
            idle=idle,
            peak=self._program.meter.peak if known else None,
            start=start,
            cold=cold,
            rehearsal_load=load,
            recoveries=tuple(self._recoveries),
            faults=self._stage.model.faults,
        )

    async def _warm_up(self) -> float | None:
        """Return how long the very first answers took, once the program has come to rest."""
        if self._plan.is_cold:
            return None
        self._say("the first questions")
        cold = await self._crowd.warm_up()
        usage, rests, end = 0.0, 0, time.monotonic() + _LOADING
        while rests < _RESTS and time.monotonic() < end:
            await asyncio.sleep(_SAMPLE)
            before, usage = usage, self._program.sample().program_cpu or 0.0
            rests = rests + 1 if usage - before < _RESTING * _SAMPLE else 0
        return cold

    def _done(self) -> int:
        return sum(asked.done.is_set() for asked in self._stage.board.asked.values())

    def _has_done(self, count: float) -> bool:
        return self._is_over or self._done() >= count

    def _is_quiet(self, seconds: float) -> bool:
        return time.monotonic() - self._stage.board.changed >= seconds

    async def _look(self) -> None:
        """Tell how far it is, and measure."""
        while True:
            await asyncio.sleep(_SAMPLE)
            self._program.sample()
            self._say(
                f"{time.monotonic() - self._begun:.0f} s: {self._done()} of {self._crowd.total} "
                f"answered, {self._crowd.asked - self._done()} waiting, "
                f"{len(self._recoveries)} killed"
            )

    async def _kill(self) -> None:
        """Kill at seeded moments in the middle, and see what follows."""
        if not self._plan.kill:
            return
        chance = random.Random(self._plan.seed)  # noqa: S311 - a rehearsal can be repeated
        share, count = 1 / (self._plan.kills + 1), self._plan.fans * self._plan.questions
        for number in range(1, self._plan.kills + 1):
            moment = (number + chance.uniform(-0.3, 0.3)) * share * count
            await until(functools.partial(self._has_done, self._crowd.early + moment))
            if self._is_over:
                return
            await asyncio.sleep(chance.uniform(0.0, self._plan.spread / 2))
            await self._kill_once(chance)

    async def _kill_once(self, chance: random.Random) -> None:
        board, model = self._stage.board, self._stage.model
        waiting, broken = self._crowd.asked - self._done(), model.open_marks()
        at = time.monotonic()
        await see_through(self._program.kill(self._plan.kill, chance))
        await asyncio.sleep(0.05)  # what was on its way is through
        after = time.monotonic()
        patience = self._plan.patience
        is_back = await until(lambda: board.changed > after, within=patience)
        shown = board.changed - at if is_back else None
        await until(
            lambda: all(model.spoken[mark].asked[-1] > at for mark in broken), within=_TAKEN_UP
        )
        again = sorted(t for m in broken if (t := model.spoken[m].asked[-1] - at) > 0)
        self._recoveries.append(
            Recovery(
                victim=self._plan.kill,
                at=at - self._begun,
                waiting=waiting,
                shown=shown,
                taken_up=(again[0], again[-1]) if again else None,
            )
        )


async def _wait(program: Program, what: Coroutine[None, None, None]) -> None:
    """Wait for something as long as the program lives.

    Raises:
        EndedError: It ended by itself.
    """
    task = asyncio.create_task(what)
    try:
        while not task.done():
            await asyncio.wait((task,), timeout=0.2)
            program.check()
        await task
    finally:
        task.cancel()


def _progress(line: str) -> None:
    """Show a line in place of the last one; below it where there is no terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
    elif line:
        sys.stderr.write(line + "\n")
    sys.stderr.flush()
