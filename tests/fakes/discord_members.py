"""Who is in the fake Discord's guilds, with which roles, and who was shut out."""

from __future__ import annotations

from typing import Any

from tests.fakes.discord_names import BOT, OWNER, snowflake, user

Json = dict[str, Any]

OWN_ROLE = "100000000000000004"
MODERATORS = "100000000000000005"
ADMINISTRATORS = "100000000000000006"
CAPTAINS = "100000000000000007"
"""Above the bot."""

ADMINISTRATOR, BAN, MANAGE_CHANNELS, MANAGE_GUILD = 1 << 3, 1 << 2, 1 << 4, 1 << 5
VIEW, SEND, MANAGE_MESSAGES, READ_HISTORY = 1 << 10, 1 << 11, 1 << 13, 1 << 16
MANAGE_THREADS, PUBLIC_THREADS, SEND_IN_THREADS = 1 << 34, 1 << 35, 1 << 38
MODERATE = 1 << 40
EVERYBODY = VIEW | SEND | READ_HISTORY | SEND_IN_THREADS
"""Bits; discord.com/developers/docs/topics/permissions, read 2026-11-25."""

_MODERATION = MANAGE_GUILD | BAN | MODERATE | MANAGE_MESSAGES


class Members:
    """Everybody is a member who has not left; roles are the same in every guild."""

    def __init__(self) -> None:
        self.permissions: dict[str, int] = {
            OWN_ROLE: _MODERATION | MANAGE_CHANNELS | MANAGE_THREADS | PUBLIC_THREADS,
            MODERATORS: _MODERATION,
            ADMINISTRATORS: ADMINISTRATOR,
            CAPTAINS: 0,
        }
        """Of each role; a test may take some from the bot before it starts."""

        self.banned: dict[str, set[str]] = {}
        """By guild."""

        self._roles: dict[str, list[str]] = {BOT: [OWN_ROLE]}
        self._left: set[str] = set()
        self._positions = {OWN_ROLE: 5, MODERATORS: 3, ADMINISTRATORS: 4, CAPTAINS: 9}

    def give(self, name: str, role: str) -> None:
        """Give somebody a role."""
        held = self._roles.setdefault(snowflake(name), [])
        if role not in held:
            held.append(role)

    def leave(self, name: str) -> None:
        """Let somebody leave every guild."""
        self._left.add(snowflake(name))

    def is_in(self, name: str) -> bool:
        return snowflake(name) not in self._left

    def member(self, name: str) -> Json:
        """Return what a guild adds to a user."""
        return {
            "nick": None,
            "roles": list(self._roles.get(snowflake(name), [])),
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
        }

    def whole(self, id: str) -> Json:
        """Return a member as the REST interface shows one."""
        return self.member(id) | {
            "user": user(id),
            "avatar": None,
            "banner": None,
            "communication_disabled_until": None,
            "pending": False,
            "premium_since": None,
        }

    def roles(self, guild: str) -> list[Json]:
        """Return the roles of a guild."""
        rows = [_role(guild, "@everyone", EVERYBODY, 0)]
        for id, permissions in self.permissions.items():
            rows.append(_role(id, f"role {id[-1]}", permissions, self._positions[id]))
            if id == OWN_ROLE:
                rows[-1] |= {"managed": True, "tags": {"bot_id": BOT}}
        return rows

    def bits(self, name: str) -> int:
        """Return what somebody may do."""
        id = snowflake(name)
        bits = EVERYBODY
        for role in self._roles.get(id, []):
            bits |= self.permissions[role]
        return (1 << 50) - 1 if id == OWNER or bits & ADMINISTRATOR else bits

    def is_below_bot(self, name: str) -> bool:
        """Say whether Discord lets the bot do something to somebody."""
        id = snowflake(name)
        return id != OWNER and self._height(id) < self._height(BOT)

    def _height(self, id: str) -> int:
        return max((self._positions[role] for role in self._roles.get(id, [])), default=0)


def _role(id: str, name: str, permissions: int, position: int) -> Json:
    return {
        "id": id,
        "name": name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": position,
        "permissions": str(permissions),
        "managed": False,
        "mentionable": True,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
