"""A fan asks for a language by words: "in English please", "auf Deutsch bitte", "日本語で".

A request is a piece of a message that has the name of a language and, beside it, only words that
ask for one: "I love English football" has others. The names stand in `called.tsv`, made by
`tests/bench/names.py`; the words in `core.language.wishes`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from enum import IntEnum
from functools import cache
from pathlib import Path

import msgspec
import regex

from core.language import wishes
from core.language.contract import fold, match
from core.language.reply import asks_for_other_words

_FILE = Path(__file__).with_name("called.tsv")
_LONGEST = 400
"""Characters; who writes more wants more than a language."""

_NAME_WORDS = 5  # of the longest name

_NOISE = regex.compile(r"https?://\S+|[@#]\w+")
_QUOTED = regex.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|^[ \t]*>[^\n]*$|\"[^\"\n]*\"|“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»"
    r"|「[^」\n]*」|『[^』\n]*』|‘[^’\n]*’|(?<!\w)'[^'\n]*'(?!\w)",
    regex.DOTALL | regex.MULTILINE,
)
_SOMETHING = " ǁ "
"""A word of no language, in the place of what is quoted: that is not said, but talked about."""

_FILIPINO_NO = regex.compile(r"\bhindi\s+(?:po|na|nga|naman|pa|ako|ko|ba|ka)\b", regex.IGNORECASE)
"""In Filipino "hindi" is no language: it says no."""

_CLAUSE = regex.compile(r"[.!?…।؟。！？¡¿\n:;]+")
_PART = regex.compile(r"[,،、，()\[\]–—/]+|(?<=\s)-+(?=\s)")
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}\u200c]*")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")
_MARKS = regex.compile("[\u064b-\u0655\u0670\u093c\u09bc]")
_SAME = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ی", "ي": "ی", "ك": "ک", "ة": "ه",
                       "׳": None, "ـ": None, "\u200c": None})  # fmt: skip
"""Letters that people write for each other."""


class _Strength(IntEnum):
    """How surely a piece of a message asks."""

    NONE = 0
    """No request, and no words that only surround one."""

    FILLER = 1
    """Words that may stand around a request."""

    WEAK = 2
    """A name among such words: "the English"."""

    BARE = 3
    """A name alone."""

    ASKED = 4
    """With a word that asks: "in English"."""

    SURE = 5
    """With one that says to whom: "answer in English", "English please"."""


class Wish(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A request for a language."""

    language: str
    """One of the offered tags; "" when what is asked for is not offered."""

    name: str
    """What was asked for, folded."""

    is_all: bool
    """Whether the message says nothing else."""


class _Piece(msgspec.Struct, frozen=True):
    strength: _Strength
    names: frozenset[str] = frozenset()
    """Of languages."""

    has_more: bool = False
    """It says something else too."""

    is_clause: bool = False
    """It is a sentence of its own."""


def find_wish(text: str, offered: Sequence[str]) -> Wish | None:
    """Return the language that a message asks the bot to answer in, or None.

    Args:
        text: As the fan wrote it, in any language.
        offered: BCP 47 tags that the bot answers in.
    """
    if len(text) > _LONGEST or asks_for_other_words(text) or _FILIPINO_NO.search(text):
        return None
    pieces = list(_cut(_QUOTED.sub(_SOMETHING, _NOISE.sub(" ", text))))
    is_all = all(piece.strength > _Strength.NONE and not piece.has_more for piece in pieces)
    least = _Strength.BARE if is_all else _Strength.ASKED
    found = [
        piece
        for piece in pieces
        if piece.strength >= (least if is_all or piece.is_clause else _Strength.SURE)
    ]
    names = frozenset[str]().union(*(piece.names for piece in found))
    tags = {_find_tag(name, tuple(offered)) for name in names}
    if len(tags) != 1:
        return None
    return Wish(language=tags.pop(), name=min(names), is_all=is_all)


def plain(text: str) -> str:
    """Fold a text, also where a script has several letters for one."""
    folded = unicodedata.normalize("NFD", fold(text))
    return unicodedata.normalize("NFC", _MARKS.sub("", folded).translate(_SAME)).replace("न्द", "ंद")


def _cut(text: str) -> Iterable[_Piece]:
    for clause in _CLAUSE.split(text):
        parts = [part for part in _PART.split(clause) if _WORD.search(part)]
        for part in parts:
            piece = _read(plain(part))
            yield msgspec.structs.replace(piece, is_clause=len(parts) == 1)


def _read(part: str) -> _Piece:
    if _UNSPACED.search(part):
        return _read_unspaced("".join(_WORD.findall(part)))
    words = _WORD.findall(part)
    names, others = _take_names(words)
    kinds = _kinds()
    if any(word not in kinds for word in others):
        return _read_ends(words)
    if "negation" in (told := {kinds[word] for word in others}):
        return _Piece(_Strength.FILLER)
    if not names:
        return _Piece(_Strength.FILLER)
    return _Piece(_judge(told, has_others=bool(others)), names)


def _judge(kinds: set[str], *, has_others: bool) -> _Strength:
    if kinds & {"verb", "polite"}:
        return _Strength.SURE
    if "frame" in kinds:
        return _Strength.ASKED
    return _Strength.WEAK if has_others else _Strength.BARE


def _read_ends(words: Sequence[str]) -> _Piece:
    """Look for a request that begins or ends a sentence: "answer in German when …"."""
    kinds = _kinds()
    for row in (words, words[::-1]):
        is_back = row is not words
        names, others = _take_names(words)
        run: list[str] = []
        named = {word for name in names for word in name.split()}
        for word in row:
            if word not in kinds and word not in named:
                break
            run.append(word)
        run = run[::-1] if is_back else run
        names, others = _take_names(run)
        told = {kinds[word] for word in others if word in kinds}
        is_sure = "polite" in told or ("verb" in told and not is_back)
        if len(names) == 1 and is_sure and "frame" in told and "negation" not in told:
            return _Piece(_Strength.SURE, names, has_more=True)
    return _Piece(_Strength.NONE)


def _read_unspaced(part: str) -> _Piece:
    names, pieces = _unspaced()
    found = frozenset(names.findall(part))
    rest = names.sub("", part)
    if not pieces.fullmatch(rest):
        return _Piece(_Strength.NONE)
    if not found:
        return _Piece(_Strength.FILLER)
    return _Piece(_Strength.SURE if rest else _Strength.BARE, found)


def _take_names(words: Sequence[str]) -> tuple[frozenset[str], list[str]]:
    """Part the names of languages from the other words."""
    called = _called()
    names: set[str] = set()
    others: list[str] = []
    at = 0
    while at < len(words):
        for count in range(_NAME_WORDS, 0, -1):
            name = " ".join(words[at : at + count])
            if name in called and at + count <= len(words):
                names.add(name)
                at += count
                break
        else:
            others.append(words[at])
            at += 1
    return frozenset(names), others


def _find_tag(name: str, offered: tuple[str, ...]) -> str:
    """Return the offered language that a name means, or ""."""
    return next(filter(None, (match(tag, offered) for tag in _called()[name])), "")


@cache
def _called() -> dict[str, list[str]]:
    """Return what each name may mean."""
    found: dict[str, list[str]] = {}
    for row in _FILE.read_text(encoding="utf-8").splitlines():
        tag, *names = row.split("\t")
        for name in names:
            found.setdefault(name, []).append(tag)
    return found


@cache
def _kinds() -> dict[str, str]:
    """Return what each word of a request is good for; what says most counts."""
    kinds: dict[str, str] = {}
    for kind, rows in (
        ("negation", wishes.NEGATIONS),
        ("verb", wishes.VERBS),
        ("polite", wishes.POLITE),
        ("frame", wishes.FRAMES),
        ("glue", wishes.GLUE),
    ):
        for row in rows:
            for word in _WORD.findall(plain(row)):
                kinds.setdefault(word, kind)
    return kinds


@cache
def _unspaced() -> tuple[regex.Pattern[str], regex.Pattern[str]]:
    """Return patterns for the names, and for all that may stand around one."""
    names = [name for name in _called() if _UNSPACED.search(name)]
    pieces = [plain(piece) for row in wishes.PIECES for piece in row.split()]
    return (
        regex.compile("|".join(map(regex.escape, sorted(names, key=len, reverse=True)))),
        regex.compile(f"(?:{'|'.join(map(regex.escape, pieces))})*"),
    )
