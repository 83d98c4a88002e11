"""What happens to commands on bad ways to Redis: late, hanging, cut off, refused, given up."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import StoreError
from core.store import Script, Store, key
from tests.fakes.proxy import Proxy, proxy
from tests.fakes.redis import RedisServer, redis_server
from tests.fakes.redis_many import free_ports
from tests.waiting import wait_until

ECHO = Script("#!lua\nreturn ARGV[1]")


@pytest.fixture
async def way(redis: RedisServer) -> AsyncIterator[Proxy]:
    async with proxy(redis.url) as way:
        yield way


@pytest.fixture
async def store(way: Proxy) -> AsyncIterator[Store]:
    store = Store(way.url, patience=1.0)
    yield store
    await store.close()


async def echo(store: Store, text: str) -> str:
    return (await store.run(ECHO, [key("x")], [text])).decode()


async def test_many_ask_at_once_over_one_connection_and_each_gets_its_own_answer(way: Proxy):
    store = Store(way.url, patience=30.0)
    async with asyncio.TaskGroup() as group:
        asked = {str(n): group.create_task(echo(store, str(n))) for n in range(500)}
    assert {text: task.result() for text, task in asked.items()} == {text: text for text in asked}
    assert way.connections == 1
    await store.close()


async def test_too_much_at_once_is_given_up_by_some_and_not_asked_again_by_all():
    connections = ended = 0

    async def answer_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections, ended
        connections += 1
        with contextlib.suppress(OSError, EOFError):
            while await reader.readuntil(b"ready\r\n"):
                await asyncio.sleep(0.02)
                writer.write(b":0\r\n")
        writer.transport.abort()
        ended += 1

    async def is_answered(store: Store) -> bool:
        with contextlib.suppress(StoreError):
            await store.ping()
            return True
        return False

    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        server = await asyncio.start_unix_server(answer_slowly, f"{folder}/s")
        store = Store(f"unix://{folder}/s", patience=1.0)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(is_answered(store)) for _ in range(100)]
        answered = [task.result() for task in tasks]
        assert answered == sorted(answered, reverse=True), "the first ones are"
        assert 0 < sum(answered) < 100
        await wait_until(lambda: is_answered(store), timeout=10)
        assert connections == 1
        await store.close()
        await wait_until(lambda: ended)
        server.close()


async def test_who_gives_up_leaves_no_answer_for_the_next(store: Store, way: Proxy):
    await store.ping()
    way.delay = 0.1
    for number in range(20):
        asked = asyncio.create_task(echo(store, f"given up {number}"))
        await asyncio.sleep(0.011 * number)  # on the way there, on the way back, and after
        asked.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asked
        assert await echo(store, f"wanted {number}") == f"wanted {number}"
    assert way.connections == 1, "giving up costs the others nothing"


async def test_an_answer_that_comes_after_the_time_out_reaches_nobody(store: Store, way: Proxy):
    await store.ping()
    await way.set("hang")
    started = time.monotonic()
    with pytest.raises(StoreError, match="did not answer within 1 s"):
        await echo(store, "too late")
    assert time.monotonic() - started < 2.0
    await way.set("pass")
    answers = [await echo(store, str(number)) for number in range(50)]
    assert answers == [str(number) for number in range(50)]


async def test_a_slow_way_is_only_slow(store: Store, way: Proxy):
    way.delay = 0.3
    async with asyncio.TaskGroup() as group:
        started = time.monotonic()
        tasks = [group.create_task(echo(store, str(n))) for n in range(100)]
    assert [task.result() for task in tasks] == [str(n) for n in range(100)]
    assert time.monotonic() - started < 1.5, "all at the same time"


async def test_a_connection_cut_off_while_it_rests_costs_no_command(store: Store, way: Proxy):
    await store.ping()
    await way.set("reset")
    await way.set("pass")
    await store.ping()
    assert way.connections == 2


async def test_a_command_whose_connection_breaks_is_sent_again(store: Store, way: Proxy):
    await store.ping()
    way.delay = 0.2
    asked = asyncio.create_task(echo(store, "once more"))
    await asyncio.sleep(0.1)
    await way.set("reset")
    await way.set("pass")
    assert await asked == "once more"


async def test_a_redis_that_refuses_is_reported_at_once_and_is_back_at_once(
    store: Store, way: Proxy
):
    await way.set("refuse")
    started = time.monotonic()
    with pytest.raises(StoreError, match="is away"):
        await store.ping()
    assert time.monotonic() - started < 0.5
    await way.set("pass")
    await store.ping()


async def test_waiting_readers_starve_nobody(store: Store):
    readers = [
        asyncio.create_task(store.read(key(f"outbox:{n}"), after="0", wait=2.0)) for n in range(40)
    ]
    await asyncio.sleep(0.1)
    started = time.monotonic()
    for number in range(20):
        assert await echo(store, str(number)) == str(number)
    assert time.monotonic() - started < 1.0
    for reader in readers:
        reader.cancel()
    await asyncio.wait(readers)


async def test_a_reader_that_gives_up_lets_go_of_its_connection(store: Store, redis: RedisServer):
    reading = asyncio.create_task(
        store.read_group(key("ready"), group="workers", consumer="a", wait=30.0, count=1)
    )
    await wait_until(lambda: reading.done(), timeout=5)  # the first makes the group
    reading = asyncio.create_task(
        store.read_group(key("ready"), group="workers", consumer="a", wait=30.0, count=1)
    )

    async def blocked() -> int:
        return (await redis.inspector.info("clients"))["blocked_clients"]

    await wait_until(blocked)
    reading.cancel()
    await asyncio.wait([reading])

    async def is_free() -> bool:
        return await blocked() == 0

    await wait_until(is_free)


async def test_readers_use_their_connection_again(store: Store, way: Proxy):
    for _ in range(5):
        assert await store.read(key("outbox:web"), after="0", wait=0.01) == []
    assert way.connections == 1


async def test_scripts_are_there_again_after_a_restart(store: Store, redis: RedisServer):
    assert await echo(store, "a") == "a"
    await redis.kill()
    await redis.start()
    assert await echo(store, "b") == "b"


async def test_a_redis_over_tcp_with_a_password_is_no_different():
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        async with redis_server(Path(folder), port=port) as server:
            await server.inspector.execute_command(
                "ACL", "SETUSER", "tifo", "on", ">p@ss", "~tifo:*", "+@all"
            )
            async with proxy(f"redis://127.0.0.1:{port}") as way:
                address = way.url.removeprefix("redis://")
                store = Store(f"redis://tifo:p%40ss@{address}/1")
                assert await echo(store, "a") == "a"
                await store.put_field(key("x"), "f", "v", ttl=60)
                assert await store.fields(key("x")) == {b"f": b"v"}
                assert await server.inspector.exists(key("x")) == 0, "in another database"
                await store.close()
                wrong = Store(f"redis://tifo:wrong@{address}")
                with pytest.raises(StoreError, match="invalid username-password"):
                    await wrong.ping()
                await wrong.close()


async def test_closing_leaves_no_connection(redis: RedisServer):
    store = Store(redis.url)
    await store.ping()
    reading = asyncio.create_task(store.read(key("outbox:web"), after="0", wait=5.0))
    await asyncio.sleep(0.05)
    await store.close()
    with pytest.raises(StoreError):
        await reading

    async def is_alone() -> bool:
        return (await redis.inspector.info("clients"))["connected_clients"] == 1

    await wait_until(is_alone)
