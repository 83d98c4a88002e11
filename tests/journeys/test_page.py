"""A fan on the page, over the page's own protocol; tests/browser has the page itself."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncGenerator

import aiohttp
import msgspec

from adapters.web.protocol import Bot, Growing, Hello, Say, ToPage, Welcome
from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.redis import RedisServer
from tests.journeys.program import Program, program


class Page:
    """One open page of a fan."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def say(self, text: str) -> None:
        frame = msgspec.json.encode(Say(id=secrets.token_urlsafe(8), text=text))
        await self._socket.send_str(frame.decode())

    async def next(self, kind: type[ToPage]) -> ToPage:
        while True:
            message = msgspec.json.decode(await self._socket.receive_str(timeout=10), type=ToPage)
            if isinstance(message, kind):
                return message

    async def answer(self) -> Bot:
        message = await self.next(Bot)
        assert isinstance(message, Bot)
        return message


@contextlib.asynccontextmanager
async def opened(
    running: Program, session: str, *, after: str = "0", locale: str = "en"
) -> AsyncGenerator[tuple[Page, Welcome]]:
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{running.page}/ws", headers={"Origin": running.page}) as socket,
    ):
        hello = Hello(session=session, after=after, locale=locale)
        await socket.send_str(msgspec.json.encode(hello).decode())
        page = Page(socket)
        welcome = await page.next(Welcome)
        assert isinstance(welcome, Welcome)
        yield page, welcome


async def test_a_fan_asks_in_arabic_and_reads_the_answer_from_right_to_left():
    async with FakeQwen("dashscope") as qwen:
        qwen.script(Answer(text="تفتح البوابات قبل **90 دقيقة**.", chunk=4, delay=0.02))
        async with program(qwen_url=qwen.url, qwen_dialect="dashscope") as running:
            async with opened(running, secrets.token_urlsafe(16)) as (page, _):
                await page.say("متى تفتح البوابات؟")
                growing = await page.next(Growing)
                assert isinstance(growing, Growing)
                answer = await page.answer()
    assert (answer.language, answer.direction) == ("ar", "rtl")
    assert "<strong>90 دقيقة</strong>" in answer.html
    assert answer.sources
    assert "answer in: Arabic (ar)" in qwen.requests[-1]["messages"][-1]["content"]


async def test_a_page_that_was_away_shows_what_it_missed_also_after_a_restart():
    session = secrets.token_urlsafe(16)
    async with FakeQwen("dashscope") as qwen:
        qwen.respond = lambda messages: Answer(text="Ninety minutes.", chunk=99, delay=0.5)
        async with program(qwen_url=qwen.url, qwen_dialect="dashscope") as running:
            async with opened(running, session) as (page, welcome):
                assert welcome.items == ()
                await page.say("When do the gates open?")
            await running.stop()
            await running.start()
            async with opened(running, session) as (page, welcome):
                items = list(welcome.items)
                if not any(isinstance(item, Bot) for item in items):
                    items.append(await page.answer())
                kinds = [type(item).__name__ for item in items]
                assert kinds == ["Fan", "Bot"]
            async with opened(running, secrets.token_urlsafe(16)) as (_, welcome):
                assert welcome.items == (), "another fan sees nothing of it"


async def test_two_programs_on_one_redis_show_every_page_its_answers(redis: RedisServer):
    async with (
        program(redis_url=redis.url) as one,
        program(redis_url=redis.url) as two,
        opened(one, session := secrets.token_urlsafe(16)) as (here, _),
        opened(two, session) as (there, _),
        opened(two, secrets.token_urlsafe(16)) as (other, _),
    ):
        await here.say("When do the gates open?")
        await other.say("When do the gates open?")
        assert (await here.answer()).html == (await there.answer()).html
        assert "90" in (await other.answer()).html


async def test_without_an_endpoint_the_page_answers_from_the_guide_with_its_source():
    async with program() as running:
        async with opened(running, secrets.token_urlsafe(16), locale="es") as (page, _):
            await page.say("¿A qué hora abren las puertas?")
            answer = await page.answer()
    assert answer.language == "es"
    assert "90" in answer.html
    assert answer.sources


async def test_markup_of_a_hostile_model_is_shown_not_run():
    async with FakeQwen("dashscope") as qwen:
        hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1))"
        qwen.script(Answer(text=hostile))
        async with program(qwen_url=qwen.url, qwen_dialect="dashscope") as running:
            async with opened(running, secrets.token_urlsafe(16)) as (page, _):
                await page.say("hello, do your worst")
                answer = await page.answer()
    assert "<script" not in answer.html
    assert "<img" not in answer.html
    assert 'href="javascript' not in answer.html
