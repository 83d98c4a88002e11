from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator

import msgspec

from core.message import Reply
from core.outbox import Ledger
from core.speaker import Speaker
from core.store import Store
from tests.fakes.redis import RedisServer
from tests.samples import reply
from tests.waiting import wait_until


@contextlib.asynccontextmanager
async def running(speaker: Speaker) -> AsyncGenerator[Speaker]:
    task = asyncio.create_task(speaker.run())
    try:
        yield speaker
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_one_process_speaks_and_the_next_at_once_when_it_ends(store: Store):
    async with running(Speaker(store, platform="web")) as first:
        await first.wait()
        async with running(Speaker(store, platform="web")) as second:
            await asyncio.sleep(0.3)
            assert first.is_speaking and not second.is_speaking
            assert second.since == math.inf
    async with running(Speaker(store, platform="web")) as third:
        await third.wait()
        assert third.since > 0


async def test_each_platform_has_a_speaker_of_its_own(store: Store):
    async with running(Speaker(store, platform="web")) as one:
        async with running(Speaker(store, platform="telegram")) as other:
            await one.wait()
            await other.wait()
            assert one.is_speaking and other.is_speaking


async def test_a_speaker_that_cannot_reach_redis_falls_silent_by_itself(
    store: Store, redis: RedisServer
):
    async with running(Speaker(store, platform="web")) as speaker:
        await speaker.wait()
        await redis.kill()
        await wait_until(lambda: not speaker.is_speaking, timeout=8)
        await redis.start()
        await wait_until(lambda: speaker.is_speaking, timeout=8)


async def test_only_what_began_after_a_process_spoke_is_surely_blank(store: Store):
    async with running(Speaker(store, platform="web")) as speaker:
        await speaker.wait()
        ledger = Ledger(store, speaker)
        since = speaker.since
        assert not ledger.is_blank(_begun(since - 1))
        assert not ledger.is_blank(_begun(0.0)), "nobody knows when it began"
        assert ledger.is_blank(_begun(since + 1))


def _begun(at: float) -> Reply:
    return msgspec.structs.replace(reply("hi"), begun_at=at)
