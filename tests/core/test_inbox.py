from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import msgspec

from core import mailbox, roster
from core.errors import FencedError
from core.inbox import Inbox
from core.mailbox import Commit
from core.message import Message, Reply
from core.store import Script, Store, key
from core.worker import Handle, Turn, Worker
from tests.fakes.redis import RedisServer
from tests.samples import command, direct, fan, group, message, reply
from tests.waiting import wait_until


def words(turn: Turn) -> str:
    return " ".join(e.text for e in turn.requests if isinstance(e, Message))


def answer(turn: Turn, text: str) -> Commit:
    first = turn.requests[0]
    sent = reply(text, id=f"reply:{first.id}", place=first.conversation)
    return Commit(memory=b"", replies=[sent])


@contextlib.asynccontextmanager
async def working(store: Store, handle: Handle, *, lease: float = 1.5) -> AsyncGenerator[Worker]:
    worker = Worker(store, handle, lambda turn: answer(turn, "sorry"), lease=lease, is_alone=True)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        task.cancel()
        await asyncio.wait([task])


async def sent(store: Store) -> list[str]:
    rows = await store.read(key("outbox", "web"), after="0")
    return [msgspec.msgpack.decode(row.fields[b"r"], type=Reply).text for row in rows]


async def test_messages_that_wait_are_answered_together(store: Store):
    inbox = Inbox(store, limit=100)
    for text in ("when", "does", "it start"):
        await inbox.receive(message(text))

    async def handle(turn: Turn) -> Commit:
        return answer(turn, words(turn))

    async with working(store, handle):
        assert await wait_until(lambda: sent(store)) == ["when does it start"]


async def test_a_command_has_a_turn_of_its_own_in_its_place(store: Store):
    inbox = Inbox(store, limit=100)
    for event in (message("one"), command("help"), message("two"), message("three")):
        await inbox.receive(event)
    turns: list[list[str]] = []

    async def handle(turn: Turn) -> Commit:
        turns.append([type(event).__name__ for event in turn.requests])
        return answer(turn, "x")

    async with working(store, handle):
        await wait_until(lambda: len(turns) == 3)
    assert turns == [["Message"], ["Command"], ["Message", "Message"]]


async def test_one_dialogue_does_not_wait_for_another(store: Store):
    inbox = Inbox(store, limit=100)
    await inbox.receive(message("slow", place=group(), user=fan("Ana")))
    await inbox.receive(message("quick", place=group(), user=fan("Ken")))
    release = asyncio.Event()

    async def handle(turn: Turn) -> Commit:
        if words(turn) == "slow":
            await release.wait()
        return answer(turn, words(turn))

    async with working(store, handle):
        assert await wait_until(lambda: sent(store)) == ["quick"]
        release.set()
        await wait_until(lambda: _is(store, ["quick", "slow"]))


async def _is(store: Store, expected: list[str]) -> bool:
    return await sent(store) == expected


async def test_talk_that_is_not_for_the_bot_is_remembered_not_answered(store: Store):
    inbox = Inbox(store, limit=100)
    await inbox.receive(message("what a goal", place=group(), user=fan("Ken"), is_mention=False))
    await inbox.receive(message("who scored?", place=group(), user=fan("Ana")))
    turns: list[Turn] = []

    async def handle(turn: Turn) -> Commit:
        turns.append(turn)
        return answer(turn, "x")

    async with working(store, handle):
        await wait_until(lambda: turns)
    assert [(talk.name, talk.text) for talk in turns[0].state.place] == [
        ("Ken", "what a goal"), ("Ana", "who scored?"),
    ]  # fmt: skip
    assert len(turns) == 1


async def test_what_is_remembered_of_a_place_names_the_messages(store: Store):
    inbox = Inbox(store, limit=100)
    talk = message("hi", id="telegram:-5:12", place=group(), user=fan("Ken"), is_mention=False)
    await inbox.receive(talk)
    await inbox.receive(message("?", id="telegram:-5:13", place=group(), user=fan("Ana")))
    turns: list[Turn] = []

    async def handle(turn: Turn) -> Commit:
        turns.append(turn)
        return answer(turn, "x")

    async with working(store, handle):
        await wait_until(lambda: turns)
    assert [talk.message for talk in turns[0].state.place] == ["12", "13"]


async def test_a_turn_that_fails_ends_with_a_kind_sentence(store: Store):
    await Inbox(store, limit=100).receive(message("boom"))

    async def handle(turn: Turn) -> Commit:
        raise ValueError("a fault of ours")

    async with working(store, handle):
        assert await wait_until(lambda: sent(store)) == ["sorry"]


async def test_a_turn_that_kills_its_workers_is_given_up_with_a_kind_sentence(
    store: Store, redis: RedisServer
):
    await Inbox(store, limit=100).receive(message("poison"))
    begun = 0

    async def die(turn: Turn) -> Commit:
        nonlocal begun
        begun += 1
        await asyncio.Event().wait()
        raise AssertionError

    lock = key("lock", f"{direct().key}:")
    for expected in (1, 2, 3):
        async with working(store, die):
            await wait_until(lambda n=expected: begun == n)
        # Ending cleanly gives the attempt back; a kill could not have.
        await redis.inspector.hincrby(lock, "a", 1)
    async with working(store, die):
        assert await wait_until(lambda: sent(store)) == ["sorry"]
    assert begun == 3


async def test_ending_cleanly_however_often_is_no_failed_attempt(store: Store):
    await Inbox(store, limit=100).receive(message("healthy"))
    begun = 0

    async def hang(turn: Turn) -> Commit:
        nonlocal begun
        begun += 1
        await asyncio.Event().wait()
        raise AssertionError

    for expected in range(1, 6):
        async with working(store, hang):
            await wait_until(lambda n=expected: begun == n)

    async def handle(turn: Turn) -> Commit:
        return answer(turn, "done")

    async with working(store, handle):
        assert await wait_until(lambda: sent(store)) == ["done"]


async def test_what_a_stopped_worker_leaves_goes_on_with_the_next_at_once(store: Store):
    await Inbox(store, limit=100).receive(message("one"))
    held = asyncio.Event()

    async def hang(turn: Turn) -> Commit:
        held.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with working(store, hang, lease=30.0):
        await held.wait()

    async def handle(turn: Turn) -> Commit:
        return answer(turn, "done")

    async with working(store, handle, lease=30.0):
        assert await wait_until(lambda: sent(store), timeout=2.0) == ["done"]


async def test_what_nobody_can_read_is_dropped_and_the_rest_is_answered(
    store: Store, redis: RedisServer
):
    inbox = Inbox(store, limit=100)
    dialogue = f"{direct().key}:"
    await redis.inspector.rpush(key("mailbox", dialogue), b"0x\0\xc1 no event")
    await redis.inspector.set(key("memory", dialogue), b"\xc1 no memory", ex=60)
    await redis.inspector.rpush(key("history", dialogue), b"\xc1 no line")
    await redis.inspector.expire(key("history", dialogue), 60)
    await inbox.receive(message("hello"))

    async def handle(turn: Turn) -> Commit:
        assert turn.state.lost == 1
        return answer(turn, words(turn))

    async with working(store, handle):
        assert await wait_until(lambda: sent(store)) == ["hello"]


async def test_refresh_tells_what_came_meanwhile_and_fences(store: Store):
    inbox = Inbox(store, limit=100)
    await inbox.receive(message("one"))
    seen: list[str] = []

    async def handle(turn: Turn) -> Commit:
        await inbox.receive(message("two"))
        seen.extend(e.text for e in await turn.refresh() if isinstance(e, Message))
        await store.run(  # another worker takes the dialogue over
            _RAISE, [key("lock", f"{direct().key}:")], []
        )
        try:
            await turn.refresh()
        except FencedError:
            seen.append("fenced")
            raise
        raise AssertionError

    async with working(store, handle):
        await wait_until(lambda: "fenced" in seen)
    assert seen[:3] == ["one", "two", "fenced"]


async def test_work_goes_on_after_redis_was_killed_and_came_back(store: Store, redis: RedisServer):
    async def handle(turn: Turn) -> Commit:
        return answer(turn, words(turn))

    inbox = Inbox(store, limit=100)
    async with working(store, handle, lease=0.4):
        await inbox.receive(message("before"))
        await wait_until(lambda: _is(store, ["before"]))
        await redis.kill()
        await redis.start()
        await inbox.receive(message("after"))
        await wait_until(lambda: _is(store, ["before", "after"]))


async def test_after_an_outage_a_worker_lets_the_others_beat_before_it_takes_from_them(
    store: Store, redis: RedisServer
):
    await Inbox(store, limit=100).receive(message("held by another"))
    for _ in range(2):  # the first read makes the group
        await store.read_group(
            key("ready"), group=mailbox.GROUP, consumer="other", wait=0.01, count=1
        )
    begun: list[str] = []

    async def handle(turn: Turn) -> Commit:
        begun.append(words(turn))
        return answer(turn, words(turn))

    async def stay_alive(seconds: float) -> None:
        for _ in range(int(seconds / 0.1)):
            await roster.beat(store, "other")
            await asyncio.sleep(0.1)

    await roster.beat(store, "other")
    async with working(store, handle, lease=1.0):
        await stay_alive(1.0)
        await redis.kill()
        await asyncio.sleep(1.5)  # longer than a lease: to each, the other looks dead
        await redis.start()
        await asyncio.sleep(0.5)  # the other one needs a moment to be back
        await stay_alive(1.5)
        assert begun == [], "it is alive, and still has its dialogue"
        await wait_until(lambda: begun)  # until it falls silent


_RAISE = Script("#!lua flags=allow-oom\nreturn redis.call('HINCRBY', KEYS[1], 'e', 1)")
