"""Who stands where in a guild, as Discord reckons it.

discord.com/developers/docs/topics/permissions, read 2026-11-25.
"""

from __future__ import annotations

import msgspec

from adapters.discord.inbound import ADMINISTRATOR

_EVERYTHING = (1 << 53) - 1  # more bits than there are permissions


class Role(msgspec.Struct, frozen=True):
    """A role of a guild."""

    id: str
    permissions: str
    """A bit field in decimal."""

    position: int


class Guild(msgspec.Struct, frozen=True):
    """Who stands where in a guild."""

    id: str
    owner_id: str
    roles: tuple[Role, ...]

    def bits(self, user: str, roles: tuple[str, ...]) -> int:
        """Return what a member may do, as bits."""
        held = [int(r.permissions) for r in self.roles if r.id in roles or r.id == self.id]
        bits = 0
        for permissions in held:
            bits |= permissions
        return _EVERYTHING if user == self.owner_id or bits & ADMINISTRATOR else bits

    def height(self, user: str, roles: tuple[str, ...]) -> tuple[int, int]:
        """Return how high a member stands; of two roles side by side the older is the higher."""
        if user == self.owner_id:
            return _EVERYTHING, 0
        return max(((r.position, -int(r.id)) for r in self.roles if r.id in roles), default=(0, 0))
