"""Stops asking an endpoint that keeps failing, and finds out when it is well again.

Without it, every fan would wait through all retries while the endpoint is down, and their
requests would keep it down.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

FAILURES = 5
"""Failures in a row that open the breaker, when they lie within `WINDOW`."""

WINDOW = 10.0
"""Seconds."""

PROBE_EVERY = 1.0
"""Seconds between two requests that an open breaker lets through."""


class Breaker:
    """Lets requests through while they succeed, and one a second while they do not.

    Args:
        clock: Monotonic time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._next_probe: float | None = None
        """When an open breaker lets the next request through; None while it is closed."""

    @property
    def is_open(self) -> bool:
        """Return whether a request would be turned away now."""
        return self._next_probe is not None and self._clock() < self._next_probe

    def admit(self) -> bool:
        """Return whether a request may go out; when it does, report how it ended."""
        if self.is_open:
            return False
        if self._next_probe is not None:
            self._next_probe = self._clock() + PROBE_EVERY
        return True

    def succeed(self) -> None:
        """Report that the endpoint answered."""
        self._failures.clear()
        self._next_probe = None

    def fail(self) -> None:
        """Report that it did not."""
        now = self._clock()
        self._failures.append(now)
        if self._next_probe is not None or (
            len(self._failures) == FAILURES and now - self._failures[0] <= WINDOW
        ):
            self._next_probe = now + PROBE_EVERY
