"""Asks a limit again and again in a process of its own: URL, times, the most, seconds."""

from __future__ import annotations

import asyncio
import sys

from core.limits import Limit, check
from core.store import Store, key


async def ask(store: Store, times: int, most: int, window: float) -> int:
    """Return how often there was room, all asked at once."""
    limits = [Limit(key("crowd"), most)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(check(store, limits, window=window)) for _ in range(times)]
    return sum(not task.result() for task in tasks)


async def main(url: str, times: int, most: int, window: float) -> None:
    """Write how often there was room."""
    store = Store(url, patience=60.0)  # it is about the count, not the pace
    sys.stdout.write(str(await ask(store, times, most, window)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
