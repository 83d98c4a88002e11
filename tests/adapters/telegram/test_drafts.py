from __future__ import annotations

import pytest

from core.store import Store
from tests.adapters.telegram.harness import Inbox, answer, telegram_and_adapter
from tests.fakes.telegram import FakeTelegram, Fault
from tests.waiting import wait_until


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


async def test_in_a_private_chat_an_answer_grows_as_a_draft_and_then_stands(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="Hi")
            event = await inbox.next()
            for text in ("The **gates**", "The **gates** open"):
                await adapter.deliver(answer(event, text, is_final=False))
                await wait_until(lambda t=text: telegram.draft(1) == t.replace("**", ""))
            assert [message.text for message in telegram.chat(1)] == ["Hi"]
            await adapter.deliver(answer(event, "The **gates** open at 10."))
            assert [message.text for message in telegram.chat(1)] == [
                "Hi",
                "The gates open at 10.",
            ]
            assert telegram.draft(1) == ""
            drafts = telegram.called("sendMessageDraft")
            assert len({draft["draft_id"] for draft in drafts}) == 1, "it grows in place"
            assert drafts[0]["entities"] == [{"type": "bold", "offset": 4, "length": 5}]
            assert not telegram.called("editMessageText")


async def test_a_restart_goes_on_with_the_same_draft(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        for number, text in enumerate(("Half", "Half an"), 1):
            async with telegram_and_adapter(store, telegram, inbox) as adapter:
                await wait_until(lambda n=number: len(telegram.called("getMe")) == n)
                if number == 1:
                    await telegram.say(chat_id=1, user="Ana", text="Hi")
                event = await inbox.next()
                await adapter.deliver(answer(event, text, is_final=False))
                await wait_until(lambda t=text: telegram.draft(1) == t)
        assert len({draft["draft_id"] for draft in telegram.called("sendMessageDraft")}) == 1


async def test_of_a_long_answer_only_the_last_part_is_a_draft(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="everything")
            event = await inbox.next()
            words = " ".join(f"word{number}" for number in range(1000))
            await adapter.deliver(answer(event, words, is_final=False))
            await wait_until(lambda: telegram.draft(1).endswith("word999"))
            (first,) = [message for message in telegram.chat(1) if message.is_bot]
            assert f"{first.text} {telegram.draft(1)}" == words
            await adapter.deliver(answer(event, f"{words} end."))
            shown = [message.text for message in telegram.chat(1) if message.is_bot]
            assert " ".join(shown) == f"{words} end."
            assert not telegram.called("editMessageText"), "the first part read so already"


async def test_a_server_without_drafts_gets_messages_and_edits(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        telegram.has_drafts = False
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            for number, chat in enumerate((1, 2), 1):
                await telegram.say(chat_id=chat, user="Ana", text="Hi")
                event = await inbox.next(number)
                await adapter.deliver(answer(event, "The gates", is_final=False))
                await telegram.wait_for(chat, "The gates")
                await adapter.deliver(answer(event, "The gates open."))
                assert [message.text for message in telegram.chat(chat)] == [
                    "Hi",
                    "The gates open.",
                ]
        assert len(telegram.called("sendMessageDraft")) == 1, "asked once, then never again"


async def test_a_draft_that_fails_takes_nothing_from_the_answer(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="Hi")
            event = await inbox.next()
            telegram.fail(Fault(method="sendMessageDraft", status=502))
            await adapter.deliver(answer(event, "Half", is_final=False))
            await wait_until(lambda: telegram.called("sendMessageDraft"))
            await adapter.deliver(answer(event, "Whole"))
            assert [message.text for message in telegram.chat(1)] == ["Hi", "Whole"]


async def test_an_answer_begun_with_an_edited_message_ends_in_it(store: Store, inbox: Inbox):
    """As after a change of version or of server in mid-answer."""
    async with FakeTelegram() as telegram:
        telegram.has_drafts = False
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="Hi")
            event = await inbox.next()
            await adapter.deliver(answer(event, "Half", is_final=False))
            await telegram.wait_for(1, "Half")
        telegram.has_drafts = True
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await wait_until(lambda: len(telegram.called("getMe")) == 2)
            await adapter.deliver(answer(event, "Half an", is_final=False))
            await telegram.wait_for(1, "Half an")
            await adapter.deliver(answer(event, "Half an answer."))
            assert [message.text for message in telegram.chat(1)] == ["Hi", "Half an answer."]
