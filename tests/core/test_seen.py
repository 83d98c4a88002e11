from __future__ import annotations

import asyncio
import contextlib

import pytest

from core import seen as module
from core.errors import StoreError
from core.seen import Seen
from core.store import Store
from tests.fakes.redis import RedisServer
from tests.waiting import wait_until


def note(seen: Seen, channel: str, message: int, *, is_for_us: bool = True) -> None:
    seen.note(channel, str(message), community="g", is_for_us=is_for_us)


async def reread(store: Store) -> dict[str, str]:
    fresh = Seen(store, platform="discord")
    await fresh.load()
    return {spot.channel: spot.last for spot in fresh.recent()}


async def test_a_place_is_remembered_once_the_bot_was_spoken_to_there(store: Store):
    seen = Seen(store, platform="discord")
    note(seen, "quiet", 1, is_for_us=False)
    note(seen, "live", 2)
    note(seen, "live", 3, is_for_us=False)
    await seen.write()
    assert await reread(store) == {"live": "3"}


async def test_an_older_message_does_not_take_a_place_back(store: Store):
    seen = Seen(store, platform="discord")
    note(seen, "live", 30)
    note(seen, "live", 4)
    await seen.write()
    assert await reread(store) == {"live": "30"}


async def test_a_place_that_is_gone_is_forgotten(store: Store):
    seen = Seen(store, platform="discord")
    note(seen, "live", 1)
    await seen.write()
    seen.forget("live")
    await seen.write()
    assert await reread(store) == {}


async def test_only_the_latest_places_are_kept(store: Store, redis: RedisServer):
    seen = Seen(store, platform="discord")
    for number in range(module.KEEP + 50):
        note(seen, f"c{number}", number + 1)
    await seen.write()
    assert await redis.inspector.hlen("tifo:{0}:recent:discord") == module.KEEP
    assert len(seen.recent()) == module.KEEP


async def test_what_could_not_be_written_is_written_later(store: Store, redis: RedisServer):
    seen = Seen(store, platform="discord")
    note(seen, "live", 1)
    await redis.kill()
    with pytest.raises(StoreError):
        await seen.write()
    await redis.start()
    await seen.write()
    assert await reread(store) == {"live": "1"}


async def test_what_was_noted_is_written_by_itself_and_at_the_end(store: Store):
    seen = Seen(store, platform="discord")
    task = asyncio.create_task(seen.run())
    note(seen, "live", 1)

    async def is_written() -> bool:
        return await reread(store) == {"live": "1"}

    await wait_until(is_written)
    note(seen, "live", 2)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert await reread(store) == {"live": "2"}
