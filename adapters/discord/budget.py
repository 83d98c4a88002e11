"""What Discord allows one bot in all: calls in a second, and refusals in ten minutes.

discord.py paces by route; these two limits are ours to keep. Read 2026-11-25 at
discord.com/developers/docs/topics/rate-limits: 50 calls a second, interactions and their
webhooks aside; 10,000 answers of 401, 403 or 429 in ten minutes, then an hour of silence.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from types import SimpleNamespace

import aiohttp

from core.errors import RetryLaterError

CALLS = 45
"""Calls begun within a second, at most: some of the 50 are left to the gateway's own."""

CALM = 35
"""Calls within a second from which on what may be skipped is skipped."""

REFUSALS = 5_000
"""Refusals within `WINDOW` after which nothing is sent: half of what Discord stands."""

WINDOW = 600.0  # seconds

_COUNTED = (401, 403, 429)


class Budget:
    """Counts every request as it goes out and comes back, repeats by the library included."""

    def __init__(self, *, calls: int = CALLS, refusals: int = REFUSALS) -> None:
        self._sent: deque[float] = deque()
        self._refused: deque[float] = deque(maxlen=refusals)
        self._slots: deque[float] = deque(maxlen=calls)
        self.trace = aiohttp.TraceConfig()
        """To be given to the HTTP client whose requests count."""
        self.trace.on_request_start.append(self._count)
        self.trace.on_request_end.append(self._look)

    @property
    def rate(self) -> int:
        """Return how many requests went out within the last second."""
        oldest = time.monotonic() - 1.0
        while self._sent and self._sent[0] < oldest:
            self._sent.popleft()
        return len(self._sent)

    @property
    def is_tight(self) -> bool:
        """Return whether what may be skipped should be."""
        return self.rate >= CALM

    def check(self) -> None:
        """Keep still while too much was refused.

        Raises:
            RetryLaterError: Another refusal might silence the bot for an hour.
        """
        full = len(self._refused) == self._refused.maxlen
        rest = self._refused[0] + WINDOW - time.monotonic() if full else 0.0
        if rest > 0:
            raise RetryLaterError("Discord refused too much lately", after=rest)

    async def wait(self) -> None:
        """Return when there is room in the second, first come, first served."""
        now = time.monotonic()
        full = len(self._slots) == self._slots.maxlen
        start = max(now, self._slots[0] + 1.0) if full else now
        self._slots.append(start)
        if start > now:
            await asyncio.sleep(start - now)

    async def _count(
        self,
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceRequestStartParams,
    ) -> None:
        self._sent.append(time.monotonic())

    async def _look(
        self,
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceRequestEndParams,
    ) -> None:
        # A limit shared with other bots is not held against us; same page.
        is_shared = params.response.headers.get("X-RateLimit-Scope") == "shared"
        if params.response.status in _COUNTED and not is_shared:
            self._refused.append(time.monotonic())
