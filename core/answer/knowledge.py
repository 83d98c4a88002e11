"""Finds the passages that answer a question, whatever language either is in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from core.answer.index import Index
from core.answer.words import Slot, Words
from core.bot import Bot
from core.passages import Passage

_HEADING = 3
"""How many times a word of the heading counts."""

_LIKENESS = 0.2
"""Part of the score that tells how like the heading the question is, common words and all: it
decides between passages on the same subject."""

_FOREIGN = 0.8
"""What a passage found through another language is worth: the glossary knows few words."""

_AGREEMENT = 0.15
"""What it adds when a passage is found in both languages."""

_FOREIGN_UNKNOWN = 0.15
"""What a word counts there that the glossary does not know."""

_FLOOR = 0.32
"""Score below which a passage answers another question; measured by tests/core/answer."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A passage that may answer."""

    passage: Passage
    score: float
    """0 to 1: how much of the question it has."""

    is_in_language: bool
    """False when there is no such passage in the fan's language."""


class Knowledge:
    """The passages of a bot, searched by words."""

    def __init__(self, bot: Bot, words: Words | None = None) -> None:
        """Take the passages; a language is indexed when it is first asked in.

        Args:
            bot: Whose passages.
            words: Shared with others that search for the same bot; None makes its own.
        """
        self._words = words or Words(bot)
        self._default = bot.default_language
        self._passages: dict[str, dict[str, Passage]] = {}
        for passage in bot.passages:
            self._passages.setdefault(passage.language, {})[passage.id] = passage
        self._shelves: dict[str, _Shelf] = {}
        self._find_shelf(self._default)

    def search(
        self, question: str, language: str, *, limit: int = 4, floor: float = _FLOOR
    ) -> list[Hit]:
        """Return the passages that answer a question, best first; none when nothing does.

        Args:
            question: In any language.
            language: The fan's; a passage is given in it where it exists.
            limit: How many at most.
            floor: Lowest score to accept.
        """
        slots = self._words.ask(question, language)
        plain = self._to_plain(question, language)
        scores: dict[str, float] = {}
        for source in dict.fromkeys((language, self._default)):
            if source not in self._passages:
                continue
            for name, score in self._rank(slots, plain, source, is_own=source == language):
                before = scores.get(name, 0.0)
                more = _AGREEMENT * min(score, before)
                scores[name] = min(max(score, before) + more, 1.0)
        best = sorted(scores.items(), key=lambda row: (-row[1], row[0]))
        return [
            self._to_hit(name, score, language) for name, score in best[:limit] if score >= floor
        ]

    def _rank(
        self, slots: Sequence[Slot], plain: frozenset[str], source: str, *, is_own: bool
    ) -> list[tuple[str, float]]:
        shelf = self._find_shelf(source)
        if not is_own:
            ranked = shelf.texts.rank(slots, unknown=_FOREIGN_UNKNOWN)
            return [(shelf.names[number], score * _FOREIGN) for number, score in ranked]
        return [
            (
                shelf.names[number],
                (1 - _LIKENESS) * score + _LIKENESS * _compare(plain, shelf.headings[number]),
            )
            for number, score in shelf.texts.rank(slots)
        ]

    def _to_plain(self, text: str, language: str) -> frozenset[str]:
        return frozenset(slot.plain for slot in self._words.cut(text, language))

    def _to_hit(self, name: str, score: float, language: str) -> Hit:
        own = self._passages.get(language, {}).get(name)
        passage = own or self._passages[self._default][name]
        return Hit(passage=passage, score=score, is_in_language=own is not None)

    def _find_shelf(self, language: str) -> _Shelf:
        found = self._shelves.get(language)
        if found is None:
            passages = self._passages[language]
            analyse = self._words.analyse
            index = Index(
                (
                    (analyse(passage.title, language), _HEADING),
                    (analyse(passage.text, language), 1),
                    (analyse(passage.topic, language), 1),
                )
                for passage in passages.values()
            )
            headings = [self._to_plain(passage.title, language) for passage in passages.values()]
            found = _Shelf(list(passages), headings, index)
            self._shelves[language] = found
        return found


class _Shelf(NamedTuple):
    """The passages of one language."""

    names: list[str]
    headings: list[frozenset[str]]
    texts: Index


def _compare(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how alike two sets of words are, 0 to 1 (Dice)."""
    return 2 * len(one & other) / (len(one) + len(other)) if one else 0.0
