from __future__ import annotations

import pytest

from core.errors import StoreFullError
from core.store import Store, key
from core.transcript import KEEP, Missed, Transcript
from tests.fakes.redis import RedisServer


async def test_a_room_keeps_its_newest_items_and_remembers_no_others(store: Store):
    transcript = Transcript(store)
    for number in range(KEEP + 60):
        await transcript.add("a", f"item {number}", b"body")
    places = await store.fields(key("item", "a"))
    rows = (await transcript.after("a")).rows
    assert len(rows) == KEEP
    assert {place.decode() for place in places.values()} == {position for position, _ in rows}
    assert set(places) == {f"item {number}".encode() for number in range(60, KEEP + 60)}


async def test_an_item_that_is_there_already_stays_where_it_is(store: Store):
    transcript = Transcript(store)
    first = await transcript.add("a", "item", b"one")
    assert await transcript.add("a", "item", b"two") == first
    assert (await transcript.after("a")).rows == ((first.position, b"one"),)


async def test_who_has_seen_something_gets_what_came_after_it(store: Store):
    transcript = Transcript(store)
    one, two, three = [await transcript.add("a", str(n), str(n).encode()) for n in range(3)]
    rows = ((two.position, b"1"), (three.position, b"2"))
    assert await transcript.after("a", one.position) == Missed(rows)
    assert await transcript.after("a", three.position) == Missed(())


async def test_who_has_seen_what_is_gone_gets_everything_afresh(store: Store):
    transcript = Transcript(store)
    seen = await transcript.add("a", "secret", b"secret")
    fresh = await transcript.add("a", "forgotten", b"forgotten", clears=True)
    assert fresh.is_only and fresh.position > seen.position
    rows = ((fresh.position, b"forgotten"),)
    assert await transcript.after("a", seen.position) == Missed(rows, is_afresh=True)
    assert await transcript.after("a") == Missed(rows)
    assert set(await store.fields(key("item", "a"))) == {b"forgotten"}
    later = await transcript.add("a", "later", b"later")
    again = await transcript.add("a", "forgotten", b"forgotten", clears=True)
    assert again.position == fresh.position and not again.is_only
    assert (await transcript.after("a", fresh.position)).rows == ((later.position, b"later"),)


async def test_a_full_redis_takes_answers_and_nothing_new(store: Store, redis: RedisServer):
    transcript = Transcript(store)
    await redis.inspector.config_set("maxmemory", "1mb")
    with pytest.raises(StoreFullError):
        await transcript.add("a", "question", b"body", is_wanted=False)
    await transcript.add("a", "answer", b"body")
    assert [body for _, body in (await transcript.after("a")).rows] == [b"body"]


async def test_alone_nothing_is_passed_on(store: Store, redis: RedisServer):
    await Transcript(store).add("a", "item", b"body")
    assert key("relay") not in await redis.keys()
    await Transcript(store, is_shared=True).add("a", "item", b"body")
    assert key("relay") not in await redis.keys(), "it was passed on when it was written"
    await Transcript(store, is_shared=True).add("a", "next", b"body")
    assert key("relay") in await redis.keys()
