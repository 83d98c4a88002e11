"""The protocol, step by step, with the faults that a first version of it once had."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core import mailbox
from core.errors import FencedError, StoreFullError
from core.mailbox import Claim, Commit, Waiting
from core.message import Request, dialogue_of
from core.store import Entry, Store, key
from tests.fakes.redis import RedisServer
from tests.samples import direct, message, reply


async def push(store: Store, event: Request, *, limit: int = 100) -> bool:
    return await mailbox.push(
        store, event, dialogue=dialogue_of(event).key, fan="web:ana", limit=limit, overheard=b""
    )


async def ready(store: Store, worker: str = "a", *, wait: float = 0.01) -> list[Entry]:
    for _ in range(2):  # the first read makes the group
        entries = await store.read_group(
            key("ready"), group=mailbox.GROUP, consumer=worker, wait=wait, count=10
        )
        if entries:
            return entries
    return []


async def claim(store: Store, entry: Entry) -> Claim:
    dialogue = entry.fields[b"d"].decode()
    return await mailbox.claim(store, entry.id, dialogue, dialogue.rpartition(":")[0])


async def commit(store: Store, held: Claim, taken: int, *, text: str = "hi") -> bool:
    change = Commit(taken=taken, memory=b"m", lines=[b"l"], replies=[reply(text)])
    return await mailbox.commit(store, held, change, platform="web", place="p")


def ids(held: Claim) -> list[str]:
    return [row.event.id for row in readable(held.waiting)]


def readable(rows: Sequence[Waiting | None]) -> list[Waiting]:
    return [row for row in rows if row is not None]


async def test_an_event_told_twice_is_kept_once(store: Store):
    event = message("hola")
    await push(store, event)
    await push(store, event)
    (entry,) = await ready(store)
    assert ids(await claim(store, entry)) == [event.id]


async def test_a_dialogue_is_ready_once_however_many_events_wait(store: Store):
    for number in range(5):
        await push(store, message("hola", id=f"e{number}"))
    (entry,) = await ready(store)
    assert ids(await claim(store, entry)) == ["e0", "e1", "e2", "e3", "e4"]


async def test_a_commit_is_one_step_and_what_came_meanwhile_is_ready_again(store: Store):
    await push(store, message("one", id="e1"))
    (entry,) = await ready(store)
    held = await claim(store, entry)
    await push(store, message("two", id="e2"))
    assert await commit(store, held, 1, text="first")
    (again,) = await ready(store)
    assert ids(await claim(store, again)) == ["e2"]
    (sent,) = await store.read(key("outbox", "web"), after="0")
    assert b"first" in sent.fields[b"r"]
    left = await store.read(key("ready"), after="0")
    assert [row.id for row in left] == [again.id], "what was answered is gone from the stream"


async def test_a_commit_sent_twice_ends_one_turn_only(store: Store):
    await push(store, message("one", id="e1"))
    (entry,) = await ready(store)
    held = await claim(store, entry)
    await push(store, message("two", id="e2"))
    assert await commit(store, held, 1)
    assert not await commit(store, held, 1), "its answer was lost, so it was sent again"
    (again,) = await ready(store)
    assert ids(await claim(store, again)) == ["e2"], "the second event is still there"


async def test_a_worker_whose_dialogue_was_taken_over_can_neither_commit_nor_show(store: Store):
    await push(store, message("one"))
    (entry,) = await ready(store)
    frozen = await claim(store, entry)
    other = await claim(store, entry)
    with pytest.raises(FencedError):
        await mailbox.extend(store, frozen, 1)
    assert not await commit(store, frozen, 1, text="stale")
    assert await commit(store, other, 1, text="fresh")
    (sent,) = await store.read(key("outbox", "web"), after="0")
    assert b"fresh" in sent.fields[b"r"]


async def test_the_fence_holds_after_the_dialogue_went_quiet(store: Store):
    await push(store, message("one"))
    (entry,) = await ready(store)
    frozen = await claim(store, entry)
    await commit(store, await claim(store, entry), 1)
    await push(store, message("two"))
    (again,) = await ready(store)
    await claim(store, again)
    assert not await commit(store, frozen, 1), "the epoch did not begin anew"


async def test_extend_returns_only_what_is_new(store: Store):
    await push(store, message("one", id="e1"))
    (entry,) = await ready(store)
    held = await claim(store, entry)
    assert await mailbox.extend(store, held, 1) == []
    await push(store, message("two", id="e2"))
    assert [row.event.id for row in readable(await mailbox.extend(store, held, 1))] == ["e2"]


async def test_entries_of_a_dead_worker_go_to_a_living_one(store: Store):
    await push(store, message("one"))
    (entry,) = await ready(store, "dead")
    await mailbox.beat(store, "alive")
    (orphan,) = await mailbox.reap(store, "alive", lease=1.0, held=[], count=10)
    assert orphan.id == entry.id
    assert orphan.fields[b"d"] == entry.fields[b"d"]


async def test_entries_of_a_living_worker_stay_with_it(store: Store):
    await push(store, message("one"))
    await ready(store, "busy")
    await mailbox.beat(store, "busy")
    await mailbox.beat(store, "other")
    assert await mailbox.reap(store, "other", lease=5.0, held=[], count=10) == []


async def test_an_own_entry_lost_on_the_wire_comes_back_after_a_lease(store: Store):
    await push(store, message("one"))
    (entry,) = await ready(store, "me")
    await mailbox.beat(store, "me")
    assert await mailbox.reap(store, "me", lease=0.0, held=[entry.id], count=10) == []
    (lost,) = await mailbox.reap(store, "me", lease=0.0, held=[], count=10)
    assert lost.id == entry.id


async def test_a_full_redis_takes_nothing_new_but_drains(store: Store, redis: RedisServer):
    await push(store, message("one", id="e1"))
    (entry,) = await ready(store)
    await redis.inspector.config_set("maxmemory", 1)
    with pytest.raises(StoreFullError):
        await push(store, message("two", id="e2"))
    held = await claim(store, entry)
    assert await mailbox.extend(store, held, 1) == []
    await mailbox.beat(store, "a")
    assert await commit(store, held, 1)
    await redis.inspector.config_set("maxmemory", 0)
    assert await push(store, message("two", id="e2")), "the refused event can be sent again"


async def test_a_fan_over_the_limit_is_told_once_then_dropped_and_others_are_not(store: Store):
    taken = [await push(store, message("x", id=f"e{n}"), limit=3) for n in range(6)]
    assert taken == [True, True, True, True, False, False]
    (entry,) = await ready(store)
    assert [row.is_over_limit for row in readable((await claim(store, entry)).waiting)] == [
        False, False, False, True,
    ]  # fmt: skip
    other = message("y", place=direct("2"))
    assert await mailbox.push(
        store, other, dialogue=dialogue_of(other).key, fan="web:ken", limit=3, overheard=b""
    )


async def test_attempts_are_counted_until_a_commit(store: Store):
    await push(store, message("one"))
    (entry,) = await ready(store)
    assert [(await claim(store, entry)).attempt for _ in range(3)] == [1, 2, 3]
    held = await claim(store, entry)
    await push(store, message("two"))
    await commit(store, held, 1)
    (again,) = await ready(store)
    assert (await claim(store, again)).attempt == 1


async def test_forgetting_leaves_neither_memory_nor_history(store: Store, redis: RedisServer):
    await push(store, message("one"))
    (entry,) = await ready(store)
    await commit(store, await claim(store, entry), 1)
    await push(store, message("/forget"))
    (entry,) = await ready(store)
    held = await claim(store, entry)
    assert held.memory == b"m" and held.history == [b"l"]
    await mailbox.commit(
        store, held, Commit(taken=1, memory=b"", replies=[]), platform="web", place="p"
    )
    assert not [k for k in await redis.keys() if "memory" in k or "history" in k]


async def test_what_is_retracted_leaves_the_place_and_what_others_said_stays(store: Store):
    event = message("mine")
    await mailbox.push(
        store, event, dialogue=dialogue_of(event).key, fan="f", limit=9, overheard=b"mine"
    )
    await store.push(key("place", event.conversation.key), b"theirs", keep=9, ttl=60)
    (entry,) = await ready(store)
    held = await claim(store, entry)
    assert held.place == [b"mine", b"theirs"]
    change = Commit(taken=1, memory=b"", retracted=[b"mine"])
    await mailbox.commit(store, held, change, platform="web", place=event.conversation.key)
    await push(store, message("again"))
    (entry,) = await ready(store)
    assert (await claim(store, entry)).place == [b"theirs"]
