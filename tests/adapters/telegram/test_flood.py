"""Telegram refuses: no answer is lost, doubled or half, and nobody is asked before their time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from adapters.telegram.adapter import TelegramAdapter
from core.errors import DeliveryError, RetryLaterError, UndeliverableError
from core.message import Event, Reply
from core.store import Store
from tests.adapters.telegram.harness import Inbox, answer, telegram_and_adapter
from tests.fakes.telegram import FakeTelegram, Fault
from tests.fakes.telegram_limits import FloodLimits
from tests.waiting import wait_until


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


async def finish(adapter: TelegramAdapter, reply: Reply) -> float:
    """Deliver a final reply as the outbox does; return the seconds that it took."""
    started = asyncio.get_running_loop().time()
    while True:
        try:
            await adapter.deliver(reply)
        except UndeliverableError:
            raise
        except DeliveryError as error:
            await asyncio.sleep(error.after if isinstance(error, RetryLaterError) else 0.1)
        else:
            return asyncio.get_running_loop().time() - started


async def ask(adapter: TelegramAdapter, event: Event, texts: Sequence[str]) -> float:
    """Let an answer grow and end; return what the final text took."""
    await adapter.deliver(answer(event, "", is_final=False))
    for text in texts[:-1]:
        await adapter.deliver(answer(event, text, is_final=False))
        await asyncio.sleep(0.1)
    return await finish(adapter, answer(event, texts[-1]))


async def ask_all(
    telegram: FakeTelegram, inbox: Inbox, adapter: TelegramAdapter, texts: Sequence[str], fans: int
) -> list[float]:
    """Let many fans ask at once, each in a chat of their own."""
    for chat in range(1, fans + 1):
        await telegram.say(chat_id=chat, user="Ana", text="hi")
    await wait_until(lambda: len(inbox.events) == fans)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(ask(adapter, event, texts)) for event in inbox.events]
    for chat in range(1, fans + 1):
        shown = [message.text for message in telegram.chat(chat) if message.is_bot]
        assert " ".join(shown) == texts[-1]
    return [task.result() for task in tasks]


async def test_a_flood_limit_is_honoured_and_told(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="hi")
            event = await inbox.next()
            telegram.fail(Fault(method="sendMessage", status=429, retry_after=1))
            with pytest.raises(RetryLaterError) as caught:
                await adapter.deliver(answer(event, "One two"))
            assert caught.value.after == 1
            await adapter.deliver(answer(event, "One two"))
            refused, sent = [call.at for call in telegram.calls if call.method == "sendMessage"]
            assert sent - refused >= 1
            assert [message.text for message in telegram.chat(1)] == ["hi", "One two"]


async def test_a_first_text_that_still_waits_becomes_the_final_one(store: Store, inbox: Inbox):
    async with FakeTelegram() as telegram:
        telegram.has_drafts = False
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await telegram.say(chat_id=1, user="Ana", text="hi")
            event = await inbox.next()
            telegram.fail(Fault(method="sendMessage", status=429, retry_after=1))
            with pytest.raises(RetryLaterError):
                await adapter.deliver(answer(event, "Before", id="reply:0"))
            for text in ("One", "One two"):
                await adapter.deliver(answer(event, text, is_final=False))
            await adapter.deliver(answer(event, "One two three"))
            assert [message.text for message in telegram.chat(1)] == ["hi", "One two three"]
            assert len(telegram.called("sendMessage")) == 2
            assert not telegram.called("editMessageText")


@pytest.mark.parametrize("has_drafts", [True, False])
async def test_under_enforced_limits_every_answer_is_whole_and_next_to_none_refused(
    store: Store, inbox: Inbox, has_drafts: bool
):
    limits = FloodLimits()
    texts = ["word " * count for count in range(1, 8)] + ["word word."]
    async with FakeTelegram(limits=limits) as telegram:
        telegram.has_drafts = has_drafts
        async with telegram_and_adapter(store, telegram, inbox, is_paced=True) as adapter:
            took = await ask_all(telegram, inbox, adapter, texts, 60)
    assert limits.early == 0
    assert limits.refused <= 0.01 * limits.accepted
    assert sorted(took)[56] < 4, "the slowest of 19 in 20"


class Storm:
    """Refuses every fifth call, and sees whether a chat is asked before its time."""

    def __init__(self, telegram: FakeTelegram, seed: int) -> None:
        self.early = 0
        self._telegram = telegram
        self._chance = random.Random(seed)
        self._opens: dict[int, float] = {}

    def pick(self, method: str) -> Fault | None:
        if method not in ("sendMessage", "editMessageText", "sendMessageDraft"):
            return None
        call = self._telegram.calls[-1]
        chat = call.body["chat_id"]
        self.early += call.at < self._opens.get(chat, 0.0)
        match self._chance.randrange(10):
            case 0:
                self._opens[chat] = call.at + 1
                return Fault(method=method, status=429, retry_after=1)
            case 1:
                return Fault(method=method, status=500)
            case _:
                return None


@pytest.mark.parametrize("has_drafts", [True, False])
async def test_in_a_storm_of_faults_every_answer_stands_once_and_no_chat_is_asked_early(
    store: Store, inbox: Inbox, has_drafts: bool
):
    texts = ["word", "word word", "word " * 900, "word " * 900 + "end"]
    async with FakeTelegram() as telegram:
        storm = Storm(telegram, seed=7)
        telegram.has_drafts = has_drafts
        telegram.pick = storm.pick
        async with telegram_and_adapter(store, telegram, inbox) as adapter:
            await ask_all(telegram, inbox, adapter, texts, 40)
    assert storm.early == 0
