"""The people, guilds and channels of the fake Discord, as its payloads show them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from tests.fakes.discord_members import MODERATORS as MODERATORS
from tests.fakes.discord_members import OWN_ROLE as OWN_ROLE
from tests.fakes.discord_members import Members
from tests.fakes.discord_names import APPLICATION as APPLICATION
from tests.fakes.discord_names import BOT as BOT
from tests.fakes.discord_names import OWNER as OWNER
from tests.fakes.discord_names import bot as bot
from tests.fakes.discord_names import direct as direct
from tests.fakes.discord_names import snowflake as snowflake
from tests.fakes.discord_names import user as user

Json = dict[str, Any]

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
EPHEMERAL = 1 << 6
TEXT, DIRECT, THREAD, FORUM = 0, 1, 11, 15


def application(endpoint: str | None, key: str) -> Json:
    return {
        "id": APPLICATION,
        "name": "tifo",
        "icon": None,
        "description": "",
        "type": None,
        "verify_key": key,
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
        self.members = Members()
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

    def add_thread(self, id: str, parent: str, name: str) -> Json:
        """Return a thread that the bot opened."""
        guild = self.guild_of(parent)
        made = _thread(id, guild, name, parent) | {"owner_id": BOT}
        self._guilds[guild][id] = made
        return made

    def threads(self, guild: str) -> list[Json]:
        return [c for c in self._guilds.get(guild, {}).values() if c["type"] == THREAD]

    def guild_of(self, channel: str) -> str:
        """Return the guild of a channel, "" for a direct one."""
        return (self.channel(channel) or {}).get("guild_id", "")

    def guild(self, guild: str) -> Json | None:
        """Return a guild as the REST interface shows it."""
        if guild not in self._guilds:
            return None
        nothing = (
            "home_header application_id widget_channel_id max_presences safety_alerts_channel_id "
            "public_updates_channel_id incidents_data"
        )
        return {
            **self._guild(guild),
            **dict.fromkeys(nothing.split()),
            "region": "deprecated",
            "widget_enabled": False,
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "premium_subscription_count": 0,
            "nsfw": False,
            "premium_progress_bar_enabled": False,
        }

    def own_guilds(self) -> list[Json]:
        """Return the bot's guilds, with what it may do there."""
        shown: Json = {
            "name": "The Club",
            "icon": None,
            "banner": None,
            "owner": False,
            "features": [],
        }
        permissions = str(self.members.bits(BOT))
        return [shown | {"id": guild, "permissions": permissions} for guild in self._guilds]

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
            "roles": self.members.roles(guild),
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
            "members": [self.members.member(BOT) | {"user": bot()}],
            "channels": [c for c in channels if c["type"] != THREAD],
            "threads": [c for c in channels if c["type"] == THREAD],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }


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
