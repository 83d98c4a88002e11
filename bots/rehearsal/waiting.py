"""Waits for what others do, by looking again and again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine

_STEP = 0.01  # seconds between two looks


async def until(look: Callable[[], bool], *, within: float | None = None) -> bool:
    """Return whether it came true, looking for at most `within` seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            while not look():  # noqa: ASYNC110 - of processes and of times there is no event
                await asyncio.sleep(_STEP)
            return True
    return False


async def see_through(step: Coroutine[None, None, None]) -> None:
    """Finish a step although we are told to stop: a process must not be lost while it starts."""
    task = asyncio.create_task(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise
