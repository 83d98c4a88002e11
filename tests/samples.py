"""Events and replies that tests are made of."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from core.message import Command, Conversation, Message, Reply, User

NOW = datetime(2027, 2, 6, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def direct(name: str = "1", *, platform: str = "web") -> Conversation:
    return Conversation(platform=platform, community=name, channel=name, is_direct=True)


def group(name: str = "g", *, thread: str = "") -> Conversation:
    return Conversation(platform="web", community=name, channel=name, thread=thread)


def fan(name: str = "Ana", *, locale: str | None = None) -> User:
    return User(id=name.lower(), name=name, locale=locale)


def message(
    text: str,
    *,
    id: str = "",
    place: Conversation | None = None,
    user: User | None = None,
    is_mention: bool = True,
) -> Message:
    return Message(
        id=id or f"web:m{next(_numbers)}",
        conversation=place or direct(),
        user=user or fan(),
        text=text,
        sent_at=NOW,
        is_mention=is_mention,
    )


def command(name: str, *, locale: str | None = None, **options: str) -> Command:
    return Command(
        id=f"web:c{next(_numbers)}",
        conversation=direct(),
        user=fan(locale=locale),
        name=name,
        sent_at=NOW,
        options=options,
    )


def reply(
    text: str,
    *,
    id: str = "reply:1",
    is_final: bool = True,
    epoch: int = 1,
    place: Conversation | None = None,
) -> Reply:
    return Reply(id=id, conversation=place or direct(), text=text, is_final=is_final, epoch=epoch)
