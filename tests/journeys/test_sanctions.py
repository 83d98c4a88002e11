"""Moderators who warn, mute and ban, and fans who are told."""

from __future__ import annotations

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_world import snowflake
from tests.fakes.qwen import Answer, FakeQwen
from tests.journeys.program import program, reach
from tests.waiting import wait_until

REASON = "You post the same link again and again."
IN_SPANISH = "Publicas el mismo enlace una y otra vez."
ANSWER = "Las puertas abren a las siete de la tarde."
MOD = f"discord:{snowflake('Mod')}"


def respond(messages: list[dict[str, str]]) -> Answer:
    is_reason = "same link" in messages[-1]["content"]
    return Answer(text=IN_SPANISH if is_reason else ANSWER)


async def test_a_fan_is_muted_told_why_in_their_language_and_heard_again_later_on_discord():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = respond
        ana = snowflake("Ana")
        async with program(**reach(discord=discord, qwen=qwen), operators=MOD):

            async def ask(count: int, wanted: str) -> None:
                await discord.say(
                    user="Ana", guild="Fans", text="¿A qué hora abren las puertas?", mention=True
                )
                await wait_until(
                    lambda: (
                        [wanted in m.content for m in discord.channel("general")].count(True)
                        == count
                    ),
                    timeout=15,
                )

            async def order(name: str, wanted: str, **options: str) -> str:
                options = {"person": ana, **options}
                await discord.command(name, user="Mod", guild="Fans", options=options)
                done = await discord.wait_for("general", wanted, timeout=15)
                assert done.ephemeral
                return done.content

            await ask(1, ANSWER)
            done = await order("mute", "is muted (2 hours)", duration="2h", reason=REASON)
            assert "Case 1." in done
            told = await discord.wait_for("general", IN_SPANISH, timeout=15)
            assert "/appeal" in told.content and not told.ephemeral
            await ask(1, "have muted you here until")
            await ask(1, "have muted you here until")
            assert len(qwen.requests) == 2, "one answer, and the reason"
            assert "Case 2." in await order("unmute", "is no longer muted")
            await ask(2, ANSWER)
            assert not discord.pings
