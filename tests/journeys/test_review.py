"""Fans report and appeal in their languages; moderators who read Polish decide with one press."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_values import Shown
from tests.fakes.discord_world import snowflake
from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Shown as Posted
from tests.journeys.program import program, reach
from tests.waiting import wait_until

INSULT = "Eres un **idiota** y no sabes nada @everyone https://malo.example"
IN_POLISH = "Jesteś **idiotą** i nic nie wiesz ⟦1⟧"
PLEA = "Lo siento mucho, estaba enfadado por el partido."
PLEA_IN_POLISH = "Bardzo przepraszam, byłem zły z powodu meczu."
WHY_IN_SPANISH = "Otros han denunciado un mensaje tuyo."
ANSWER = "Las puertas abren a las siete de la tarde."
GROUP, CREW = -1001234567890, -1009876543210


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
            assert post.buttons[0]["label"] == "Odrzuć" and len(post.buttons) == 5

            await press(post, "Zbanuj", user="Ken")
            await discord.wait_for("crew", "who may ban", timeout=15)
            assert not discord.done_to("Ana") and len(post.buttons) == 5

            await press(post, "Wycisz na 1 godzinę")
            await wait_until(lambda: bool(discord.done_to("Ana")), timeout=15)
            await wait_until(lambda: not post.buttons, timeout=15)
            assert "Mod" in post.content and "Wycisz na 1 godzinę" in post.content
            told = await discord.wait_for("general", WHY_IN_SPANISH, timeout=15)
            assert "Ana" in told.content and "/appeal" in told.content

            await discord.command("appeal", user="Ana", options={"text": PLEA}, locale="es-ES")
            appeal = await discord.wait_for("crew", "Odwołanie #2", timeout=15)
            assert "Bardzo przepraszam" in appeal.content and PLEA in appeal.content
            await press(appeal, "Cofnij decyzję")
            await discord.wait_for("@Ana", "anulado su decisión", timeout=15)
            assert len(discord.done_to("Ana")) == 2
            assert not discord.pings


class Club:
    """A supergroup, and the crew's own group, on Telegram."""

    def __init__(self, telegram: FakeTelegram) -> None:
        self.telegram = telegram
        telegram.make_bot(GROUP, "can_restrict_members", "can_delete_messages")
        telegram.make_bot(CREW)
        for chat in (GROUP, CREW):
            telegram.appoint(
                chat, "Mod", "can_change_info", "can_restrict_members", "can_delete_messages"
            )

    async def say(self, chat: int, user: str, text: str, **more: Any) -> int:
        kind = "supergroup" if chat < 0 else "private"
        return await self.telegram.say(chat_id=chat, user=user, text=text, kind=kind, **more)

    async def read(self, chat: int, wanted: str) -> Posted:
        return await self.telegram.wait_for(chat, lambda m: wanted in m.text, timeout=15)

    async def order(self, chat: int, text: str, answer: str) -> Posted:
        await self.say(chat, "Mod", text, language_code="en")
        return await self.read(chat, answer)

    async def press(self, post: Posted, button: str, user: str = "Mod") -> None:
        await self.telegram.press(chat_id=CREW, user=user, message=post.id, button=button)

    async def wait_until(self, user: str, status: str) -> None:
        await wait_until(lambda: self.telegram.member(GROUP, user).status == status, timeout=15)


async def test_a_report_is_decided_and_appealed_on_telegram_and_a_fan_can_decide_nothing():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = respond
        club = Club(telegram)
        async with program(**reach(telegram=telegram, qwen=qwen)):
            ana = telegram.join(GROUP, "Ana")
            await club.say(ana, "Ana", "¿Hola a todos, qué tal?")
            await club.read(ana, ANSWER)
            desk = await club.order(CREW, "/settings desk here", "/settings desk")
            code = desk.text.split()[-1]
            await club.order(GROUP, f"/settings desk {code}", "posted at that desk")
            await club.order(GROUP, "/settings language Polish", "Polish")
            said = await club.say(GROUP, "Ana", INSULT)
            await club.say(GROUP, "Ken", "/report", reply_to=said, language_code="en")
            await club.read(GROUP, "Thank you.")

            post = await club.read(CREW, "Ana")
            assert "Jesteś" in post.text and "Eres un **idiota**" in post.text
            assert f"t.me/c/{str(GROUP)[4:]}/{said}" in post.text and not post.pings

            await club.press(post, "Zbanuj", user="Ken")
            await club.read(CREW, "who may ban")
            assert telegram.member(GROUP, "Ana").status == "member"

            await club.press(post, "Wycisz na 1 godzinę")
            await club.wait_until("Ana", "restricted")
            await wait_until(lambda: not post.buttons, timeout=15)
            assert "Mod" in post.text
            assert "/appeal" in (await club.read(ana, WHY_IN_SPANISH)).text

            await club.say(ana, "Ana", f"/appeal {PLEA}")
            appeal = await club.read(CREW, "Odwołanie #2")
            assert "Bardzo przepraszam" in appeal.text and PLEA in appeal.text
            await club.press(appeal, "Cofnij decyzję")
            await club.wait_until("Ana", "member")
            await club.read(ana, "anulado su decisión")


async def test_what_filters_find_in_talk_that_is_not_for_the_bot_is_deleted_on_telegram():
    async with FakeTelegram() as telegram:
        club = Club(telegram)

        async def gone(message: int) -> None:
            await wait_until(lambda: message in telegram.find(GROUP).deleted, timeout=15)

        async with program(**reach(telegram=telegram)):
            await club.say(GROUP, "Ken", "/filter add invites", language_code="en")
            await club.read(GROUP, "who may manage this community")
            await club.order(GROUP, "/filter add words delete fool, dolt", "#1 words → delete")
            await club.order(GROUP, "/filter add invites mute 1h", "#2 invitations → mute")
            kept = await club.say(GROUP, "Ken", "A kind word about the game")
            await gone(await club.say(GROUP, "Ken", "You F00L!"))
            told = await club.read(GROUP, "Ken")
            assert "/appeal" in told.text and "fool" not in told.text
            await gone(await club.say(GROUP, "Leo", "Come to t.me/+AbCdEf"))
            await club.wait_until("Leo", "restricted")
            spared = await club.say(GROUP, "Mod", "Who wrote fool here?")
            listed = await club.order(GROUP, "/flags", "Filter #2")
            assert "Ken" in listed.text and "Leo" in listed.text and len(listed.buttons) > 2
            assert not {kept, spared} & set(telegram.find(GROUP).deleted)
