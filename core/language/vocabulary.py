"""The club's words between two languages: which stay, and what the others become."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec
import regex

from core.bot import Term
from core.language.contract import fold

_MOST = 30
"""Words of the glossary that are told with one text."""

_ENDING = 3
"""Letters at the end of a word that inflection may change."""


_WORD = regex.compile(r"[\w\p{M}]+")
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
"""What a word of a script without spaces begins with."""


class Word(msgspec.Struct, frozen=True):
    """A word of the glossary as it stands in a text."""

    found: str
    form: str
    """As the target language has it."""

    is_name: bool


class _Entry(msgspec.Struct, frozen=True):
    form: str
    """"" keeps the word as it is written."""

    forms: tuple[str, ...]
    """Every form of the target that counts as it."""

    is_name: bool


class Vocabulary:
    """The glossary from one language into another."""

    def __init__(self, terms: Sequence[Term], source: str, target: str) -> None:
        """Prepare it.

        Args:
            terms: The bot's glossary.
            source: BCP 47 tag, or "" where every language's forms may occur.
            target: BCP 47 tag.
        """
        self._entries: dict[str, _Entry] = {}
        for term in terms:
            form = _of(term.translations, target) or ("" if term.keep else None)
            if form is None:
                continue
            entry = _Entry(form, (form, *_synonyms(term, target)), term.keep)
            for known in _forms(term, source):
                self._entries.setdefault(_to_key(fold(known)), entry)
        self._dense = [word for word in self._entries if _DENSE.match(word)]
        self._dense.sort(key=len, reverse=True)
        self._longest = max((word.count(" ") + 1 for word in self._entries), default=0)

    def cut(self, text: str, *, hides_all: bool) -> list[str | Word]:
        """Cut out the words that must not be read: names, or all."""
        pieces: list[str | Word] = []
        end = 0
        for start, stop, word in self._find(text):
            if word.is_name or hides_all:
                pieces += [text[end:start], word]
                end = stop
        return [*pieces, text[end:]]

    def pairs(self, text: str) -> list[tuple[str, str]]:
        """Return the words of a text and what they become, without names that stay."""
        pairs = {word.found: word.form for _, _, word in self._find(text)}
        return list(pairs.items())[:_MOST]

    def is_kept(self, text: str, translated: str) -> bool:
        """Tell whether each word of a text has become what it should, inflected or not."""
        written = fold(translated)
        for _, _, word in self._find(text):
            entry = self._entries[_to_key(_fold(word.found)[0])]
            if not any(_is_in(form, written) for form in entry.forms if form):
                return False
        return True

    def _find(self, text: str) -> list[tuple[int, int, Word]]:
        """Return the words of the glossary in a text with their places, none in another."""
        if not self._entries:
            return []
        folded, places = _fold(text)
        spans = sorted([*self._find_spaced(folded), *self._find_dense(folded)])
        found: list[tuple[int, int, Word]] = []
        end = 0
        for begin, stop, entry in spans:
            start, last = places[begin], places[stop - 1] + 1
            if start >= end:
                word = text[start:last]
                found.append((start, last, Word(word, entry.form or word, entry.is_name)))
                end = last
        return found

    def _find_spaced(self, folded: str) -> Iterator[tuple[int, int, _Entry]]:
        words = list(_WORD.finditer(folded))
        at = 0
        while at < len(words):
            for count in range(min(self._longest, len(words) - at), 0, -1):
                run = words[at : at + count]
                entry = self._entries.get(" ".join(word[0] for word in run))
                if entry is not None:
                    yield run[0].start(), run[-1].end(), entry
                    at += count - 1
                    break
            at += 1

    def _find_dense(self, folded: str) -> Iterator[tuple[int, int, _Entry]]:
        taken: list[tuple[int, int]] = []
        for word in self._dense:
            at = folded.find(word)
            while at >= 0:
                end = at + len(word)
                if not any(begin < end and at < stop for begin, stop in taken):
                    taken.append((at, end))
                    yield at, end, self._entries[word]
                at = folded.find(word, end)


def find_words(terms: Sequence[Term], text: str, target: str) -> list[tuple[str, str]]:
    """Return the words of a glossary that stand in a text, and what each becomes in a language."""
    return Vocabulary(terms, "", target).pairs(text) if terms else []


def version_of(terms: Sequence[Term]) -> str:
    """Name a state of the glossary, for what is remembered of translations made with it."""
    return hashlib.sha256(msgspec.json.encode(list(terms))).hexdigest()[:16]


def _to_key(folded: str) -> str:
    return folded if _DENSE.match(folded) else " ".join(_WORD.findall(folded))


def _fold(text: str) -> tuple[str, list[int]]:
    """Return a text without case and accents, and where each letter of it comes from."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        plain = _fold_letter(letter)
        letters.append(plain)
        places += [place] * len(plain)
    return "".join(letters), places


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    # As `core.language.contract.fold`, which would take a comma for nothing.
    parts = unicodedata.normalize("NFKD", letter.casefold().replace("ı", "i"))
    plain = "".join(part for part in parts if not "\u0300" <= part <= "\u036f")
    return unicodedata.normalize("NFC", plain)


def _of(table: Mapping[str, str], language: str) -> str | None:
    return table.get(language) or table.get(language.split("-")[0])


def _synonyms(term: Term, language: str) -> Sequence[str]:
    return term.synonyms.get(language) or term.synonyms.get(language.split("-")[0]) or ()


def _forms(term: Term, language: str) -> list[str]:
    if language:
        own = _of(term.translations, language)
        return [term.term, *([own] if own else []), *_synonyms(term, language)]
    synonyms = (form for forms in term.synonyms.values() for form in forms)
    return [term.term, *term.translations.values(), *synonyms]


def _is_in(form: str, written: str) -> bool:
    """Tell whether a form, or an inflected one of it, is among folded text."""
    return all(
        (word[:-_ENDING] if len(word) > 2 * _ENDING else word[: max(2, len(word) - 1)]) in written
        for word in fold(form).split()
    )
