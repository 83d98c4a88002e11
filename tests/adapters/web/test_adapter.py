from __future__ import annotations

import asyncio
import base64
import contextlib
import logging

import aiohttp
import pytest

from adapters.web.adapter import WebAdapter
from core.errors import StoreError
from core.message import Button, Command, File, Message, Press, Source
from tests.adapters.web.stage import SESSION, Stage, page, place
from tests.samples import reply
from tests.waiting import wait_until


async def test_what_a_fan_says_is_kept_confirmed_and_handed_over_as_an_event(stage: Stage):
    async with page(stage, locale="es-MX") as fan:
        await fan.say("¿A qué hora abren?")
        assert (await fan.wait_for("ack"))["id"] == "m1"
        assert (await fan.wait_for("fan"))["text"] == "¿A qué hora abren?"
        (event,) = stage.events
        assert isinstance(event, Message)
        assert event.text == "¿A qué hora abren?"
        assert event.is_mention and event.conversation.is_direct
        assert event.user.locale == "es-MX"
        assert event.sent_at.tzinfo is not None


async def test_the_secret_of_a_session_never_leaves_the_adapter(
    stage: Stage, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    stage.faults = [StoreError("Redis is away")]
    async with page(stage) as fan:
        await fan.say("hello")
        await fan.wait_for("refused")
        await fan.say("hello")
        await fan.wait_for("ack")
    assert SESSION not in repr(stage.events)
    assert SESSION not in caplog.text


async def test_the_same_message_sent_twice_is_one_item_and_confirmed_twice(stage: Stage):
    async with page(stage) as fan:
        await fan.say("hello")
        await fan.say("hello")
        await fan.wait_for("ack", 2)
    async with page(stage) as again:
        assert [item["text"] for item in again.of("welcome")[0]["items"]] == ["hello"]
    assert len(stage.events) == 1


async def test_without_redis_nothing_is_confirmed_and_a_repetition_works(stage: Stage):
    stage.faults = [StoreError("Redis is away")]
    async with page(stage) as fan:
        await fan.say("hello")
        assert (await fan.wait_for("refused"))["is_lasting"] is False
        assert not fan.of("ack")
        await fan.say("hello")
        await fan.wait_for("ack")
    assert len(stage.events) == 1


async def test_a_slash_makes_a_command_in_any_language(stage: Stage):
    async with page(stage) as fan:
        await fan.say("/language  日本語", id="a")
        await fan.say("/HELP", id="b")
        await fan.say("/sprache Deutsch", id="c")
        await fan.say("/shrug whatever", id="d")
        await fan.say("/", id="e")
        await fan.wait_for("ack", 5)
    one, two, three, four, five = stage.events
    assert isinstance(one, Command) and (one.name, one.options) == (
        "language",
        {"language": "日本語"},
    )
    assert isinstance(two, Command) and (two.name, two.options) == ("help", {})
    assert isinstance(three, Command) and three.options == {"language": "Deutsch"}
    assert isinstance(four, Message) and four.text == "/shrug whatever"
    assert isinstance(five, Message)


async def test_a_press_on_a_button_comes_back_as_it_was(stage: Stage):
    async with page(stage) as fan:
        await fan.ws.send_json({"type": "press", "id": "p1", "button": "language:es"})
        await fan.wait_for("ack")
    (event,) = stage.events
    assert isinstance(event, Press) and event.button == "language:es"


async def test_an_answer_grows_in_one_bubble_and_its_last_snapshot_is_exact(stage: Stage):
    async with page(stage) as fan:
        await fan.say("gates?")
        await fan.wait_for("ack")
        event = stage.events[0]
        for text in ("", "Gates", "Gates **open", "Gates **open** at"):
            await stage.answer(event, text, is_final=False)
        await wait_until(lambda: "</strong> at" in fan.growing)
        await stage.answer(event, "Gates **open** at 17:00.")
        final = await fan.wait_for("bot")
        assert final["html"] == "<p>Gates <strong>open</strong> at 17:00.</p>\n"
        assert (final["language"], final["name"], final["direction"]) == ("en", "English", "ltr")
        growing = fan.of("growing")
        assert {frame["id"] for frame in growing} == {final["id"]}
        assert growing[0]["html"] == ""


async def test_snapshots_that_come_too_fast_are_skipped_but_never_the_last(stage: Stage):
    async with page(stage) as fan:
        await fan.say("gates?")
        await fan.wait_for("ack")
        for number in range(100):
            await stage.answer(stage.events[0], f"word {number}", is_final=False)
            await asyncio.sleep(0)  # as between two pieces of a stream
        await wait_until(lambda: "word 99" in fan.growing)
        assert len(fan.of("growing")) < 20


async def test_nothing_grows_after_the_final_answer(stage: Stage):
    async with page(stage) as fan:
        await fan.say("one", id="m1")
        await fan.say("two", id="m2")
        await fan.wait_for("ack", 2)
        one, two = stage.events
        for text in ("half", "half an", "half an an"):
            await stage.answer(one, text, is_final=False)
        await stage.answer(one, "whole")
        for text in ("later", "later still"):
            await stage.answer(two, text, is_final=False)
        await wait_until(lambda: "later still" in fan.growing)
        of_one = [frame for frame in fan.frames if frame.get("id") == f"reply:{one.id}"]
        assert [frame["type"] for frame in of_one] == ["growing", "bot"]


async def test_a_snapshot_of_an_older_attempt_is_not_shown(stage: Stage):
    async with page(stage) as fan:
        await fan.say("gates?")
        await fan.wait_for("ack")
        event = stage.events[0]
        await stage.answer(event, "newer", is_final=False, epoch=2)
        await stage.answer(event, "older", is_final=False, epoch=1)
        async with page(stage) as other:
            assert "newer" in (await other.wait_for("growing"))["html"]
        await stage.answer(event, "newest", is_final=False, epoch=2)
        await wait_until(lambda: "newest" in fan.growing)


async def test_pages_opened_while_answers_come_miss_none_of_them(stage: Stage):
    is_over = False

    async def keep_answering() -> int:
        number = 0
        while not is_over:
            number += 1
            id = f"reply:{number}"
            await stage.adapter.deliver(reply("and another", id=id, place=place()))
        return number

    answering = asyncio.create_task(keep_answering())
    async with contextlib.AsyncExitStack() as stack:
        fans = [await stack.enter_async_context(page(stage)) for _ in range(8)]
        is_over = True
        count = await answering
        assert count > 20
        for fan in fans:
            seen = fan.of("welcome")[0]["items"]
            await wait_until(lambda f=fan, s=seen: len(s) + len(f.of("bot")) >= count)
            ids = [item["id"] for item in [*seen, *fan.of("bot")]]
            assert ids == [f"reply:{number}" for number in range(1, count + 1)]


async def test_sources_and_buttons_come_with_the_final_answer(stage: Stage):
    async with page(stage) as fan:
        await fan.say("gates?")
        await fan.wait_for("ack")
        await stage.answer(
            stage.events[0],
            "يفتح الساعة 17:00",
            language="ar",
            sources=(
                Source(title="Venues", url="https://example.org/v", checked="2027-01-30"),
                Source(title="Trap", url="javascript:alert(1)"),
            ),
            buttons=(Button(id="language:ar", label="العربية"),),
        )
        final = await fan.wait_for("bot")
    venues, trap = final["sources"]
    assert venues["url"] == "https://example.org/v" and "2027" in venues["as_of"]
    assert trap == {"title": "Trap", "url": "", "as_of": ""}
    assert final["buttons"] == [{"id": "language:ar", "label": "العربية"}]
    assert (final["direction"], final["name"]) == ("rtl", "العربية")


async def test_files_come_with_the_final_answer_as_nothing_that_a_browser_carries_out(
    stage: Stage,
):
    data = File(name="my data.json", media_type="application/json", content=b'{"a": 1}')
    trap = File(name="../x.html", media_type="text/html", content=b"<script>")
    async with page(stage) as fan:
        await fan.say("/mydata")
        await fan.wait_for("ack")
        await stage.answer(stage.events[0], "Here.", files=(data, trap))
        final = await fan.wait_for("bot")
    async with page(stage) as again:
        assert (await again.wait_for("welcome"))["items"][-1]["files"] == final["files"]
    kept, harmless = final["files"]
    assert (kept["name"], kept["media_type"]) == ("my-data.json", "application/json")
    assert base64.b64decode(kept["content"]) == b'{"a": 1}'
    assert (harmless["name"], harmless["media_type"]) == ("x.html", "application/octet-stream")


async def test_markup_that_a_model_did_not_mean_stays_text(stage: Stage):
    async with page(stage) as fan:
        await fan.say("?")
        await fan.wait_for("ack")
        text = "<img src=x onerror=alert(1)> [a](javascript:alert(1))\n\n| a |\n|--:|\n| 1 |"
        await stage.answer(stage.events[0], text)
        html = (await fan.wait_for("bot"))["html"]
    assert "<img" not in html and "javascript:" not in html.replace("[a](javascript:", "")
    assert "style=" not in html and '<td class="right">' in html


async def test_who_comes_back_is_told_what_was_missed_and_nothing_twice(stage: Stage):
    async with page(stage) as fan:
        await fan.say("gates?")
        await fan.wait_for("fan")
        position = fan.position
    await wait_until(lambda: stage.events)
    await stage.answer(stage.events[0], "17:00")
    async with page(stage, after=position) as fan:
        (item,) = fan.of("welcome")[0]["items"]
        assert item["type"] == "bot" and "17:00" in item["html"]
        position = item["position"]
    async with page(stage, after=position) as fan:
        assert fan.of("welcome")[0]["items"] == []


async def test_everything_is_there_after_the_server_was_started_anew(stage: Stage):
    async with page(stage) as fan:
        await fan.say("gates?")
        await fan.wait_for("ack")
        await stage.answer(stage.events[0], "half an an", is_final=False)
        await fan.wait_for("growing")
        await stage.restart()
        await wait_until(lambda: fan.ws.closed)
        assert fan.ws.close_code == aiohttp.WSCloseCode.SERVICE_RESTART
    async with page(stage) as fan:
        await stage.answer(stage.events[0], "half an answer", is_final=False, epoch=2)
        growing = await fan.wait_for("growing")
        await stage.answer(stage.events[0], "half an answer and the rest", epoch=2)
        final = await fan.wait_for("bot")
        assert growing["id"] == final["id"]
    async with page(stage) as fan:
        kinds = [item["type"] for item in fan.of("welcome")[0]["items"]]
        assert kinds == ["fan", "bot"]


async def test_an_answer_delivered_twice_stands_once(stage: Stage):
    answer = reply("17:00", place=place())
    await stage.adapter.deliver(answer)
    await stage.restart()
    await stage.adapter.deliver(answer)
    async with page(stage) as fan:
        assert len(fan.of("welcome")[0]["items"]) == 1


async def test_a_page_opened_in_the_middle_of_an_answer_sees_it_grow(stage: Stage):
    async with page(stage) as one:
        await one.say("gates?")
        await one.wait_for("ack")
        await stage.answer(stage.events[0], "Gates open", is_final=False)
        async with page(stage) as other:
            assert "Gates open" in (await other.wait_for("growing"))["html"]
            await stage.answer(stage.events[0], "Gates open at 17:00")
            await one.wait_for("bot")
            await other.wait_for("bot")


async def test_an_answer_that_comes_at_once_stands_below_its_question(stage: Stage):
    answers: list[asyncio.Task[object]] = []
    stage.on_event = lambda event: answers.append(
        asyncio.ensure_future(stage.answer(event, "at once"))
    )
    async with page(stage) as fan:
        await fan.say("gates?")
        await fan.wait_for("bot")
        kinds = [frame["type"] for frame in fan.frames if "position" in frame]
        assert kinds == ["fan", "bot"]
        positions = [frame["position"] for frame in fan.frames if "position" in frame]
        assert positions == sorted(positions)


async def test_to_be_forgotten_empties_the_page_and_its_transcript(stage: Stage):
    async with page(stage) as fan:
        await fan.say("a secret", id="m1")
        await fan.say("/forget", id="m2")
        await fan.wait_for("ack", 2)
        await stage.answer(stage.events[1], "Forgotten.")
        await fan.wait_for("bot")
        assert fan.of("cleared")
    await stage.answer(stage.events[1], "Forgotten.")  # again, as after a crash
    async with page(stage) as fan:
        (item,) = fan.of("welcome")[0]["items"]
        assert "Forgotten." in item["html"]


async def test_being_forgotten_twice_by_a_crash_keeps_what_was_said_in_between(stage: Stage):
    async with page(stage) as fan:
        await fan.say("/forget", id="m1")
        await fan.wait_for("ack")
        await stage.answer(stage.events[0], "Forgotten.")
        await fan.say("something new", id="m2")
        await fan.wait_for("ack", 2)
        await stage.answer(stage.events[0], "Forgotten.")
    async with page(stage) as fan:
        assert len(fan.of("welcome")[0]["items"]) == 2


async def test_a_text_that_is_too_long_is_refused_for_good_with_a_reason(stage: Stage):
    async with page(stage, locale="es") as fan:
        await fan.say("🏔" * 4001)
        refused = await fan.wait_for("refused")
        assert refused["is_lasting"] and "4.000" in refused["text"]
        await fan.say("🏔" * 4000, id="m2")
        await fan.wait_for("ack")
    assert len(stage.events) == 1


async def test_a_reply_to_nobody_that_looks_on_the_way_is_no_work(stage: Stage):
    await stage.adapter.deliver(reply("growing", is_final=False, place=place()))
    await stage.adapter.deliver(reply("said unasked", place=place()))
    async with page(stage) as fan:
        assert len(fan.of("welcome")[0]["items"]) == 1


def test_the_adapter_is_called_web(stage: Stage):
    assert isinstance(stage.adapter, WebAdapter)
    assert stage.adapter.name == "web"
