"""Fans report and appeal in their languages; moderators who read Polish decide with one press."""

from __future__ import annotations

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_values import Shown
from tests.fakes.discord_world import snowflake
from tests.fakes.qwen import Answer, FakeQwen
from tests.journeys.program import program, reach
from tests.waiting import wait_until

INSULT = "Eres un **idiota** y no sabes nada @everyone https://malo.example"
IN_POLISH = "Jesteś **idiotą** i nic nie wiesz ⟦1⟧"
PLEA = "Lo siento mucho, estaba enfadado por el partido."
PLEA_IN_POLISH = "Bardzo przepraszam, byłem zły z powodu meczu."
WHY_IN_SPANISH = "Otros han denunciado un mensaje tuyo."
ANSWER = "Las puertas abren a las siete de la tarde."
SUPERGROUP, CREW = -1001234567890, -1009876543210


def respond(messages: list[dict[str, str]]) -> Answer:
    asked = messages[-1]["content"]
    known = {
        "idiota": IN_POLISH, "Lo siento": PLEA_IN_POLISH, "Others reported": WHY_IN_SPANISH,
        "Inni": WHY_IN_SPANISH,
    }  # fmt: skip
    return Answer(text=next((text for word, text in known.items() if word in asked), ANSWER))


async def test_a_report_is_read_in_polish_decided_by_one_press_and_appealed_on_discord():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = respond

        async def order(name: str, **options: str) -> None:
            await discord.command(
                name, user="Mod", guild="Fans", channel="crew", options=options, is_moderator=True
            )

        async def press(post: Shown, button: str, user: str = "Mod") -> None:
            await discord.press(post, button, user=user, guild="Fans", is_moderator=user != "Ken")

        async with program(**reach(discord=discord, qwen=qwen)):
            await discord.say(
                user="Ana", guild="Fans", text="¿Hola a todos, qué tal?", mention=True
            )
            await discord.wait_for("general", ANSWER, timeout=15)
            await order("settings", setting="language", value="Polish")
            await discord.wait_for("crew", "Polish", timeout=15)
            await order("settings", setting="desk", value="here")
            await discord.wait_for("crew", "/settings desk", timeout=15)
            said = await discord.say(user="Ana", guild="Fans", text=INSULT)
            await discord.wait_for_menu()
            await discord.choose(said, user="Ken", guild="Fans", name="Report")
            await discord.wait_for("general", "Thank you.", timeout=15)

            post = await discord.wait_for("crew", "Ana", timeout=15)
            assert "Jesteś" in post.content and "Eres un **idiota**" in post.content
            assert f"/{snowflake('general')}/{said}" in post.content
            assert "Ken" in post.content
            assert post.buttons[0]["label"] == "Dismiss" and len(post.buttons) == 5

            await press(post, "Ban", user="Ken")
            await discord.wait_for("crew", "who may ban", timeout=15)
            assert not discord.done_to("Ana") and len(post.buttons) == 5

            await press(post, "Mute for 1 hour")
            await wait_until(lambda: bool(discord.done_to("Ana")), timeout=15)
            await wait_until(lambda: not post.buttons, timeout=15)
            assert "Mod" in post.content and "Mute for 1 hour" in post.content
            told = await discord.wait_for("general", WHY_IN_SPANISH, timeout=15)
            assert "Ana" in told.content and "/appeal" in told.content

            await discord.command("appeal", user="Ana", options={"text": PLEA}, locale="es-ES")
            appeal = await discord.wait_for("crew", "Appeal #2", timeout=15)
            assert "Bardzo przepraszam" in appeal.content and PLEA in appeal.content
            await press(appeal, "Take it back")
            await discord.wait_for("@Ana", "taken their decision back", timeout=15)
            assert len(discord.done_to("Ana")) == 2
            assert not discord.pings
