"""Fans who ask for too much are told so, kindly, and nobody is left without an answer."""

from __future__ import annotations

import re

from core.language.strings import Strings
from tests.fakes.discord import FakeDiscord
from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.telegram import FakeTelegram
from tests.journeys.program import program, reach

GATES = "¿A qué hora abren las puertas?"
SPANISH = "Las puertas abren noventa minutos antes del inicio, así que ven pronto."
SLOW = re.compile(r"\b(\d+) segundos?\b")


async def test_who_writes_too_much_on_telegram_is_told_once_when_it_ends():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=SPANISH)
        async with program(**reach(telegram=telegram, qwen=qwen), limit="2"):
            for number in range(1, 3):
                await telegram.say(chat_id=9, user="Ana", text=GATES)
                await telegram.wait_for(9, lambda m: SPANISH in m.text, count=number)
            for _ in range(4):
                await telegram.say(chat_id=9, user="Ana", text=GATES)
            told = await telegram.wait_for(9, lambda m: bool(SLOW.search(m.text)))
            assert 1 <= int((SLOW.search(told.text) or told)[1]) <= 60
            # Somebody else is not held up, and by then nothing more has come for Ana.
            await telegram.say(chat_id=8, user="Ben", text=GATES)
            await telegram.wait_for(8, lambda m: SPANISH in m.text)
            assert len([m for m in telegram.chat(9) if m.is_bot]) == 3
            assert len(qwen.requests) == 3


async def test_a_community_that_asks_too_much_on_discord_is_told_that_many_ask():
    busy = Strings().text("limit.busy", "en", seconds=7).partition(".")[0]
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text="Ninety minutes before the start of the events.")
        async with program(**reach(discord=discord, qwen=qwen), community_limit="1"):
            question = "When do the gates open?"
            await discord.say(user="Ana", guild="Fans", text=question, mention=True)
            await discord.wait_for("general", "Ninety")
            await discord.say(user="Ben", guild="Fans", text=question, mention=True)
            await discord.wait_for("general", busy)
            await discord.say(
                user="Ana", guild="Others", channel="hall", text=question, mention=True
            )
            await discord.wait_for("hall", "Ninety")


async def test_a_spent_budget_is_answered_by_the_small_model_and_then_by_the_guide():
    async with FakeTelegram() as telegram, FakeQwen("sglang") as qwen:
        qwen.cost = (1100, 50)
        qwen.respond = lambda _: Answer(text=SPANISH)
        settings = {"bot_tokens": "1000", "qwen_small_model": "qwen3.8-tiny"}
        where = reach(telegram=telegram, qwen=qwen) | {"qwen_dialect": "sglang"}
        async with program(**where, **settings):
            for number in range(1, 4):
                await telegram.say(chat_id=9, user="Ana", text=GATES)
                await telegram.wait_for(9, lambda m: bool(m.text), count=number)
            bot = [m.text for m in telegram.chat(9) if m.is_bot]
        assert [body["model"] for body in qwen.requests] == ["qwen3.8-flash", "qwen3.8-tiny"]
        why = Strings().text("answer.spent", "es")
        assert [SPANISH in text for text in bot] == [True, True, False]
        assert "90 minutos" in bot[2], "the guide knows, too"
        assert [why in text for text in bot] == [False, True, False], "told once"
