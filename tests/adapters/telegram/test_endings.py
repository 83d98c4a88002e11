"""Places that take no more: each ends in one call and one sentence."""

from __future__ import annotations

import pytest

from adapters.wire import ClosedError
from core.errors import UndeliverableError
from core.message import Event
from core.store import Store
from tests.adapters.telegram.harness import Inbox, answer, telegram_and_adapter
from tests.fakes.telegram import Call, FakeTelegram, Fault
from tests.waiting import wait_until

SPEAKING = ("sendMessage", "sendMessageDraft", "editMessageText", "deleteMessage")

SHUT = [
    (403, "Forbidden: bot was blocked by the user", "blocked the bot"),
    (403, "Forbidden: user is deactivated", "account is gone"),
    (403, "Forbidden: bot can't initiate conversation with a user", "has not started"),
    (403, "Forbidden: bot was kicked from the supergroup chat", "removed from the chat"),
    (403, "Forbidden: bot is not a member of the supergroup chat", "removed from the chat"),
    (400, "Bad Request: chat not found", "chat is gone"),
    (403, "Forbidden: the group chat was deleted", "chat is gone"),
    (400, "Bad Request: not enough rights to send text messages to the chat", "allow it"),
    (400, "Bad Request: have no rights to send a message", "allow it"),
    (400, "Bad Request: CHAT_WRITE_FORBIDDEN", "allow it"),
    (400, "Bad Request: TOPIC_CLOSED", "topic is closed"),
    (400, "Bad Request: message thread not found", "topic is gone"),
]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def said(telegram: FakeTelegram) -> list[Call]:
    return [call for call in telegram.calls if call.method in SPEAKING]


async def ask(telegram: FakeTelegram, inbox: Inbox, **more: object) -> Event:
    await telegram.say(
        chat_id=-9,
        user="Ana",
        text="when?",
        mention=True,
        **{"kind": "supergroup"} | more,  # pyright: ignore[reportArgumentType]
    )
    return await inbox.next()


@pytest.mark.parametrize(("status", "description", "sentence"), SHUT)
async def test_a_place_that_is_shut_is_asked_once_and_says_why(
    store: Store, inbox: Inbox, status: int, description: str, sentence: str
):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            event = await ask(telegram, inbox)
            telegram.shut(-9, description, status)
            with pytest.raises(UndeliverableError, match=sentence):
                await adapter.deliver(answer(event, "At ten. " * 1000))
            assert len(said(telegram)) == 1


@pytest.mark.parametrize("chat", [1, -9])
async def test_shut_on_the_way_nothing_more_is_asked(store: Store, inbox: Inbox, chat: int):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            kind = "private" if chat > 0 else "supergroup"
            await telegram.say(chat_id=chat, user="Ana", text="when?", kind=kind, mention=True)
            event = await inbox.next()
            telegram.shut(chat, "Forbidden: bot was blocked by the user")
            await adapter.deliver(answer(event, "At", is_final=False))
            await wait_until(lambda: said(telegram))
            with pytest.raises(ClosedError, match="blocked"):
                await adapter.deliver(answer(event, "At ten."))
            assert len(said(telegram)) == 1


async def test_shut_in_the_middle_the_answer_ends_with_one_more_call(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            event = await ask(telegram, inbox)
            await adapter.deliver(answer(event, "At", is_final=False))
            await telegram.wait_for(-9, "At")
            telegram.shut(-9, "Forbidden: bot was kicked from the supergroup chat")
            with pytest.raises(ClosedError, match="removed"):
                await adapter.deliver(answer(event, "At ten."))
            assert [call.method for call in said(telegram)] == ["sendMessage", "editMessageText"]


async def test_a_closed_topic_is_not_answered_anywhere_else(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            event = await ask(telegram, inbox, kind="forum", thread=77)
            telegram.find(-9).closed_topics.add(77)
            with pytest.raises(ClosedError, match="topic is closed"):
                await adapter.deliver(answer(event, "At ten."))
            assert len(said(telegram)) == 1
            assert not [message for message in telegram.chat(-9) if message.is_bot]


async def test_a_question_deleted_meanwhile_is_answered_without_pointing_at_it(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            event = await ask(telegram, inbox)
            description = "Bad Request: message to be replied not found"
            telegram.fail(Fault(method="sendMessage", status=400, description=description))
            await adapter.deliver(answer(event, "At ten."))
            assert (await telegram.wait_for(-9, "At ten.")).reply_to is None
            assert len(said(telegram)) == 2


async def test_a_group_that_became_a_supergroup_is_followed(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            event = await ask(telegram, inbox, kind="group")
            telegram.migrate(-9, -1005)
            await adapter.deliver(answer(event, "Hello"))
            (shown,) = telegram.chat(-1005)
            assert (shown.text, shown.reply_to) == ("Hello", None)
            await adapter.deliver(answer(event, "Again", id="reply:2"))
            assert len(said(telegram)) == 3, "the old group is asked once"


async def test_a_group_that_moves_in_mid_answer_has_the_answer_in_the_new_one(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            event = await ask(telegram, inbox, kind="group")
            await adapter.deliver(answer(event, "Hel", is_final=False))
            begun = await telegram.wait_for(-9, "Hel")
            telegram.migrate(-9, -1005)
            # The same number is another message there, which must stay as it is.
            telegram.find(-1005).last = begun.id - 1
            await adapter.deliver(answer(event, "other", id="reply:2"))
            await adapter.deliver(answer(event, "Hello"))
            assert [message.text for message in telegram.chat(-1005)] == ["other", "Hello"]


@pytest.mark.parametrize("is_told", [True, False])
async def test_where_a_group_went_is_known_after_a_restart(
    store: Store, inbox: Inbox, is_told: bool
):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            event = await ask(telegram, inbox, kind="group")
            telegram.migrate(-9, -1005)
            if is_told:  # by a message about the chat itself
                chat = telegram.find(-9)
                chat.moved_to = None
                note = {"message_id": 9, "date": 1, "chat": chat.payload()}
                telegram.push({"message": note | {"migrate_to_chat_id": -1005}})
                await wait_until(lambda: telegram.confirmed == 103)
            else:
                await adapter.deliver(answer(event, "Hello"))
        # Telegram has forgotten the old group by now.
        telegram.find(-9).moved_to = None
        telegram.shut(-9, "Bad Request: chat not found", 400)
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await wait_until(lambda: len(telegram.called("getMe")) == 2)
            await adapter.deliver(answer(event, "Once more", id="reply:2"))
            await telegram.wait_for(-1005, "Once more")


async def test_after_a_restart_what_stands_as_final_is_not_touched(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        text = " ".join(f"word{number}" for number in range(1500))
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            event = await ask(telegram, inbox)
            telegram.fail(Fault(method="editMessageText", status=500), times=9)
            await adapter.deliver(answer(event, text))
            sent = len(said(telegram))
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await wait_until(lambda: len(telegram.called("getMe")) == 2)
            await adapter.deliver(answer(event, text))
            assert len(said(telegram)) == sent
