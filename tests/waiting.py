"""Waits for what a test expects, and no longer."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

Value = TypeVar("Value")


async def wait_until(
    look: Callable[[], Value] | Callable[[], Awaitable[Value]], *, timeout: float = 15.0
) -> Value:
    """Return the first true answer; fail when none comes in time."""
    end = time.monotonic() + timeout
    while True:
        value = look()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value  # pyright: ignore[reportReturnType] - awaited above
        assert time.monotonic() < end, f"not within {timeout} s: {inspect.getsource(look).strip()}"
        await asyncio.sleep(0.01)
