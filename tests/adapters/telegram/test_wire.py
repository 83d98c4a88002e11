from __future__ import annotations

import pytest

from core.errors import DeliveryError, UndeliverableError
from core.message import Button
from core.store import Store
from tests.adapters.telegram.harness import Inbox, answer, telegram_and_adapter
from tests.fakes.telegram import FakeTelegram, Fault
from tests.waiting import wait_until


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


async def test_a_growing_answer_is_one_message_that_ends_exact(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=-5, user="Ana", text="Hi", kind="group", mention=True)
            event = await inbox.next()
            await adapter.deliver(answer(event, "", is_final=False))
            await wait_until(lambda: telegram.called("sendChatAction"))
            await adapter.deliver(answer(event, "The gates", is_final=False))
            first = await telegram.wait_for(-5, "The gates")
            for text in ("The gates open", "The gates open at"):
                await adapter.deliver(answer(event, text, is_final=False))
            await adapter.deliver(answer(event, "The gates open at 10."))
            (shown,) = [message for message in telegram.chat(-5) if message.is_bot]
            assert shown.id == first.id and shown.text == "The gates open at 10."
            assert shown.edits <= 2, "edits are paced"


async def test_the_same_final_answer_twice_stands_once_even_after_a_restart(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="Hi")
            event = await inbox.next()
            await adapter.deliver(answer(event, "Hello"))
            await adapter.deliver(answer(event, "Hello"))
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await wait_until(lambda: len(telegram.called("getMe")) == 2)
            await adapter.deliver(answer(event, "Hello"))
            assert [message.text for message in telegram.chat(1)] == ["Hi", "Hello"]


@pytest.mark.parametrize("thread", [None, 77])
async def test_a_forum_is_answered_in_its_topic(store: Store, inbox: Inbox, thread: int | None):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(
                chat_id=-9, user="Ana", text="when?", kind="forum", thread=thread, mention=True
            )
            event = await inbox.next()
            await adapter.deliver(answer(event, "", is_final=False))
            await wait_until(lambda: telegram.called("sendChatAction"))
            assert telegram.called("sendChatAction")[0].get("message_thread_id") == thread
            await adapter.deliver(answer(event, "At ten."))
            assert (await telegram.wait_for(-9, "At ten.")).thread == thread


async def test_a_long_answer_arrives_whole_and_in_order(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            asked = await telegram.say(chat_id=1, user="Ana", text="everything")
            event = await inbox.next()
            paragraphs = [f"**Paragraph {n}**: " + "wörd 🏒 " * 100 for n in range(20)]
            buttons = (Button(id="b", label="More"),)
            await adapter.deliver(answer(event, "\n\n".join(paragraphs), buttons=buttons))
            shown = [message for message in telegram.chat(1) if message.is_bot]
            said = " ".join(message.text for message in shown).split()
            assert said == " ".join(paragraphs).replace("**", "").split()
            assert len(shown) > 3
            assert [message.reply_to for message in shown] == [asked] + [None] * (len(shown) - 1)
            assert [bool(message.buttons) for message in shown] == [False] * (len(shown) - 1) + [
                True
            ]


async def test_a_shorter_final_answer_takes_superfluous_messages_away(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=-5, user="Ana", text="hi", kind="group", mention=True)
            event = await inbox.next()
            await adapter.deliver(answer(event, "word " * 1000, is_final=False))
            await wait_until(lambda: len(telegram.chat(-5)) == 3)
            await adapter.deliver(answer(event, "Short."))
            assert [message.text for message in telegram.chat(-5)] == ["@GamesBot hi", "Short."]


async def test_hostile_text_rings_nobody_and_stays_readable(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="hi")
            event = await inbox.next()
            text = (
                "<script>alert(1)</script> @everyone @someone **@**someone2 `@decorator` "
                "[you](tg://user?id=1) [bank.example](https://evil.example/x) "
                "[map](https://club.example/map)"
            )
            await adapter.deliver(answer(event, text))
            (shown,) = [message for message in telegram.chat(1) if message.is_bot]
            assert shown.pings == []
            assert shown.text.replace("\u2060", "") == (
                "<script>alert(1)</script> @everyone @someone **@**someone2 @decorator "
                "you (tg://user?id=1) bank.example (https://evil.example/x) map"
            )
            assert [e["url"] for e in shown.entities if e["type"] == "text_link"] == [
                "https://club.example/map"
            ]
            assert "tg://" not in shown.text


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(method="sendMessage", status=502), DeliveryError),
        (Fault(method="sendMessage", status=500), DeliveryError),
        (Fault(method="sendMessage", is_reset=True), DeliveryError),
        (Fault(method="sendMessage", status=403, description="Forbidden"), UndeliverableError),
        (Fault(method="sendMessage", status=400, description="Bad Request"), UndeliverableError),
    ],
)
async def test_a_refusal_is_told_apart_from_a_failure(
    store: Store, inbox: Inbox, fault: Fault, error: type[DeliveryError]
):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="hi")
            event = await inbox.next()
            telegram.fail(fault)
            with pytest.raises(DeliveryError) as caught:
                await adapter.deliver(answer(event, "Hello"))
            assert type(caught.value) is error


async def test_refused_entities_leave_the_plain_text(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="hi")
            event = await inbox.next()
            telegram.fail(
                Fault(method="sendMessage", status=400, description="Bad Request: ENTITY_BOUNDS")
            )
            await adapter.deliver(answer(event, "**Hello**"))
            assert (await telegram.wait_for(1, "Hello")).entities == []


async def test_an_answer_that_already_reads_so_is_done(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=-5, user="Ana", text="hi", kind="group", mention=True)
            event = await inbox.next()
            telegram.fail(Fault(method="editMessageText", is_reset=True))
            await adapter.deliver(answer(event, "Hel", is_final=False))
            await telegram.wait_for(-5, "Hel")
            with pytest.raises(DeliveryError):
                await adapter.deliver(answer(event, "Hello"))
            await adapter.deliver(answer(event, "Hello"))
            assert [message.text for message in telegram.chat(-5)] == ["@GamesBot hi", "Hello"]


async def test_an_answer_that_somebody_deleted_is_written_anew(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            asked = await telegram.say(
                chat_id=-5, user="Ana", text="hi", kind="group", mention=True
            )
            event = await inbox.next()
            await adapter.deliver(answer(event, "Hel", is_final=False))
            begun = await telegram.wait_for(-5, "Hel")
            telegram.delete(-5, begun.id)
            telegram.delete(-5, asked)
            await adapter.deliver(answer(event, "Hello"))
            assert [message.text for message in telegram.chat(-5)] == ["Hello"]
