"""Replies as what the page shows: pure."""

from __future__ import annotations

import contextlib
import re
from datetime import date, datetime
from typing import TYPE_CHECKING

from adapters.direction import has_right_to_left, isolate
from adapters.files import to_safe_name, to_safe_type
from adapters.markdown import to_html
from adapters.web.protocol import Bot, Button, Direction, File, Growing, Source
from core import message
from core.message import Reply

if TYPE_CHECKING:
    from core.language.strings import Strings

_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_ALIGNED = re.compile(r'(<t[hd]) style="text-align:(left|right|center)"')
"""Inline styles, which the page's security policy forbids; in text the quotes are escaped."""


def to_bot(reply: Reply, strings: Strings, *, now: datetime) -> Bot:
    """Return a final reply as an item; its position is known once it stands in the transcript."""
    return Bot(
        id=reply.id,
        html=_to_safe_html(reply, strings),
        language=reply.language,
        name=_name(reply.language, strings),
        direction=_direction(reply.language, strings),
        sent_at=now,
        sources=tuple(_to_source(source, reply.language, strings) for source in reply.sources),
        buttons=tuple(Button(id=button.id, label=button.label) for button in reply.buttons),
        files=tuple(
            File(
                name=to_safe_name(file.name),
                media_type=to_safe_type(file.media_type),
                content=file.content,
            )
            for file in reply.files
        ),
    )


def to_growing(reply: Reply, strings: Strings) -> Growing:
    """Return a snapshot on the way."""
    return Growing(
        id=reply.id,
        html=_to_safe_html(reply, strings),
        language=reply.language,
        name=_name(reply.language, strings),
        direction=_direction(reply.language, strings),
    )


def _to_safe_html(reply: Reply, strings: Strings) -> str:
    if not reply.text:
        return ""
    is_right_to_left = _direction(reply.language, strings) == "rtl"
    text = isolate(reply.text, is_right_to_left=is_right_to_left)
    html = to_html(text, has_directions=is_right_to_left or has_right_to_left(text))
    return _ALIGNED.sub(r'\1 class="\2"', html)


def _name(language: str, strings: Strings) -> str:
    return strings.language_name(language, language) if language else ""


def _direction(language: str, strings: Strings) -> Direction:
    if not language:
        return "auto"
    return "rtl" if strings.is_right_to_left(language) else "ltr"


def _to_source(source: message.Source, language: str, strings: Strings) -> Source:
    return Source(
        title=source.title,
        url=source.url if _WEB.match(source.url) else "",
        as_of=_as_of(source.checked, language, strings),
    )


def _as_of(checked: str, language: str, strings: Strings) -> str:
    if not checked:
        return ""
    with contextlib.suppress(ValueError):  # a person wrote it another way: shown as written
        checked = strings.format_date(date.fromisoformat(checked[:10]), language)
    return strings.text("source.as_of", language, date=checked)
