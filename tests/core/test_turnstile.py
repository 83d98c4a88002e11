from __future__ import annotations

import asyncio
import itertools

from core.store import Store
from core.turnstile import Turnstile
from tests.fakes.redis import RedisServer


async def test_a_turnstile_lets_one_process_through_at_a_time(store: Store):
    clock = asyncio.get_running_loop()
    passed: list[float] = []

    async def go() -> None:
        await Turnstile(store, pause=0.3).enter("gate")
        passed.append(clock.time())

    async with asyncio.TaskGroup() as group:
        for _ in range(4):
            group.create_task(go())
    assert all(later - earlier > 0.25 for earlier, later in itertools.pairwise(passed))


async def test_a_turnstile_without_redis_lets_through_after_a_pause(
    store: Store, redis: RedisServer
):
    await redis.kill()
    await Turnstile(store, pause=0.1).enter("gate")
    await redis.start()
