from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator

import pytest

from adapters.telegram.adapter import TelegramAdapter
from core.errors import AdapterError, DeliveryError, RetryLaterError, StoreError, UndeliverableError
from core.language.strings import Strings
from core.message import Button, Command, Event, Message, Press, Reply
from core.outbox import Ledger
from core.store import Store
from tests.fakes.telegram import FakeTelegram, Fault
from tests.waiting import wait_until

LANGUAGES = ("en", "es", "pt-BR", "zh-Hans")


class Inbox:
    """What the adapter handed over; Redis can be away."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.is_away = False
        self.refused = 0

    async def receive(self, event: Event) -> None:
        if self.is_away:
            self.refused += 1
            raise StoreError("Redis is away")
        self.events.append(event)

    async def next(self, count: int = 1) -> Event:
        await wait_until(lambda: len(self.events) >= count)
        return self.events[count - 1]


def make(store: Store, telegram: FakeTelegram) -> TelegramAdapter:
    return TelegramAdapter(
        telegram.token,
        ledger=Ledger(store),
        strings=Strings(),
        languages=LANGUAGES,
        api=telegram.url,
    )


@contextlib.asynccontextmanager
async def telegram_and_adapter(
    store: Store, telegram: FakeTelegram, inbox: Inbox
) -> AsyncGenerator[TelegramAdapter]:
    adapter = make(store, telegram)
    task = asyncio.create_task(adapter.run(inbox.receive))
    try:
        yield adapter
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() or isinstance(task.exception(), AdapterError)


def answer(event: Event, text: str, **more: object) -> Reply:
    fields = {"id": f"reply:{event.id}", "epoch": 1, "language": "en"} | more
    return Reply(
        conversation=event.conversation,
        reply_to=event.id,
        text=text,
        **fields,  # pyright: ignore[reportArgumentType] - as the test wants it
    )


@pytest.fixture
async def inbox() -> Inbox:
    return Inbox()


async def test_a_fan_is_answered_in_the_same_chat_below_the_question(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            asked = await telegram.say(chat_id=1, user="Ana", text="Hola", language_code="es")
            event = await inbox.next()
            assert isinstance(event, Message) and event.user.locale == "es" and event.is_mention
            await adapter.deliver(answer(event, "Die Tore öffnen **um 10**. 🏒"))
            shown = await telegram.wait_for(1, "Die Tore öffnen um 10. 🏒")
            assert shown.reply_to == asked
            assert shown.entities == [{"type": "bold", "offset": 16, "length": 5}]
            assert telegram.called("sendMessage")[0]["link_preview_options"] == {
                "is_disabled": True
            }


async def test_a_growing_answer_is_one_message_that_ends_exact(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="Hi")
            event = await inbox.next()
            await adapter.deliver(answer(event, "", is_final=False))
            await wait_until(lambda: telegram.called("sendChatAction"))
            await adapter.deliver(answer(event, "The gates", is_final=False))
            first = await telegram.wait_for(1, "The gates")
            for text in ("The gates open", "The gates open at"):
                await adapter.deliver(answer(event, text, is_final=False))
            await adapter.deliver(answer(event, "The gates open at 10."))
            (shown,) = [message for message in telegram.chat(1) if message.is_bot]
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


async def test_the_offset_moves_only_when_the_event_was_taken(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        inbox.is_away = True
        async with telegram_and_adapter(store, telegram, inbox):
            await telegram.say(chat_id=1, user="Ana", text="one")
            await telegram.say(chat_id=1, user="Ana", text="two")
            await wait_until(lambda: inbox.refused >= 2)
            assert telegram.confirmed == 0
            inbox.is_away = False
            await inbox.next(2)
            await wait_until(lambda: telegram.confirmed == 103)
            assert [event.id for event in inbox.events] == ["telegram:1:1", "telegram:1:2"]


async def test_what_was_not_taken_comes_again_after_a_restart(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        inbox.is_away = True
        async with telegram_and_adapter(store, telegram, inbox):
            await telegram.say(chat_id=1, user="Ana", text="one")
            await wait_until(lambda: inbox.refused >= 1)
        inbox.is_away = False
        async with telegram_and_adapter(store, telegram, inbox):
            assert (await inbox.next()).id == "telegram:1:1"
        assert telegram.confirmed == 102, "a clean end confirms what was taken"


async def test_an_update_that_cannot_be_read_does_not_silence_the_bot(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox):
            telegram.push({"message": {"message_id": 1}})
            telegram.violations.clear()
            await telegram.say(chat_id=1, user="Ana", text="still there?")
            assert (await inbox.next()).id == "telegram:1:1"
            telegram.violations.clear()


async def test_in_a_group_mentions_commands_and_replies_are_for_the_bot(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=-5, user="Ana", text="hi all", kind="group")
            await telegram.say(chat_id=-5, user="Ana", text="when?", kind="group", mention=True)
            await telegram.say(chat_id=-5, user="Ana", text="/ask@GamesBot when?", kind="group")
            await telegram.say(chat_id=-5, user="Ana", text="/ask@OtherBot when?", kind="group")
            talk, mention, command = [await inbox.next(n) for n in (1, 2, 3)]
            assert isinstance(talk, Message) and not talk.is_mention
            assert isinstance(mention, Message) and mention.is_mention and mention.text == "when?"
            assert isinstance(command, Command) and command.options == {"question": "when?"}
            await adapter.deliver(answer(mention, "At ten."))
            shown = await telegram.wait_for(-5, "At ten.")
            assert shown.reply_to == 2
            await telegram.say(
                chat_id=-5, user="Ken", text="sure?", kind="group", reply_to=shown.id
            )
            reply = await inbox.next(4)
            assert isinstance(reply, Message) and reply.is_mention and reply.text == "sure?"
            assert reply.reply_to == str(shown.id)


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


async def test_a_press_on_a_button_arrives_and_its_clock_stops(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="/language")
            event = await inbox.next()
            assert isinstance(event, Command) and event.name == "language" and not event.options
            buttons = (Button(id="language:es", label="Español"),)
            await adapter.deliver(answer(event, "Choose:", buttons=buttons))
            shown = await telegram.wait_for(1, "Choose:")
            pressed = await telegram.press(
                chat_id=1, user="Ana", message=shown.id, button="Español"
            )
            press = await inbox.next(2)
            assert isinstance(press, Press) and press.button == "language:es"
            assert press.id == f"telegram:press:{pressed}"
            await wait_until(lambda: telegram.pressed == [pressed])
            await adapter.deliver(answer(press, "Español it is."))
            assert (await telegram.wait_for(1, "Español it is.")).reply_to is None


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
            await telegram.say(chat_id=1, user="Ana", text="hi")
            event = await inbox.next()
            await adapter.deliver(answer(event, "word " * 1000, is_final=False))
            await wait_until(lambda: len(telegram.chat(1)) == 3)
            await adapter.deliver(answer(event, "Short."))
            assert [message.text for message in telegram.chat(1)] == ["hi", "Short."]


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


async def test_a_flood_limit_becomes_patience(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="hi")
            event = await inbox.next()
            await adapter.deliver(answer(event, "One", is_final=False))
            await telegram.wait_for(1, "One")
            telegram.fail(Fault(method="editMessageText", status=429, retry_after=35))
            with pytest.raises(RetryLaterError) as caught:
                await adapter.deliver(answer(event, "One two"))
            assert caught.value.after == 35
            await adapter.deliver(answer(event, "One two"))
            assert [message.text for message in telegram.chat(1)] == ["hi", "One two"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(method="sendMessage", status=502), DeliveryError),
        (Fault(method="sendMessage", status=500), DeliveryError),
        (Fault(method="sendMessage", is_reset=True), DeliveryError),
        (Fault(method="sendMessage", status=403, description="Forbidden"), UndeliverableError),
        (
            Fault(method="sendMessage", status=400, description="Bad Request: chat not found"),
            UndeliverableError,
        ),
        (
            Fault(method="sendMessage", status=400, description="Bad Request: TOPIC_CLOSED"),
            UndeliverableError,
        ),
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
            await telegram.say(chat_id=1, user="Ana", text="hi")
            event = await inbox.next()
            telegram.fail(Fault(method="editMessageText", is_reset=True))
            await adapter.deliver(answer(event, "Hel", is_final=False))
            await telegram.wait_for(1, "Hel")
            with pytest.raises(DeliveryError):
                await adapter.deliver(answer(event, "Hello"))
            await adapter.deliver(answer(event, "Hello"))
            assert [message.text for message in telegram.chat(1)] == ["hi", "Hello"]


async def test_an_answer_that_somebody_deleted_is_written_anew(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            asked = await telegram.say(chat_id=1, user="Ana", text="hi")
            event = await inbox.next()
            await adapter.deliver(answer(event, "Hel", is_final=False))
            begun = await telegram.wait_for(1, "Hel")
            telegram.delete(1, begun.id)
            telegram.delete(1, asked)
            await adapter.deliver(answer(event, "Hello"))
            assert [message.text for message in telegram.chat(1)] == ["Hello"]


async def test_a_group_that_became_a_supergroup_is_followed(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=-5, user="Ana", text="hi", kind="group", mention=True)
            event = await inbox.next()
            telegram.migrate(-5, -1005)
            await adapter.deliver(answer(event, "Hello"))
            assert [message.text for message in telegram.chat(-1005)] == ["Hello"]


async def test_an_api_that_is_down_at_the_start_is_waited_for(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        await telegram.stop()
        async with telegram_and_adapter(store, telegram, inbox):
            await asyncio.sleep(0)
            await telegram.start()
            await telegram.say(chat_id=1, user="Ana", text="hi")
            await inbox.next()


async def test_an_api_that_goes_away_is_found_again(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox):
            await telegram.say(chat_id=1, user="Ana", text="one")
            await inbox.next()
            await telegram.stop()
            telegram.fail(Fault(method="getUpdates", status=502))
            await telegram.start()
            await telegram.say(chat_id=1, user="Ana", text="two")
            await inbox.next(2)


@pytest.mark.parametrize("is_running", [False, True])
async def test_a_revoked_token_ends_the_adapter_in_one_sentence(
    store: Store, inbox: Inbox, is_running: bool
):
    async with FakeTelegram() as telegram:
        telegram.is_revoked = not is_running
        task = asyncio.create_task(make(store, telegram).run(inbox.receive))
        if is_running:
            await telegram.say(chat_id=1, user="Ana", text="hi")
            await inbox.next()
            telegram.is_revoked = True
            telegram.push({})
        with pytest.raises(AdapterError, match="@BotFather"):
            await task


async def test_the_menu_stands_in_every_language_of_two_letters(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox):
            await wait_until(lambda: set(telegram.menus) == {"", "en", "es", "pt", "zh"})
            assert [entry["command"] for entry in telegram.menus["es"]] == [
                "ask",
                "help",
                "language",
                "forget",
            ]


async def test_nothing_shows_the_token(
    store: Store, inbox: Inbox, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    async with FakeTelegram() as telegram:
        telegram.fail(Fault(method="getMe", is_reset=True))
        telegram.fail(Fault(method="getUpdates", status=502))
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="hi")
            event = await inbox.next()
            telegram.fail(Fault(method="sendMessage", is_reset=True))
            with pytest.raises(DeliveryError) as caught:
                await adapter.deliver(answer(event, "Hello"))
        telegram.is_revoked = True
        with pytest.raises(AdapterError) as refused:
            await make(store, telegram).run(inbox.receive)
        secret = telegram.token.partition(":")[2]
        assert caplog.text
        assert secret not in caplog.text
        assert secret not in f"{refused.value!r}{caught.value!r}{caught.value.__cause__!r}"
