"""How much of the page one sender gets; sessions cost nothing, so no limit on them holds.

Counted in each process of its own: behind a load balancer that spreads one sender over several
gateways, each gives as much.
"""

from __future__ import annotations

import time
from collections.abc import Callable

MAX_PAGES = 200
"""Open pages of one sender; a stadium's network or a phone carrier shares few addresses among
many fans, so no number suits everybody."""

BURST = 200
"""Messages that a sender may send at once; beyond it, `RATE` a second are taken."""

RATE = 5.0

_MAX_SENDERS = 10_000
"""Senders that are remembered; who has been silent the longest is forgotten first."""


class Allowance:
    """How many messages each sender may still send."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        """Messages left and when that was so, the latest sender last."""

    def spend(self, sender: str) -> bool:
        """Take one message off; False: there is none left."""
        now = self._clock()
        left, then = self._left.pop(sender, (BURST, now))
        left = min(BURST, left + (now - then) * RATE)
        is_enough = left >= 1
        self._left[sender] = (left - is_enough, now)
        if len(self._left) > _MAX_SENDERS:
            del self._left[next(iter(self._left))]
        return is_enough
