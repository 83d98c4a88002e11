from __future__ import annotations

from core.store import Store, key
from core.transcript import KEEP, Transcript


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
