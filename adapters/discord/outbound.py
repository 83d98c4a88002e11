"""Replies as Discord messages: pure, and harmless whatever the model wrote.

What a model writes never pings, and a link never leads elsewhere than it shows. All of this
is done with characters that stay harmless wherever the text is cut afterwards.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import msgspec

from adapters.direction import isolate
from adapters.discord.inbound import EPHEMERAL
from adapters.discord.upload import MOST_FILES, to_attachments
from adapters.markdown import fences, is_honest, is_visible, split, utf16, with_footer
from core.message import Button, File, Reply

if TYPE_CHECKING:
    from core.language.strings import Strings

LONGEST = 2000
"""Characters of a bot's message; discord.com/developers/docs/resources/message#create-message,
read 2026-11-23. Counted in UTF-16 units, the stricter way."""

_MOST_BUTTONS, _ROW = 25, 5  # .../components/reference#action-row, read 2026-11-23
_LABEL = 80  # characters; .../components/reference#button, read 2026-11-23
_CUSTOM_ID = 100  # characters; .../components/reference#custom-id, read 2026-11-23
_NONCE = 24  # characters, 25 are allowed; .../resources/message#create-message, 2026-11-23
_SUPPRESS_EMBEDS = 1 << 2  # .../resources/message#message-flags, read 2026-11-23

_GAP = "\u200b"
"""Zero width: breaks markup that would otherwise come alive, and shows nothing."""

_PING = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_ALIVE = re.compile(r"<(?=@[!&]?\d|#\d|a?:\w+:\d|/\w|t:-?\d|id:\w|sound:\d)")
_LINK = re.compile(
    r"!?\[(?P<text>(?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]"
    r"\(\s*<?(?P<url>https?://(?:[^\s()<>]|\([^\s()<>]*\))+)>?(?:\s+[\"'(][^\n]*?[\"')])?\s*\)",
    re.IGNORECASE,
)
_MASKED = re.compile(r"\]\((?=\s*<?[a-z][\w+.-]*:)", re.IGNORECASE)
_DEEP_HEADING = re.compile(r"^#{4,6}(?=\s)", re.MULTILINE)
_TILDES = re.compile(r"^ {0,3}~{3,16}", re.MULTILINE)
_TABLE = re.compile(
    r"^(?P<head>[^\n|]*\|[^\n]*)\n"
    r"(?P<rule>[ \t]*(?:\|[ \t]*)?:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*(?:\|[ \t]*)?)"
    r"(?P<rows>(?:\n[^\n|]*\|[^\n]*)*)",
    re.MULTILINE,
)
_CELL = re.compile(r"(?<!\\)\|")
_WIDEST = 2
"""Times its source that a table may grow: with one long cell it is padded to no end."""
_WIDER = 500  # characters on top of that


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One Discord message of a reply."""

    content: str
    buttons: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()


def render(reply: Reply, strings: Strings) -> list[Part]:
    """Return a snapshot as messages within Discord's limits, at least one."""
    harmless = msgspec.structs.replace(
        reply, text=to_discord(reply.text, shows_mentions=reply.shows_mentions)
    )
    text = isolate(
        with_footer(harmless, strings), is_right_to_left=strings.is_right_to_left(reply.language)
    )
    contents = [part.strip("\n") for part in split(text, LONGEST, utf16) if is_visible(part)]
    parts = [Part(content=content) for content in contents or ["…"]]
    if reply.is_final:
        parts[-1] = Part(
            content=parts[-1].content,
            buttons=reply.buttons[:_MOST_BUTTONS],
            files=reply.files[:MOST_FILES],
        )
    return parts


def to_discord(text: str, *, shows_mentions: bool = False) -> str:
    """Return our Markdown as Discord understands it, with nothing alive in it.

    Mentions and custom emoji are broken unless they are to be shown, links show where they lead,
    tables become aligned text, and headings are at most three deep.
    """
    pieces: list[str] = []
    end = 0
    for start, stop, fence in fences(text):
        # Discord takes other lines for the ends of a block than we do: no link lives in one.
        block = _MASKED.sub(f"]{_GAP}(", text[start:stop])
        pieces += [
            _tame(text[end:start]),
            _TILDES.sub("```", block) if "~" in fence.marker else block,
        ]
        end = stop
    pieces.append(_tame(text[end:]))
    harmless = _PING.sub(f"@{_GAP}", "".join(pieces))
    return harmless if shows_mentions else _ALIVE.sub(f"<{_GAP}", harmless)


def to_body(part: Part, *, is_private: bool = False) -> dict[str, object]:
    """Return a part as the body of a send or an edit; it pings nobody.

    Its files go along in an `Upload`. An edit puts them in place of those that were there, so one
    that is done twice shows them once.

    `is_private` is for sends alone: an edit cannot change who sees a message.

    Discord reads an edit without `allowed_mentions` as "ping all", whatever the first send
    said; discord.com/developers/docs/resources/message#edit-message, read 2026-11-23.
    """
    return {
        "content": part.content,
        "components": list(_rows(part.buttons)),
        "attachments": to_attachments(part.files),
        "allowed_mentions": nobody(),
        "flags": _SUPPRESS_EMBEDS | (EPHEMERAL if is_private else 0),
    }


def nobody() -> dict[str, object]:
    """Return the `allowed_mentions` that ping nobody."""
    pinged: list[str] = []
    return {"parse": pinged, "replied_user": False}


def nonce(reply_id: str, index: int) -> str:
    """Return a mark by which Discord knows a part again that is sent twice."""
    digest = hashlib.sha256(f"{reply_id}:{index}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:_NONCE]


def _tame(text: str) -> str:
    """Translate what stands outside of code blocks."""
    text = _DEEP_HEADING.sub("###", _TABLE.sub(_to_aligned, text))
    pieces: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        pieces += [_unlink(text[end : found.start()]), _to_link(found)]
        end = found.end()
    return "".join([*pieces, _unlink(text[end:])])


def _unlink(text: str) -> str:
    """Break what Discord might take for a link although we did not."""
    return text.replace("](", f"]{_GAP}(")


def _to_link(found: re.Match[str]) -> str:
    """Keep a link whose text shows its own host; else show where it leads."""
    text, url = found["text"].strip(), found["url"]
    if "[" not in text and is_honest(text, url, is_host_needed=True):
        return f"[{text}]({url})"
    return f"{_unlink(text)} ({url})" if text and text != url else url


def _to_aligned(found: re.Match[str]) -> str:
    """Return a table as a code block with columns of equal width: Discord knows no tables."""
    rows = [_cells(line) for line in (found["head"] + found["rows"]).split("\n")]
    count = len(rows[0])
    widest = _WIDEST * len(found[0]) + _WIDER
    if len(_cells(found["rule"])) != count or len(rows) * count > widest:
        return found[0]
    rows = [(row + [""] * count)[:count] for row in rows]
    widths = [max(_width(row[i]) for row in rows) for i in range(count)]
    rows.insert(1, ["-" * width for width in widths])
    lines = [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    ]
    aligned = "\n".join(["```", *(line.rstrip() for line in lines), "```"])
    return aligned if len(aligned) <= widest else found[0]


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|").replace("```", "'''") for cell in _CELL.split(inner)]


def _width(text: str) -> int:
    """Return how many columns a text takes in a fixed-width font."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def _rows(buttons: tuple[Button, ...]) -> Iterator[dict[str, object]]:
    kept = {b.id: b for b in buttons if 0 < len(b.id) <= _CUSTOM_ID and b.label.strip()}
    shown = [
        {"type": 2, "style": 2, "custom_id": button.id, "label": _shortened(button.label)}
        for button in kept.values()
    ]
    for start in range(0, len(shown), _ROW):
        yield {"type": 1, "components": shown[start : start + _ROW]}


def _shortened(label: str) -> str:
    return label if utf16(label) <= _LABEL else split(label, _LABEL - 1, utf16)[0].rstrip() + "…"
