"""Limits: never one more than allowed in any window, never one less, and who is told what."""

from __future__ import annotations

import asyncio
import sys
import time
from math import inf
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core import changes, mailbox
from core.house.community import (
    EVERYWHERE,
    Community,
    Filter,
    change_community,
    community_key,
)
from core.inbox import Inbox
from core.limits import Crowd, Limit, Wait, check
from core.message import (
    Action,
    Command,
    Conversation,
    Edit,
    Message,
    Outcome,
    Press,
    Request,
    User,
)
from core.store import Store, key
from tests.core.limit_asker import ask
from tests.core.test_mailbox import claim, ready
from tests.fakes.redis import RedisServer
from tests.samples import NOW, direct, fan, group, message

ROOT = Path(__file__).parents[2]
LONG = 600.0
"""Seconds of a window that is longer than any test."""

CROWD = Crowd(window=LONG)


async def test_ten_thousand_at_once_from_many_processes_let_in_exactly_the_most(
    redis: RedisServer, store: Store
):
    most, times = 1234, 2500
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.core.limit_asker", redis.url),
            *(str(times), str(most), str(LONG)),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    others = [Store(redis.url, patience=60.0) for _ in range(4)]
    async with asyncio.TaskGroup() as tasks:
        here = [tasks.create_task(ask(other, 625, most, LONG)) for other in others]
    told = [await process.communicate() for process in processes]
    for other in others:
        await other.close()
    counts = [int(out) for out, _ in told] + [task.result() for task in here]
    assert sum(counts) == most
    assert await check(store, [Limit(key("crowd"), most)], window=LONG) > 0


async def test_no_stretch_of_a_windows_length_ever_holds_one_more(redis: RedisServer, store: Store):
    most, window, came = 5, 0.15, set[int]()
    limits, admitted = [Limit(key("crowd"), most)], 0
    other = Store(redis.url)
    while admitted < 40:  # one by one, so that they go one by one
        for door in (store, other):
            admitted += not await check(door, limits, window=window)
            came.update(map(int, await redis.inspector.lrange(key("crowd"), 0, -1)))
            await asyncio.sleep(0.01)
    await other.close()
    times = sorted(came)
    assert len(times) > 5 * most, "nearly all that were let in were seen"
    assert all(b - a >= window * 1e6 for a, b in zip(times, times[most:], strict=False))
    assert await redis.inspector.llen(key("crowd")) <= 2 * most, "old ones go"


async def test_there_is_room_again_when_it_was_said_that_there_would_be(store: Store):
    limits = [Limit(key("limit", "web:a"), 2)]
    assert await check(store, limits, window=2.0) == 0
    await asyncio.sleep(0.3)
    assert await check(store, limits, window=2.0) == 0
    wait = await check(store, limits, window=2.0)
    assert 0 < wait <= 1.7, "when the first of them is over, not the last"
    await asyncio.sleep(wait)
    assert await check(store, limits, window=2.0) == 0


async def test_a_limit_that_changes_counts_what_came_before(store: Store):
    def ask_for(most: int) -> asyncio.Future[float]:
        return asyncio.ensure_future(
            check(store, [Limit(key("limit", "web:a"), most)], window=LONG)
        )

    assert [await ask_for(5) for _ in range(4)] == [0] * 4
    assert await ask_for(3) > 0
    assert [not await ask_for(6) for _ in range(4)] == [True, True, False, False]
    assert await ask_for(0) == 0, "no limit, and not counted"
    assert not await ask_for(7) and await ask_for(7) > 0


async def test_what_one_limit_refuses_no_other_counts(redis: RedisServer, store: Store):
    narrow, wide = Limit(key("limit", "web:a"), 1), Limit(key("crowd"), 9)
    assert not await check(store, [narrow, wide], window=LONG)
    assert await check(store, [narrow, wide], window=LONG) > 0
    assert await redis.inspector.llen(key("crowd")) == 1


async def test_a_clock_that_was_set_back_makes_nobody_wait(redis: RedisServer, store: Store):
    ahead = 10**16
    await redis.inspector.rpush(key("crowd"), ahead, ahead)
    await redis.inspector.expire(key("crowd"), 60)
    assert await check(store, [Limit(key("crowd"), 2)], window=60) == 0


# In the script that takes an event


async def push(store: Store, event: Request, *, limit: int = 3, crowd: Crowd = CROWD) -> bool:
    return (await mailbox.push(store, event, limit=limit, crowd=crowd, overheard=b"")).is_kept


async def told(store: Store) -> list[tuple[str, Wait | None]]:
    """Return what waits for workers, and who is told to wait, in the order of their dialogues."""
    found: list[tuple[str, Wait | None]] = []
    for entry in await ready(store):
        held = await claim(store, entry)
        found += [(row.request.id, row.wait) for row in held.waiting if row is not None]
    return found


async def settle(store: Store, place: Conversation, **fields: Any) -> None:
    """Set something for a community, as moderators do."""
    await change_community(store, place, lambda _: Community(**fields))


def said(text: str, *, user: str = "Ana", place: Conversation | None = None) -> Message:
    return message(text, place=place or direct(user), user=fan(user))


async def test_the_first_one_over_is_told_until_when_and_the_rest_is_dropped(store: Store):
    before = time.time()
    kept = [await push(store, said(f"{n}"), crowd=Crowd(window=30.0)) for n in range(8)]
    assert kept == [True] * 4 + [False] * 4
    *within, (_, wait) = await told(store)
    assert [row[1] for row in within] == [None] * 3
    assert wait is not None and wait.kind == "fan"
    assert 30 <= wait.seconds(before) <= 45, "until the first of them is over"


async def test_who_has_been_told_is_told_again_only_in_the_next_window(store: Store):
    crowd = Crowd(window=2.0)
    assert [await push(store, said("x"), limit=1, crowd=crowd) for _ in range(3)] == [
        True, True, False,
    ]  # fmt: skip
    await asyncio.sleep(2.1)
    assert [await push(store, said("x"), limit=1, crowd=crowd) for _ in range(3)] == [
        True, True, False,
    ]  # fmt: skip


async def test_a_full_community_refuses_its_own_and_nobody_elses(store: Store):
    crowd = Crowd(community=2, window=LONG)
    here, there = group("here"), group("there")
    for name in ("Ana", "Ben", "Cem", "Dan"):
        assert await push(store, said("x", user=name, place=here), crowd=crowd)
    assert await push(store, said("x", user="Eva", place=there), crowd=crowd)
    assert await push(store, said("x", user="Cem"), crowd=crowd), "a private talk is no community"
    kinds = [wait.kind if wait else "" for _, wait in await told(store)]
    assert kinds == ["", "", "community", "community", "", ""]
    assert not await push(store, said("x", user="Dan", place=here), crowd=crowd), "told already"


async def test_a_full_bot_refuses_everywhere_whichever_process_asks(
    redis: RedisServer, store: Store
):
    crowd, other = Crowd(bot=3, window=LONG), Store(redis.url)
    for number, door in enumerate((store, other, store, other, store)):
        assert await push(door, said("x", user=f"f{number}"), crowd=crowd)
    await other.close()
    kinds = [wait.kind if wait else "" for _, wait in await told(store)]
    assert kinds == ["", "", "", "bot", "bot"]


async def test_the_wait_is_that_of_the_window_that_is_full_longest(store: Store):
    crowd = Crowd(bot=4, window=30.0)
    for name in ("Ana", "Ben", "Ben", "Ana"):
        await push(store, said("x", user=name), limit=2, crowd=crowd)
    await push(store, said("over", user="Ben"), limit=2, crowd=crowd)
    assert [wait.kind for _, wait in await told(store) if wait] == ["fan"], "Ben's came later"


@pytest.mark.parametrize(("here", "everywhere", "limit"), [(1, 5, 1), (0, 5, 5), (0, 0, 3)])
async def test_moderators_set_another_limit(store: Store, here: int, everywhere: int, limit: int):
    place = group("here")
    name = key("community", EVERYWHERE)
    await store.keep_all({name: msgspec.msgpack.encode(Community(limit=everywhere))}, ttl=60)
    filters = (Filter(id="1", kind="words", text="á,b"),)
    await settle(store, place, limit=here, filters=filters, desk=group("desk"), paused_until=inf)
    kept = [await push(store, said("x", place=place)) for _ in range(8)]
    assert sum(kept) == limit + 1, "and one that is told so"


async def test_settings_that_cannot_be_read_leave_the_usual_limit(store: Store):
    place = group("here")
    await store.keep_all({community_key(place): b"\xc1\xff nothing"}, ttl=60)
    assert sum([await push(store, said("x", place=place)) for _ in range(8)]) == 4


async def test_an_event_told_again_is_free_also_one_that_was_refused(store: Store):
    events = [said(f"{n}") for n in range(5)]
    for event in events * 3:
        await push(store, event)
    assert [wait.kind if wait else "" for _, wait in await told(store)] == ["", "", "", "fan"]


async def test_what_moderators_order_and_what_came_of_it_is_never_too_much(store: Store):
    crowd = Crowd(bot=1, window=LONG)
    inbox = Inbox(store, limit=1, crowd=crowd, operators=("web:olu",))
    place, moderator = group(), User(id="mo", name="Mo", rights=frozenset({"ban"}))
    await inbox.receive(said("the one that fits"))
    action = Action(id="action:1", conversation=place, verb="ban")
    shape: dict[str, Any] = {"conversation": place, "sent_at": NOW}
    free: list[Request] = [
        Outcome(id="o", user=fan(), action=action, result="done", **shape),
        *(Press(id=f"p{n}", user=moderator, button="flag:ban:1", **shape) for n in range(3)),
        *(Command(id=f"c{n}", user=moderator, name="ban", **shape) for n in range(3)),
        Command(id="olu", user=fan("Olu"), name="stats", **shape),
    ]
    for event in free:
        await inbox.receive(event)
    await inbox.receive(Command(id="over", user=fan("Bo"), name="help", **shape))
    rows = await told(store)
    assert [name for name, wait in rows if wait] == ["over"]
    assert {event.id for event in free} < {name for name, _ in rows}


async def test_a_message_over_the_limit_that_is_edited_is_still_told_so(store: Store):
    events = [said(f"{n}") for n in range(2)]
    for event in events:
        await push(store, event, limit=1)
    edit = Edit(
        id="e", conversation=direct("Ana"), target=events[1].id, text="please?", sent_at=NOW
    )
    assert await changes.apply(store, edit)
    (entry,) = await ready(store)
    _, row = (await claim(store, entry)).waiting
    assert row is not None and isinstance(row.request, Message)
    assert row.wait is not None and row.wait.until > 1e9 and row.request.text == "please?"


def test_seconds_to_wait_are_never_none_and_never_too_few():
    assert Wait("fan", 100.2).seconds(77.9) == 23
    assert Wait("fan", 100.0).seconds(100.0) == 1
    assert Wait().seconds(5.0) == 60
