"""What pages see of a server that ends, starts, or has lost its Redis."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
import pytest

from adapters.web.talk import Talks
from core.errors import StoreError
from core.store import Store
from tests.adapters.web.stage import SESSION, Stage, page, place
from tests.fakes.redis import RedisServer
from tests.samples import reply
from tests.waiting import wait_until


async def test_before_the_adapter_runs_and_after_it_pages_are_told_to_come_back(store: Store):
    stage = Stage(store)
    serving = asyncio.create_task(stage.site.run())
    await wait_until(lambda: stage.site.port)
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{stage.url}/ws") as ws:
        await ws.send_json({"type": "hello", "session": SESSION})
        assert (await ws.receive()).type is aiohttp.WSMsgType.CLOSE
        assert ws.close_code == aiohttp.WSCloseCode.TRY_AGAIN_LATER
    serving.cancel()
    await asyncio.wait([serving])


async def test_answers_given_at_the_last_moment_are_shown_and_pages_are_told_when_to_come_back(
    stage: Stage,
):
    async with contextlib.AsyncExitStack() as stack:
        fans = [
            await stack.enter_async_context(page(stage, session=f"{SESSION}-{number}"))
            for number in range(5)
        ]
        for number in range(5):
            for part in range(20):
                where = place(f"{SESSION}-{number}")
                await stage.adapter.deliver(reply("17:00", id=f"reply:{part}", place=where))
        await stage.stop()
        for fan in fans:
            await wait_until(lambda f=fan: f.ws.closed)
            assert len(fan.of("bot")) == 20
            assert fan.ws.close_code == aiohttp.WSCloseCode.SERVICE_RESTART
            assert fan.reason == "1"


async def test_a_page_that_reads_nothing_holds_up_the_end_for_some_seconds_only(stage: Stage):
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{stage.url}/ws") as ws:
        await ws.send_json({"type": "hello", "session": SESSION})
        await ws.receive_json()
        for number in range(200):
            await stage.adapter.deliver(reply("word " * 9000, id=f"reply:{number}", place=place()))
        async with asyncio.timeout(5):
            await stage.stop()


async def test_without_redis_a_page_stays_connected_and_goes_on_afterwards(
    stage: Stage, redis: RedisServer, caplog: pytest.LogCaptureFixture
):
    async with page(stage, locale="de") as fan:
        await fan.say("before")
        await fan.wait_for("ack")
        await redis.kill()
        for count in range(1, 4):  # as the page does
            await fan.say("meanwhile", id="m2")
            refused = await fan.wait_for("refused", count)
            assert not refused["is_lasting"] and "Neuer Versuch" in refused["text"]
        for _ in range(3):
            async with aiohttp.ClientSession() as http, http.ws_connect(f"{stage.url}/ws") as ws:
                await ws.send_json({"type": "hello", "session": SESSION})
                await ws.receive()
                assert ws.close_code == aiohttp.WSCloseCode.TRY_AGAIN_LATER
        with pytest.raises(StoreError):
            await stage.adapter.deliver(reply("17:00", place=place()))
        await redis.start()
        await fan.say("meanwhile", id="m2")
        await fan.wait_for("ack", 2)
        await stage.adapter.deliver(reply("17:00", place=place()))
        await fan.wait_for("bot")
        assert not fan.ws.closed
        assert [event.id.rpartition(":")[2] for event in stage.events] == ["m1", "m2"]
    async with page(stage) as again:
        kinds = [item["type"] for item in again.of("welcome")[0]["items"]]
        assert kinds == ["fan", "fan", "bot"]
    complaints = [r for r in caplog.records if r.name == Talks.__module__]
    assert len(complaints) == 1, "the log is not flooded"
