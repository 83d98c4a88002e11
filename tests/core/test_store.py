"""What Redis refused is never taken for done; what drains goes on while it is full."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core import changes, mailbox, roster
from core.errors import StoreError, StoreFullError
from core.inbox import Inbox
from core.mailbox import Claim, Commit
from core.message import Delete, dialogue_of
from core.notices import Notices
from core.outbox import Ledger, Noted
from core.speaker import Speaker
from core.store import Store, key
from core.transcript import Transcript
from tests.core.fans import Fans
from tests.fakes.proxy import proxy
from tests.fakes.redis import RedisServer
from tests.samples import NOW, direct, group, message, reply
from tests.waiting import wait_until


async def full(redis: RedisServer) -> None:
    await redis.inspector.config_set("maxmemory", 1)


async def test_a_full_redis_refuses_what_is_new(store: Store, redis: RedisServer):
    await full(redis)
    inbox = Inbox(store, limit=9)
    with pytest.raises(StoreFullError):
        await inbox.receive(message("asked"))
    with pytest.raises(StoreFullError):
        await inbox.receive(message("said to others", place=group(), is_mention=False))
    assert await redis.keys() == {}


async def test_a_full_redis_drains_and_the_platform_side_goes_on(store: Store, redis: RedisServer):
    event = message("hola")
    dialogue = dialogue_of(event).key
    await mailbox.push(store, event, limit=9, overheard=b"")
    await full(redis)
    # No worker has ever been here: even the group is made while Redis is full.
    entries = [
        entry
        for _ in range(2)
        for entry in await store.read_group(
            key("ready"), group=mailbox.GROUP, consumer="a", wait=0.1, count=9
        )
    ]
    await roster.beat(store, "a")
    assert await roster.beat(store, "b", lease=9.0, count=9) == []
    held = await mailbox.claim(store, entries[0].id, dialogue, place="p", worker="a")
    await mailbox.give_back(store, held)
    held = await mailbox.claim(store, entries[0].id, dialogue, place="p", worker="a")
    assert (await mailbox.extend(store, held, known=1, version=b"0")).rows == []
    assert await changes.apply(store, _deletion(event.id))
    change = Commit(taken=1, memory=b"m", lines=[b"l"], replies=[reply("hi")])
    assert await mailbox.commit(store, held, change, place="p")
    speaker = Speaker(store, platform="web")
    speaking = asyncio.create_task(speaker.run())
    await speaker.wait()
    ledger = Ledger(store, speaker)
    await ledger.note("r", 0, "77", "mark")
    assert await ledger.parts("r") == {0: Noted("77", "mark")}
    await ledger.drop("r", 0)
    (entry,) = await store.read(key("outbox", "web"), after="0", wait=0.5)
    await Transcript(store).add("room", "item", b"body")
    await store.remove(key("outbox", "web"), entry.id)
    await store.leave(key("alive"), "a")
    speaking.cancel()
    await asyncio.wait([speaking])
    await Notices(store).tell(direct(), "it is full")
    assert await Notices(store).recent()


def _deletion(target: str) -> Delete:
    return Delete(id="gone", conversation=direct(), target=target, sent_at=NOW)


async def _commit(store: Store) -> object:
    event = message("hola", id="web:c")
    held = Claim(
        entry="0-1",
        dialogue=dialogue_of(event).key,
        epoch=1,
        attempt=1,
        begun_at=0.0,
        version=b"0",
        waiting=[],
        memory=b"",
        history=[],
        place=[],
    )
    change = Commit(taken=1, memory=b"m", replies=[reply("hi")])
    return await mailbox.commit(store, held, change, place="p")


WRITES: dict[str, Callable[[Store], Awaitable[object]]] = {
    "push": lambda store: Inbox(store, limit=9).receive(message("hola", id="web:p")),
    "talk": lambda store: store.push(key("place", "p"), b"talk", keep=9, ttl=60),
    "commit": _commit,
    "ledger note": lambda store: Ledger(store).note("r", 0, "77"),
    "transcript": lambda store: Transcript(store).add("room", "item", b"body"),
}


@pytest.mark.parametrize("what", WRITES)
@pytest.mark.parametrize("fault", ["refuse", "hang", "reset", "read only", "no replicas"])
async def test_a_write_that_redis_did_not_take_is_never_reported_as_done(
    redis: RedisServer, what: str, fault: str
):
    async with proxy(redis.url) as way:
        store = Store(way.url, patience=0.5)
        await store.ping()
        match fault:
            case "read only":
                await redis.inspector.execute_command("REPLICAOF", "127.0.0.1", "1")
            case "no replicas":
                await redis.inspector.config_set("min-replicas-to-write", 1)
            case _:
                await way.set(fault)  # pyright: ignore[reportArgumentType] - one of the others
        with pytest.raises(StoreError):
            await WRITES[what](store)
        await redis.inspector.execute_command("REPLICAOF", "NO", "ONE")
        await redis.inspector.config_set("min-replicas-to-write", 0)
        await way.set("pass")
        await WRITES[what](store)
        await store.close()
        await redis.inspector.flushall()


@pytest.mark.parametrize("fault", ["slow", "hang", "refuse", "restart"])
async def test_over_an_outage_nothing_is_lost_or_doubled(redis: RedisServer, fault: str):
    async with proxy(redis.url) as way:
        stores = [Store(way.url, patience=1.5) for _ in range(3)]
        fans = Fans(stores[0])
        async with fans.answered_by(*stores[1:]):
            await wait_until(lambda: len(fans.turned_at) > 50, timeout=20)
            match fault:
                case "slow":
                    way.delay = 0.5
                    await asyncio.sleep(4.0)
                    way.delay = 0.0
                case "restart":
                    await redis.kill()
                    await asyncio.sleep(1.0)
                    await redis.start()
                case _:
                    await way.set("hang" if fault == "hang" else "refuse")
                    await asyncio.sleep(4.0)
                    await way.set("pass")
            before = len(fans.turned_at)
            await wait_until(lambda: len(fans.turned_at) > before + 50, timeout=15)
        assert await fans.answered() == fans.sent
        for store in stores:
            await store.close()
        await redis.inspector.flushall()


async def test_strings_are_kept_and_read_in_one_round_trip_each(store: Store, redis: RedisServer):
    names = [key("translation", name) for name in ("a", "b", "c")]
    await store.keep_all({names[0]: b"one", names[2]: b"three"}, ttl=60)
    assert await store.get_all(names) == [b"one", b"", b"three"]
    await full(redis)
    with pytest.raises(StoreFullError):
        await store.keep_all({names[1]: b"two"}, ttl=60)
    assert await store.get_all(names) == [b"one", b"", b"three"]
