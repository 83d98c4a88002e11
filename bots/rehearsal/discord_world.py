"""The people, guilds and channels of the rehearsal's Discord, as its payloads show them.

Only what discord.py or Discord's own description asks for is there.
"""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

BOT = 10**17 + 1
APPLICATION = 10**17 + 2
_FANS = 2 * 10**17
_DIRECT = 3 * 10**17
_CHANNELS = 5 * 10**17
_GUILDS = 6 * 10**17
_EPOCH = 1_420_070_400_000
"""Milliseconds; discord.com/developers/docs/reference#snowflakes, read 2026-11-25."""

_numbers = itertools.count(1)


def new_id() -> str:
    """Return an id that tells the time, as Discord's do."""
    return str((int(time.time() * 1000) - _EPOCH << 22) + next(_numbers) % (1 << 22))


def channel_of(fan: int, group: int | None) -> str:
    """Return the channel of a group, or the one that a fan and the bot have for themselves."""
    return str(_DIRECT + fan if group is None else _CHANNELS + group)


def guild_of(channel: str) -> str:
    """Return the guild of a channel, "" for a direct one."""
    group = int(channel) - _CHANNELS
    return str(_GUILDS + group) if group >= 0 else ""


def user(fan: int) -> Json:
    """Return a fan, or the bot for -1."""
    name = f"Fan {fan}" if fan >= 0 else "rehearsal"
    return {
        "id": str(_FANS + fan if fan >= 0 else BOT),
        "username": name.lower(),
        "global_name": name,
        "discriminator": "0",
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
        **({"bot": True} if fan < 0 else {}),
    }


def member() -> Json:
    """Return what a guild knows of a person."""
    return {
        "nick": None,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def message(number: str, channel: str, author: Json, content: str, reply_to: str = "") -> Json:
    """Return a message."""
    payload: Json = {
        "id": number,
        "channel_id": channel,
        "author": author,
        "content": content,
        "type": 19 if reply_to else 0,
        "flags": 0,
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "attachments": [],
        "embeds": [],
        "components": [],
        "timestamp": datetime.now(UTC).isoformat(),
        "edited_timestamp": None,
        "pinned": False,
        "tts": False,
    }
    if reply_to:
        reference = {"type": 0, "message_id": reply_to, "channel_id": channel}
        payload["message_reference"] = reference
    return payload


def application() -> Json:
    """Return the application that the token belongs to."""
    return {
        "id": str(APPLICATION),
        "name": "rehearsal",
        "icon": None,
        "description": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "owner": user(0),
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "bot_public": True,
        "bot_require_code_grant": False,
    }


def channel(number: str) -> Json:
    """Return a channel."""
    guild = guild_of(number)
    if not guild:
        fan = int(number) - _DIRECT
        known: Json = {"type": 1, "last_message_id": None, "recipients": [user(fan)]}
    else:
        known = {
            "type": 0,
            "guild_id": guild,
            "name": "general",
            "position": 0,
            "parent_id": None,
            "last_message_id": None,
            "permission_overwrites": [],
            "nsfw": False,
            "topic": None,
            "rate_limit_per_user": 0,
        }
    return {"id": number, "flags": 0, **known}


def guild(number: str) -> Json:
    """Return a guild with its one channel, as GUILD_CREATE shows it."""
    everyone = {
        "id": number,
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": "0",
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    room = channel(str(int(number) - _GUILDS + _CHANNELS))
    return {
        "id": number,
        "name": "The Club",
        "owner_id": str(_FANS),
        "icon": None,
        "afk_timeout": 300,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "roles": [everyone],
        "emojis": [],
        "stickers": [],
        "features": [],
        "mfa_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "nsfw_level": 0,
        "large": False,
        "member_count": 6,
        "members": [member() | {"user": user(-1)}],
        "channels": [room],
        **{name: [] for name in ("threads", "voice_states", "presences", "stage_instances")},
        **{name: [] for name in ("guild_scheduled_events", "soundboard_sounds")},
    }
