"""Moderators who warn, mute and ban, and fans who are told."""

from __future__ import annotations

import time

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_members import MODERATORS, OWN_ROLE
from tests.fakes.discord_world import snowflake
from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.telegram import FakeTelegram
from tests.journeys.program import program, reach
from tests.waiting import wait_until

REASON = "You post the same link again and again."
IN_SPANISH = "Publicas el mismo enlace una y otra vez."
QUESTION = "¿A qué hora abren las puertas?"
ANSWER = "Las puertas abren a las siete de la tarde."
GROUP = -1007400001


def respond(messages: list[dict[str, str]]) -> Answer:
    is_reason = "same link" in messages[-1]["content"]
    return Answer(text=IN_SPANISH if is_reason else ANSWER)


class Club:
    """A guild with a moderator and a fan."""

    def __init__(self, discord: FakeDiscord) -> None:
        self.discord = discord
        self.ana = snowflake("Ana")
        discord.world.members.give("Mod", MODERATORS)

    def count(self, wanted: str) -> int:
        return sum(wanted in shown.content for shown in self.discord.channel("general"))

    async def ask(self, wanted: str, count: int = 1) -> None:
        await self.discord.say(user="Ana", guild="Fans", text=QUESTION, mention=True)
        await wait_until(lambda: self.count(wanted) == count, timeout=15)

    async def order(self, name: str, wanted: str, *, user: str = "Mod", **options: str) -> str:
        """Use a command about Ana and return its answer once it reads as wanted."""
        given = {"person": self.ana, **options}
        await self.discord.command(name, user=user, guild="Fans", options=given)
        answer = await self.discord.wait_for("general", wanted, timeout=15)
        assert answer.ephemeral
        return answer.content

    def deeds(self) -> list[str]:
        return [deed.what for deed in self.discord.done_to("Ana")]


async def test_a_fan_is_muted_told_why_in_their_language_and_heard_again_later_on_discord():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = respond
        club = Club(discord)
        async with program(**reach(discord=discord, qwen=qwen)):
            await club.ask(ANSWER)
            done = await club.order("mute", "Done on Discord", duration="2h", reason=REASON)
            assert "is muted (2 hours)" in done and "Case 1." in done
            assert club.deeds() == ["timeout"]
            told = await discord.wait_for("general", IN_SPANISH, timeout=15)
            assert "/appeal" in told.content and not told.ephemeral
            await club.ask("silenciado aquí hasta")
            await club.ask("silenciado aquí hasta")
            assert len(qwen.requests) == 2, "one answer, and the reason"
            await wait_until(lambda: club.count("Done on Discord") == 1)
            assert "Case 2." in await club.order("unmute", "is no longer muted")
            await wait_until(lambda: club.deeds() == ["timeout", "release"], timeout=15)
            await club.ask(ANSWER, 2)
            assert not discord.pings


async def test_a_ban_is_carried_out_and_lifted_when_its_time_has_come_on_discord():
    async with FakeDiscord() as discord:
        club = Club(discord)
        async with program(**reach(discord=discord)):
            await club.order("ban", "Done on Discord", duration="1s", reason="rude")
            assert discord.done_to("Ana")[0].reason
            await wait_until(lambda: club.deeds() == ["ban", "unban"], timeout=30)
            assert "rude" in await club.order("cases", "1 case of")


async def test_what_discord_does_not_let_the_bot_do_holds_for_the_bot_and_is_said():
    async with FakeDiscord() as discord:
        club = Club(discord)
        discord.world.members.permissions[OWN_ROLE] = 0
        async with program(**reach(discord=discord)):
            done = await club.order("mute", "does not let me", duration="1h")
            assert "I no longer answer them" in done and "this right: mute people" in done
            await club.ask("have muted you here until")
            assert not club.deeds()


async def test_three_warnings_suggest_a_mute_that_only_a_moderator_may_press_on_discord():
    async with FakeDiscord() as discord:
        club = Club(discord)
        async with program(**reach(discord=discord)):
            for count in (1, 2, 3):
                await club.order("warn", f"within 30 days: {count}.")
            shown = await discord.wait_for("general", "Shall I mute", timeout=15)
            await discord.press(shown, "Mute (1 day)", user="Ana", guild="Fans")
            await discord.wait_for("general", "Only moderators", timeout=15)
            assert not club.deeds()
            await discord.press(shown, "Mute (1 day)", user="Mod", guild="Fans")
            await discord.wait_for("general", "is muted (1 day)", timeout=15)
            await wait_until(lambda: club.deeds() == ["timeout"], timeout=15)


async def test_a_fan_is_silenced_told_and_released_on_telegram():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = respond
        ana = telegram.join(GROUP, "Ana")
        telegram.appoint(GROUP, "Mod", "can_restrict_members")
        telegram.appoint(GROUP, "", "can_restrict_members", "can_delete_messages")

        async def say(user: str, text: str, *, mention: bool = False, code: str = "en") -> None:
            await telegram.say(
                chat_id=GROUP, user=user, kind="supergroup", text=text, mention=mention,
                language_code=code,
            )  # fmt: skip

        async with program(**reach(telegram=telegram, qwen=qwen)):
            await say("Ana", QUESTION, mention=True, code="es")
            await telegram.wait_for(GROUP, lambda m: ANSWER in m.text, timeout=15)
            await say("Mod", f"/mute {ana}")
            done = await telegram.wait_for(
                GROUP, lambda m: m.text.endswith("Done on Telegram."), timeout=15
            )
            assert "is muted (1 hour)" in done.text and done.edits
            member = telegram.member(GROUP, "Ana")
            assert not member.may_write and 3500 < member.until - time.time() < 3700
            await telegram.wait_for(GROUP, lambda m: "/appeal" in m.text, timeout=15)
            # The platform silences them; the bot would not answer either.
            await say("Ana", QUESTION, mention=True, code="es")
            await telegram.wait_for(GROUP, lambda m: "silenciado aquí hasta" in m.text, timeout=15)
            await say("Mod", f"/unmute {ana}")
            await wait_until(lambda: telegram.member(GROUP, "Ana").may_write, timeout=15)
            await say("Ana", QUESTION, mention=True, code="es")
            await telegram.wait_for(GROUP, lambda m: ANSWER in m.text, count=2, timeout=15)


async def test_what_telegram_refuses_is_said_and_a_wrong_person_is_asked_for():
    async with FakeTelegram() as telegram:
        ana = telegram.join(GROUP, "Ana")
        telegram.appoint(GROUP, "Mod", "can_restrict_members")
        async with program(**reach(telegram=telegram)):
            for text, wanted in (
                (f"/ban {ana}", "does not let me do it there"),
                ("/warn Nobody", "I do not know whom you mean"),
                (f"/unban {ana}", "is no longer banned"),
            ):
                await telegram.say(
                    chat_id=GROUP, user="Mod", kind="supergroup", text=text, language_code="en"
                )
                await telegram.wait_for(
                    GROUP, lambda m, wanted=wanted: wanted in m.text, timeout=15
                )
