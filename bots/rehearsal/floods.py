"""Limits as the platforms enforce them."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Limit:
    """So many calls in so many seconds, for each key apart."""

    def __init__(self, calls: float, seconds: float, *, burst: float = 0.0) -> None:
        """`burst`: how many may come at once; 0 means all of them."""
        self._rate = calls / seconds
        self._burst = burst or calls
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, key: str = "") -> float:
        """Return the seconds until one more call is allowed, 0 when it is now."""
        return max(0.0, (1 - self._look(key).tokens) / self._rate)

    def left(self, key: str = "") -> int:
        """Return how many calls are allowed now."""
        return int(self._look(key).tokens)

    def take(self, key: str = "") -> None:
        """Count a call."""
        self._look(key).tokens -= 1

    def _look(self, key: str) -> _Bucket:
        now = time.monotonic()
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now))
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        return bucket


class Window:
    """So many calls from the first one on, until the time is over; for each key apart."""

    def __init__(self, calls: float, seconds: float) -> None:
        self.calls = calls
        self._seconds = seconds
        self._windows: dict[str, _Bucket] = {}

    def wait(self, key: str = "") -> float:
        """Return the seconds until all calls are allowed again."""
        return max(0.0, self._look(key).at + self._seconds - time.monotonic())

    def left(self, key: str = "") -> int:
        """Return how many calls are allowed now."""
        return int(self._look(key).tokens)

    def take(self, key: str = "") -> None:
        """Count a call."""
        self._look(key).tokens -= 1

    def _look(self, key: str) -> _Bucket:
        now = time.monotonic()
        window = self._windows.get(key)
        if window is None or now - window.at >= self._seconds:
            window = self._windows[key] = _Bucket(self.calls, now)
        return window
