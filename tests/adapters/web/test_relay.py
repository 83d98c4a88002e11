"""Several gateways on one Redis: a page sees everything, whichever of them it is connected to."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from adapters.web.protocol import Fan, to_body
from adapters.web.snapshots import PASSING
from core.errors import DeliveryError
from core.message import Event
from core.store import Store, key
from core.transcript import PASSED
from tests.adapters.web.stage import Client, Stage, page, place
from tests.fakes.redis import RedisServer
from tests.samples import NOW, reply
from tests.waiting import wait_until

OTHER = "a-session-of-a-test-0002"


@pytest.fixture
async def pair(redis: RedisServer) -> AsyncIterator[tuple[Stage, Stage]]:
    """Two gateways, each with its own door to one Redis."""
    async with gateway(redis) as one, gateway(redis) as two:
        yield one, two


@contextlib.asynccontextmanager
async def gateway(redis: RedisServer) -> AsyncGenerator[Stage]:
    store = Store(redis.url)
    stage = Stage(store, is_shared=True)
    marks = await redis.inspector.xlen(key("relay"))
    await stage.start()

    async def is_following() -> bool:
        return await redis.inspector.xlen(key("relay")) > marks

    await wait_until(is_following)
    try:
        yield stage
    finally:
        await stage.stop()
        await store.close()


def shown(fan: Client) -> list[str]:
    """What a page was told of the transcript, in order."""
    told = [frame.get("items", [frame]) for frame in fan.frames]
    return [item["id"] for items in told for item in items if "position" in item]


async def ask(stage: Stage, fan: Client, text: str, *, id: str = "m1") -> Event:
    known = len(stage.events)
    await fan.say(text, id=id)
    await wait_until(lambda: len(stage.events) > known)
    return stage.events[known]


async def test_an_answer_that_another_gateway_delivers_is_seen_and_seen_growing(
    pair: tuple[Stage, Stage],
):
    one, two = pair
    async with page(one) as fan:
        event = await ask(one, fan, "gates?")
        await two.answer(event, "", is_final=False)
        await fan.wait_for("growing")
        for text in ("Gates", "Gates open", "Gates open at"):
            await two.answer(event, text, is_final=False)
        await wait_until(lambda: "open at" in fan.growing)
        await two.answer(event, "Gates open at 17:00.")
        assert "17:00" in (await fan.wait_for("bot"))["html"]
        assert shown(fan) == ["m1", f"reply:{event.id}"]


async def test_a_second_tab_on_another_gateway_shows_the_same(pair: tuple[Stage, Stage]):
    one, two = pair
    async with page(one) as here, page(two) as there:
        event = await ask(one, here, "gates?")
        assert (await there.wait_for("fan"))["text"] == "gates?"
        await one.answer(event, "17:00")
        await here.wait_for("bot")
        await there.wait_for("bot")
        assert shown(here) == shown(there) == ["m1", f"reply:{event.id}"]


async def test_nothing_grows_on_another_gateway_after_the_final_answer(pair: tuple[Stage, Stage]):
    one, two = pair
    async with page(one) as fan:
        event = await ask(one, fan, "gates?")
        for number in range(40):
            await two.answer(event, f"word {number}", is_final=False)
            await asyncio.sleep(0)
        await two.answer(event, "whole")
        await two.answer(event, "late", is_final=False)
        await fan.wait_for("bot")
        await asyncio.sleep(2 * PASSING)
        of_answer = [f["type"] for f in fan.frames if f.get("id") == f"reply:{event.id}"]
        assert of_answer[-1] == "bot" and of_answer.count("bot") == 1
        assert len(of_answer) < 6, "few of them are passed on"


async def test_pages_on_all_gateways_see_one_order_and_positions_that_only_go_up(
    pair: tuple[Stage, Stage],
):
    async def answer(stage: Stage, name: str) -> None:
        for number in range(40):
            id = f"reply:{name}:{number}"
            await stage.adapter.deliver(reply("text", id=id, place=place()))

    one, two = pair
    async with page(one) as here, page(two) as there:
        async with asyncio.TaskGroup() as group:
            group.create_task(answer(one, "one"))
            group.create_task(answer(two, "two"))
        for fan in (here, there):
            await fan.wait_for("bot", 80)
            positions = [tuple(map(int, f["position"].split("-"))) for f in fan.of("bot")]
            assert positions == sorted(positions) and len(set(positions)) == 80
        assert shown(here) == shown(there)


async def test_pages_opened_while_another_gateway_answers_miss_nothing_and_get_nothing_twice(
    pair: tuple[Stage, Stage],
):
    one, two = pair
    is_over = False

    async def keep_answering() -> list[str]:
        ids: list[str] = []
        while not is_over:
            ids.append(f"reply:{len(ids)}")
            await one.adapter.deliver(reply("text", id=ids[-1], place=place()))
        return ids

    answering = asyncio.create_task(keep_answering())
    async with contextlib.AsyncExitStack() as stack:
        fans = [await stack.enter_async_context(page(two)) for _ in range(8)]
        is_over = True
        ids = await answering
        for fan in fans:
            await wait_until(lambda f=fan: len(shown(f)) >= len(ids))
            assert shown(fan) == ids


async def test_to_be_forgotten_empties_the_pages_on_every_gateway(pair: tuple[Stage, Stage]):
    one, two = pair
    async with page(one) as here, page(two) as there, page(two, session=OTHER) as stranger:
        await ask(one, here, "a secret")
        event = await ask(one, here, "/forget", id="m2")
        await two.answer(event, "Forgotten.")
        for fan in (here, there):
            await fan.wait_for("bot")
            kinds = [frame["type"] for frame in fan.frames if frame["type"] != "ack"]
            assert kinds == ["welcome", "fan", "fan", "cleared", "bot"]
        assert len(stranger.frames) == 1


async def test_a_page_that_was_away_while_its_room_was_forgotten_is_emptied(
    pair: tuple[Stage, Stage],
):
    one, two = pair
    async with page(one) as fan:
        await ask(one, fan, "a secret")
        await fan.wait_for("fan")
        position = fan.position
    async with page(two) as other:
        await two.answer(await ask(two, other, "/forget", id="m2"), "Forgotten.")
        await other.wait_for("bot")
    async with page(one, after=position) as again:
        assert [frame["type"] for frame in again.frames] == ["cleared", "welcome"]
        (item,) = again.frames[1]["items"]
        assert "Forgotten." in item["html"]


async def test_who_comes_back_to_another_gateway_gets_what_was_missed(pair: tuple[Stage, Stage]):
    one, two = pair
    async with page(one) as fan:
        event = await ask(one, fan, "gates?")
        await fan.wait_for("fan")
        position = fan.position
    await one.answer(event, "17:00")
    async with page(two, after=position) as again:
        assert shown(again) == [f"reply:{event.id}"]
        assert not again.of("cleared")


async def test_a_gateway_that_was_too_far_behind_looks_into_the_transcripts(
    pair: tuple[Stage, Stage], redis: RedisServer
):
    one, two = pair
    async with page(one) as fan:
        await ask(one, fan, "gates?")
        await fan.wait_for("fan")
        # As while it was frozen: more comes at once than the relay keeps.
        flood = redis.inspector.pipeline(transaction=True)
        item = to_body(Fan(id="missed", text="said elsewhere", sent_at=NOW))
        flood.xadd(key("transcript", place().channel), {"i": "missed", "b": item})
        for _ in range(PASSED):
            flood.xadd(key("relay"), {"r": "somebody", "b": "x"}, maxlen=PASSED)
        await flood.execute()
        await wait_until(lambda: shown(fan) == ["m1", "missed"])
        await two.adapter.deliver(reply("and more", id="reply:more", place=place()))
        await wait_until(lambda: shown(fan) == ["m1", "missed", "reply:more"])


async def test_what_comes_while_redis_is_away_is_seen_when_it_is_back(
    pair: tuple[Stage, Stage], redis: RedisServer
):
    one, two = pair
    async with page(one) as fan:
        event = await ask(one, fan, "gates?")
        await fan.wait_for("fan")
        await redis.kill()
        await redis.start()
        await two.answer(event, "17:00")
        await wait_until(lambda: f"reply:{event.id}" in shown(fan), timeout=20)
        assert not fan.ws.closed and not fan.of("cleared")


async def test_who_may_not_speak_any_more_writes_no_answer(stage: Stage):
    stage.may_speak = False
    with pytest.raises(DeliveryError):
        await stage.adapter.deliver(reply("too late", place=place()))
    async with page(stage) as fan:
        assert shown(fan) == []
