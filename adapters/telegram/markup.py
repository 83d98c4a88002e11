"""Markdown as Telegram's text with entities: pure, and harmless whatever the model wrote.

The one file that knows telegramify-markdown. Entities instead of markup mean that Telegram
parses nothing and so refuses nothing. What would ring somebody or lead elsewhere than it
shows is broken here.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import accumulate

import msgspec
from telegramify_markdown import RenderConfig, convert

from adapters.markdown import has_vast_table, is_honest

_GAP = "\u2060"
"""Word joiner: breaks what would come alive, shows nothing and lets no line break in."""

# What the library would read as HTML, mathematics or a spoiler is hidden from it behind
# noncharacters, which Unicode keeps out of texts that are exchanged.
_HIDDEN = {"<": "\ufdd0", "$": "\ufdd1", "|": "\ufdd2"}
_HIDE = re.compile(r"\\?(?:<(?!https?://[^\s<>]*>)|\$)|\|(?=\|)|(?<=\|)\|", re.IGNORECASE)
_HIDE_TABLES = str.maketrans({"|": _HIDDEN["|"]})
_SHOW = str.maketrans({hidden: shown for shown, hidden in _HIDDEN.items()})
_BREAK = re.compile("\r\n?|[\u2028\u2029]")
_DELETED = dict.fromkeys([0x0D, *range(0x2028, 0x202F), 0x030A, 0x0333, 0x033F])
"""Telegram takes these out, and what they held apart comes alive; clean_input_string of TDLib's
td/telegram/misc.cpp, read 2026-11-23."""
_DEAD = dict.fromkeys(_DELETED, _GAP)
_NONCHARACTER = re.compile("[\ufdd0-\ufddf]")

_WIDEST = 2
"""Times its source that a text may grow: tables with one long cell are padded to no end."""
_WIDER = 500  # UTF-16 units on top of that

_NESTED = re.compile(r"^[ \t]*(?:>[ \t]*|(?:[-+*]|\d{1,9}[.)])[ \t]+){8}", re.MULTILINE)
"""Lists within lists on one line, for which the library needs ever more time."""

_ALIVE = re.compile(
    r"https?://[\w.-]+(?:/[\w.%~-]*)*/@"  # part of an address: rings nobody
    r"|(?P<alive>(?<!\w)@(?=\w)|\b(?:tg|ton)(?=://))",
    re.IGNORECASE,
)
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_CODE = ("code", "pre")
LONGER = 2
"""UTF-16 units, a mention and an address of Telegram's own; see `without_life`."""
_STYLES = ("bold", "italic", "underline", "strikethrough")
_LANGUAGE = re.compile(r"[\w+#.-]{0,20}")


class Entity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch of text with a meaning; offset and length in UTF-16 units."""

    type: str
    offset: int
    length: int
    url: str = ""
    """Of a text_link; http or https."""

    language: str = ""
    """Of a pre."""

    @property
    def end(self) -> int:
        """Return the offset after the last unit."""
        return self.offset + self.length


class Styled(msgspec.Struct, frozen=True):
    """A text as Telegram shows it; its entities in the order in which they begin."""

    text: str
    entities: tuple[Entity, ...] = ()


class _Insertion(msgspec.Struct, frozen=True):
    """Characters to put in before some UTF-16 unit."""

    place: int
    text: str


def to_styled(markdown: str) -> Styled:
    """Return our Markdown as Telegram shows it.

    Nothing is lost but markup. Mentions and addresses of Telegram's own are broken, links
    show where they lead, HTML and mathematics stay as written.
    """
    whole = markdown.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    whole = _NONCHARACTER.sub("\ufffd", _BREAK.sub("\n", whole).translate(_DELETED))
    if _NESTED.search(whole):
        return without_life(Styled(whole))
    source = _HIDE.sub(lambda found: _HIDDEN[found[0][-1]], whole)
    if has_vast_table(source):
        source = source.translate(_HIDE_TABLES)
    styled = _convert(source)
    if len(styled.text) > _WIDEST * len(source) + _WIDER:
        styled = _convert(source.translate(_HIDE_TABLES))
    return without_life(_with_bare_links(styled))


def cut(styled: Styled, lengths: Iterable[int]) -> Iterator[Styled]:
    """Take stretches of so many UTF-16 units off, without white space around them."""
    units = _to_units(styled.text)
    start = 0
    for length in lengths:
        stretch = units[start : start + length]
        first = start + len(stretch) - len(stretch.lstrip())
        last = first + len(stretch.strip())
        entities = tuple(
            _between(entity, max(entity.offset, first) - first, min(entity.end, last) - first)
            for entity in styled.entities
            if entity.offset < last and entity.end > first
        )
        yield Styled(_to_text(units[first:last]), entities)
        start += length


@cache
def _config() -> RenderConfig:
    config = RenderConfig.isolated()  # the library's own is shared with whoever imports it
    config.cite_expandable = False
    symbol = config.markdown_symbol
    symbol.heading_level_1 = symbol.heading_level_2 = ""
    symbol.heading_level_3 = symbol.heading_level_4 = ""
    symbol.image = ""
    symbol.unordered_list_item = "•"
    symbol.task_completed, symbol.task_uncompleted = "☑", "☐"
    return config


def _convert(source: str) -> Styled:
    text, found = convert(source, latex_escape=False, config=_config())
    entities = [
        Entity(
            type=entity.type,
            offset=entity.offset,
            length=entity.length,
            url=(entity.url or "").translate(_SHOW),
            language=entity.language or "",
        )
        for entity in found
    ]
    return Styled(text.translate(_SHOW).translate(_DEAD), _permitted(entities))


def _permitted(entities: list[Entity]) -> tuple[Entity, ...]:
    """Keep what Telegram lets stand together.

    Code stands in nothing else and no link or quotation in another of its kind;
    core.telegram.org/bots/api/formatting.md, read 2026-11-23. A link that is code is a
    link, and other styles are interrupted by code.
    """
    links = _outermost([entity for entity in entities if entity.type == "text_link"])
    code = [
        msgspec.structs.replace(entity, language=_language(entity.language))
        for entity in entities
        if entity.type in _CODE and not any(_overlap(entity, link) for link in links)
    ]
    quotes = _outermost([entity for entity in entities if entity.type == "blockquote"])
    styles = [entity for entity in entities if entity.type in _STYLES]
    pieces = [piece for entity in [*quotes, *styles] for piece in _around(entity, code)]
    return tuple(sorted([*links, *code, *pieces], key=lambda e: (e.offset, -e.length, e.type)))


def _language(info: str) -> str:
    found = _LANGUAGE.match(info)
    return found[0] if found else ""


def _outermost(entities: list[Entity]) -> list[Entity]:
    kept: list[Entity] = []
    # The library closes the inner one first.
    ordered = list(reversed(entities))
    ordered.sort(key=lambda entity: (entity.offset, -entity.length))
    for entity in ordered:
        if not kept or entity.offset >= kept[-1].end:
            kept.append(entity)
    return kept


def _around(entity: Entity, code: list[Entity]) -> list[Entity]:
    """Return what is left of an entity outside of code."""
    pieces: list[Entity] = []
    start = entity.offset
    for hole in sorted(code, key=lambda e: e.offset):
        if hole.end > start and hole.offset < entity.end:
            pieces.append(_between(entity, start, hole.offset))
            start = hole.end
    pieces.append(_between(entity, start, entity.end))
    return [piece for piece in pieces if piece.length > 0]


def _overlap(one: Entity, other: Entity) -> bool:
    return one.offset < other.end and other.offset < one.end


def _between(entity: Entity, start: int, end: int) -> Entity:
    return msgspec.structs.replace(entity, offset=start, length=end - start)


def _with_bare_links(styled: Styled) -> Styled:
    """Show where a link leads that shows another host, or that is none of the web."""
    units = _to_units(styled.text)
    kept: list[Entity] = []
    insertions: list[_Insertion] = []
    for entity in styled.entities:
        shown = _to_text(units[entity.offset : entity.end])
        if entity.type != "text_link" or is_honest(shown, entity.url):
            kept.append(entity)
        elif entity.url not in (shown, f"mailto:{shown}"):
            insertions.append(_Insertion(entity.end, f" ({entity.url})"))
    return _insert(units, kept, insertions)


def without_life(styled: Styled) -> Styled:
    """Break what Telegram itself would bring to life: mentions and its own addresses.

    It holds for the text as it is: a stretch of it may begin in the middle of a word, and then
    is at most `LONGER` longer afterwards.
    """
    units = _to_units(styled.text)
    words = units
    for entity in styled.entities:
        if entity.type in _CODE:
            words = words[: entity.offset] + " " * entity.length + words[entity.end :]
    insertions = [
        _Insertion(found.end("alive"), _GAP) for found in _ALIVE.finditer(words) if found["alive"]
    ]
    return _insert(units, list(styled.entities), insertions)


def _insert(units: str, entities: list[Entity], insertions: list[_Insertion]) -> Styled:
    """Put characters in and move the entities along; an insertion at an end stays outside."""
    places = [insertion.place for insertion in insertions]
    texts = [_to_units(insertion.text) for insertion in insertions]
    shifts = list(accumulate(map(len, texts), initial=0))
    moved = tuple(
        _between(
            entity,
            entity.offset + shifts[bisect_right(places, entity.offset)],
            entity.end + shifts[bisect_left(places, entity.end)],
        )
        for entity in entities
    )
    pieces: list[str] = []
    start = 0
    for place, text in zip(places, texts, strict=True):
        pieces += [units[start:place], text]
        start = place
    return Styled(_to_text("".join([*pieces, units[start:]])), moved)


def _to_units(text: str) -> str:
    """Return a text with a surrogate pair for each character that takes two units."""
    return _ASTRAL.sub(_to_pair, text)


def _to_pair(found: re.Match[str]) -> str:
    # RFC 2781, 2.1: how UTF-16 writes what lies above 0xFFFF.
    above = ord(found[0]) - 0x10000
    return chr(0xD800 + (above >> 10)) + chr(0xDC00 + (above & 0x3FF))


def _to_text(units: str) -> str:
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
