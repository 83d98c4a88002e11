"""The people, guilds and channels of the fake Discord, as its payloads show them."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
EPHEMERAL = 1 << 6
BOT = "100000000000000001"
APPLICATION = "100000000000000002"
OWNER = "100000000000000003"
OWN_ROLE = "100000000000000004"
MODERATORS = "100000000000000005"
TEXT, DIRECT, THREAD, FORUM = 0, 1, 11, 15


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


def application(endpoint: str | None) -> Json:
    return {
        "id": APPLICATION,
        "name": "tifo",
        "icon": None,
        "description": "",
        "type": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": endpoint,
        "role_connections_verification_url": None,
        "owner": user("Owner") | {"id": OWNER},
        "approximate_guild_count": 1,
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "team": None,
        "eligible_oauth2_scopes": [],
        "bot_public": True,
        "bot_require_code_grant": False,
    }


def session_limits(gateway: str) -> Json:
    limits = {"total": 1000, "remaining": 999, "reset_after": 1000, "max_concurrency": 1}
    return {"url": gateway, "shards": 1, "session_start_limit": limits}


def member(*, is_moderator: bool = False) -> Json:
    return {
        "nick": None,
        "roles": [MODERATORS] if is_moderator else [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def message(*, reply_to: str | None, **fields: object) -> Json:
    payload: Json = {
        "type": 0,
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "attachments": [],
        "embeds": [],
        "timestamp": datetime.now(UTC).isoformat(),
        "edited_timestamp": None,
        "pinned": False,
        "tts": False,
        **fields,
    }
    if reply_to is not None:
        payload["message_reference"] = {
            "type": 0,
            "message_id": reply_to,
            "channel_id": fields["channel_id"],
        }
    return payload


def numbered(rows: list[Json]) -> list[Json]:
    """Return components with the numbers that Discord gives them."""
    return [
        row
        | {
            "id": 10 * place,
            "components": [
                button | {"id": 10 * place + column}
                for column, button in enumerate(row["components"], 1)
            ],
        }
        for place, row in enumerate(rows, 1)
    ]


def interaction(id: str, token: str, kind: int, data: Json) -> Json:
    return {
        "id": id,
        "application_id": APPLICATION,
        "type": kind,
        "token": token,
        "version": 1,
        "data": data,
        "app_permissions": "0",
        "entitlements": [],
        "authorizing_integration_owners": {},
        "attachment_size_limit": 10485760,
    }


def pings_of(body: Json) -> list[str]:
    """Return which mentions in a request's content would ring, by Discord's rules."""
    found = re.findall(r"<@!?\d+>|<@&\d+>|@everyone|@here", body["content"])
    allowed = body.get("allowed_mentions")
    if allowed is None:
        return found
    kinds = {"users": "<@", "roles": "<@&", "everyone": "@"}
    starts = tuple(kinds[kind] for kind in allowed.get("parse", []))
    return [mention for mention in found if starts and mention.startswith(starts)]


class World:
    """Guilds and their channels; a place comes into being when somebody speaks there."""

    def __init__(self) -> None:
        self._guilds: dict[str, dict[str, Json]] = {}
        self._directs: dict[str, Json] = {}

    def greeting(self) -> list[tuple[str, Json]]:
        """Return what a new session is told first."""
        guilds = [{"id": guild, "unavailable": True} for guild in self._guilds]
        ready: Json = {
            "v": 10,
            "user": bot(),
            "guilds": guilds,
            "application": {"id": APPLICATION, "flags": 0},
        }
        known = [("GUILD_CREATE", self._guild(guild)) for guild in self._guilds]
        return [("READY", ready), *known]

    def channel(self, channel: str) -> Json | None:
        """Return a channel, thread or direct channel."""
        for channels in self._guilds.values():
            if channel in channels:
                return channels[channel]
        return self._directs.get(channel)

    def open_direct(self, name: str) -> str:
        """Return the channel between a user and the bot."""
        where = direct(name)
        self._directs[where] = {
            "id": where,
            "type": DIRECT,
            "flags": 0,
            "last_message_id": None,
            "recipients": [user(name)],
        }
        return where

    def open(
        self, guild: str, channel: str, thread: str | None, *, parent_type: int = TEXT
    ) -> tuple[str, list[tuple[str, Json]]]:
        """Return a place's id and the events by which the bot hears of it."""
        news: list[tuple[str, Json]] = []
        guild_id, where = snowflake(guild), snowflake(channel)
        if guild_id not in self._guilds:
            self._guilds[guild_id] = {}
            news.append(("GUILD_CREATE", self._guild(guild_id)))
        channels = self._guilds[guild_id]
        if where not in channels:
            kind = FORUM if "forum" in channel else parent_type
            channels[where] = _guild_channel(where, guild_id, channel, kind)
            news.append(("CHANNEL_CREATE", channels[where]))
        if thread is None:
            return where, news
        inner = snowflake(thread)
        if inner not in channels:
            channels[inner] = _thread(inner, guild_id, thread, where)
            news.append(("THREAD_CREATE", channels[inner]))
        return inner, news

    def forget(self, channel: str) -> None:
        """Leave a channel out of what new sessions are told, as Discord does with old threads."""
        for channels in self._guilds.values():
            channels.pop(channel, None)

    def _guild(self, guild: str) -> Json:
        channels = self._guilds[guild].values()
        return {
            "id": guild,
            "name": "The Club",
            "owner_id": OWNER,
            "icon": None,
            "splash": None,
            "discovery_splash": None,
            "afk_channel_id": None,
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "roles": [_role(guild, "@everyone"), _own_role(), _moderator_role()],
            "emojis": [],
            "stickers": [],
            "features": [],
            "mfa_level": 0,
            "system_channel_id": None,
            "system_channel_flags": 0,
            "rules_channel_id": None,
            "vanity_url_code": None,
            "description": None,
            "banner": None,
            "premium_tier": 0,
            "preferred_locale": "en-US",
            "nsfw_level": 0,
            "large": False,
            "member_count": 2,
            "members": [member() | {"user": bot(), "roles": [OWN_ROLE]}],
            "channels": [c for c in channels if c["type"] != THREAD],
            "threads": [c for c in channels if c["type"] == THREAD],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


def _role(id: str, name: str, permissions: int = 0) -> Json:
    return {
        "id": id,
        "name": name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(permissions),
        "managed": False,
        "mentionable": True,
        "flags": 0,
    }


def _own_role() -> Json:
    return _role(OWN_ROLE, "tifo") | {"managed": True, "tags": {"bot_id": BOT}}


def _moderator_role() -> Json:
    return _role(MODERATORS, "moderators", 1 << 13)


def _guild_channel(id: str, guild: str, name: str, kind: int) -> Json:
    return {
        "id": id,
        "guild_id": guild,
        "type": kind,
        "name": name,
        "flags": 0,
        "position": 0,
        "parent_id": None,
        "last_message_id": None,
        "permission_overwrites": [],
        "nsfw": False,
        "topic": None,
        "available_tags": [],
    }


def _thread(id: str, guild: str, name: str, parent: str) -> Json:
    return {
        "id": id,
        "guild_id": guild,
        "type": THREAD,
        "name": name,
        "flags": 0,
        "parent_id": parent,
        "owner_id": OWNER,
        "last_message_id": None,
        "message_count": 1,
        "total_message_sent": 1,
        "member_count": 1,
        "rate_limit_per_user": 0,
        "bitrate": 64000,
        "user_limit": 0,
        "rtc_region": None,
        "video_quality_mode": 1,
        "permissions": "0",
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": "2026-01-01T00:00:00+00:00",
            "locked": False,
            "create_timestamp": "2026-01-01T00:00:00+00:00",
        },
    }
