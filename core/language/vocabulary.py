"""The club's words between two languages: which stay, and what the others become."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
import regex

from core.bot import Term
from core.language.contract import fold

_MOST = 30
"""Words of the glossary that are told with one text."""

_ENDING = 3
"""Letters at the end of a word that inflection may change."""


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
                self._entries.setdefault(fold(known), entry)
        words = sorted(filter(None, self._entries), key=len, reverse=True)
        self._pattern = regex.compile("|".join(map(_to_pattern, words))) if words else None

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
            entry = self._entries[fold(word.found)]
            if not any(_is_in(form, written) for form in entry.forms if form):
                return False
        return True

    def _find(self, text: str) -> list[tuple[int, int, Word]]:
        if self._pattern is None:
            return []
        found: list[tuple[int, int, Word]] = []
        for match in self._pattern.finditer(text):
            entry = self._entries.get(fold(match[0]))
            if entry is not None:
                form = entry.form or match[0]
                found.append((match.start(), match.end(), Word(match[0], form, entry.is_name)))
        return found


def version_of(terms: Sequence[Term]) -> str:
    """Name a state of the glossary, for what is remembered of translations made with it."""
    return hashlib.sha256(msgspec.json.encode(list(terms))).hexdigest()[:16]


def _to_pattern(word: str) -> str:
    """Match a folded word with any accents and case; whole, where a script has spaces."""
    letters = "".join(
        r"\s+" if letter == " " else rf"{regex.escape(letter)}\p{{Mn}}*" for letter in word
    )
    edge = "" if regex.match(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]", word) else r"\b"
    return f"(?i:{edge}{letters}{edge})"


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
