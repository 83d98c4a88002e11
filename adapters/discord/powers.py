"""Whether the bot may do something to a place or a person, looked at before Discord is asked.

Discord refuses by itself what the bot may not do. It does not know on whose wish the bot acts, so
a moderator might reach through the bot those who stand above them; and every refusal counts
against the bot (see `adapters.discord.budget`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from adapters.discord.inbound import ADMINISTRATOR, RIGHTS
from adapters.discord.refusals import UNKNOWN_MEMBER, UNKNOWN_USER, RefusedError
from adapters.discord.standing import Guild
from core.message import Action, Result, Verb

if TYPE_CHECKING:
    from adapters.discord.gateway import Gateway
    from adapters.discord.rest import Rest

MANAGE_CHANNELS, MANAGE_MESSAGES, READ_HISTORY = 1 << 4, 1 << 13, 1 << 16
MANAGE_THREADS, CREATE_PUBLIC_THREADS = 1 << 34, 1 << 35
"""Bits of permissions; discord.com/developers/docs/topics/permissions, read 2026-11-25."""

ON_PEOPLE: dict[Verb, int] = {
    "timeout": RIGHTS["restrict"],
    "release": RIGHTS["restrict"],
    "ban": RIGHTS["ban"],
    "unban": RIGHTS["ban"],
}
"""What the bot must be allowed in a whole guild."""

IN_PLACES: dict[Verb, int] = {
    "delete": MANAGE_MESSAGES,
    "purge": MANAGE_MESSAGES | READ_HISTORY,
    "slowmode": MANAGE_CHANNELS,
    "open_thread": CREATE_PUBLIC_THREADS,
}
"""What it must be allowed in a channel."""

_LOOKS_AFTER = sum(RIGHTS.values())


class _Member(msgspec.Struct, frozen=True):
    roles: tuple[str, ...] = ()


class Powers:
    """Knows what the bot may do: from the gateway where it tells of the guild, else by asking."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._client: Gateway | None = None
        self.bot = ""
        """The bot's user id; to be set before anything is asked."""

    def follow(self, client: Gateway) -> None:
        """Ask this connection about guilds from now on."""
        self._client = client

    async def refuse(self, action: Action) -> Result | None:
        """Return why an action is not to be tried; None where it may be.

        Above the bot are the owner, administrators, and whoever has a role as high as its own.
        Who looks after the guild is also above every moderator who is not higher. Where the
        gateway has not told of a channel, Discord itself says what the bot may do there.

        Raises:
            DeliveryError: Discord failed, or refuses even to say.
        """
        if action.verb in IN_PLACES:
            return self._refuse_place(action)
        guild, own = await self._guild(action.conversation.community)
        if not guild.bits(self.bot, own) & ON_PEOPLE[action.verb]:
            return "forbidden"
        return None if action.verb == "unban" else await self._compare(guild, own, action)

    def _refuse_place(self, action: Action) -> Result | None:
        place = action.conversation
        bits = self._client.permissions_in(place.thread or place.channel) if self._client else None
        needed = IN_PLACES[action.verb]
        if action.verb == "slowmode" and place.thread:
            needed = MANAGE_THREADS
        return "forbidden" if bits is not None and bits & needed != needed else None

    async def _compare(self, guild: Guild, own: tuple[str, ...], action: Action) -> Result | None:
        user = action.user
        target = await self._member(guild.id, user)
        if target is None:  # who left can still be shut out
            return None if action.verb == "ban" else "missing"
        bits, height = guild.bits(user, target), guild.height(user, target)
        if user == self.bot or bits & ADMINISTRATOR or height >= guild.height(self.bot, own):
            return "above"
        asker = action.asked_by
        where = action.answer_to or action.conversation
        if bits & _LOOKS_AFTER and asker is not None and where.platform == "discord":
            roles = await self._member(guild.id, asker.id)
            if roles is not None and guild.height(asker.id, roles) <= height:
                return "above"
        return None

    async def _guild(self, guild: str) -> tuple[Guild, tuple[str, ...]]:
        """Return a guild and the bot's own roles in it."""
        known = self._client.standing(guild) if self._client is not None else None
        if known is not None:
            return known
        told = await self._rest.call("GET", "/guilds/{guild_id}", Guild, guild_id=guild)
        return told, await self._member(guild, self.bot) or ()

    async def _member(self, guild: str, user: str) -> tuple[str, ...] | None:
        """Return somebody's roles; None for who is no member."""
        try:
            member = await self._rest.call(
                "GET",
                "/guilds/{guild_id}/members/{user_id}",
                _Member,
                guild_id=guild,
                user_id=user,
            )
        except RefusedError as error:
            if error.code in (UNKNOWN_MEMBER, UNKNOWN_USER):
                return None
            raise
        return member.roles
