"""Trying again: at once is rude, never is a lost fan."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from core.errors import TifoError, UndeliverableError

Value = TypeVar("Value")

_log = logging.getLogger(__name__)


async def keep_trying(
    step: Callable[[], Awaitable[Value]],
    *,
    what: str,
    against: type[TifoError] | tuple[type[TifoError], ...],
    first: float = 1.0,
    slowest: float = 60.0,
) -> Value:
    """Take a step until it succeeds, ever more slowly.

    Args:
        step: May be taken again.
        what: For the log.
        against: What it may fail with; anything else ends this.
        first: Seconds before the second attempt; they double from one to the next.
        slowest: Seconds between two attempts at most.

    Raises:
        UndeliverableError: The platform will never take it.
    """
    pause = first
    while True:
        try:
            return await step()
        except UndeliverableError:
            raise
        except against as error:
            _log.warning("%s: %s; trying again in %.1f s", what, error, pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, slowest)
