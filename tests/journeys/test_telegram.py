"""A fan on Telegram."""

from __future__ import annotations

from collections.abc import Callable

from tests.fakes.qwen import Answer, FakeQwen, Fault
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Shown
from tests.journeys.program import program
from tests.waiting import wait_until


def reads(text: str) -> Callable[[Shown], bool]:
    """Look for an answer; its sources come below."""
    return lambda shown: shown.text.startswith(text)


def last_words(messages: list[dict[str, str]]) -> str:
    return messages[-1]["content"].rpartition("</data>")[2].strip()


async def test_a_fan_asks_in_spanish_and_is_answered_in_spanish_below_the_question():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.script(Answer(text="Las puertas abren **90 minutos** antes.", chunk=3, delay=0.01))
        async with program(
            telegram_token=telegram.token,
            telegram_api=telegram.url,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ):
            asked = await telegram.say(chat_id=1, user="Ana", text="¿A qué hora abren las puertas?")
            answer = await telegram.wait_for(1, reads("Las puertas abren 90 minutos antes."))
            assert answer.reply_to == asked
            sent = qwen.requests[-1]["messages"]
            assert "answer in: Spanish (es)" in sent[-1]["content"]
            assert "minutes" in sent[-1]["content"] or "minutos" in sent[-1]["content"]


async def test_without_an_endpoint_the_guide_answers_and_says_so():
    async with FakeTelegram() as telegram:
        async with program(telegram_token=telegram.token, telegram_api=telegram.url):
            await telegram.say(chat_id=1, user="Ana", text="¿A qué hora abren las puertas?")
            answer = await telegram.wait_for(1, lambda m: "puertas" in m.text)
            assert "90" in answer.text


async def test_the_bot_remembers_after_a_restart():
    async with (
        FakeTelegram() as telegram,
        FakeQwen("dashscope") as qwen,
        program(
            telegram_token=telegram.token,
            telegram_api=telegram.url,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ) as running,
    ):
        qwen.script(Answer(text="Hi Ana, noted."))
        await telegram.say(chat_id=1, user="Ana", text="I am a fan of Norway.")
        await telegram.wait_for(1, reads("Hi Ana, noted."))
        await running.stop()
        await running.start()
        qwen.script(Answer(text="Norway, you said."))
        await telegram.say(chat_id=1, user="Ana", text="Which team do I like?")
        await telegram.wait_for(1, reads("Norway, you said."))
        said = " ".join(m["content"] for m in qwen.requests[-1]["messages"])
        assert "I am a fan of Norway." in said and "Hi Ana, noted." in said


async def test_killed_in_the_middle_of_an_answer_it_finishes_it_in_the_same_message():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        text = "The gates open ninety minutes before the first event of the day. " * 3
        qwen.respond = lambda messages: Answer(text=text, chunk=4, delay=0.05)
        async with program(
            telegram_token=telegram.token,
            telegram_api=telegram.url,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ) as running:
            await telegram.say(
                chat_id=-5, user="Ana", text="When do the gates open?", kind="group", mention=True
            )
            # Edited once: between a first send and our note of it a kill doubles the message.
            begun = await telegram.wait_for(
                -5, lambda m: m.text.startswith("The gates") and m.edits > 0
            )
            assert begun.text.strip() != text.strip()
            await running.kill()
            await running.start()
            await telegram.wait_for(-5, reads(text.strip()), timeout=20)
            answers = [m for m in telegram.chat(-5) if m.is_bot]
            assert [m.id for m in answers] == [begun.id]


async def test_in_a_private_chat_an_answer_grows_as_a_draft_and_a_kill_leaves_no_half_of_it():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        text = "The gates open ninety minutes before the first event of the day. " * 3
        qwen.respond = lambda messages: Answer(text=text, chunk=4, delay=0.05)
        async with program(
            telegram_token=telegram.token,
            telegram_api=telegram.url,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ) as running:
            await telegram.say(chat_id=1, user="Ana", text="When do the gates open?")
            await wait_until(lambda: telegram.draft(1).startswith("The gates"))
            await running.kill()
            await running.start()
            await telegram.wait_for(1, reads(text.strip()), timeout=20)
            assert len([m for m in telegram.chat(1) if m.is_bot]) == 1
            assert telegram.draft(1) == ""


async def test_three_quick_messages_are_one_question():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda messages: Answer(text="One answer.", chunk=99, delay=0.5)
        async with program(
            telegram_token=telegram.token,
            telegram_api=telegram.url,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ):
            for text in ("hello", "when does", "the opening start?"):
                await telegram.say(chat_id=1, user="Ana", text=text)
            await telegram.wait_for(1, reads("One answer."))
            assert (
                last_words(qwen.requests[-1]["messages"]) == "hello\nwhen does\nthe opening start?"
            )
            assert len([m for m in telegram.chat(1) if m.is_bot]) == 1


async def test_two_fans_in_one_group_are_told_apart_and_do_not_wait_for_each_other():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:

        def respond(messages: list[dict[str, str]]) -> Answer:
            words = last_words(messages)
            if words == "slow":
                return Answer(text="Slow answer.", chunk=99, delay=3.0)
            return Answer(text=f"Quick: {words}")

        qwen.respond = respond
        async with program(
            telegram_token=telegram.token,
            telegram_api=telegram.url,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ):
            slow = await telegram.say(
                chat_id=-5, user="Ana", text="slow", kind="group", mention=True
            )
            quick = await telegram.say(
                chat_id=-5, user="Ken", text="hi", kind="group", mention=True
            )
            answer = await telegram.wait_for(-5, reads("Quick: hi"), timeout=2.5)
            assert answer.reply_to == quick
            answer = await telegram.wait_for(-5, reads("Slow answer."))
            assert answer.reply_to == slow
            (one,) = [r for r in qwen.requests if last_words(r["messages"]) == "hi"]
            assert 'fan: "Ken"' in one["messages"][-1]["content"]


async def test_an_endpoint_that_dies_in_mid_answer_leaves_a_whole_answer():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda messages: Answer(
            text="The gates open at " * 20, chunk=5, delay=0.01, fault=Fault(kind="reset"), after=60
        )
        async with program(
            telegram_token=telegram.token,
            telegram_api=telegram.url,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ):
            await telegram.say(chat_id=1, user="Ana", text="When do the gates open?")
            answer = await telegram.wait_for(1, lambda m: "90 minutes" in m.text, timeout=30)
            assert "guide" in answer.text, "it says that the model could not be reached"
            assert len([m for m in telegram.chat(1) if m.is_bot]) == 1


async def test_a_long_answer_arrives_whole():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        paragraphs = [f"Paragraph {n}: " + "word " * 150 for n in range(20)]
        qwen.script(Answer(text="\n\n".join(p.strip() for p in paragraphs), chunk=200))
        async with program(
            telegram_token=telegram.token,
            telegram_api=telegram.url,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ):
            await telegram.say(chat_id=1, user="Ana", text="Tell me everything")
            await telegram.wait_for(1, lambda m: "Paragraph 19" in m.text, timeout=20)
            shown = "\n".join(m.text for m in telegram.chat(1) if m.is_bot)
            assert [f"Paragraph {n}:" in shown for n in range(20)] == [True] * 20
            assert shown.split()[: 20 * 152] == " ".join(paragraphs).split()


async def test_a_fan_chooses_a_language_and_is_forgotten_on_request():
    async with FakeTelegram() as telegram, FakeQwen("dashscope") as qwen:
        qwen.respond = lambda messages: Answer(text=f"{len(messages)} messages")
        async with program(
            telegram_token=telegram.token,
            telegram_api=telegram.url,
            qwen_url=qwen.url,
            qwen_dialect="dashscope",
        ):
            await telegram.say(chat_id=1, user="Ana", text="/language deutsch")
            await telegram.wait_for(1, lambda m: "Deutsch" in m.text)
            await telegram.say(chat_id=1, user="Ana", text="When do the gates open?")
            await telegram.wait_for(1, reads("2 messages"))
            assert "answer in: German (de)" in qwen.requests[-1]["messages"][-1]["content"]
            await telegram.say(chat_id=1, user="Ana", text="/privacy")
            await telegram.wait_for(1, lambda m: "30 Tage" in m.text and "/forget" in m.text)
            await telegram.say(chat_id=1, user="Ana", text="/forget")
            await telegram.wait_for(1, lambda m: "gelöscht" in m.text or "vergessen" in m.text)
            await telegram.say(chat_id=1, user="Ana", text="And the doors?")
            await telegram.wait_for(1, reads("2 messages"), count=2)
