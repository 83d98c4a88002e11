"""The fans: each asks, waits for the answer to stand, and asks on."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence
from typing import Protocol

from bots.rehearsal.board import Asked
from bots.rehearsal.plan import Plan
from bots.rehearsal.words import Mark, Words

_GROUP = 5  # fans in one group


class Platform(Protocol):
    """Where fans talk."""

    @property
    def name(self) -> str:
        """Return what it is called in a plan."""
        ...

    def place(self, fan: int, group: int | None) -> str:
        """Return where a fan talks: alone with the bot, or in a group."""
        ...

    def say(self, asked: Asked, text: str) -> None:
        """Let a fan write."""
        ...


class Crowd:
    """All fans of a rehearsal."""

    def __init__(self, plan: Plan, words: Words, platforms: Sequence[Platform]) -> None:
        self._plan = plan
        self._words = words
        self._platforms = platforms
        self._random = random.Random(plan.seed)  # noqa: S311 - a rehearsal can be repeated
        self.total = plan.fans * plan.questions
        self.asked = 0
        self.given_up = 0
        """Questions that were not answered within the fan's patience."""

    async def talk(self) -> None:
        """Let all fans ask everything they want to know."""
        async with asyncio.TaskGroup() as group:
            for fan in range(self._plan.fans):
                group.create_task(self._ask(fan, self._random.uniform(0, self._plan.spread)))

    async def _ask(self, fan: int, delay: float) -> None:
        await asyncio.sleep(delay)
        platform = self._platforms[fan % len(self._platforms)]
        # Fans of one platform follow each other in its groups.
        number = fan // len(self._platforms)
        in_group = number < self._plan.groups * self._plan.fans / len(self._platforms)
        place = platform.place(fan, number // _GROUP if in_group else None)
        for question in range(1, self._plan.questions + 1):
            mark = Mark(fan, question)
            asked = Asked(mark, place, "", self._words.language(fan), time.monotonic())
            platform.say(asked, self._words.question(mark))
            self.asked += 1
            try:
                async with asyncio.timeout(self._plan.patience):
                    await asked.done.wait()
            except TimeoutError:
                self.given_up += 1


async def settle(last_change: Changes, *, quiet: float, longest: float) -> None:
    """Return when the bot has shown nothing for `quiet` seconds; after `longest` at the latest."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(longest):
            while (left := last_change.changed + quiet - time.monotonic()) > 0:
                await asyncio.sleep(left)


class Changes(Protocol):
    """Whatever knows when it changed last, in monotonic seconds."""

    @property
    def changed(self) -> float:
        """Return when."""
        ...
