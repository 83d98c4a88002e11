"""Left-to-right pieces in right-to-left replies, so that each platform shows both the right way.

Platforms lay every paragraph out by the Unicode bidirectional algorithm, in the direction of its
first strong letter. Names stay readable by themselves; a score such as 2-1, a phone number, code
or a link would have its parts exchanged, or change places with what stands beside it. Isolates
keep them together; unicode.org/reports/tr9, read 2026-11-25.
"""

from __future__ import annotations

import re

from adapters.markdown import fences

_ISOLATE, _END = "\u2068", "\u2069"
_MARK = "\u200f"
"""Right-to-left mark: a letter that shows nothing."""

_RIGHT_TO_LEFT = re.compile("[\u0590-\u07ff\u0860-\u08ff\ufb1d-\ufdfd\ufe70-\ufefc]")
_STRONG = re.compile(rf"(?P<right>{_RIGHT_TO_LEFT.pattern})|[^\W\d_]")
_OPENING = re.compile(r"[ \t]*(?:(?:[-+*>]|\d{1,9}[.)]|#{1,6})[ \t]+)*(?:\*\*|__|~~|[*_])?")
"""Marks of Markdown that must stay at the beginning of a line."""

_PIECE = re.compile(
    rf"(?P<done>{_ISOLATE}[^{_END}\n]*{_END})"
    r"|(?P<link>!?\[(?P<shown>[^\[\]\n]*)\]\([^)\n]*\))"
    r"|(?P<address><?https?://\S+)"
    r"|(?P<code>(?P<ticks>`+)[^`\n]+(?P=ticks))"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<figures>\+?\d+(?:[ \u00a0]?[-–—:/.][ \u00a0]?\d+)+%?|\+\d+(?:[ \u00a0-]\d+)*)"
    r"|(?P<sign>(?<!\w)[@#][A-Za-z]\w*|\b[A-Za-z]\w*[+#]+)"
)
_PARTED = re.compile(r"[-–—/+]")
"""Signs at which figures change places; others hold them together."""


def isolate(text: str, *, is_right_to_left: bool) -> str:
    """Keep the left-to-right pieces of a reply together.

    Code blocks, addresses and what is isolated already stay as they are.

    Args:
        text: Markdown.
        is_right_to_left: Whether the reply's language is; no other reply is changed.
    """
    if not is_right_to_left or not _RIGHT_TO_LEFT.search(text):
        return text
    pieces: list[str] = []
    end = 0
    for start, stop, _ in fences(text):
        pieces += [_isolate_lines(text[end:start]), text[start:stop]]
        end = stop
    return "".join([*pieces, _isolate_lines(text[end:])])


def has_right_to_left(text: str) -> bool:
    """Tell whether a text has a letter that is written from right to left."""
    return _RIGHT_TO_LEFT.search(text) is not None


def _isolate_lines(text: str) -> str:
    return "\n".join(map(_isolate_line, text.split("\n")))


def _isolate_line(line: str) -> str:
    if not _RIGHT_TO_LEFT.search(line):
        return line  # a paragraph of its own, from left to right
    line = _PIECE.sub(_to_isolated, line)
    first = _STRONG.search(re.sub(rf"{_ISOLATE}[^{_END}]*{_END}|https?://\S+", "", line))
    if first is None or first["right"]:
        return line
    # A name comes first, and would turn the whole paragraph round.
    opening = _OPENING.match(line)
    place = opening.end() if opening else 0
    return line[:place] + _MARK + line[place:]


def _to_isolated(found: re.Match[str]) -> str:
    whole = found[0]
    is_kept = (
        found["done"] or found["address"]
        or (found["link"] and _RIGHT_TO_LEFT.search(found["shown"]))
        or (found["figures"] and not _PARTED.search(whole))
    )  # fmt: skip
    return whole if is_kept else f"{_ISOLATE}{whole}{_END}"
