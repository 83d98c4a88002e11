"""The door to discord.py's gateway client: connection, shards and what it knows of guilds.

Messages and interactions are taken as the gateway sends them. What the library itself must
follow (channels, threads, roles) stays with it, but an event that it cannot read no longer
ends the program.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import Callable
from typing import cast

import discord

from adapters.discord.inbound import Member

Payload = Callable[[object], None]
"""Takes an event's data as decoded JSON; must not block."""

_FOLLOWED = frozenset(
    {
        "READY",
        "RESUMED",
        "GUILD_CREATE",
        "GUILD_UPDATE",
        "GUILD_DELETE",
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

_IDENTIFY = 5.0
"""Seconds; discord.com/developers/docs/events/gateway#rate-limiting, read 2026-11-23."""

_log = logging.getLogger(__name__)


class Gateway(discord.AutoShardedClient):
    """One life of the connection; when it ends, a new one is made."""

    def __init__(
        self, *, on_message: Payload, on_interaction: Payload, message_content: bool
    ) -> None:
        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, message_content=message_content
        )
        self._next_identification = 0.0
        super().__init__(
            intents=intents,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        parsers = self._connection.parsers
        for name in list(parsers):
            if name in _FOLLOWED:
                parsers[name] = functools.partial(_follow, name, parsers[name])
            else:
                del parsers[name]
        parsers["MESSAGE_CREATE"] = on_message
        parsers["INTERACTION_CREATE"] = on_interaction

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Keep the pause between two identifications, which the library always adds, at need."""
        await asyncio.sleep(max(0.0, self._next_identification - time.monotonic()))
        self._next_identification = time.monotonic() + _IDENTIFY

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


def _follow(name: str, parse: Payload, data: object) -> None:
    """Let the library read an event, and go on without it when it cannot."""
    try:
        parse(cast("dict[str, object]", data))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        _log.warning("Discord sent a %s that cannot be read: %r", name, error)
