"""What the page says as events: pure.

Ids that a page chose are put behind its room, and what the answer must be known by later (that
it answers `/forget`) stands in the id too, so that nothing needs to be remembered for it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.web.protocol import LOCALE, Hello, Press, Say
from core import message
from core.commands import COMMANDS, CommandSpec, to_text_name
from core.message import Command, Conversation, Event, Message, User

if TYPE_CHECKING:
    from core.language.strings import Strings

PLATFORM = "web"

Words = Mapping[str, CommandSpec]
"""What a fan may type behind a slash, in small letters."""


def to_words(strings: Strings) -> Words:
    """Return the names of all commands in all languages; English wins where two collide."""
    words = {spec.name: spec for spec in COMMANDS}
    for locale in strings.locales:
        for spec in COMMANDS:
            words.setdefault(
                strings.text(f"command.{to_text_name(spec.name)}.name", locale).casefold(), spec
            )
    return words


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
        words: See `to_words`.
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
    spec, rest = _command(said.text, words)
    if spec is not None:
        return Command(
            id=f"{PLATFORM}:{spec.name}:{room}:{said.id}",
            conversation=conversation,
            user=user,
            name=spec.name,
            sent_at=now,
            options={option.name: rest for option in spec.options[:1] if rest},
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


def _command(text: str, words: Words) -> tuple[CommandSpec | None, str]:
    if not text.startswith("/"):
        return None, text
    word, *rest = text[1:].split(maxsplit=1) or [""]
    return words.get(word.casefold()), "".join(rest).strip()
