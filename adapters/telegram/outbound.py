"""Replies as Telegram messages: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from adapters.direction import isolate
from adapters.markdown import LEAST_LIMIT, is_visible, split, utf16, with_footer
from adapters.telegram.markup import LONGER, Entity, Styled, cut, to_styled, without_life
from core.message import Button, File, Reply

if TYPE_CHECKING:
    from core.language.strings import Strings

LONGEST = 4096
"""UTF-16 units of a message; core.telegram.org/bots/api#sendmessage, read 2026-11-23."""

MOST_ENTITIES = 100
"""In a message; telegram.constants.MessageLimit of python-telegram-bot 22.8, read 2026-11-23."""

_CALLBACK = 64  # bytes; core.telegram.org/bots/api#inlinekeyboardbutton, read 2026-11-23
_MOST_BUTTONS = 100  # .InlineKeyboardMarkupLimit, read 2026-11-23
_ROW = 24  # characters that stand side by side on a narrow phone; our own
_COLUMNS = 3  # our own

# To `split` these could open a code block; in a rendered text they are letters like others.
_FENCES = re.compile(r"[`~]")


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One Telegram message of a reply."""

    text: str
    entities: tuple[Entity, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    """In rows."""

    file: File | None = None
    """Instead of a text: a document of its own."""


def render(reply: Reply, strings: Strings) -> list[Part]:
    """Return a snapshot as messages within Telegram's limits, at least one."""
    text = isolate(
        with_footer(reply, strings), is_right_to_left=strings.is_right_to_left(reply.language)
    )
    styled = to_styled(text)
    pieces = list(_pieces(styled, LONGEST - LONGER))
    if len(pieces) > 1:  # a cut may bring to life what was dead in the whole
        pieces = [without_life(piece) for piece in pieces]
    shown = [piece for piece in pieces if is_visible(piece.text)]
    parts = [Part(text=piece.text, entities=piece.entities) for piece in shown or [Styled("…")]]
    if reply.is_final:
        rows = tuple(_rows(reply.buttons))
        parts[-1] = msgspec.structs.replace(parts[-1], buttons=rows)
        parts += (Part(text="", file=file) for file in reply.files)
    return parts


def _pieces(styled: Styled, limit: int) -> Iterator[Styled]:
    """Cut a text within a limit of UTF-16 units, and finer where it has too many entities."""
    stretches = split(_FENCES.sub("'", styled.text), limit, utf16)
    for piece in cut(styled, map(utf16, stretches)):
        if len(piece.entities) <= MOST_ENTITIES:
            yield piece
        elif limit // 2 >= LEAST_LIMIT:
            yield from _pieces(piece, limit // 2)
        else:
            yield Styled(piece.text, piece.entities[:MOST_ENTITIES])


def _rows(buttons: tuple[Button, ...]) -> Iterator[tuple[Button, ...]]:
    """Stand buttons side by side as far as their labels fit."""
    kept = [b for b in buttons if 0 < len(b.id.encode()) <= _CALLBACK and b.label.strip()]
    row: list[Button] = []
    for button in kept[:_MOST_BUTTONS]:
        width = sum(len(other.label) for other in [*row, button])
        if row and (width > _ROW or len(row) == _COLUMNS):
            yield tuple(row)
            row = []
        row.append(button)
    if row:
        yield tuple(row)
