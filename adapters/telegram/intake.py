"""Updates on their way in: each is handed over, and only then may Telegram forget it."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from telegram import Update
from telegram.error import TelegramError

from adapters.patience import keep_trying
from adapters.telegram.client import payload_of
from adapters.telegram.inbound import to_event, to_move
from adapters.telegram.payloads import UpdatePayload
from core.errors import StoreError, UnexpectedError, surviving

if TYPE_CHECKING:
    from adapters.telegram.client import Client
    from adapters.telegram.inbound import Identity
    from adapters.telegram.staff import Offices
    from core.adapter import Receive
    from core.arguments import Words

UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""What is asked for; core.telegram.org/bots/api#update, read 2026-11-25. Of deletions Telegram
tells bots nothing."""

_SLOWEST = 5.0  # seconds between two attempts to put an event into Redis, at most

_log = logging.getLogger(__name__)


class Intake:
    """Takes updates, however they arrive."""

    def __init__(
        self, client: Client, bot: Identity, receive: Receive, *, offices: Offices, words: Words
    ) -> None:
        self._client = client
        self._words = words
        self._bot = bot
        self._receive = receive
        self._moves = offices.moves
        self._offices = offices
        self._answers: set[asyncio.Task[None]] = set()

    async def take(self, update: UpdatePayload) -> None:
        """Hand an update over; a fault of ours is logged, and the update counts as taken.

        Raises:
            StoreError: Redis is away; Telegram must keep it.
        """
        try:
            with surviving(f"taking update {update.update_id}"):
                move = to_move(update)
                if move is not None:
                    await self._moves.follow(*move)
                if update.my_chat_member is not None:
                    self._offices.forget(update.my_chat_member.chat.id)
                event = to_event(update, bot=self._bot, now=datetime.now(UTC), words=self._words)
                if event is not None:
                    await self._receive(await self._offices.with_rights(event))
        except UnexpectedError:  # already logged; the next one shall not wait for it
            return
        if update.callback_query is not None:
            self._answer(update.callback_query.id)

    def _answer(self, callback_id: str) -> None:
        """Stop the clock that the app shows on a pressed button, without waiting for it."""
        task = asyncio.create_task(self._stop_clock(callback_id))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _stop_clock(self, callback_id: str) -> None:
        try:
            await self._client.call("answerCallbackQuery", {"callback_query_id": callback_id})
        except TelegramError as error:  # pressed long ago, or Telegram is away
            _log.info("a press was not answered: %s", error.message)


class Doorstep(asyncio.Queue[object]):
    """Where the library puts polled updates: each goes straight to Redis, and only then is it put.

    The library asks Telegram for what comes after an update as soon as `put` has returned,
    and Telegram forgets the update then.
    """

    def __init__(self, intake: Intake) -> None:
        super().__init__()
        self._intake = intake

    async def put(self, item: object) -> None:
        """Hand an update over, however long Redis is away."""
        if not isinstance(item, Update):
            return
        try:
            update = msgspec.convert(payload_of(item), UpdatePayload)
        except msgspec.ValidationError as error:
            _log.warning("Telegram sent an update that cannot be read: %s", error)
            return
        await keep_trying(
            lambda: self._intake.take(update),
            what=f"update {update.update_id} not taken yet",
            against=StoreError,
            first=0.1,
            slowest=_SLOWEST,
        )
