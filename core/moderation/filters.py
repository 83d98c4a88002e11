"""The rules of a community for what is written there: pure, and compiled once.

A rule finds what it looks for in a text, whatever script or disguise it comes in, and says what
then follows; who it is that wrote plays no part here.
"""

from __future__ import annotations

import functools
import logging
import math
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec
import regex

from core.guard import MAX_TEXT
from core.house.community import Filter, FilterKind, Then
from core.moderation.folding import fold, is_unspaced, to_core, to_line, to_words

MOST = 50
"""Filters of one community."""

LONGEST = 200
"""Characters of a pattern."""

REPEATS = 3
"""Times that one fan may not say the same."""

_PATIENCE = 0.02
"""Seconds that a pattern may take for a text; then it has found nothing."""

_CROWD = 5
"""Mentions that are too many at once."""

_LOUD, _SHARE = 12, 0.7
"""Letters from which a text can be loud, and the share of capitals from which it is."""

_LINK = re.compile(
    r"(?:https?://(?:[^\s/@]*@)?|(?<![\w@.-])(?=[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}"
    r"\.(?:com|net|org|io|gg|me|ru|xyz|top|shop|info|online|site|club|live|tv|co|app|link|biz)\b))"
    r"(?P<host>[^\s/?#:<>()\[\]\"']+)",
    re.IGNORECASE,
)
_INVITE = re.compile(
    r"(?:discord(?:app)?\.com/invite/|discord\.gg/|(?:t|telegram)\.me/(?:joinchat/|\+)"
    r"|chat\.whatsapp\.com/|tg://join)\S",
    re.IGNORECASE,
)
_EVERYONE = re.compile(r"@(?:everyone|here)\b", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@.])@\w|<@[!&]?\d+>")
_COUNT = re.compile(r"\{[^}\d]*(\d+)")
_RECURSION = re.compile(r"\(\?(?:R|\d|&|P>)")
_WRITTEN_OUT = 1000
_DOTS = str.maketrans(dict.fromkeys("。．｡", "."))
_ZERO = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_STRENGTH: dict[Then, int] = {"flag": 0, "delete": 1, "warn": 2, "mute": 3, "ban": 4}

_log = logging.getLogger(__name__)


class Said(msgspec.Struct, frozen=True):
    """A message as rules see it."""

    text: str
    earlier: tuple[str, ...] = ()
    """What the same fan said there lately, this message not among it."""


Finds: TypeAlias = Callable[[Said, str], bool]
"""Tells whether a rule finds something; the second is the text, folded."""


class Rule(msgspec.Struct, frozen=True):
    """A filter, ready to be used."""

    filter: Filter
    finds: Finds


class WrongPatternError(Exception):
    """A filter cannot be used.

    Attributes:
        name: Name of the text that says so.
        why: What the library says of it, or "".
    """

    def __init__(self, name: str, why: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.why = why


@functools.lru_cache(maxsize=512)
def compile_all(filters: tuple[Filter, ...]) -> tuple[Rule, ...]:
    """Make filters ready; a pattern that cannot be used any more finds nothing."""
    rules: list[Rule] = []
    for one in filters:
        try:
            rules.append(Rule(one, _MAKE[one.kind](one.text)))
        except WrongPatternError as error:
            _log.warning("filter %s is left out: %s", one.id, error)
    return tuple(rules)


def judge(rules: Sequence[Rule], said: Said) -> list[Filter]:
    """Return the filters that a message runs into, the one with the hardest consequence first."""
    if not rules:
        return []
    said = Said(said.text[:MAX_TEXT].translate(_ZERO), said.earlier)
    folded = fold(said.text)
    hits = [rule.filter for rule in rules if rule.finds(said, folded)]
    return sorted(hits, key=lambda hit: -_STRENGTH[hit.then])


def check(kind: FilterKind, text: str) -> None:
    """Say whether a filter can be used.

    Raises:
        WrongPatternError: It cannot, and why.
    """
    needs_text = kind in ("words", "pattern")
    if needs_text and not text.strip():
        raise WrongPatternError("filter.empty")
    _MAKE[kind](text)


def _words(text: str) -> Finds:
    wanted = {fold(word).strip() for word in text.split(",")} - {""}
    whole = frozenset(w for w in wanted if not is_unspaced(w) and to_line(w) == f" {w} ")
    single = frozenset(w for w in whole if " " not in w)
    phrases = tuple(to_line(w) for w in whole - single)
    inside = tuple(wanted - whole)

    def finds(said: Said, folded: str) -> bool:
        if any(part in folded for part in inside) or not single.isdisjoint(to_words(folded)):
            return True
        line = to_line(folded) if phrases else ""
        return any(phrase in line for phrase in phrases)

    return finds


def _pattern(text: str) -> Finds:
    if len(text) > LONGEST:
        raise WrongPatternError("filter.too_long")
    # What is to come a number of times is written out by the library: its memory is ours.
    if math.prod(max(1, int(count)) for count in _COUNT.findall(text)) > _WRITTEN_OUT:
        raise WrongPatternError("filter.too_slow")
    if _RECURSION.search(text):
        raise WrongPatternError("filter.too_slow")
    try:
        pattern = regex.compile(text, regex.IGNORECASE)
        # What no text should do: match nothing at all, which is everywhere.
        if pattern.search("", timeout=_PATIENCE) is not None:
            raise WrongPatternError("filter.matches_all")
        for sample in ("a" * 200 + "!", "0" * 200 + "!", " " * 200 + "!"):
            pattern.search(sample, timeout=_PATIENCE)
    except (regex.error, OverflowError, RecursionError) as error:
        raise WrongPatternError("filter.broken", str(error)) from None
    except TimeoutError:
        raise WrongPatternError("filter.too_slow") from None

    def finds(said: Said, folded: str) -> bool:
        try:
            return pattern.search(said.text, timeout=_PATIENCE) is not None
        except TimeoutError:
            _log.warning("a pattern of %d characters takes too long", len(text))
            return False

    return finds


def _links(text: str) -> Finds:
    allowed = tuple(
        host.strip().casefold().removeprefix("https://").removeprefix("www.").rstrip("/")
        for host in text.split(",")
        if host.strip()
    )

    def is_allowed(host: str) -> bool:
        host = host.casefold().rstrip(".").removeprefix("www.")
        return any(host == one or host.endswith(f".{one}") for one in allowed)

    def finds(said: Said, folded: str) -> bool:
        found = _LINK.finditer(said.text.translate(_DOTS))
        return any(not is_allowed(link["host"]) for link in found)

    return finds


def _repeats(text: str) -> Finds:
    def finds(said: Said, folded: str) -> bool:
        core = to_core(said.text) or said.text.strip()
        earlier = sum((to_core(other) or other.strip()) == core for other in said.earlier)
        return bool(core) and earlier >= REPEATS - 1

    return finds


def _is_loud(said: Said, folded: str) -> bool:
    cased = [letter for letter in said.text if letter.islower() or letter.isupper()]
    return len(cased) >= _LOUD and sum(map(str.isupper, cased)) >= _SHARE * len(cased)


def _calls_many(said: Said, folded: str) -> bool:
    if _EVERYONE.search(said.text):
        return True
    return sum(1 for _ in _MENTION.finditer(said.text)) >= _CROWD


_MAKE: dict[FilterKind, Callable[[str], Finds]] = {
    "words": _words,
    "pattern": _pattern,
    "links": _links,
    "invites": lambda _: lambda said, _: _INVITE.search(said.text.translate(_DOTS)) is not None,
    "mentions": lambda _: _calls_many,
    "capitals": lambda _: _is_loud,
    "repeats": _repeats,
}
