"""Ids and users of the fake Discord, made of names."""

from __future__ import annotations

import zlib
from typing import Any

Json = dict[str, Any]

BOT = "100000000000000001"
APPLICATION = "100000000000000002"
OWNER = "100000000000000003"


def snowflake(name: str) -> str:
    """Return an id as it is, and make one for a name."""
    return name if name.isdigit() else str(2 * 10**17 + zlib.crc32(name.encode()))


def direct(user: str) -> str:
    """Return the id of the channel between a user and the bot."""
    return snowflake(f"direct with {user}")


def user(name: str) -> Json:
    return {
        "id": snowflake(name),
        "username": name.lower(),
        "global_name": name,
        "discriminator": "0",
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def bot() -> Json:
    return user("tifo") | {"id": BOT, "bot": True}
