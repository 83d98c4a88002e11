"""The fans: each asks, waits for the answer to stand, and asks on."""

from __future__ import annotations

import asyncio
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
        self.early = 0 if plan.is_cold else max(len(platforms), len(words.languages))
        """Questions that only warm the program up."""

        self.total = plan.fans * plan.questions + self.early
        self.asked = 0
        self.given_up = 0
        """Questions that were not answered within the fan's patience."""

    async def warm_up(self) -> float:
        """Let a fan ask in each language; return the seconds until the slowest answer.

        What a program loads at its first question is no part of what a question costs.
        """
        begun = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(self.early):
                platform = self._platforms[number % len(self._platforms)]
                group.create_task(self._ask(self._plan.fans + number, platform, None, 1))
        return time.monotonic() - begun

    async def talk(self) -> None:
        """Let all fans ask everything they want to know."""
        async with asyncio.TaskGroup() as group:
            for fan in range(self._plan.fans):
                group.create_task(self._come(fan, self._random.uniform(0, self._plan.spread)))

    async def _come(self, fan: int, delay: float) -> None:
        await asyncio.sleep(delay)
        platform = self._platforms[fan % len(self._platforms)]
        # Fans of one platform follow each other in its groups.
        number = fan // len(self._platforms)
        in_group = number < self._plan.groups * self._plan.fans / len(self._platforms)
        group = number // _GROUP if in_group else None
        await self._ask(fan, platform, group, self._plan.questions)

    async def _ask(self, fan: int, platform: Platform, group: int | None, count: int) -> None:
        place = platform.place(fan, group)
        for question in range(1, count + 1):
            mark = Mark(fan, question)
            asked = Asked(mark, place, "", self._words.language(fan), time.monotonic())
            platform.say(asked, self._words.question(mark))
            self.asked += 1
            try:
                async with asyncio.timeout(self._plan.patience):
                    await asked.done.wait()
            except TimeoutError:
                self.given_up += 1
