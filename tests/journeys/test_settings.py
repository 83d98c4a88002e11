"""Moderators who set how the bot behaves in their place, on Discord and on Telegram."""

from __future__ import annotations

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_members import MODERATORS
from tests.fakes.discord_world import snowflake
from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.telegram import FakeTelegram
from tests.journeys.program import program, reach
from tests.waiting import wait_until

GROUP = -1007500001
QUESTION = "When do the gates open?"
ANSWER = "At 19:00."


async def test_when_to_reply_is_set_by_a_press_and_the_tone_reaches_the_model_on_discord():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=ANSWER)
        discord.world.members.give("Mod", MODERATORS)

        async def order(wanted: str, **options: str) -> None:
            await discord.command("settings", user="Mod", guild="Fans", options=options)
            shown = await discord.wait_for("general", wanted, timeout=15)
            assert shown.ephemeral

        async with program(**reach(discord=discord, qwen=qwen)):
            await order("tone: dry and short", setting="tone", value="dry and short")
            await discord.say(user="Ana", guild="Fans", text=QUESTION, mention=True)
            await discord.wait_for("general", ANSWER, timeout=15)
            assert '"dry and short"' in qwen.requests[-1]["messages"][-1]["content"]
            assert "dry" not in qwen.requests[-1]["messages"][0]["content"], "the prefix stays"
            await order("is not possible", setting="limit", value="plenty")
            await order("moderators' language: English")
            shown = await discord.wait_for("general", "moderators' language", timeout=15)
            await discord.press(shown, "never", user="Ana", guild="Fans")
            await discord.wait_for("general", "Only those who may manage", timeout=15)
            await discord.press(shown, "never", user="Mod", guild="Fans")
            await discord.wait_for("general", "when I reply: never", timeout=15)
            asked = len(qwen.requests)
            await discord.say(user="Ana", guild="Fans", text=QUESTION, mention=True)
            await discord.command("help", user="Ana", guild="Fans")
            await discord.wait_for("general", "/ask", timeout=15)
            assert len(qwen.requests) == asked


async def test_a_pause_is_told_to_fans_and_ends_on_discord():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=ANSWER)
        discord.world.members.give("Mod", MODERATORS)
        async with program(**reach(discord=discord, qwen=qwen)):
            await discord.command("pause", user="Mod", guild="Fans", options={"duration": "1h"})
            shown = await discord.wait_for("general", "I am silent in this whole community until")
            assert not shown.ephemeral, "everybody may know"
            await discord.command(
                "pause", user="Mod", guild="Fans", options={"where": "everywhere"}
            )
            await discord.wait_for("general", "Only who runs this bot", timeout=15)
            await discord.say(user="Ana", guild="Fans", text=QUESTION, mention=True)
            await discord.wait_for("general", "The moderators have paused me here until")
            await discord.command("resume", user="Mod", guild="Fans")
            await discord.wait_for("general", "I answer here again.", timeout=15)
            await discord.say(user="Ana", guild="Fans", text=QUESTION, mention=True)
            await discord.wait_for("general", ANSWER, timeout=15)


async def test_a_purge_counts_first_and_a_channel_is_slowed_down_on_discord():
    async with FakeDiscord() as discord:
        discord.world.members.give("Mod", MODERATORS)
        async with program(**reach(discord=discord)):
            for text in ("one", "two", "three"):
                await discord.say(user="Ana", guild="Fans", text=text)
            await discord.say(user="Ben", guild="Fans", text="mine")
            options = {"count": "50", "person": snowflake("Ana")}
            await discord.command("purge", user="Mod", guild="Fans", options=options)
            shown = await discord.wait_for("general", "3 messages would be deleted.", timeout=15)
            assert shown.ephemeral and len(discord.channel("general")) >= 4
            await discord.press(shown, "Delete 3 messages", user="Ben", guild="Fans")
            await discord.wait_for("general", "Only those who may delete", timeout=15)
            await discord.press(shown, "Delete 3 messages", user="Mod", guild="Fans")
            await discord.wait_for("general", "3 messages have been deleted.", timeout=15)
            left = [m.content for m in discord.channel("general") if not m.is_bot]
            assert left == ["mine"]
            await discord.command("slowmode", user="Mod", guild="Fans", options={"duration": "30s"})
            await discord.wait_for("general", "(30 seconds).\nDone on Discord.", timeout=15)
            (deed,) = discord.done_to("general")
            assert deed.body == {"rate_limit_per_user": 30}


async def test_what_was_set_aside_and_what_was_counted_is_looked_up_on_discord():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=ANSWER)
        discord.world.members.give("Mod", MODERATORS)
        async with program(**reach(discord=discord, qwen=qwen)):
            await discord.command("retry", user="Mod", guild="Fans")
            await discord.wait_for("general", "No question is set aside here.", timeout=15)
            await discord.say(user="Ana", guild="Fans", text=QUESTION, mention=True)
            await discord.wait_for("general", ANSWER, timeout=15)
            await discord.command("warn", user="Mod", guild="Fans", options={"person": "77"})
            await discord.wait_for("general", "Case 1.", timeout=15)
            await discord.command("stats", user="Mod", guild="Fans", options={"days": "1"})
            shown = await discord.wait_for("general", "Decided in this community:", timeout=15)
            assert "- English: 1 (0)" in shown.content and "- warn: 1" in shown.content


async def test_the_place_of_moderators_on_telegram():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda _: Answer(text=ANSWER)
        telegram.join(GROUP, "Ana")
        telegram.appoint(GROUP, "Mod", "can_change_info", "can_delete_messages")
        telegram.appoint(GROUP, "", "can_delete_messages")
        seen = dict[str, int]()

        async def say(user: str, text: str, wanted: str, *, mention: bool = False) -> None:
            await telegram.say(
                chat_id=GROUP, user=user, kind="supergroup", text=text, mention=mention,
                language_code="en",
            )  # fmt: skip
            seen[wanted] = seen.get(wanted, 0) + 1
            await telegram.wait_for(
                GROUP, lambda m: wanted in m.text, count=seen[wanted], timeout=15
            )

        settings = reach(telegram=telegram, qwen=qwen)
        async with program(**settings, limit="100", telegram_group_per_minute="600"):
            await say("Mod", "/settings", "moderators' language: English")
            await say("Mod", "/pause here", "I am silent in this channel until somebody")
            await say("Ana", QUESTION, "have paused me here", mention=True)
            await say("Mod", "/resume here", "I answer here again.")
            await say("Ana", QUESTION, ANSWER, mention=True)
            await say("Mod", "/slowmode 10m", "it only holds for me")
            await say("Ana", QUESTION, "Please wait:", mention=True)
            await say("Mod", "/slowmode off", "Slow mode is off.")
            await say("Ana", QUESTION, ANSWER, mention=True)
            await say("Ana", "/stats", "Only moderators of this community")
            await say("Mod", "/purge 4", "messages would be deleted.")
            (shown,) = [m for m in telegram.chat(GROUP) if "would be deleted" in m.text]
            before = len([m for m in telegram.chat(GROUP) if m.user == "Ana"])
            label = shown.buttons[0][0]["text"]
            await telegram.press(chat_id=GROUP, user="Mod", message=shown.id, button=label)
            await telegram.wait_for(GROUP, lambda m: "deleted." in m.text, count=2, timeout=15)
            await wait_until(
                lambda: len([m for m in telegram.chat(GROUP) if m.user == "Ana"]) < before
            )
