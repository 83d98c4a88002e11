"""Telegram as an adapter: polls, hands events over in order, delivers replies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import Updater

from adapters.delivery import Delivery
from adapters.telegram.client import API, Client
from adapters.telegram.deeds import Deeds
from adapters.telegram.inbound import Identity
from adapters.telegram.intake import UPDATES, Doorstep, Intake
from adapters.telegram.menu import keep_menu, to_menus
from adapters.telegram.moves import Moves
from adapters.telegram.outbound import Part
from adapters.telegram.pace import (
    CHAT_PER_SECOND,
    GROUP_PER_MINUTE,
    PER_SECOND,
    Limits,
    Pace,
)
from adapters.telegram.staff import Offices
from adapters.telegram.webhook import CONNECTIONS, Postbox, Webhook, derive_secret
from adapters.telegram.wire import TelegramWire
from core.arguments import Words
from core.errors import AdapterError

if TYPE_CHECKING:
    from core.adapter import Done, Receive
    from core.language.strings import Strings
    from core.message import Action, Reply
    from core.outbox import Ledger

_POLL = 30  # seconds that a poll waits for something new
_SLOWEST = 60.0  # seconds between two attempts to connect, at most
_RENEWAL = 600.0  # seconds after which the webhook is set again, should somebody have taken it
_FAREWELL = 3.0  # seconds for the last poll, which confirms what was taken

_log = logging.getLogger(__name__)


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """Where the Bot API is, and how much it takes."""

    url: str = API
    per_second: float = PER_SECOND
    """Calls in all chats together, above 0."""

    chat_per_second: float = CHAT_PER_SECOND
    """Calls in one chat in the long run, above 0."""

    group_per_minute: float = GROUP_PER_MINUTE
    """Calls in one group, 1 or more."""


_API = Api()


class TelegramAdapter:
    """Speaks Telegram for one bot, in all its private chats, groups and topics."""

    def __init__(
        self,
        token: str,
        *,
        ledger: Ledger,
        strings: Strings,
        languages: Sequence[str],
        api: Api = _API,
        webhook: Webhook | None = None,
    ) -> None:
        """Prepare; `run` connects.

        Args:
            token: The bot's token.
            ledger: Where it is kept which part became which message.
            strings: For the command menu and the words around sources.
            languages: Those that the menu is shown in, the first to everybody else.
            api: Where the Bot API is, and how much it takes.
            webhook: Where updates are posted to; None polls for them.
        """
        self._client = Client(token, api.url)
        self._strings = strings
        self._languages = languages
        self._ledger = ledger
        self._words = Words(strings, languages)
        self._moves = Moves(ledger)
        self._offices = Offices(self._client, self._moves)
        self._deeds = Deeds(self._client, self._offices, self._moves, ledger)
        limits = Limits(
            per_second=api.per_second,
            chat_per_second=api.chat_per_second,
            group_per_minute=api.group_per_minute,
        )
        wire = TelegramWire(self._client, strings, pace=Pace(limits), moves=self._moves)
        self._delivery: Delivery[Part] = Delivery(wire, ledger, turn=wire.turn, drafts=wire)
        self._webhook = webhook
        if webhook is not None:
            self._secret = webhook.secret or derive_secret(token)
            self._postbox = Postbox(webhook, self._secret)

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
            menu = asyncio.create_task(
                keep_menu(self._client, self._ledger, to_menus(self._strings, self._languages))
            )
            try:
                intake = Intake(
                    self._client, bot, receive, offices=self._offices, words=self._words
                )
                if self._webhook is None:
                    await self._poll(Doorstep(intake))
                else:
                    self._postbox.intake = intake
                    await self._keep_webhook(self._webhook.url)
            except InvalidToken:
                raise _refused_token() from None
            finally:
                menu.cancel()
                await asyncio.wait((menu,))
        finally:
            await self._delivery.close()
            await self._client.shutdown()

    async def act(self, action: Action) -> Done:
        """See `core.adapter.Adapter`.

        Raises:
            RetryLaterError: Telegram wants us to wait.
            DeliveryError: It failed; the same call may work later.
        """
        return await self._deeds.act(action)

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
                self._deeds.bot = self._client.id
                return Identity(id=self._client.id, username=self._client.username)

    async def _keep_webhook(self, url: str) -> None:
        """Have updates posted to us for ever.

        Raises:
            InvalidToken: The token is refused.
        """
        while True:
            try:
                await self._client.set_webhook(
                    url,
                    secret_token=self._secret,
                    allowed_updates=UPDATES,
                    max_connections=CONNECTIONS,
                )
                pause = _RENEWAL
            except InvalidToken:
                raise
            except TelegramError as error:
                _log.warning("Telegram does not take the webhook: %s", error.message)
                pause = _SLOWEST
            await asyncio.sleep(pause)

    async def _poll(self, doorstep: Doorstep) -> None:
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
                allowed_updates=UPDATES,
                error_callback=_tell,
            )
            await self._client.wait_refused()
            raise InvalidToken
        finally:
            if updater.running:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_FAREWELL):
                        await updater.stop()


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
