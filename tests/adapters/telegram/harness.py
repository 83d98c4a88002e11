"""The adapter against the fake, with an inbox that can fail."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from adapters.telegram.adapter import Api, TelegramAdapter
from adapters.telegram.webhook import Webhook
from core.errors import AdapterError, StoreError
from core.language.strings import Strings
from core.message import Event, Reply
from core.outbox import Ledger
from core.store import Store
from tests.fakes.telegram import FakeTelegram
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


def make(
    store: Store,
    telegram: FakeTelegram,
    *,
    is_paced: bool = False,
    webhook: Webhook | None = None,
) -> TelegramAdapter:
    """Return an adapter; where `is_paced` is not set, it keeps to no limits of its own."""
    free = Api(url=telegram.url, per_second=1000, chat_per_second=1000, group_per_minute=1000)
    return TelegramAdapter(
        telegram.token,
        ledger=Ledger(store),
        strings=Strings(),
        languages=LANGUAGES,
        api=Api(url=telegram.url) if is_paced else free,
        webhook=webhook,
    )


@contextlib.asynccontextmanager
async def telegram_and_adapter(
    store: Store, telegram: FakeTelegram, inbox: Inbox, *, is_paced: bool = False
) -> AsyncGenerator[TelegramAdapter]:
    adapter = make(store, telegram, is_paced=is_paced)
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
