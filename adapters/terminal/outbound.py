"""Replies as plain text for a terminal: pure."""

from __future__ import annotations

import re

from core.guard import clean
from core.message import File, Reply

# What a terminal would obey: control sequences, strings up to their terminator, single escapes;
# ECMA-48, 5.3 to 5.6. A growing text may end in the middle of one.
_ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*(?:[@-~]|$)"
    "|(?:\x1b[PX\\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9c-\x9f]*(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]*(?:[0-~]|$)"
)
_FENCE = re.compile(r" {0,3}(```|~~~)")
_HEADING = re.compile(r"^ {0,3}#{1,6} +")
_BULLET = re.compile(r"^(\s*)[*+-] +")
_LINK = re.compile(r"\[([^\[\]\n]+)\]\((https?://[^\s()]+)\)")
_EMPHASIS = re.compile(r"(?<![\w*/])([*_])(?=\S)([^*_\n]+)(?<=\S)\1(?![\w*])")
_UNFINISHED = re.compile(
    r"(?:\[[^\[\]\n]*(?:\](?:\([^()\s]*)?)?"
    r"|(?<![\w*/])[*_][^\s*_][^*_\n]*[*_]?"
    r"|(?:^|\n)[^\S\n]*[-+]\s*[*_`]*"
    r"|(?<![*_`~#])[*_`~#]+)$"
)
"""What the end of a growing text may turn out to be: a link, emphasis, marks that will go."""


def render(text: str, *, is_growing: bool = False) -> str:
    """Return our Markdown without its marks, and without anything that a terminal obeys.

    Args:
        text: Markdown, from a model: anything may stand in it.
        is_growing: More will come: what may turn out to be a mark is held back, so that the
            next text most likely begins with this one.
    """
    lines: list[str] = []
    is_code = False
    text = clean(_ESCAPES.sub("", text))
    if is_growing:
        text = _UNFINISHED.sub("", text).rstrip()
    for line in text.split("\n"):
        if _FENCE.match(line):
            is_code = not is_code
        else:
            lines.append(line if is_code else _render_line(line))
    return "\n".join(lines).rstrip()


def _render_line(line: str) -> str:
    line = _BULLET.sub(r"\1• ", _HEADING.sub("", line))
    line = _LINK.sub(r"\1 (\2)", line)
    return _EMPHASIS.sub(r"\2", line.replace("**", "").replace("`", ""))


def render_ending(reply: Reply) -> str:
    """Return what stands below a final text: its sources, and its buttons by number."""
    rows = [_flat(f"↳ {source.title} {source.checked} {source.url}") for source in reply.sources]
    rows += [f"[{n}] {_flat(button.label)}" for n, button in enumerate(reply.buttons, start=1)]
    return "".join(f"{row}\n" for row in rows)


def render_file(file: File) -> str:
    """Return a file whole, below its name, without anything that a terminal obeys."""
    text = clean(_ESCAPES.sub("", file.content.decode("utf-8", "replace"))).rstrip()
    return f"↓ {_flat(file.name)}\n{text}\n"


def _flat(text: str) -> str:
    return " ".join(clean(_ESCAPES.sub("", text)).split())
