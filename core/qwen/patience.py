"""What follows a failed attempt: another one, another endpoint, or the end."""

from __future__ import annotations

import math
import random
from typing import Literal, TypeAlias

import msgspec

from core.errors import QwenBusyError, QwenError, QwenRefusedError, QwenRequestError
from core.qwen.failures import EMPTY, GONE, TOO_LONG

Step: TypeAlias = Literal["again", "elsewhere", "end"]

_REST, _LONGEST_REST, _SHORTEST_REST = 0.15, 0.2, 0.01
"""Between two looks at a stream: a share of the time that its text has been growing, and seconds at
most and at least. Waking up for every token is more than a third of what an answer costs: of 80
tokens at 40 a second, 20 ms of CPU against 14 (measured 2026-11-25), and chat platforms show one
text a second. The first text never waits, nor does an answer that comes all at once."""


class BackOff(msgspec.Struct, frozen=True, kw_only=True):
    """How often and when to try again; the defaults are those of dashscope 2.0.2."""

    retries: int = 2
    """Per endpoint, after the first attempt."""

    first: float = 0.5
    """Seconds before the first retry; each further one waits twice as long."""

    longest: float = 8.0
    """Seconds; an endpoint that asks for more is left alone."""

    jitter: float = 0.25
    """Part of the pause that chance adds, so that not all fans come back at once."""


class Attempt(msgspec.Struct, kw_only=True):
    """How an attempt went, as far as its error does not say."""

    shown_at: float = 0.0
    """When a fan saw the first text of it, by the event loop's clock; 0 while none did."""

    should_retry: bool | None = None
    """What the endpoint says itself about another try."""

    def find_rest(self, now: float) -> float:
        """Return for how many seconds to leave its stream alone, so that pieces come together."""
        if not self.shown_at:
            return 0.0
        rest = min((now - self.shown_at) * _REST, _LONGEST_REST)
        return rest if rest >= _SHORTEST_REST else 0.0


class Patience:
    """Decides after each failed attempt at one answer."""

    def __init__(self, back_off: BackOff) -> None:
        self._back_off = back_off
        self._random = random.SystemRandom()
        self._tries = 0
        self._has_restarted = False
        self._was_empty = False
        self.pause = 0.0
        """Seconds before another attempt at the same endpoint."""

    def turn_elsewhere(self) -> None:
        """Start to count anew, for another endpoint."""
        self._tries = 0

    def decide(self, error: QwenError, attempt: Attempt) -> Step:
        """Take a failed attempt; for "again", `pause` is set."""
        self.pause = 0.0
        if isinstance(error, QwenRefusedError) or error.code == TOO_LONG:
            return "end"
        if attempt.shown_at and self._has_restarted:
            return "end"
        self._has_restarted = self._has_restarted or attempt.shown_at > 0
        if error.code == EMPTY and self._was_empty:
            return "end"
        self._was_empty = self._was_empty or error.code == EMPTY
        is_worth_it = attempt.should_retry
        if is_worth_it is None:
            is_worth_it = not isinstance(error, QwenRequestError)
        asked = error.after if isinstance(error, QwenBusyError) else 0.0
        if not is_worth_it or self._tries >= self._back_off.retries:
            return "elsewhere"
        if asked > self._back_off.longest:
            return "elsewhere"
        self.pause = max(asked, self._next_pause(error, asked))
        self._tries += 1
        return "again"

    def _next_pause(self, error: QwenError, asked: float) -> float:
        if error.code == GONE and not self._tries:
            return 0.0
        pause = max(asked, self._back_off.first * math.pow(2, self._tries))
        chance = 1 + self._random.uniform(0, self._back_off.jitter)
        return min(pause * chance, self._back_off.longest)
