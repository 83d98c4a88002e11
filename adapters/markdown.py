"""Our Markdown: measured, cut into parts, given its sources, and shown as HTML.

Replies are Markdown until an adapter renders them. What all adapters need for that stands
here, so that a text is cut and sourced the same way on every platform.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

import msgspec
import regex
from markdown_it import MarkdownIt
from markdown_it.token import Token

from core.message import Reply, Source

if TYPE_CHECKING:
    from core.language.strings import Strings

Measure = Callable[[str], int]
"""How long a platform takes a text to be."""

LEAST_LIMIT = 64
"""Below this there would be no room for a fence and a line; our own."""

_FENCE = re.compile(r"^ {0,3}(?P<marker>`{3,16}|~{3,16})(?P<info>[^`\n]*)$", re.MULTILINE)
_LANGUAGE = re.compile(r"[\w+#.-]{0,20}")
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"(?<=[.!?…।؟۔])\s+|(?<=[。！？])")
_WORD = re.compile(r"\s+")
_CLUSTER = regex.compile(r"\X")
_MARKUP = re.compile(r"([\\`*_\[\]()<>#|~])")
_UNSAFE_IN_URL = re.compile(r"""[\s()<>"\\]""")
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_BLANK = regex.compile(r"[\s\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]*")
# Marks of Markdown too: on some platforms they show nothing and yet part what reads as one.
_UNSEEN = regex.compile(r"[[\p{Cc}\p{Cf}\p{DI}*_~`|\\]--\s]", regex.VERSION1)
_DOTS = str.maketrans(dict.fromkeys("。۔܁܂ꓸ‧·・⋅", "."))  # what normalising leaves of them
_NAME = re.compile(
    r"(?<=://)(?P<certain>[^\s/?#:,;()<>\"']+)|(?P<likely>(?<![\w-])[\w-]++(?:\.[\w-]++)+)"
)
_ADDRESS = 4  # numbers of an address like 192.0.2.1; RFC 791, 3.2
_MOST_CELLS = 2000
"""Of a table: a text has no more of its own, but short rows are filled up; our own."""


class _Seam(msgspec.Struct, frozen=True):
    """A kind of place where a text may be cut."""

    pattern: re.Pattern[str]
    is_in_code: bool
    """Whether a place inside a code block will do."""


_SEAMS = (
    _Seam(_PARAGRAPH, is_in_code=False),
    _Seam(_LINE, is_in_code=False),
    _Seam(_LINE, is_in_code=True),
    _Seam(_SENTENCE, is_in_code=True),
    _Seam(_WORD, is_in_code=True),
)


class Fence(msgspec.Struct, frozen=True):
    """A code block that is open at some place."""

    marker: str
    language: str

    @property
    def opening(self) -> str:
        """Return the line that opens the block."""
        return f"{self.marker}{self.language}\n"

    def closing(self, text: str) -> str:
        """Return what closes the block below a text."""
        return self.marker if text.endswith("\n") else f"\n{self.marker}"

    def end(self, text: str) -> int:
        """Return where the closing fence ends that the text begins with, or 0."""
        found = re.match(rf"\n?{self.marker}[ \t]*(?:\n|$)", text)
        return found.end() if found else 0


def utf16(text: str) -> int:
    """Return the length in UTF-16 units, which is how Telegram and browsers count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int, measure: Measure = len) -> list[str]:
    """Cut a text into parts that each stand alone.

    Nothing is lost: without the fences that were closed and opened again, the parts put
    together are the text. Cuts depend only on what stands before them, so a growing text
    keeps its earlier cuts. A code block still open at the end is closed.

    Args:
        text: Markdown.
        limit: The most that a part may measure, at least `LEAST_LIMIT`.
        measure: Length of a text in the platform's units; never less for a longer text.

    Raises:
        ValueError: The limit is below `LEAST_LIMIT`.
    """
    if limit < LEAST_LIMIT:
        raise ValueError(f"limit must be at least {LEAST_LIMIT}, not {limit}")
    parts: list[str] = []
    opening = ""
    rest = text
    while True:
        fence = _open_fence(opening + rest) if measure(rest) <= limit else None
        whole = opening + rest
        closed = whole + fence.closing(whole) if fence else whole
        if measure(closed) <= limit:
            return [*parts, closed]
        part, length, fence = _cut(opening, rest, limit, measure)
        parts.append(part)
        rest = rest[length:]
        opening = fence.opening if fence else ""


def _cut(opening: str, rest: str, limit: int, measure: Measure) -> tuple[str, int, Fence | None]:
    """Take the first part off; return it, how much of `rest` it took, and the open fence."""
    room = limit - measure(opening)
    length = _seam(opening, rest, _fitting(rest, room, measure))
    fence = _open_fence(opening + rest[:length])
    if fence is not None:
        room -= measure(f"\n{fence.marker}")
        length = _seam(opening, rest, _fitting(rest, room, measure))
        fence = _open_fence(opening + rest[:length])
    part = opening + rest[:length]
    if fence is None:
        return part, length, None
    end = fence.end(rest[length:])  # the text's own closing fence: ours takes its place
    return part + fence.closing(part), length + end, None if end else fence


def _fitting(text: str, room: int, measure: Measure) -> int:
    """Return how many characters from the start measure at most `room`."""
    low, high = 1, min(len(text), room)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle]) <= room:
            low = middle
        else:
            high = middle - 1
    return low


def _seam(opening: str, rest: str, size: int) -> int:
    """Return where to cut within a size: the best seam, else before the last cluster."""
    window = rest[:size]
    code = _code_spans(opening + window)
    starts = [found.start() for found in _CLUSTER.finditer(rest[: size + 1])]
    whole = {start for start in starts if start > size // 2}
    for seam in _SEAMS:
        ends = [found.end() for found in seam.pattern.finditer(window)]
        for end in reversed(ends):
            place = len(opening) + end
            is_code = any(start < place < stop for start, stop in code)
            if end in whole and (seam.is_in_code or not is_code):
                return end
    inner = [start for start in starts if 0 < start < size]
    return inner[-1] if inner else size


def fences(text: str) -> Iterator[tuple[int, int, Fence]]:
    """Walk over code blocks: where each starts and ends, and its fence.

    A block that nothing closes ends one character behind the text.
    """
    opened: tuple[int, Fence] | None = None
    for found in _FENCE.finditer(text):
        marker, info = found["marker"], found["info"].strip()
        if opened is None:
            language = _LANGUAGE.match(info)
            opened = found.start(), Fence(marker, language[0] if language else "")
        elif not info and marker.startswith(opened[1].marker):
            yield opened[0], found.end(), opened[1]
            opened = None
    if opened is not None:
        yield opened[0], len(text) + 1, opened[1]


def _code_spans(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end, _ in fences(text)]


def _open_fence(text: str) -> Fence | None:
    for _, end, fence in fences(text):
        if end > len(text):
            return fence
    return None


def is_visible(text: str) -> bool:
    """Return whether people would see anything of a text."""
    return _BLANK.fullmatch(text) is None


def has_vast_table(text: str) -> bool:
    """Return whether tables in a text could come to more cells than are worth the time."""
    lines = text.split("\n")
    return len(lines) * max(line.count("|") for line in lines) > _MOST_CELLS


def is_honest(shown: str, url: str, *, is_host_needed: bool = False) -> bool:
    """Return whether a link leads to the web and to no other host than its text names.

    Args:
        shown: The link's text, with or without marks of Markdown.
        url: Where it leads; an address that programs might read in two ways is not honest.
        is_host_needed: The text must name the host too.
    """
    if not _WEB.match(url) or "\\" in url:
        return False
    try:
        address = urlsplit(url)
        host = unquote(address.hostname or "")
        if "xn--" in host:
            host = host.encode().decode("idna")
    except ValueError:
        return False
    real = _plain(host).lower().rstrip(".").removeprefix("www.")
    named = {name.removeprefix("www.") for name in _hosts(shown)}
    return "@" not in address.netloc and (named == {real} if is_host_needed else named <= {real})


def _hosts(shown: str) -> Iterator[str]:
    """Find what people would take for a host."""
    for found in _NAME.finditer(_plain(unquote(shown)).lower()):
        labels = found[0].split(".")
        is_word = any(len(label) > 1 and label[0].isalpha() for label in labels[1:])
        if found["certain"] or is_word or len(labels) >= _ADDRESS:
            yield found[0].rstrip(".")


def _plain(text: str) -> str:
    return _UNSEEN.sub("", normalize("NFKC", text)).translate(_DOTS)


def with_footer(reply: Reply, strings: Strings) -> str:
    """Return the reply's text, on the final snapshot with a line that names its sources."""
    if not reply.is_final or not reply.sources:
        return reply.text
    dates = {source.checked for source in reply.sources}
    is_one_date = len(dates) == 1
    titles = [
        _to_title(source) + ("" if is_one_date else _as_of(source.checked, reply.language, strings))
        for source in reply.sources
    ]
    heading = strings.text("source.heading", reply.language)
    ending = _as_of(dates.pop(), reply.language, strings) if is_one_date else ""
    return f"{reply.text.rstrip()}\n\n{heading}: {' · '.join(titles)}{ending}"


def _to_title(source: Source) -> str:
    title = _MARKUP.sub(r"\\\1", " ".join(source.title.split()))
    if _WEB.match(source.url):
        return f"[{title}]({_UNSAFE_IN_URL.sub(_percent, source.url)})"
    return title


def _as_of(checked: str, language: str, strings: Strings) -> str:
    """Return when a source was checked, in brackets; "" when nobody wrote it down."""
    if not checked:
        return ""
    with contextlib.suppress(ValueError):  # a person wrote it another way: shown as written
        checked = strings.format_date(date.fromisoformat(checked[:10]), language)
    return f" ({strings.text('source.as_of', language, date=checked)})"


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


class _SafeMarkdown(MarkdownIt):
    """CommonMark with tables; no HTML, no images, links to web pages only."""

    def __init__(self, *, has_tables: bool = True) -> None:
        super().__init__("commonmark", {"html": False, "breaks": True})
        self.enable(["table", "strikethrough"] if has_tables else ["strikethrough"])
        self.disable(["image"])

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's own name
        return _WEB.match(url) is not None


_DIRECTIONS = {
    **dict.fromkeys(("paragraph_open", "heading_open", "list_item_open"), "auto"),
    **dict.fromkeys(("th_open", "td_open", "link_open"), "auto"),
    **dict.fromkeys(("fence", "code_block", "code_inline"), "ltr"),
}
"""Of HTML elements, by the token that they are made of."""

# Made once: making one costs more than most texts.
_with_tables = functools.cache(_SafeMarkdown)
_without_tables = functools.cache(functools.partial(_SafeMarkdown, has_tables=False))


def to_html(text: str, *, has_directions: bool = False) -> str:
    """Return a text as HTML that is safe to put into a page.

    Raw HTML shows as text, links lead to http and https only and tell their target nothing.
    A link that shows another host than its own is shown with its address.

    Args:
        text: Markdown.
        has_directions: Each paragraph, cell and link finds its own direction, code has its own.
    """
    markdown = _without_tables() if has_vast_table(text) else _with_tables()
    tokens = markdown.parse(text.encode("utf-8", "replace").decode())
    for token in tokens:
        if token.children:
            token.children = list(_with_honest_links(token.children))
        if has_directions:
            for piece in (token, *(token.children or ())):
                if direction := _DIRECTIONS.get(piece.type):
                    piece.attrSet("dir", direction)
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _with_honest_links(tokens: list[Token]) -> Iterator[Token]:
    opening: Token | None = None
    inside: list[Token] = []
    for token in tokens:
        if token.type == "link_open":
            token.attrSet("rel", "noopener nofollow noreferrer")
            token.attrSet("target", "_blank")
            opening, inside = token, []
        elif opening is None:
            yield token
        elif token.type != "link_close":
            inside.append(token)
        else:
            url = str(opening.attrGet("href"))
            if is_honest("".join(child.content for child in inside), url):
                yield from (opening, *inside, token)
            else:
                yield from (
                    *inside,
                    _to_token(" ("),
                    opening,
                    _to_token(url),
                    token,
                    _to_token(")"),
                )
            opening = None


def _to_token(text: str) -> Token:
    return Token("text", "", 0, content=text)
