from __future__ import annotations

import asyncio
import logging

import pytest

from core.errors import AdapterError, DeliveryError
from core.message import Button, Command, Message, Press
from core.store import Store
from tests.adapters.telegram.harness import Inbox, answer, make, telegram_and_adapter
from tests.fakes.telegram import FakeTelegram, Fault
from tests.waiting import wait_until


@pytest.fixture
def inbox() -> Inbox:
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


async def test_a_press_that_redis_does_not_take_at_once_is_answered_once(
    store: Store, inbox: Inbox
):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="/language")
            event = await inbox.next()
            await adapter.deliver(answer(event, "Choose:", buttons=(Button(id="b", label="B"),)))
            shown = await telegram.wait_for(1, "Choose:")
            inbox.is_away = True
            pressed = await telegram.press(chat_id=1, user="Ana", message=shown.id, button="B")
            await wait_until(lambda: inbox.refused >= 2)
            inbox.is_away = False
            await inbox.next(2)
            await wait_until(lambda: telegram.pressed)
            assert telegram.pressed == [pressed]


async def test_an_api_that_is_down_at_the_start_is_waited_for(
    store: Store, inbox: Inbox, caplog: pytest.LogCaptureFixture
):
    async with FakeTelegram() as telegram:
        await telegram.stop()
        async with telegram_and_adapter(store, telegram, inbox):
            await wait_until(lambda: "trying again in 1 s" in caplog.text)
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


@pytest.mark.parametrize(
    "fault",
    [
        Fault(method="getUpdates", status=429, retry_after=1),
        Fault(method="getUpdates", status=409, description="Conflict: other getUpdates request"),
        Fault(method="getUpdates", status=200, description="OK"),
    ],
)
async def test_a_poll_that_fails_is_repeated(store: Store, inbox: Inbox, fault: Fault):
    async with FakeTelegram() as telegram:
        telegram.fail(fault)
        async with telegram_and_adapter(store, telegram, inbox):
            await telegram.say(chat_id=1, user="Ana", text="hi")
            await inbox.next()
            assert len(telegram.called("getUpdates")) < 5, "not in a busy loop"


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
