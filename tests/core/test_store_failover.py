"""The master of a real cluster, or the one that sentinels watch, dies while fans write."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import pytest

from core import mailbox
from core.errors import SettingsError, StoreError
from core.mailbox import Commit
from core.message import dialogue_of
from core.store import Store, key
from tests.core.fans import Fans
from tests.fakes.redis_many import Cluster, Watched, redis_cluster, redis_sentinel
from tests.samples import message, reply
from tests.waiting import wait_until

Many = Callable[[], AbstractAsyncContextManager[Cluster | Watched]]
BOTH = pytest.mark.parametrize("many", [redis_cluster, redis_sentinel])


@BOTH
async def test_a_turn_is_a_turn_wherever_the_master_is(many: Many):
    async with many() as servers, AsyncExitStack() as stack:
        store = Store(servers.url)
        stack.push_async_callback(store.close)
        assert await store.setting("maxmemory-policy") == "noeviction"
        event = message("hola")
        dialogue = dialogue_of(event).key
        assert (await mailbox.push(store, event, limit=9, overheard=b"")).is_kept
        entries = [
            entry
            for _ in range(2)  # the first read makes the group
            for entry in await store.read_group(
                key("ready"), group=mailbox.GROUP, consumer="a", wait=0.1, count=9
            )
        ]
        held = await mailbox.claim(store, entries[0].id, dialogue, place="p", worker="a")
        change = Commit(taken=1, memory=b"m", replies=[reply("hi")])
        assert await mailbox.commit(store, held, change, place="p")
        assert not await mailbox.commit(store, held, change, place="p")
        assert len(await store.read(key("outbox", "web"), after="0", wait=1.0)) == 1


@BOTH
async def test_when_the_master_dies_nothing_is_lost_or_doubled_and_it_goes_on(
    many: Many,
):
    async with many() as servers, AsyncExitStack() as stack:
        stores = [Store(servers.url) for _ in range(3)]
        for store in stores:
            stack.push_async_callback(store.close)
        fans = Fans(stores[0])
        async with fans.answered_by(*stores[1:]):
            await wait_until(lambda: len(fans.turned_at) > 200, timeout=20)
            await (await servers.master()).kill()
            killed = time.monotonic()
            await asyncio.sleep(0.3)
            went_on = await wait_until(
                lambda: next((at for at in fans.turned_at if at > killed + 0.3), 0.0), timeout=15
            )
            await asyncio.sleep(1.0)
        print(f"on after {went_on - killed:.2f} s, {fans.count} sent")  # noqa: T201 - the figure
        assert await fans.answered() == fans.sent
        assert fans.refused
        # 2 to 3 s where there is CPU to spare; a busy machine must not fail the test.
        assert went_on - killed < 10.0


@BOTH
async def test_a_frozen_master_is_left_for_the_new_one(many: Many):
    async with many() as servers, AsyncExitStack() as stack:
        store = Store(servers.url, patience=1.0)
        stack.push_async_callback(store.close)
        await store.put_field(key("ledger", "r"), "0", "before", ttl=60)
        old = await servers.master()
        await asyncio.sleep(0.5)  # the replica has it
        old.freeze()

        async def is_back() -> bool:
            try:
                await store.put_field(key("ledger", "r"), "1", "after", ttl=60)
            except StoreError:
                return False
            return True

        await wait_until(is_back, timeout=15)
        old.thaw()
        assert await store.fields(key("ledger", "r")) == {b"0": b"before", b"1": b"after"}


async def test_a_cluster_written_as_a_single_server_says_so():
    async with redis_cluster() as cluster:
        node = cluster.nodes[0]
        store = Store(f"redis://tifo:pass%20word@127.0.0.1:{node.port}")
        with pytest.raises(StoreError, match=r"redis\+cluster"):
            await store.ping()
        await store.close()


def test_an_address_that_cannot_be_understood_is_reported_without_the_password():
    for url in (
        "redis+sentinel://u:secret@host:26379",
        "redis+cluster://u:secret@host:port",
        "redis://u:secret@host:6379/?nonsense=1",
    ):
        with pytest.raises(SettingsError, match="TIFO_REDIS_URL") as refused:
            Store(url)
        assert "secret" not in str(refused.value)
