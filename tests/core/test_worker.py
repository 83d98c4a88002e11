"""What a worker does when something goes wrong around it."""

from __future__ import annotations

import asyncio
import time

from core import mailbox, roster
from core.aside import list_aside, restore
from core.errors import StoreError
from core.inbox import Inbox
from core.mailbox import Commit
from core.message import Delete
from core.store import Script, Store, key
from core.worker import CONCURRENCY, Turn, Worker
from tests.core.test_inbox import answer, sent, words, working
from tests.core.test_mailbox import claim, commit, push, ready
from tests.fakes.redis import RedisServer
from tests.samples import direct, message
from tests.waiting import wait_until


async def fail(turn: Turn) -> Commit:
    raise ZeroDivisionError


async def reply_with_words(turn: Turn) -> Commit:
    return answer(turn, words(turn))


async def test_what_joined_a_turn_that_keeps_failing_is_set_aside_with_it(store: Store):
    inbox = Inbox(store, limit=100)
    await inbox.receive(message("first", id="e1"))
    joined = False

    async def fail_late(turn: Turn) -> Commit:
        nonlocal joined
        if not joined:
            joined = True
            await inbox.receive(message("second", id="e2"))
        await turn.refresh()
        raise ZeroDivisionError

    async with working(store, fail_late):
        assert await wait_until(lambda: sent(store)) == ["sorry"]
    (kept,) = await list_aside(store)
    assert [request.id for request in kept.turn.requests] == ["e1", "e2"], "nothing is lost"


async def test_what_was_put_back_may_have_an_apology_to_replace_and_what_follows_has_not(
    store: Store,
):
    await Inbox(store, limit=100).receive(message("poison"))
    async with working(store, fail):
        await wait_until(lambda: sent(store))
    await restore(store, (await list_aside(store))[0])
    begun: list[float] = []

    async def handle(turn: Turn) -> Commit:
        begun.append(turn.begun_at)
        return answer(turn, words(turn))

    async with working(store, handle):
        await wait_until(lambda: begun)
        await wait_until(lambda: _has(store, "poison"))
        await Inbox(store, limit=100).receive(message("healthy"))
        await wait_until(lambda: len(begun) == 2)
    assert begun[0] == 0.0 < begun[1]


async def _has(store: Store, text: str) -> bool:
    return text in await sent(store)


async def test_a_turn_given_back_twice_counts_as_not_tried_once(store: Store):
    await push(store, message("one"))
    (entry,) = await ready(store)
    first = await claim(store, entry, "dies")
    held = await claim(store, entry, "ends")
    assert (first.attempt, held.attempt) == (1, 2)
    for _ in range(2):  # the answer to the first one was lost
        await mailbox.give_back(store, held)
    assert (await claim(store, entry, "next")).attempt == 2
    assert not await commit(store, held, 1), "what is given back is no longer ours"


async def test_after_redis_hung_nobody_takes_from_the_living(store: Store, redis: RedisServer):
    await push(store, message("held by another"))
    (entry,) = await ready(store, "other")
    await roster.beat(store, "other")
    await roster.beat(store, "me")
    redis.freeze()
    beating = asyncio.create_task(roster.beat(store, "me", lease=0.5, count=10))
    await asyncio.sleep(1.0)
    redis.thaw()
    assert await beating == [], "the other one's beat comes right after ours"
    await roster.beat(store, "other")
    assert await roster.beat(store, "me", lease=0.5, count=10) == []
    await asyncio.sleep(0.4)
    await roster.beat(store, "me")
    await asyncio.sleep(0.2)
    (orphan,) = await roster.beat(store, "me", lease=0.5, count=10)
    assert orphan.id == entry.id, "until it falls silent"


async def test_a_push_that_claimed_for_a_worker_that_ends_goes_to_the_next(store: Store):
    await ready(store)  # makes the group
    ending = asyncio.Event()

    async def end_slowly(turn: Turn) -> Commit:
        try:
            await asyncio.Event().wait()
        finally:
            ending.set()
            await asyncio.sleep(0.2)
        raise AssertionError

    worker = Worker(store, end_slowly, lambda turn: answer(turn, "sorry"), is_alone=True)
    task = asyncio.create_task(worker.run())
    name = await wait_until(lambda: worker.free_name)
    await push(store, message("held", place=direct("1")))
    await asyncio.sleep(0.05)
    taken = await mailbox.push(
        store, message("late", place=direct("2")), limit=9, overheard=b"", taker=name
    )
    task.cancel()
    await ending.wait()
    assert worker.free_name == ""
    worker.start(taken)  # its answer took its time
    await asyncio.wait([task])
    async with working(store, reply_with_words):
        await wait_until(lambda: _are(store, {"held", "late"}))


async def _are(store: Store, expected: set[str]) -> bool:
    return set(await sent(store)) == expected


async def test_a_worker_that_is_fenced_takes_up_its_own_entry_when_it_comes_back(store: Store):
    """It was frozen, another took the dialogue over and died, and now it is ours again."""
    await Inbox(store, limit=100).receive(message("one"))
    attempts = 0

    async def handle(turn: Turn) -> Commit:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            dialogue = f"{direct().key}:"
            rows = await store.read(key("ready"), after="0")
            await mailbox.claim(store, rows[0].id, dialogue, place="p", worker="dies")
        return answer(turn, f"{words(turn)} {attempts}")

    async with working(store, handle, lease=0.3):
        assert await wait_until(lambda: sent(store)) == ["one 2"]


async def test_turns_that_cannot_reach_redis_count_as_not_tried(store: Store, redis: RedisServer):
    """However often Redis goes away in the middle of a turn, nobody gets an apology."""
    await Inbox(store, limit=100).receive(message("patient"))
    begun = 0

    async def handle(turn: Turn) -> Commit:
        nonlocal begun
        begun += 1
        if begun < 6:
            await redis.kill()
            await redis.start()
            raise StoreError("as a call in an outage does")
        return answer(turn, words(turn))

    async with working(store, handle, lease=0.2):
        assert await wait_until(lambda: sent(store), timeout=20) == ["patient"]
    assert begun == 6


async def test_draining_takes_nothing_new_and_ends_when_all_is_done(store: Store):
    inbox = Inbox(store, limit=100)
    release = asyncio.Event()

    async def handle(turn: Turn) -> Commit:
        await release.wait()
        return answer(turn, words(turn))

    async with working(store, handle) as worker:
        for number in range(3):
            await inbox.receive(message("in hand", place=direct(str(number))))
        await wait_until(lambda: _pending(store, 3))
        begun = time.monotonic()
        draining = asyncio.create_task(worker.drain(5.0))
        await asyncio.sleep(0.05)
        assert worker.free_name == ""
        release.set()
        await draining
        assert time.monotonic() - begun < 2
        assert len(await sent(store)) == 3


async def _pending(store: Store, count: int) -> bool:
    rows = await store.run(_PENDING, [key("ready")], [mailbox.GROUP])
    return rows[0] == count


async def _is_pending_with_one(store: Store) -> bool:
    rows = await store.run(_PENDING, [key("ready")], [mailbox.GROUP])
    return len(rows[3]) == 1


async def test_a_worker_says_that_it_lives_before_it_takes_anything(
    store: Store, redis: RedisServer
):
    """Else a sister takes all of it away at once."""
    async with redis.inspector.monitor() as monitor:
        async with working(store, reply_with_words):
            while True:
                command = (await monitor.next_command())["command"].lower()
                if "xreadgroup" in command:
                    raise AssertionError("it read first")
                if command.startswith("zadd"):
                    break


async def test_a_worker_that_has_just_come_takes_nothing_over_for_a_lease(store: Store):
    """Redis may have been away, and the beats of the others are on their way."""
    await push(store, message("held by another"))
    await ready(store, "other")
    worker = Worker(store, reply_with_words, lambda turn: answer(turn, "sorry"), lease=0.8)
    task = asyncio.create_task(worker.run())
    await wait_until(lambda: worker.free_name)
    await asyncio.sleep(0.4)
    assert not await sent(store)
    assert await wait_until(lambda: sent(store)) == ["held by another"]
    task.cancel()
    await asyncio.wait([task])


async def test_what_was_withdrawn_is_counted_with_what_is_answered(store: Store):
    inbox = Inbox(store, limit=100)
    for name in ("e1", "e2"):
        await inbox.receive(message(name, id=name))
    await inbox.receive(
        Delete(id="gone", conversation=direct(), target="e1", sent_at=message("").sent_at)
    )
    async with working(store, reply_with_words):
        await wait_until(lambda: sent(store))
        await inbox.receive(message("e3", id="e3"))
        await wait_until(lambda: _has(store, "e3"))
    assert await sent(store) == ["e2", "e3"]


async def test_orphans_do_not_wait_until_nothing_new_comes(store: Store):
    inbox, begun = Inbox(store, limit=1000), list[str]()
    release = asyncio.Semaphore(0)
    await inbox.receive(message("orphan", place=direct("dead")))
    await ready(store, "dead")
    for number in range(CONCURRENCY + 20):
        await inbox.receive(message("fresh", place=direct(str(number))))

    async def handle(turn: Turn) -> Commit:
        begun.append(words(turn))
        await release.acquire()
        return answer(turn, words(turn))

    # A worker whose hands are full before it may take anything over.
    worker = Worker(store, handle, lambda turn: answer(turn, "sorry"), lease=1.0)
    task = asyncio.create_task(worker.run())
    await wait_until(lambda: len(begun) == CONCURRENCY)
    await wait_until(lambda: _is_pending_with_one(store))
    assert "orphan" not in begun
    for _ in range(4):
        release.release()
    await wait_until(lambda: "orphan" in begun)
    assert len(begun) <= CONCURRENCY + 4
    task.cancel()
    await asyncio.wait([task])


_PENDING = Script("return redis.call('XPENDING', KEYS[1], ARGV[1])")
