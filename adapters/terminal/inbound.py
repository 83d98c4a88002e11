"""What a person types as an event: pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from core.arguments import Words, read
from core.message import Button, Command, Conversation, Event, Message, Press, Right, User

PLATFORM = "terminal"

_PLACE = Conversation(platform=PLATFORM, community=PLATFORM, channel=PLATFORM, is_direct=True)


def to_event(
    text: str,
    *,
    id: str,
    locale: str | None,
    buttons: Sequence[Button],
    now: datetime,
    words: Words,
) -> Event:
    """Translate a line: a command after a slash, a button by its number, else a message.

    Args:
        text: Without spaces around it.
        id: Of the event.
        locale: BCP 47.
        buttons: Those below the last answer, counted from 1.
        now: Aware UTC.
        words: What people may write behind a slash.
    """
    # Who sits at the machine may do everything.
    user = User(id=PLATFORM, name="", locale=locale, rights=frozenset(get_args(Right)))
    if text.isascii() and text.isdecimal() and 0 < int(text) <= len(buttons):
        button = buttons[int(text) - 1]
        return Press(id=id, conversation=_PLACE, user=user, button=button.id, sent_at=now)
    found = read(text, words)
    if found is not None:
        spec, options = found
        return Command(
            id=id, conversation=_PLACE, user=user, name=spec.name, sent_at=now, options=options
        )
    return Message(id=id, conversation=_PLACE, user=user, text=text, sent_at=now, is_mention=True)
