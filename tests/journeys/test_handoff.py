"""Fans who talk to a person of the team, each of the two in their own language and place."""

from __future__ import annotations

from core.language.strings import Strings
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_world import snowflake
from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.telegram import FakeTelegram
from tests.journeys.program import program, reach
from tests.waiting import wait_until

LOST = "Perdí mi mochila azul en el estadio, fila 12."
ZGUBA = "Zgubiłam mój niebieski plecak na stadionie, rząd 12."
POMOC = "Mamy twój plecak, czeka przy bramie 4 do 22:30."
AYUDA = "Tenemos tu mochila, te espera en la puerta 4 hasta las 22:30."
ANSWER = "Las puertas abren a las 18:00."
TRANSLATIONS = {LOST: ZGUBA, POMOC: AYUDA}
OPERATOR = f"discord:{snowflake('Ola')}"
WISH = "quiero hablar con una persona"
SAY = Strings().text


def respond(messages: list[dict[str, str]]) -> Answer:
    said = messages[-1]["content"]
    if "<text>\n" not in said:
        return Answer(text=ANSWER)
    text = said.partition("<text>\n")[2].rpartition("\n</text>")[0]
    return Answer(text=TRANSLATIONS.get(text, text))


async def test_a_spanish_fan_on_telegram_is_answered_by_a_polish_moderator_on_discord():
    async with FakeTelegram() as telegram, FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        qwen.respond = respond
        reached = reach(telegram=telegram, discord=discord, qwen=qwen)
        async with program(**reached, operators=OPERATOR):

            async def order(name: str, channel: str = "desk", user: str = "Ola", **options: str):
                return await discord.command(
                    name, user=user, guild="Team", channel=channel, locale="pl", options=options
                )

            async def ask(text: str) -> None:
                await telegram.say(chat_id=11, user="Ana", text=text, language_code="es")

            await order("settings", setting="desk", value="everywhere")
            await order("settings", setting="language", value="Polish")
            await discord.wait_for("desk", SAY("choice.language", "pl"), timeout=15)
            await ask(WISH)
            await telegram.wait_for(11, SAY("handoff.asked", "es"), timeout=15)
            await discord.wait_for("desk", "#1 **Ana ", timeout=15)
            thread = await _find_thread(discord)
            await ask(LOST)
            relayed = await discord.wait_for(thread, ZGUBA)
            assert "**Ana:**" in relayed.content and not discord.pings
            await order("reply", thread, user="Max", text="scam")
            await discord.wait_for(thread, SAY("refused.restrict", "pl"))
            await order("reply", thread, text=POMOC)
            label = SAY("handoff.team", "es")
            told = await telegram.wait_for(11, f"{label}: {AYUDA}", timeout=15)
            assert not any("scam" in shown.text for shown in telegram.chat(11))
            await discord.wait_for(thread, f"> {AYUDA}")
            original = SAY("handoff.original", "es")
            await telegram.press(chat_id=11, user="Ana", message=told.id, button=original)
            await telegram.wait_for(11, lambda m: POMOC in m.text)
            assert all(ANSWER not in shown.text for shown in telegram.chat(11)), "the bot is silent"
            await order("handoff", thread, action="back")
            await telegram.wait_for(11, SAY("handoff.back", "es"))
            await ask("¿A qué hora abren las puertas?")
            await telegram.wait_for(11, lambda m: m.text.startswith(ANSWER), timeout=15)
            known = " ".join(m["content"] for m in qwen.requests[-1]["messages"])
            assert LOST in known and AYUDA in known


async def test_a_desk_on_telegram_without_topics_goes_on_in_the_group_by_numbers():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = respond
        telegram.appoint(-7, "Ola", "can_restrict_members", "can_change_info")
        operator = f"telegram:{telegram.join(-7, 'Ola')}"
        async with program(**reach(telegram=telegram, qwen=qwen), operators=operator):

            async def at_desk(text: str, reply_to: int | None = None) -> None:
                await telegram.say(
                    chat_id=-7,
                    user="Ola",
                    text=text,
                    kind="supergroup",
                    language_code="pl",
                    reply_to=reply_to,
                )

            async def ask(text: str) -> None:
                await telegram.say(chat_id=11, user="Ana", text=text, language_code="es")

            await at_desk("/settings desk everywhere")
            await telegram.wait_for(-7, lambda m: "-7" in m.text or "desk" in m.text, timeout=15)
            await at_desk("/settings language Polish")
            await telegram.wait_for(-7, lambda m: m.text.endswith("polski"), timeout=15)
            await ask(WISH)
            await telegram.wait_for(11, SAY("handoff.asked", "es"), timeout=15)
            await ask(LOST)
            relayed = await telegram.wait_for(-7, lambda m: ZGUBA in m.text, timeout=15)
            assert relayed.text.startswith("#1 Ana:")
            await telegram.say(chat_id=-7, user="Ben", text="poor girl!", kind="supergroup")
            await at_desk(POMOC, reply_to=relayed.id)
            label = SAY("handoff.team", "es")
            await telegram.wait_for(11, f"{label}: {AYUDA}", timeout=15)
            assert not any("poor girl" in shown.text for shown in telegram.chat(11))
            taken = SAY("choice.back", "pl")
            post = await telegram.wait_for(-7, lambda m: WISH in m.text)
            await telegram.press(chat_id=-7, user="Ola", message=post.id, button=taken)
            await telegram.wait_for(11, SAY("handoff.back", "es"))
            await ask("¿A qué hora abren las puertas?")
            await telegram.wait_for(11, lambda m: m.text.startswith(ANSWER), timeout=15)


async def test_unsure_twice_a_person_is_asked_on_discord():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        unsure = "I do not know. Please write to ask@auroravalley.example."
        qwen.respond = lambda _: Answer(text=unsure)
        async with program(**reach(discord=discord, qwen=qwen), operators=OPERATOR):
            options = {"setting": "desk", "value": "here"}
            await discord.command(
                "settings", user="Ola", guild="Fans", channel="desk", options=options
            )
            await discord.wait_for("desk", lambda m: bool(m.content), timeout=15)

            async def ask(text: str) -> None:
                await discord.say(user="Ken", guild="Fans", text=text, mention=True)

            await ask("What is the name of the goalkeeper's cat?")
            first = await discord.wait_for("general", lambda m: bool(m.buttons), timeout=15)
            assert [button["label"] for button in first.buttons] == [SAY("handoff.offer", "en")]
            await ask("And what is the name of his dog?")
            await discord.wait_for("general", SAY("handoff.unsure", "en"), timeout=15)
            await discord.wait_for("desk", "#1 **Ken ", timeout=15)


async def _find_thread(discord: FakeDiscord) -> str:
    """Return the thread in which the bot has said what it is for."""

    def find() -> set[str]:
        return {c for c, shown in discord.rest.shown.items() if shown} - {snowflake("desk")}

    (thread,) = await wait_until(find, timeout=15)
    return thread
