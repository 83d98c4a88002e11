"""Telegram as an adapter: polls, hands events over in order, delivers replies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from telegram import Update
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Updater

from adapters.delivery import Delivery
from adapters.patience import keep_trying
from adapters.telegram.client import API, Client, payload_of
from adapters.telegram.inbound import Identity, UpdatePayload, to_event
from adapters.telegram.menu import publish_menu
from adapters.telegram.outbound import Part
from adapters.telegram.wire import TelegramWire, translating
from core.errors import AdapterError, DeliveryError, StoreError, UnexpectedError, surviving

if TYPE_CHECKING:
    from core.adapter import Receive
    from core.language.strings import Strings
    from core.message import Event, Reply
    from core.outbox import Ledger

_UPDATES = ("message", "callback_query")
_POLL = 30  # seconds that a poll waits for something new
_SLOWEST = 60.0  # seconds between two attempts to connect, at most
_SLOWEST_STORE = 5.0  # seconds between two attempts to put an event into Redis, at most
_FAREWELL = 3.0  # seconds for the last poll, which confirms what was taken

_log = logging.getLogger(__name__)


class TelegramAdapter:
    """Speaks Telegram for one bot, in all its private chats, groups and topics."""

    def __init__(
        self,
        token: str,
        *,
        ledger: Ledger,
        strings: Strings,
        languages: Sequence[str],
        api: str = API,
    ) -> None:
        """Prepare; `run` connects.

        Args:
            token: The bot's token.
            ledger: Where it is kept which part became which message.
            strings: For the command menu and the words around sources.
            languages: Those that the menu is shown in, the first to everybody else.
            api: The Bot API's address.
        """
        self._client = Client(token, api)
        self._strings = strings
        self._languages = languages
        self._delivery: Delivery[Part] = Delivery(TelegramWire(self._client, strings), ledger)

    @property
    def name(self) -> str:
        """Return "telegram"."""
        return "telegram"

    async def run(self, receive: Receive) -> None:
        """Stay connected and hand over every event until cancelled.

        Raises:
            AdapterError: Telegram refuses the token.
        """
        try:
            bot = await self._log_in()
            menu = asyncio.create_task(self._keep_menu())
            try:
                await self._poll(_Doorstep(self._client, bot, receive))
            except InvalidToken:
                raise _refused_token() from None
            finally:
                menu.cancel()
                await asyncio.wait((menu,))
        finally:
            await self._delivery.close()
            await self._client.shutdown()

    async def deliver(self, reply: Reply) -> None:
        """Show a snapshot; see `core.adapter.Adapter`.

        Raises:
            RetryLaterError: Telegram wants us to wait.
            UndeliverableError: It will never take this reply.
            DeliveryError: It failed; the same call may work later.
        """
        await self._delivery.deliver(reply)

    async def _log_in(self) -> Identity:
        """Ask who the bot is, however long Telegram is away.

        Raises:
            AdapterError: The token is refused.
        """
        pause = 1.0
        while True:
            try:
                await self._client.initialize()
            except InvalidToken:
                raise _refused_token() from None
            except TelegramError as error:
                _log.warning("Telegram: %s; trying again in %.0f s", error.message, pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _SLOWEST)
            else:
                return Identity(id=self._client.id, username=self._client.username)

    async def _poll(self, doorstep: _Doorstep) -> None:
        """Fetch updates until the token is refused.

        Raises:
            InvalidToken: The token is refused.
        """
        updater = Updater(self._client, doorstep)
        await updater.initialize()
        try:
            await updater.start_polling(
                timeout=_POLL,
                bootstrap_retries=-1,
                allowed_updates=_UPDATES,
                error_callback=_tell,
            )
            await self._client.wait_refused()
            raise InvalidToken
        finally:
            if updater.running:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_FAREWELL):
                        await updater.stop()

    async def _keep_menu(self) -> None:
        """Publish the command menu, however often it takes."""

        async def publish() -> None:
            with translating():
                await publish_menu(self._client, self._strings, self._languages)

        await keep_trying(
            publish,
            what="Telegram's command menu is not up to date",
            against=DeliveryError,
            slowest=_SLOWEST * 60,
        )


class _Doorstep(asyncio.Queue[object]):
    """Where the library puts updates: each goes straight to Redis, and only then is it put.

    The library asks Telegram for what comes after an update as soon as `put` has returned,
    and Telegram forgets the update then.
    """

    def __init__(self, client: Client, bot: Identity, receive: Receive) -> None:
        super().__init__()
        self._client = client
        self._bot = bot
        self._receive = receive
        self._answers: set[asyncio.Task[None]] = set()

    async def put(self, item: object) -> None:
        """Hand an update over, however long Redis is away."""
        if not isinstance(item, Update):
            return
        try:
            update = msgspec.convert(payload_of(item), UpdatePayload)
        except msgspec.ValidationError as error:
            _log.warning("Telegram sent an update that cannot be read: %s", error)
            return
        if update.callback_query is not None:
            self._answer(update.callback_query.id)
        try:
            with surviving(f"taking update {update.update_id}"):
                event = to_event(update, bot=self._bot, now=datetime.now(UTC))
                if event is not None:
                    await self._take(event)
        except UnexpectedError:  # already logged; the next one shall not wait for it
            return

    async def _take(self, event: Event) -> None:
        await keep_trying(
            lambda: self._receive(event),
            what=f"{event.id} not taken yet",
            against=StoreError,
            first=0.1,
            slowest=_SLOWEST_STORE,
        )

    def _answer(self, callback_id: str) -> None:
        """Stop the clock that the app shows on a pressed button, without waiting for it."""
        task = asyncio.create_task(self._stop_clock(callback_id))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _stop_clock(self, callback_id: str) -> None:
        try:
            await self._client.answer_callback_query(callback_id)
        except TelegramError as error:  # pressed long ago, or Telegram is away
            _log.info("a press was not answered: %s", error.message)


def _tell(error: TelegramError) -> None:
    if isinstance(error, Conflict):
        _log.error("another program asks Telegram for this bot's messages; stop one of the two")
    else:
        _log.warning("Telegram cannot be polled: %s", error.message)


def _refused_token() -> AdapterError:
    return AdapterError(
        "Telegram refuses the token: copy it anew from @BotFather (/mybots, API Token) into "
        "TIFO_TELEGRAM_TOKEN."
    )
