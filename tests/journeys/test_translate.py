"""Fans who read what others wrote in their own language."""

from __future__ import annotations

from tests.fakes.discord import FakeDiscord
from tests.fakes.qwen import Answer, FakeQwen
from tests.fakes.telegram import FakeTelegram
from tests.journeys.program import program, reach

SAID = "<@4242> we won 3-1 <:ice:998877> see https://a.example/b at 20:45, @everyone!"
SPANISH = "¡⟦1⟧ ganamos 3-1 ⟦2⟧ mira ⟦3⟧ a las 20:45, ⟦4⟧!"


async def test_a_message_is_translated_from_its_menu_on_discord_for_the_one_who_asked():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        async with program(**reach(discord=discord, qwen=qwen)):
            said = await discord.say(user="Ana", guild="Fans", text=SAID)
            await discord.wait_for_menu()
            entries = {c["name"]: c for c in discord.rest.menu if c["type"] == 3}
            assert "options" not in entries["Translate"]
            qwen.script(Answer(text=SPANISH))
            used = await discord.choose(said, user="Ken", guild="Fans", locale="es-ES")
            answer = await discord.wait_for("general", "20:45", timeout=15)
            assert answer.ephemeral and used.callback_after is not None
            heading, _, text = answer.content.partition("\n\n")
            assert heading == "**inglés → español**"
            assert text.startswith("¡<@4242> ganamos 3-1 <:ice:998877> mira https://a.example/b")
            assert discord.pings == []
            assert "@everyone" not in answer.content, "it is broken, and reads the same"
            sent = qwen.requests[-1]["messages"]
            assert "4242" not in sent[-1]["content"], "what is locked does not travel"


async def test_a_text_is_translated_by_a_slash_command_into_any_language():
    async with FakeDiscord() as discord, FakeQwen("dashscope") as qwen:
        async with program(**reach(discord=discord, qwen=qwen)):
            qwen.script(Answer(text="Hvar er leikvangurinn, ⟦1⟧?"))
            options = {"text": "Where is the stadium, <@77>?", "to": "islandés"}
            await discord.command("translate", guild="Fans", locale="es-ES", options=options)
            answer = await discord.wait_for("general", "leikvangurinn", timeout=15)
            assert answer.content == "**inglés → islandés**\n\nHvar er leikvangurinn, <@77>?"
            assert answer.ephemeral and discord.pings == []


async def test_a_message_is_translated_by_answering_it_on_telegram():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        async with program(**reach(telegram=telegram, qwen=qwen)):
            said = await telegram.say(
                chat_id=-5, user="Ken", text="@maria_g where do we meet? 🔥", kind="group"
            )
            qwen.script(Answer(text="⟦1⟧, ¿dónde nos encontramos?"))
            asked = await telegram.say(
                chat_id=-5,
                user="Ana",
                text="/translate",
                kind="group",
                reply_to=said,
                language_code="es",
            )
            answer = await telegram.wait_for(-5, lambda m: "encontramos" in m.text, timeout=15)
            # A sign of no width keeps the name from ringing: Telegram has no other way.
            shown = answer.text.replace("\u2060", "")
            assert shown == "inglés → español\n\n@maria_g, ¿dónde nos encontramos? 🔥"
            assert answer.reply_to == asked
            assert answer.pings == []
            qwen.script(Answer(text="⟦1⟧, wo treffen wir uns?"))
            await telegram.say(
                chat_id=-5, user="Ana", text="/translate alemán", kind="group", reply_to=said,
                language_code="es",
            )  # fmt: skip
            answer = await telegram.wait_for(-5, lambda m: "treffen" in m.text, timeout=15)
            assert answer.text.startswith("inglés → alemán")


async def test_a_text_after_the_command_and_what_goes_wrong_are_answered_in_the_fans_language():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        async with program(**reach(telegram=telegram, qwen=qwen)):

            async def ask(text: str) -> None:
                await telegram.say(chat_id=1, user="Ana", text=text, language_code="en")

            qwen.script(Answer(text="Wo ist das Stadion?"))
            await ask("/translate German: Where is the stadium?")
            answer = await telegram.wait_for(1, lambda m: "Stadion" in m.text)
            assert answer.text == "English → German\n\nWo ist das Stadion?"
            await ask("/translate")
            await telegram.wait_for(1, lambda m: m.text.startswith("Write the text after"))
            await ask("/translate Where is the stadium?")
            await telegram.wait_for(1, lambda m: m.text == "This is already in English.")
            qwen.script(*[Answer(text="The stadium is at the river.")] * 2)
            await ask("/translate ¿Dónde está el estadio de la ciudad?")
            await telegram.wait_for(1, lambda m: m.text.startswith("I could not translate this"))
            await ask("Thanks!")
            await telegram.wait_for(1, lambda m: "Forza" in m.text)
            said = " ".join(m["content"] for m in qwen.requests[-1]["messages"])
            assert "estadio" not in said and "Stadion" not in said, "it is kept in no conversation"


async def test_without_a_model_nothing_is_translated_and_the_fan_is_told():
    async with FakeTelegram() as telegram:
        async with program(telegram_token=telegram.token, telegram_api=telegram.url):
            await telegram.say(
                chat_id=1, user="Ana", text="/translate ¿Dónde está el estadio?", language_code="en"
            )
            await telegram.wait_for(1, lambda m: m.text.startswith("I cannot translate at the"))
