"""Discord as an adapter: stays connected, hands events over in order, delivers replies."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import random
import time
from typing import TYPE_CHECKING

import discord
import msgspec

from adapters.delivery import Delivery
from adapters.discord.commands import MenuCommand, to_menu
from adapters.discord.gateway import Gateway
from adapters.discord.inbound import (
    Channel,
    InteractionPayload,
    MessagePayload,
    Place,
    to_interaction,
    to_message,
)
from adapters.discord.interactions import Interactions
from adapters.discord.outbound import Part
from adapters.discord.rest import API, Identity, Rest, point_library_at, refused_token
from adapters.discord.wire import DiscordWire
from adapters.patience import keep_trying
from core.errors import (
    AdapterError,
    DeliveryError,
    StoreError,
    UndeliverableError,
    UnexpectedError,
    surviving,
)

if TYPE_CHECKING:
    from core.adapter import Receive
    from core.language.strings import Strings
    from core.message import Event, Reply
    from core.outbox import Ledger

BACKLOG = 10_000
"""Events held while Redis is away: some minutes of a large event's talk."""

_SLOWEST = 60.0  # seconds between two attempts to connect, at most
_STABLE = 60.0  # seconds of connection after which the next fault is a new story
_FAREWELL = 3.0  # seconds for what is still held when the adapter is told to stop
_MOST_PARENTS = 10_000  # channels asked for and remembered
_BAD_TOKEN = 4004  # close code; discord.com/developers/docs/topics/opcodes-and-status-codes
_COMMANDS = "/applications/{application_id}/commands"

_log = logging.getLogger(__name__)


class DiscordAdapter:
    """Speaks Discord for one bot, in all its guilds and direct messages."""

    def __init__(
        self,
        token: str,
        *,
        ledger: Ledger,
        strings: Strings,
        api: str = API,
        gateway: str = "",
        message_content: bool = False,
    ) -> None:
        """Prepare; `run` connects.

        Args:
            token: The bot's token.
            ledger: Where it is kept which part became which message.
            strings: For the command menu and the words around sources.
            api: REST address.
            gateway: WebSocket address; "" asks the API.
            message_content: Whether to ask for the text of talk that does not address the
                bot: a privileged intent. Everything else works without it.
        """
        self._token = token
        self._strings = strings
        self._api = api
        self._gateway = gateway
        self._message_content = message_content
        self._rest = Rest(token)
        self._interactions = Interactions(self._rest, ledger)
        wire = DiscordWire(self._rest, self._interactions, strings)
        self._delivery: Delivery[Part] = Delivery(wire, ledger)
        self._backlog: asyncio.Queue[Event | MessagePayload] = asyncio.Queue(BACKLOG)
        self._client: Gateway | None = None
        self._parents: dict[str, str] = {}

    @property
    def name(self) -> str:
        """Return "discord"."""
        return "discord"

    async def run(self, receive: Receive) -> None:
        """Stay connected and hand over every event until cancelled.

        Raises:
            AdapterError: Discord refuses the token or an intent.
        """
        point_library_at(self._api, self._gateway)
        ours = to_menu(self._strings)
        try:
            identity = await self._log_in()
            pump = asyncio.create_task(self._pump(receive, identity.user))
            menu = asyncio.create_task(self._keep_menu(identity.application, ours))
            try:
                await self._stay_connected()
            finally:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_FAREWELL):
                        await self._backlog.join()
                for task in (pump, menu):
                    task.cancel()
                await asyncio.wait((pump, menu))
        finally:
            await self._interactions.close()
            await self._delivery.close()
            await self._rest.close()

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
            AdapterError: The token is refused.
        """
        return await keep_trying(self._rest.open, what="Discord", against=DeliveryError)

    async def _stay_connected(self) -> None:
        """Live one connection after the other.

        Raises:
            AdapterError: Discord refuses the token or an intent.
        """
        pause = 1.0
        while True:
            started = time.monotonic()
            error = await self._live()
            if isinstance(error, discord.LoginFailure) or (
                isinstance(error, discord.ConnectionClosed) and error.code == _BAD_TOKEN
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

    async def _live(self) -> BaseException | None:
        """Hold one connection until it ends; return what ended it, whatever that was."""
        client = Gateway(
            on_message=self._on_message,
            on_interaction=self._on_interaction,
            message_content=self._message_content,
        )
        self._client = client
        life = asyncio.create_task(client.start(self._token))
        try:
            await asyncio.wait((life,))
        finally:
            life.cancel()
            await asyncio.wait((life,))
            with contextlib.suppress(TimeoutError):  # the other side may never say goodbye
                async with asyncio.timeout(_FAREWELL):
                    await client.close()
        return None if life.cancelled() else life.exception()

    def _on_message(self, data: object) -> None:
        try:
            self._hold(msgspec.convert(data, MessagePayload))
        except msgspec.ValidationError as error:
            _log.warning("Discord sent a message that cannot be read: %s", error)

    def _on_interaction(self, data: object) -> None:
        try:
            payload = msgspec.convert(data, InteractionPayload)
        except msgspec.ValidationError as error:
            _log.warning("Discord sent an interaction that cannot be read: %s", error)
            return
        event = to_interaction(payload)
        if event is not None:
            self._interactions.take(payload, is_direct=event.conversation.is_direct)
            self._hold(event)

    def _hold(self, item: Event | MessagePayload) -> None:
        try:
            self._backlog.put_nowait(item)
        except asyncio.QueueFull:
            _log.error("%s is lost: %d events already wait for Redis", item.id, BACKLOG)

    async def _pump(self, receive: Receive, bot: str) -> None:
        """Hand over what is held, in order, each until it is taken."""
        while True:
            item = await self._backlog.get()
            event = await self._place(item, bot) if isinstance(item, MessagePayload) else item
            if event is not None:
                # What is unexpected is logged; the next event shall not wait for it.
                with contextlib.suppress(UnexpectedError), surviving(f"taking {event.id}"):
                    await keep_trying(
                        functools.partial(receive, event),
                        what=f"{event.id} not taken yet",
                        against=StoreError,
                        first=0.1,
                        slowest=5.0,
                    )
            self._backlog.task_done()

    async def _place(self, payload: MessagePayload, bot: str) -> Event | None:
        """Complete a message by what is known of its guild."""
        guild, client = payload.guild_id, self._client
        if guild is None or client is None or payload.author.bot:
            return to_message(payload, bot=bot, place=Place())
        parent = client.parent_of(payload.channel_id)
        place = Place(
            parent=await self._ask_parent(payload.channel_id) if parent is None else parent,
            own_role=client.own_role(guild),
            permissions=client.permissions(guild, payload.author.id, payload.member),
        )
        return to_message(payload, bot=bot, place=place)

    async def _ask_parent(self, channel: str) -> str:
        """Ask Discord what a channel is that no event has told about."""
        if channel not in self._parents:
            try:
                known = await self._rest.call(
                    "GET", "/channels/{channel_id}", Channel, channel_id=channel
                )
            except DeliveryError as error:
                _log.warning("taking %s for no thread: %s", channel, error)
                return ""
            if len(self._parents) >= _MOST_PARENTS:
                self._parents.clear()
            self._parents[channel] = known.parent
        return self._parents[channel]

    async def _keep_menu(self, application: str, ours: list[MenuCommand]) -> None:
        """Bring the command menu up to date, only when it differs."""

        async def publish() -> None:
            theirs = await self._rest.call(
                "GET",
                _COMMANDS + "?with_localizations=true",
                list[MenuCommand],
                application_id=application,
            )
            if sorted(theirs, key=lambda command: command.name) != ours:
                body = msgspec.to_builtins(ours)
                await self._rest.call(
                    "PUT", _COMMANDS, object, body=body, application_id=application
                )

        try:
            await keep_trying(
                publish,
                what="Discord's command menu is not up to date",
                against=DeliveryError,
                slowest=_SLOWEST * 60,
            )
        except UndeliverableError:
            _log.exception("Discord refuses the command menu")
