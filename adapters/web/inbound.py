"""What the page says as events: pure.

Ids that a page chose are put behind its room, and what the answer must be known by later (that
it answers `/forget`) stands in the id too, so that nothing needs to be remembered for it.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime

from adapters.web.protocol import LOCALE, Hello, Press, Say
from core import message
from core.arguments import Words, read
from core.message import Command, Conversation, Event, Message, User

PLATFORM = "web"


def to_room(session: str) -> str:
    """Return the public name of a session: it tells nothing about the secret."""
    digest = hashlib.sha256(session.encode()).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode()


def to_locale(hello: Hello) -> str | None:
    """Return the browser's language if it is a tag at all."""
    return hello.locale if LOCALE.fullmatch(hello.locale) else None


def to_event(
    said: Say | Press, *, room: str, locale: str | None, words: Words, now: datetime
) -> Event:
    """Translate what a page sent.

    Args:
        said: The page's frame.
        room: See `to_room`.
        locale: See `to_locale`.
        words: What people may write behind a slash.
        now: Aware UTC; the page's own clock is not trusted.
    """
    conversation = Conversation(platform=PLATFORM, community=room, channel=room, is_direct=True)
    user = User(id=room, name="", locale=locale)
    if isinstance(said, Press):
        return message.Press(
            id=f"{PLATFORM}:press:{room}:{said.id}",
            conversation=conversation,
            user=user,
            button=said.button,
            sent_at=now,
        )
    found = read(said.text, words)
    if found is not None:
        spec, options = found
        return Command(
            id=f"{PLATFORM}:{spec.name}:{room}:{said.id}",
            conversation=conversation,
            user=user,
            name=spec.name,
            sent_at=now,
            options=options,
        )
    return Message(
        id=f"{PLATFORM}:{room}:{said.id}",
        conversation=conversation,
        user=user,
        text=said.text,
        sent_at=now,
        is_mention=True,
    )


def is_forget(event_id: str | None) -> bool:
    """Whether the event of this id was the command to forget."""
    return event_id is not None and event_id.startswith(f"{PLATFORM}:forget:")
