"""Gateways and workers as processes of their own, killed, frozen and told to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncGenerator

from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.redis import RedisServer
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Shown
from tests.journeys.program import Program, program
from tests.waiting import wait_until

TEXT = "The gates open ninety minutes before the first event of the day. " * 3


class Stage:
    """A gateway for Telegram, and what it takes to start workers."""

    def __init__(self, telegram: FakeTelegram, settings: dict[str, str], gateway: Program) -> None:
        self.telegram = telegram
        self.settings = settings
        self.gateway = gateway

    def worker(self) -> contextlib.AbstractAsyncContextManager[Program]:
        return program("worker", **self.settings)

    async def ask(self, fans: int) -> None:
        for fan in range(1, fans + 1):
            await self.telegram.say(chat_id=fan, user=f"Fan {fan}", text="When do the gates open?")

    def answers(self, fan: int) -> list[Shown]:
        return [m for m in self.telegram.chat(fan) if m.is_bot]

    async def are_begun(self, fans: int) -> None:
        """Wait until every fan sees the beginning of an answer, and it is noted down.

        Between the platform's taking a message and the note of it lies the one window in which a
        kill can double: Telegram has no mark by which it would know a message again.
        """
        drafts = self.telegram.called

        def is_begun(fan: int) -> bool:
            shown = [body["chat_id"] for body in drafts("sendMessageDraft")]
            return bool(self.answers(fan)) or fan in shown

        await wait_until(lambda: all(map(is_begun, range(1, fans + 1))), timeout=30)
        await asyncio.sleep(0.5)

    def is_answered(self, fans: int) -> bool:
        return all(
            any(m.text.startswith(TEXT.strip()) for m in self.answers(fan))
            for fan in range(1, fans + 1)
        )

    def doubled(self, fans: int) -> list[int]:
        return [fan for fan in range(1, fans + 1) if len(self.answers(fan)) > 1]


@contextlib.asynccontextmanager
async def stage(redis: RedisServer, qwen: FakeQwen) -> AsyncGenerator[Stage]:
    async with FakeTelegram() as telegram:
        settings = {
            "telegram_token": telegram.token,
            "telegram_api": telegram.url,
            "qwen_url": qwen.url,
            "qwen_dialect": "dashscope",
            "redis_url": redis.url,
        }
        async with program("gateway", "telegram", **settings) as gateway:
            yield Stage(telegram, settings, gateway)


async def test_a_gateway_and_a_worker_answer_together_and_show_the_answer_grow(redis: RedisServer):
    async with FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=TEXT, chunk=4, delay=0.05)
        async with stage(redis, qwen) as on, on.worker():
            await on.ask(1)
            await on.telegram.wait_for(1, lambda m: m.text.startswith(TEXT.strip()), timeout=20)
            assert len(on.answers(1)) == 1
            drafts = len(on.telegram.called("sendMessageDraft"))
            assert drafts + on.answers(1)[0].edits > 0, "it was shown on the way"


async def test_a_worker_that_is_killed_is_stood_in_for_at_once(redis: RedisServer):
    async with FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=TEXT, chunk=4, delay=0.02)
        async with stage(redis, qwen) as on, on.worker() as other:
            doomed = Program(
                {f"TIFO_{k.upper()}": v for k, v in on.settings.items()}, other.home,
                command=("worker",),
            )  # fmt: skip
            await doomed.start()
            await on.ask(20)
            await wait_until(lambda: len(qwen.requests) >= 20, timeout=20)
            killed = time.monotonic()
            await doomed.kill()
            await wait_until(lambda: on.is_answered(20), timeout=20)
            assert on.doubled(20) == []
            assert time.monotonic() - killed < 15


async def test_a_gateway_that_is_killed_goes_on_where_it_stopped(redis: RedisServer):
    async with FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=TEXT, chunk=4, delay=0.1)
        async with stage(redis, qwen) as on, on.worker():
            await on.ask(10)
            await on.are_begun(10)
            await on.gateway.kill()
            await on.gateway.start()
            await wait_until(lambda: on.is_answered(10), timeout=30)
            assert on.doubled(10) == []


async def test_told_to_end_a_worker_finishes_what_it_began(redis: RedisServer):
    async with FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=TEXT, chunk=8, delay=0.05)
        async with stage(redis, qwen) as on, on.worker() as ending:
            await on.ask(20)
            await wait_until(lambda: len(qwen.requests) == 20, timeout=20)
            ending.signal(signal.SIGTERM)
            asked = time.monotonic()
            assert await ending.wait() == 0
            assert time.monotonic() - asked < 8
            await wait_until(lambda: on.is_answered(20), timeout=10)
            assert on.doubled(20) == []
            assert len(qwen.requests) == 20, "nothing was begun anew"


async def test_what_takes_too_long_goes_on_with_another_worker(redis: RedisServer):
    async with FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=TEXT, chunk=8, delay=0.25)
        async with stage(redis, qwen) as on:
            on.settings["drain"] = "0.5"
            async with on.worker() as ending:
                await on.ask(3)
                await wait_until(lambda: len(qwen.requests) == 3, timeout=20)
                async with on.worker():
                    ending.signal(signal.SIGTERM)
                    assert await ending.wait() == 0
                    await wait_until(lambda: on.is_answered(3), timeout=30)
                    assert on.doubled(3) == []


async def test_a_worker_that_was_frozen_doubles_nothing(redis: RedisServer):
    async with FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=TEXT, chunk=4, delay=0.03)
        async with stage(redis, qwen) as on, on.worker() as frozen:
            await on.ask(10)
            await wait_until(lambda: len(qwen.requests) == 10, timeout=20)
            async with on.worker():
                frozen.signal(signal.SIGSTOP)
                await wait_until(lambda: on.is_answered(10), timeout=30)
                frozen.signal(signal.SIGCONT)
                await asyncio.sleep(2)
                assert on.doubled(10) == []
                assert on.is_answered(10)


async def test_of_two_gateways_one_speaks_and_the_other_takes_over(redis: RedisServer):
    async with FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=TEXT, chunk=4, delay=0.1)
        async with stage(redis, qwen) as on, on.worker():
            # Polling has one reader, so the second one is started when the first is gone.
            await on.ask(5)
            await on.are_begun(5)
            await on.gateway.kill()
            async with program("gateway", "telegram", **on.settings):
                await wait_until(lambda: on.is_answered(5), timeout=30)
                assert on.doubled(5) == []
            await on.gateway.start()
