"""What stands in the chats of the fake Telegram, and how the Bot API tells of it."""

from __future__ import annotations

import re
import time
import zlib
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

BOT_ID = 7_000_000_001
BOT_NAME = "GamesBot"
BOT: Json = {"id": BOT_ID, "is_bot": True, "first_name": "Games", "username": BOT_NAME}

# As the server does it; core.telegram.org/bots/api#messageentity, read 2026-11-23.
_COMMAND = re.compile(r"^/\w+(?:@\w+)?")
_MENTION = re.compile(r"(?<![\w/])@\w{2,32}")


@dataclass(frozen=True)
class Upload:
    """A file as it came over the wire."""

    name: str
    media_type: str
    content: bytes


@dataclass
class Member:
    """Somebody in a chat, and what they may do there."""

    user: Json
    status: str = "member"
    """creator, administrator, member, restricted, kicked or left."""

    flags: frozenset[str] = frozenset()
    """Of an administrator, such as can_delete_messages."""

    until: int = 0
    """When a restriction or a ban ends; 0 is never."""

    permissions: Json = field(default_factory=dict[str, Any])
    """Of somebody who is restricted."""

    @property
    def may_write(self) -> bool:
        if self.status == "restricted":
            return bool(self.permissions.get("can_send_messages"))
        return self.status not in ("kicked", "left")


@dataclass
class Shown:
    """A message as people see it."""

    id: int
    text: str
    user: str
    is_bot: bool
    entities: list[Json] = field(default_factory=list[Json])
    reply_to: int | None = None
    thread: int | None = None
    buttons: list[list[Json]] = field(default_factory=list[list[Json]])
    upload: Upload | None = None
    history: list[str] = field(default_factory=list[str])
    """How it read before, oldest first."""

    @property
    def edits(self) -> int:
        return len(self.history)

    @property
    def file(self) -> bytes:
        """What the document that it is has in it, b"" where it is none."""
        return b"" if self.upload is None else self.upload.content

    @property
    def pings(self) -> list[str]:
        """Names that ring somebody: mentions outside of code."""
        units = self.text.encode("utf-16-le")
        for entity in self.entities:
            if entity["type"] in ("code", "pre"):
                start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
                units = units[:start] + b".\0" * entity["length"] + units[end:]
        return _MENTION.findall(units.decode("utf-16-le"))


@dataclass
class Chat:
    """A chat and its messages by id."""

    id: int
    kind: str = "private"
    """Telegram's chat type, or "forum" for a supergroup with topics."""

    messages: dict[int, Shown] = field(default_factory=dict[int, Shown])
    topics: set[int] = field(default_factory=set[int])
    closed_topics: set[int] = field(default_factory=set[int])
    drafts: dict[int, str] = field(default_factory=dict[int, str])
    """What is being shown as a draft, by draft id."""
    draft_history: list[str] = field(default_factory=list[str])
    last: int = 0
    moved_to: int | None = None
    members: dict[int, Member] = field(default_factory=dict[int, Member])
    deleted: list[int] = field(default_factory=list[int])
    """Ids of messages that the bot took away, in that order."""
    shut_out: set[int] = field(default_factory=set[int])
    """Channels in whose name nobody may write any more."""
    refusal: tuple[int, str] | None = None
    """Status and description that every call is answered with: blocked, kicked, silenced."""

    def new_id(self) -> int:
        self.last += 1
        return self.last

    def payload(self) -> Json:
        if self.kind == "private":
            return {"id": self.id, "type": "private", "first_name": "Fan"}
        kind = "supergroup" if self.kind == "forum" else self.kind
        forum: Json = {"is_forum": True} if self.kind == "forum" else {}
        return {"id": self.id, "type": kind, "title": f"Chat {self.id}"} | forum

    def person(self, name: str, language_code: str | None) -> Json:
        number = self.id if self.kind == "private" else zlib.crc32(name.encode()) + 1
        language: Json = {"language_code": language_code} if language_code else {}
        return {"id": number, "is_bot": False, "first_name": name} | language

    def message(self, shown: Shown, *, language_code: str | None = None) -> Json:
        """Tell of a message as the Bot API does."""
        payload: Json = {
            "message_id": shown.id,
            "date": int(time.time()),
            "chat": self.payload(),
            "from": BOT if shown.is_bot else self.person(shown.user, language_code),
            "text": shown.text,
        }
        if shown.upload is not None:
            del payload["text"]
            payload["document"] = {
                "file_id": f"file{shown.id}",
                "file_unique_id": f"unique{shown.id}",
                "file_name": shown.upload.name,
                "mime_type": shown.upload.media_type,
                "file_size": len(shown.upload.content),
            }
        if shown.entities:
            payload["entities"] = shown.entities
        if shown.buttons:
            payload["reply_markup"] = {"inline_keyboard": shown.buttons}
        if shown.thread is not None:
            payload |= {"message_thread_id": shown.thread}
            if self.kind == "forum":
                payload |= {"is_topic_message": True, "reply_to_message": self._opening(shown)}
        if shown.reply_to is not None and shown.reply_to in self.messages:
            answered = self.message(self.messages[shown.reply_to])
            answered.pop("reply_to_message", None)  # told one level deep
            payload["reply_to_message"] = answered
        return payload

    def _opening(self, shown: Shown) -> Json:
        return {
            "message_id": shown.thread,
            "date": int(time.time()),
            "chat": self.payload(),
            "from": BOT,
            "forum_topic_created": {"name": "Topic", "icon_color": 7322096},
            "is_topic_message": True,
            "message_thread_id": shown.thread,
        }


def entities_of(text: str) -> list[Json]:
    """Find what the server finds in a person's text."""
    kinds = {"bot_command": _COMMAND, "mention": _MENTION}
    return [
        {
            "type": kind,
            "offset": _units(text[: found.start()]),
            "length": _units(found[0]),
        }
        for kind, pattern in kinds.items()
        for found in pattern.finditer(text)
        if kind == "bot_command" or not _COMMAND.match(text[: found.end()])
    ]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
