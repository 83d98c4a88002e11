"""The door to discord.py's gateway client: connection, shards and what it knows of guilds.

Messages and interactions are taken as the gateway sends them. What the library itself must
follow (channels, threads, roles) stays with it, but an event that it cannot read no longer
ends the program.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Mapping
from typing import cast

import discord
import msgspec
from discord.gateway import KeepAliveHandler

from adapters.discord.inbound import Member
from adapters.discord.standing import Guild, Role
from core.turnstile import Turnstile

Payload = Callable[[object], None]
"""Takes an event's data as decoded JSON; must not block."""

_FOLLOWED = frozenset(
    {
        "READY",
        "RESUMED",
        "GUILD_CREATE",
        "GUILD_UPDATE",
        "GUILD_DELETE",
        "GUILD_MEMBER_UPDATE",  # of the bot alone, whose roles count when it moderates
        "GUILD_ROLE_CREATE",
        "GUILD_ROLE_UPDATE",
        "GUILD_ROLE_DELETE",
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        "CHANNEL_DELETE",
        "THREAD_CREATE",
        "THREAD_UPDATE",
        "THREAD_DELETE",
        "THREAD_LIST_SYNC",
    }
)
"""What the library keeps up with; discord.com/developers/docs/events/gateway-events."""

IDENTIFY = 5.5
"""Seconds between two identifications of all processes, 5 of them Discord's;
discord.com/developers/docs/events/gateway#rate-limiting, read 2026-11-23."""

_log = logging.getLogger(__name__)


class Shards(msgspec.Struct, frozen=True, kw_only=True):
    """Which part of the bot's guilds a process hears."""

    ids: tuple[int, ...]
    count: int

    def holds(self, guild: str) -> bool:
        """Say whether a guild's events come here; direct messages come to shard 0.

        discord.com/developers/docs/events/gateway#sharding, read 2026-11-25.
        """
        return (int(guild) >> 22) % self.count in self.ids if guild.isdigit() else 0 in self.ids


class Gateway(discord.AutoShardedClient):
    """One life of the connection; when it ends, a new one is made."""

    def __init__(
        self,
        handlers: Mapping[str, Payload],
        *,
        message_content: bool,
        shards: Shards | None,
        turnstile: Turnstile,
        concurrency: int,
    ) -> None:
        """Prepare; `start` connects.

        Args:
            handlers: What takes which event; the library follows some of them besides.
            message_content: Whether to ask for that intent.
            shards: None for as many as Discord advises, all of them here.
            turnstile: Keeps the pause between two identifications.
            concurrency: Identifications that Discord allows at once.
        """
        self._turnstile = turnstile
        self._concurrency = concurrency
        super().__init__(
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, message_content=message_content
            ),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            shard_ids=cast("list[int]", list(shards.ids) if shards is not None else None),
            shard_count=shards.count if shards is not None else None,
        )
        parsers = self._connection.parsers
        for name in list(parsers):
            if name in _FOLLOWED:
                parsers[name] = functools.partial(_follow, name, parsers[name], handlers.get(name))
            else:
                del parsers[name]
        for name, handler in handlers.items():
            parsers.setdefault(name, handler)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Keep the pause between two identifications, over all processes.

        Shards with the same remainder share one pause; see the page that `IDENTIFY` names.
        """
        await self._turnstile.enter(f"discord:{(shard_id or 0) % self._concurrency}")

    async def close(self) -> None:
        """Close every connection, and end the heart of one that never came to be.

        The library lets go of a connection that is stopped before it has identified, but its
        heart would beat on, in a thread of its own, until the next beat fails.
        """
        await super().close()
        for thread in threading.enumerate():
            if isinstance(thread, KeepAliveHandler):
                owner: object = getattr(thread.ws, "_connection", None)
                if owner is self._connection:
                    thread.stop()

    def knows(self, guild: str) -> bool:
        """Return whether a guild's channels and roles have been told."""
        known = self.get_guild(int(guild))
        return known is not None and not known.unavailable

    def parent_of(self, channel: str) -> str | None:
        """Return the channel that a thread belongs to, "" for no thread, None if unknown."""
        known = self.get_channel(int(channel))
        if known is None:
            return None
        return str(known.parent_id) if isinstance(known, discord.Thread) else ""

    def own_role(self, guild: str) -> str:
        """Return the role that a guild keeps for the bot alone, or ""."""
        known = self.get_guild(int(guild))
        role = known.self_role if known is not None else None
        return str(role.id) if role is not None else ""

    def permissions(self, guild: str, user: str, member: Member) -> int:
        """Return what a member may do in a guild as Discord's bit field; 0 if unknown."""
        known = self.get_guild(int(guild))
        if known is None:
            return 0
        if known.owner_id == int(user):
            return discord.Permissions.all().value
        bits = known.default_role.permissions.value
        for role_id in member.roles:
            role = known.get_role(int(role_id))
            bits |= role.permissions.value if role is not None else 0
        return bits

    def standing(self, guild: str) -> tuple[Guild, tuple[str, ...]] | None:
        """Return who stands where in a guild, and the bot's own roles; None if unknown."""
        known = self.get_guild(int(guild))
        if known is None or known.unavailable or known.owner_id is None:
            return None
        me = cast("discord.Member | None", known.me)  # the library's type says it is always there
        if me is None:
            return None
        roles = tuple(
            Role(str(role.id), str(role.permissions.value), role.position) for role in known.roles
        )
        own = tuple(str(role.id) for role in me.roles)
        return Guild(guild, str(known.owner_id), roles), own

    def permissions_in(self, channel: str) -> int | None:
        """Return what the bot may do in a channel or thread, as bits; None if unknown."""
        known = self.get_channel(int(channel))
        if not isinstance(known, discord.Thread | discord.abc.GuildChannel):
            return None
        me = cast("discord.Member | None", known.guild.me)
        if me is None or (isinstance(known, discord.Thread) and known.parent is None):
            return None
        return known.permissions_for(me).value


def _follow(name: str, parse: Payload, also: Payload | None, data: object) -> None:
    """Let the library read an event, and go on without it when it cannot."""
    try:
        parse(cast("dict[str, object]", data))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        _log.warning("Discord sent a %s that cannot be read: %r", name, error)
    if also is not None:
        also(data)
