"""What Discord tells, on its way to the inbox: read, completed, in order, until it is taken."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import msgspec

from adapters.discord.gateway import Gateway, Payload, Shards
from adapters.discord.history import History, Missed
from adapters.discord.inbound import (
    DIRECT,
    Channel,
    DeletePayload,
    EditPayload,
    InteractionPayload,
    MessagePayload,
    Place,
    Told,
    to_deletes,
    to_edit,
    to_interaction,
    to_message,
)
from adapters.discord.suggestions import TYPING
from adapters.patience import keep_trying
from core.errors import DeliveryError, StoreError, UnexpectedError, surviving
from core.message import Command, Message, Press

if TYPE_CHECKING:
    from adapters.discord.interactions import Interactions
    from adapters.discord.rest import Rest
    from adapters.discord.suggestions import Suggestions
    from core.adapter import Receive
    from core.message import Event
    from core.seen import Seen

BACKLOG = 10_000
"""Events held while Redis is away: some minutes of a large event's talk."""

_FAREWELL = 3.0  # seconds for what is still held when the adapter is told to stop
_MOST_PARENTS = 10_000  # channels asked for and remembered

Item: TypeAlias = Told | Missed | Command | Press
Shape = TypeVar("Shape")

_log = logging.getLogger(__name__)


class _Ready(msgspec.Struct, frozen=True):
    """What READY tells of the session that begins."""

    shard: tuple[int, int] = (0, 1)


class Intake:
    """Takes the events of every connection of one adapter."""

    def __init__(
        self, rest: Rest, interactions: Interactions, suggestions: Suggestions, seen: Seen
    ) -> None:
        self._rest = rest
        self._interactions = interactions
        self._suggestions = suggestions
        self._seen = seen
        self._backlog: asyncio.Queue[Item] = asyncio.Queue(BACKLOG)
        self._history: History = History(rest, seen, self._backlog.put)
        self._client: Gateway | None = None
        self._parents: dict[str, str] = {}
        self.handlers: Mapping[str, Payload] = {
            "READY": self._on_ready,
            "MESSAGE_CREATE": functools.partial(self._on_told, MessagePayload),
            "MESSAGE_UPDATE": functools.partial(self._on_told, EditPayload),
            "MESSAGE_DELETE": functools.partial(self._on_told, DeletePayload),
            "MESSAGE_DELETE_BULK": functools.partial(self._on_told, DeletePayload),
            "INTERACTION_CREATE": self._on_interaction,
        }
        """By the name of the gateway's event; none of them blocks."""

    def follow(self, client: Gateway) -> None:
        """Ask this connection about guilds from now on."""
        self._client = client

    async def run(self, receive: Receive, bot: str) -> None:
        """Hand over what comes, until cancelled.

        Args:
            receive: The core's inbox.
            bot: The bot's user id.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._seen.run())
            group.create_task(self._history.run(self._knows))
            group.create_task(self._pump(receive, bot))

    async def drain(self) -> None:
        """Wait, for a moment, until all that came is taken."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await self._backlog.join()

    def _knows(self, guild: str) -> bool:
        return self._client is not None and self._client.knows(guild)

    def _on_ready(self, data: object) -> None:
        ready = _read(data, _Ready)
        if ready is not None:
            shard, count = ready.shard
            self._history.open(Shards(ids=(shard,), count=count))

    def _on_told(self, shape: type[Told], data: object) -> None:
        payload = _read(data, shape)
        if payload is not None and not self._history.hold(payload):
            self._hold(payload)

    def take(self, payload: InteractionPayload) -> None:
        """Take an interaction, once, whichever way it came."""
        if payload.type == TYPING:
            self._suggestions.take(payload)
            return
        event = to_interaction(payload)
        if event is not None and self._interactions.take(
            payload, is_direct=event.conversation.is_direct
        ):
            self._hold(event)

    def _on_interaction(self, data: object) -> None:
        payload = _read(data, InteractionPayload)
        if payload is not None:
            self.take(payload)

    def _hold(self, item: Item) -> None:
        try:
            self._backlog.put_nowait(item)
        except asyncio.QueueFull:
            _log.error("an event is lost: %d already wait for Redis", BACKLOG)

    async def _pump(self, receive: Receive, bot: str) -> None:
        """Hand over what is held, in order, each until it is taken."""
        while True:
            item = await self._backlog.get()
            # What is unexpected is logged; the next event shall not wait for it.
            with contextlib.suppress(UnexpectedError), surviving("taking an event"):
                events = await self._to_events(item, bot)
                for event in events:
                    await keep_trying(
                        functools.partial(receive, event),
                        what=f"{event.id} not taken yet",
                        against=StoreError,
                        first=0.1,
                        slowest=5.0,
                    )
                self._note(item, events)
            self._backlog.task_done()

    async def _to_events(self, item: Item, bot: str) -> Sequence[Event]:
        match item:
            case Command() | Press():
                return [item]
            case MessagePayload():
                message = to_message(item, bot=bot, place=await self._place(item))
                return [message] if message is not None else []
            case Missed(payload=payload):
                message = to_message(payload, bot=bot, place=await self._place(payload))
                # Old talk among fans is no news to anybody.
                return [message] if message is not None and message.is_mention else []
            case EditPayload():
                edit = to_edit(item, bot=bot, place=await self._place(item))
                return [edit] if edit is not None else []
            case DeletePayload():
                return to_deletes(item, now=datetime.now(UTC), place=await self._place(item))

    def _note(self, item: Item, events: Sequence[Event]) -> None:
        """Note how far a channel was heard, once the events of an item are in Redis.

        Not where older ones may still come: what is noted is never asked for again.
        """
        match item:
            case Command() | Press():
                place = item.conversation
                channel = place.thread or place.channel
                if not self._history.is_open(channel):
                    message = item.id.rpartition(":")[2]
                    self._seen.note(channel, message, community=place.community, is_for_us=True)
            case MessagePayload() | Missed():
                payload = item.payload if isinstance(item, Missed) else item
                if not self._history.is_late(payload.channel_id):
                    self._seen.note(
                        payload.channel_id,
                        payload.id,
                        community=payload.guild_id or DIRECT,
                        is_for_us=any(isinstance(e, Message) and e.is_mention for e in events),
                    )
            case EditPayload() | DeletePayload():
                pass

    async def _place(self, payload: Told) -> Place:
        """Return what is known of a guild and a payload leaves out."""
        guild, client = payload.guild_id, self._client
        author = None if isinstance(payload, DeletePayload) else payload.author
        if guild is None or client is None or (author is not None and author.bot):
            return Place()
        parent = client.parent_of(payload.channel_id)
        return Place(
            parent=await self._ask_parent(payload.channel_id) if parent is None else parent,
            own_role=client.own_role(guild),
            permissions=client.permissions(guild, payload.author.id, payload.member)
            if isinstance(payload, MessagePayload)
            else 0,
        )

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


def _read(data: object, shape: type[Shape]) -> Shape | None:
    """Read what the gateway sent; None, and a line in the log, where that is impossible."""
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        _log.warning("Discord sent a %s that cannot be read: %s", shape.__name__, error)
        return None
