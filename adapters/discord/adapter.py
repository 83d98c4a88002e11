"""Discord as an adapter: stays connected, hands events over in order, delivers replies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import discord
import msgspec

from adapters.delivery import Delivery
from adapters.discord.acts import Acts
from adapters.discord.gateway import IDENTIFY, Gateway, Shards
from adapters.discord.intake import Intake
from adapters.discord.interactions import Interactions
from adapters.discord.menu import keep_menu
from adapters.discord.outbound import Part
from adapters.discord.postbox import Postbox
from adapters.discord.powers import Powers
from adapters.discord.rest import API, Identity, Rest, point_library_at, refused_token
from adapters.discord.suggestions import Suggestions
from adapters.discord.wire import DiscordWire
from adapters.patience import keep_trying
from core.errors import AdapterError, DeliveryError, StoreError, UndeliverableError
from core.seen import Seen
from core.turnstile import Turnstile

if TYPE_CHECKING:
    from adapters.http import Site
    from core.adapter import Done, Receive
    from core.language.strings import Strings
    from core.message import Action, Reply
    from core.outbox import Ledger
    from core.store import Store

_SLOWEST = 60.0  # seconds between two attempts to connect, at most
_STABLE = 60.0  # seconds of connection after which the next fault is a new story
_FAREWELL = 3.0  # seconds for a connection to say goodbye
_BAD_TOKEN = 4004  # close code; discord.com/developers/docs/topics/opcodes-and-status-codes

_log = logging.getLogger(__name__)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A bot on Discord, and how it is reached."""

    token: str
    api: str = API
    gateway: str = ""
    """WebSocket address; "" asks the API."""

    message_content: bool = False
    """Whether to ask for the text of talk that does not address the bot: a privileged intent.
    Everything else works without it."""

    shards: tuple[range, int] | None = None
    """Which shards this process holds, and how many there are; None for all of them."""

    identify: float = IDENTIFY
    """Seconds between two identifications."""

    public_key: str = ""
    """Of the application, in hexadecimal: interactions are also taken over HTTP, where Discord
    posts them instead of telling them over the gateway; "" for not."""


class DiscordAdapter:
    """Speaks Discord for one bot, in the guilds of its shards and in direct messages."""

    def __init__(
        self,
        account: Account,
        *,
        store: Store,
        ledger: Ledger,
        strings: Strings,
        languages: Sequence[str] = (),
        site: Site | None = None,
    ) -> None:
        """Prepare; `run` connects.

        Args:
            account: Who we are there.
            store: Where it is kept how far each channel was heard, and whose turn it is to
                identify.
            ledger: Where it is kept which part became which message.
            strings: For the command menu and the words around sources.
            languages: BCP 47 tags of the bot, to suggest.
            site: Serves interactions, where a public key is set.
        """
        self._account = account
        self._shards = _to_shards(account.shards)
        self._strings = strings
        self._ledger = ledger
        self._rest = Rest(account.token)
        self._interactions = Interactions(self._rest, ledger)
        wire = DiscordWire(self._rest, self._interactions, strings)
        self._delivery: Delivery[Part] = Delivery(wire, ledger)
        self._seen = Seen(store, platform=self.name)
        self._suggestions = Suggestions(self._rest, strings, languages)
        self._intake = Intake(self._rest, self._interactions, self._suggestions, self._seen)
        if account.public_key and site is not None:
            Postbox(site, account.public_key, rest=self._rest, intake=self._intake)
        self._powers = Powers(self._rest)
        self._acts = Acts(self._rest, ledger, self._powers)
        self._turnstile = Turnstile(store, pause=account.identify)

    @property
    def name(self) -> str:
        """Return "discord"."""
        return "discord"

    async def run(self, receive: Receive) -> None:
        """Stay connected and hand over every event until cancelled.

        Raises:
            AdapterError: Discord refuses the token or an intent.
        """
        point_library_at(self._account.api, self._account.gateway)
        try:
            identity = await self._log_in()
            self._powers.bot = identity.user
            await keep_trying(self._seen.load, what="Discord waits for Redis", against=StoreError)
            intake = asyncio.create_task(self._intake.run(receive, identity.user))
            life = asyncio.create_task(self._stay_connected())
            menu = asyncio.create_task(
                keep_menu(self._rest, self._ledger, identity.application, self._strings)
            )
            try:
                await asyncio.wait((life, intake), return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _end(life)
                await self._intake.drain()
                await _end(intake, menu)
            for task in (intake, life):
                if not task.cancelled():
                    task.result()
        finally:
            await self._suggestions.close()
            await self._interactions.close()
            await self._delivery.close()
            await self._rest.close()

    async def act(self, action: Action) -> Done:
        """Do something to a place or a person; see `adapters.discord.acts`.

        Raises:
            RetryLaterError: Discord wants us to wait.
            UndeliverableError: It refuses for a reason that is not one of `core.message.Result`.
            DeliveryError: It failed; the same call may work later.
            StoreError: The ledger is away; the same call may work later.
        """
        return await self._acts.act(action)

    async def deliver(self, reply: Reply) -> None:
        """Show a snapshot; see `core.adapter.Adapter`.

        Raises:
            RetryLaterError: Discord wants us to wait.
            UndeliverableError: It will never take this reply.
            DeliveryError: It failed; the same call may work later.
            StoreError: The ledger is away; the same call may work later.
        """
        await self._delivery.deliver(reply)

    async def _log_in(self) -> Identity:
        """Log in, however long Discord is away.

        Raises:
            AdapterError: The token is refused, or the address is not Discord's.
        """
        try:
            return await keep_trying(self._rest.open, what="Discord", against=DeliveryError)
        except UndeliverableError as error:
            raise AdapterError(f"{error}; is TIFO_DISCORD_API right?") from error

    async def _stay_connected(self) -> None:
        """Live one connection after the other.

        Raises:
            AdapterError: Discord refuses the token or an intent.
        """
        concurrency = 1
        if self._shards is not None:  # a bot of one process is small: one at a time will do
            concurrency = await keep_trying(
                self._rest.concurrency, what="Discord's gateway", against=DeliveryError
            )
        pause = 1.0
        while True:
            started = time.monotonic()
            error = await self._live(concurrency)
            if (
                self._rest.is_void.is_set()
                or isinstance(error, discord.LoginFailure)
                or (isinstance(error, discord.ConnectionClosed) and error.code == _BAD_TOKEN)
            ):
                raise refused_token()
            if isinstance(error, discord.PrivilegedIntentsRequired):
                raise AdapterError(
                    "Discord refuses the message content intent: switch on Message Content "
                    "Intent on the Bot page of your application at discord.com/developers, "
                    "or run without it."
                )
            if time.monotonic() - started > _STABLE:
                pause = 1.0
            _log.warning("Discord's gateway was lost (%r); back in %.0f s", error, pause)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - only spreads load
            pause = min(pause * 2, _SLOWEST)

    async def _live(self, concurrency: int) -> BaseException | None:
        """Hold one connection until it ends; return what ended it, whatever that was."""
        client = Gateway(
            self._intake.handlers,
            message_content=self._account.message_content,
            shards=self._shards,
            turnstile=self._turnstile,
            concurrency=concurrency,
        )
        self._intake.follow(client)
        self._powers.follow(client)
        life = asyncio.create_task(client.start(self._account.token))
        void = asyncio.create_task(self._rest.is_void.wait())
        try:
            await asyncio.wait((life, void), return_when=asyncio.FIRST_COMPLETED)
        finally:
            life.cancel()
            with contextlib.suppress(TimeoutError):  # the other side may never say goodbye
                async with asyncio.timeout(_FAREWELL):
                    await client.close()
            # Once more: the library swallows a cancellation while it connects anew.
            await _end(life, void)
        return None if life.cancelled() else life.exception()


def _to_shards(shards: tuple[range, int] | None) -> Shards | None:
    return Shards(ids=tuple(shards[0]), count=shards[1]) if shards is not None else None


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
