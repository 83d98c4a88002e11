"""The protocol, step by step, with the faults that a first version of it once had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from core import changes, mailbox, roster
from core.aside import list_aside, restore
from core.errors import FencedError, StoreFullError
from core.mailbox import Aside, Claim, Commit, Waiting
from core.message import Delete, Edit, Message, Request
from core.store import Entry, Store, key
from tests.fakes.redis import RedisServer
from tests.samples import NOW, direct, fan, message, reply


async def push(store: Store, event: Request, *, limit: int = 100) -> bool:
    taken = await mailbox.push(store, event, limit=limit, overheard=b"")
    return taken.is_kept


async def ready(store: Store, worker: str = "a", *, wait: float = 0.01) -> list[Entry]:
    for _ in range(2):  # the first read makes the group
        entries = await store.read_group(
            key("ready"), group=mailbox.GROUP, consumer=worker, wait=wait, count=10
        )
        if entries:
            return entries
    return []


async def claim(store: Store, entry: Entry, worker: str = "a") -> Claim:
    dialogue = entry.fields[b"d"].decode()
    place = dialogue.rpartition(":")[0]
    return await mailbox.claim(store, entry.id, dialogue, place=place, worker=worker)


async def commit(store: Store, held: Claim, taken: int, *, text: str = "hi") -> bool:
    change = Commit(taken=taken, memory=b"m", lines=[b"l"], replies=[reply(text)])
    return await mailbox.commit(store, held, change, place="p")


def ids(held: Claim) -> list[str]:
    return [row.request.id for row in readable(held.waiting)]


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
        await mailbox.extend(store, frozen, known=1, version=frozen.version)
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
    held = await claim(store, again)
    with pytest.raises(FencedError):
        await claim(store, entry)  # taken over a moment before the commit, and late
    assert await commit(store, held, 1), "who came late takes nothing away"
    await push(store, message("three"))
    (again,) = await ready(store)
    await claim(store, again)
    assert not await commit(store, frozen, 1), "the epoch did not begin anew"


async def test_extend_returns_only_what_is_new(store: Store):
    await push(store, message("one", id="e1"))
    (entry,) = await ready(store)
    held = await claim(store, entry)
    extension = await mailbox.extend(store, held, known=1, version=held.version)
    assert extension.rows == [] and not extension.is_whole
    await push(store, message("two", id="e2"))
    extension = await mailbox.extend(store, held, known=1, version=held.version)
    assert [row.request.id for row in readable(extension.rows)] == ["e2"]
    assert not extension.is_whole


async def test_entries_of_a_dead_worker_go_to_a_living_one(store: Store):
    await push(store, message("one"))
    (entry,) = await ready(store, "dead")
    (orphan,) = await roster.beat(store, "alive", lease=1.0, count=10)
    assert orphan.id == entry.id
    assert orphan.fields[b"d"] == entry.fields[b"d"]


async def test_entries_of_a_living_worker_stay_with_it(store: Store):
    await push(store, message("one"))
    await ready(store, "busy")
    await roster.beat(store, "busy")
    assert await roster.beat(store, "other", lease=5.0, count=10) == []


async def test_an_own_entry_lost_on_the_wire_comes_back_after_a_lease(store: Store):
    for name in "12":
        await push(store, message("one", place=direct(name)))
    held, entry = await ready(store, "me")
    both = [held.id, entry.id]
    assert await roster.beat(store, "me", lease=0.0, held=both, count=10) == []
    (lost,) = await roster.beat(store, "me", lease=0.0, held=[held.id], count=10)
    assert lost.id == entry.id


async def test_a_full_redis_takes_nothing_new_but_drains(store: Store, redis: RedisServer):
    await push(store, message("one", id="e1"))
    (entry,) = await ready(store)
    await redis.inspector.config_set("maxmemory", 1)
    with pytest.raises(StoreFullError):
        await push(store, message("two", id="e2"))
    held = await claim(store, entry)
    assert (await mailbox.extend(store, held, known=1, version=b"0")).rows == []
    await roster.beat(store, "a")
    assert await commit(store, held, 1)
    await redis.inspector.config_set("maxmemory", 0)
    assert await push(store, message("two", id="e2")), "the refused event can be sent again"


async def test_a_fan_over_the_limit_is_told_once_then_dropped_and_others_are_not(store: Store):
    taken = [await push(store, message("x", id=f"e{n}"), limit=3) for n in range(6)]
    assert taken == [True, True, True, True, False, False]
    (entry,) = await ready(store)
    *kept, last = readable((await claim(store, entry)).waiting)
    assert [row.wait for row in kept] == [None] * 3
    assert last.wait is not None and last.wait.kind == "fan"
    other = message("y", place=direct("2"), user=fan("Ken"))
    taken = await mailbox.push(store, other, limit=3, overheard=b"")
    assert taken.is_kept


async def test_attempts_are_counted_until_a_commit(store: Store):
    await push(store, message("one"))
    (entry,) = await ready(store)
    assert [(await claim(store, entry, worker)).attempt for worker in "abc"] == [1, 2, 3]
    held = await claim(store, entry, "c")
    assert held.attempt == 3, "who claims again has not died of it"
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
    await mailbox.commit(store, held, Commit(taken=1, memory=b"", replies=[]), place="p")
    assert not [k for k in await redis.keys() if "memory" in k or "history" in k]


async def test_what_is_retracted_leaves_the_place_and_what_others_said_stays(store: Store):
    event = message("mine")
    await mailbox.push(store, event, limit=9, overheard=b"mine")
    await store.push(key("place", event.conversation.key), b"theirs", keep=9, ttl=60)
    (entry,) = await ready(store)
    held = await claim(store, entry)
    assert held.place == [b"mine", b"theirs"]
    change = Commit(taken=1, memory=b"", retracted=[b"mine"])
    await mailbox.commit(store, held, change, place=event.conversation.key)
    await push(store, message("again"))
    (entry,) = await ready(store)
    assert (await claim(store, entry)).place == [b"theirs"]


async def push_for(store: Store, event: Request, taker: str) -> mailbox.Taken:
    return await mailbox.push(store, event, limit=9, overheard=b"", taker=taker)


async def test_a_push_in_the_process_of_a_free_worker_begins_the_turn_at_once(store: Store):
    await ready(store)  # makes the group
    taken = await push_for(store, message("one", id="e1"), "a")
    assert taken.claim is not None and ids(taken.claim) == ["e1"]
    assert taken.claim.begun_at > 0
    assert not await ready(store, "b"), "nobody else gets it"
    more = await push_for(store, message("two", id="e2"), "a")
    assert more.is_kept and not more.entry, "the dialogue already has its turn"
    assert await commit(store, taken.claim, 1)
    assert ids(await claim(store, (await ready(store))[0])) == ["e2"]


async def test_a_push_takes_what_has_waited_longest(store: Store):
    await push(store, message("old", id="e1", place=direct("1")))
    await ready(store, "a")
    await push(store, message("older", id="e2", place=direct("2")))
    taken = await push_for(store, message("new", id="e3", place=direct("3")), "b")
    assert taken.dialogue == f"{direct('2').key}:" and taken.claim is None
    held = await mailbox.claim(store, taken.entry, taken.dialogue, place="p", worker="b")
    assert ids(held) == ["e2"]


async def test_a_push_before_the_first_worker_ever_came_waits_for_it(store: Store):
    taken = await push_for(store, message("one", id="e1"), "a")
    assert taken.is_kept and not taken.entry
    assert ids(await claim(store, (await ready(store))[0])) == ["e1"]


async def test_a_turn_knows_since_when_something_of_it_may_stand(store: Store):
    await push(store, message("one"))
    (entry,) = await ready(store)
    first, second = await claim(store, entry), await claim(store, entry)
    assert 0 < first.begun_at == second.begun_at, "also a later attempt tells of the first"
    await commit(store, second, 1)
    await push(store, message("two"))
    assert (await claim(store, (await ready(store))[0])).begun_at > first.begun_at


def edit(target: str, text: str) -> Edit:
    return Edit(id=f"{target}:edit", conversation=direct(), target=target, text=text, sent_at=NOW)


def delete(target: str) -> Delete:
    return Delete(id=f"{target}:gone", conversation=direct(), target=target, sent_at=NOW)


def texts(rows: Sequence[Waiting | None]) -> list[str]:
    return [r.request.text for r in readable(rows) if isinstance(r.request, Message)]


async def test_what_waits_reads_as_it_was_edited_and_keeps_its_place(store: Store):
    for name in ("e1", "e2", "e3"):
        await push(store, message(name, id=name))
    assert await changes.apply(store, edit("e2", "better"))
    held = await claim(store, (await ready(store))[0])
    assert texts(held.waiting) == ["e1", "better", "e3"]


async def test_an_edit_that_is_told_again_does_not_write_over_a_newer_one(store: Store):
    await push(store, message("first", id="e1"))
    old = edit("e1", "second")
    new = msgspec.structs.replace(edit("e1", "third"), sent_at=NOW + timedelta(seconds=1))
    assert [await changes.apply(store, change) for change in (old, new, old)] == [True, True, False]
    held = await claim(store, (await ready(store))[0])
    assert texts(held.waiting) == ["third"]


async def test_what_waits_and_was_deleted_is_dropped_and_the_count_still_holds(store: Store):
    for name in ("e1", "e2"):
        await push(store, message(name, id=name))
    assert await changes.apply(store, delete("e1"))
    held = await claim(store, (await ready(store))[0])
    assert held.waiting[0] is None and texts(held.waiting) == ["e2"]
    assert await commit(store, held, 2)
    assert not await ready(store)


async def test_a_change_in_mid_turn_is_seen_by_the_turn(store: Store):
    await push(store, message("wrong", id="e1"))
    held = await claim(store, (await ready(store))[0])
    await changes.apply(store, edit("e1", "right"))
    extension = await mailbox.extend(store, held, known=1, version=held.version)
    assert extension.is_whole and texts(extension.rows) == ["right"]
    again = await mailbox.extend(store, held, known=1, version=extension.version)
    assert not again.is_whole and again.rows == []


async def test_a_change_of_what_is_answered_or_never_came_changes_nothing(store: Store):
    await push(store, message("one", id="e1"))
    await commit(store, await claim(store, (await ready(store))[0]), 1)
    assert not await changes.apply(store, edit("e1", "late"))
    assert not await changes.apply(store, delete("e1"))
    assert not await changes.apply(store, delete("stranger"))


async def test_what_is_set_aside_can_be_put_back_once(store: Store):
    event = message("poison", id="e1")
    await push(store, event)
    held = await claim(store, (await ready(store))[0])
    aside = Aside(requests=(event,), reason="it failed", at=1.0)
    change = Commit(taken=1, memory=b"", aside=aside, replies=[reply("sorry")])
    assert await mailbox.commit(store, held, change, place="p")
    (kept,) = await list_aside(store)
    assert kept.turn == aside
    assert await restore(store, kept)
    assert not await restore(store, kept), "twice does no harm"
    again = await claim(store, (await ready(store))[0])
    assert ids(again) == ["e1"]
    (row,) = readable(again.waiting)
    assert row.is_restored, "the apology may stand there: look before sending"
    assert await list_aside(store) == []


async def speak(store: Store, tag: str, place: str = "p") -> dict[str, int]:
    """Run a turn in a language; return what the place was known to speak before it."""
    await push(store, message("hi"), limit=9999)
    (entry,) = await ready(store)
    dialogue = entry.fields[b"d"].decode()
    held = await mailbox.claim(store, entry.id, dialogue, place=place, worker="a")
    change = Commit(taken=1, memory=b"m", spoken=tag)
    assert await mailbox.commit(store, held, change, place=place)
    return held.spoken


async def test_a_place_is_known_by_what_is_spoken_there(store: Store):
    assert await speak(store, "es") == {}
    assert await speak(store, "es") == {"es": 1}
    assert await speak(store, "") == {"es": 2}
    assert await speak(store, "de") == {"es": 2}
    assert await speak(store, "de") == {"es": 2, "de": 1}
    assert await speak(store, "de", place="elsewhere") == {}


async def test_a_place_that_changes_its_language_is_followed(store: Store):
    for _ in range(100):
        await speak(store, "es")
    assert (await speak(store, "pt-BR"))["es"] < mailbox.SPOKEN
    rows = [await speak(store, "pt-BR") for _ in range(6 * mailbox.SPOKEN)]
    followed = rows[mailbox.SPOKEN]
    assert max(followed, key=followed.__getitem__) == "pt-BR"
    assert set(rows[-1]) == {"pt-BR"}, "what is not spoken any more is forgotten"


async def test_a_push_that_begins_a_turn_tells_what_the_place_speaks(store: Store):
    event = message("hi")
    await speak(store, "es", place=event.conversation.key)
    taken = await push_for(store, message("again"), "a")
    assert taken.claim is not None and taken.claim.spoken == {"es": 1}
