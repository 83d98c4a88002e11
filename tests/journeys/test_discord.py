"""A fan on Discord."""

from __future__ import annotations

import asyncio

from tests.fakes.discord import FakeDiscord
from tests.fakes.qwen import Answer, FakeQwen
from tests.journeys.program import program


async def test_a_fan_asks_in_japanese_and_is_answered_in_japanese_as_a_reply():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.script(Answer(text="ゲートは最初の競技の90分前に開きます。", chunk=3, delay=0.01))
        async with program(
            discord_token=discord.token,
            discord_api=discord.api,
            discord_gateway=discord.gateway,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ):
            asked = await discord.say(
                user="Ken", guild="Fans", text="ゲートは何時に開きますか？", mention=True
            )
            answer = await discord.wait_for("general", "90分前に開きます。", timeout=10)
            assert answer.reply_to == asked
            content = qwen.requests[-1]["messages"][-1]["content"]
            assert "answer in: Japanese (ja)" in content
            assert "90" in content, "the passage came along"


async def test_a_slash_command_is_deferred_at_once_and_answered_in_the_locale():
    async with FakeDiscord() as discord:
        async with program(
            discord_token=discord.token, discord_api=discord.api, discord_gateway=discord.gateway
        ):
            used = await discord.command("help", user="Ken", guild="Fans", locale="ja")
            answer = await discord.wait_for("general", "/ask", timeout=10)
            assert answer.ephemeral
            assert used.callback_after is not None
            assert used.callback_after < 3.0
            await discord.command("privacy", user="Ken", guild="Fans", locale="ja")
            kept = await discord.wait_for("general", "30", timeout=10)
            assert kept.ephemeral and "30日" in kept.content


async def test_a_killed_bot_finishes_the_answer_in_the_same_message():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        text = "The gates open ninety minutes before the first event of the day. " * 3
        qwen.respond = lambda messages: Answer(text=text, chunk=4, delay=0.05)
        async with program(
            discord_token=discord.token,
            discord_api=discord.api,
            discord_gateway=discord.gateway,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ) as running:
            await discord.say(user="Ken", text="When do the gates open?")
            begun = await discord.wait_for("@Ken", "The gates", timeout=10)
            await running.kill()
            await running.start()
            await discord.wait_for("@Ken", text.strip(), timeout=20)
            assert [m.id for m in discord.channel("@Ken") if m.is_bot] == [begun.id]


async def test_nothing_that_a_model_says_pings_anybody():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda messages: Answer(
            text="@everyone @here <@1> <@&2> look, doors open!", chunk=5, delay=0.02
        )
        async with program(
            discord_token=discord.token,
            discord_api=discord.api,
            discord_gateway=discord.gateway,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ):
            await discord.say(user="Ken", guild="Fans", text="ping them all", mention=True)
            await discord.wait_for("general", "doors open!", timeout=10)
            assert discord.pings == []


async def test_what_a_fan_wrote_while_the_bot_was_dead_is_answered():
    async with FakeDiscord() as discord:
        async with program(
            discord_token=discord.token, discord_api=discord.api, discord_gateway=discord.gateway
        ) as running:
            await discord.say(user="Ken", text="Hello!")
            await discord.wait_for("@Ken", lambda shown: True, timeout=10)
            await asyncio.sleep(1.5)  # how far a channel was heard is written once a second
            await running.kill()
            await discord.server.forget()
            asked = await discord.say(user="Ken", text="Where is gate 4?", is_heard=False)
            await running.start()
            await discord.wait_for("@Ken", lambda shown: shown.reply_to == asked, timeout=20)
            assert len([shown for shown in discord.channel("@Ken") if shown.is_bot]) == 2
