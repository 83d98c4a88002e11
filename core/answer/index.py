"""Finds the texts that answer a question: BM25, scaled so that 1 is "all of it is here"."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

from core.answer.words import Slot, find_near, is_name, shelve

_SATURATION = 1.2
"""BM25's k1: how fast a repeated word stops to count."""

_LENGTH = 0.4
"""BM25's b: how much long texts are held back."""

_UNKNOWN = 0.35
"""What a word that stands nowhere weighs, against the rarest that does."""

_NAME = 2.0
"""How much more the name of a glossary term or country weighs: it is what a question is about."""

_NEAR = 0.7
"""What a slip of the pen is worth against the right word."""

Field = tuple[Sequence[Slot], int]
"""Part of a text and how many times it counts."""


class Index:
    """The words of many texts in one language, and in which of them they stand."""

    def __init__(self, texts: Iterable[Iterable[Field]]) -> None:
        """Take the texts in; they are known by their position from then on."""
        rows: dict[str, array[int]] = {}
        lengths: list[int] = []
        for number, fields in enumerate(texts):
            counts: Counter[str] = Counter()
            length = 0
            for slots, times in fields:
                for slot in slots:
                    if slot.is_common:
                        continue
                    length += times
                    for key in slot.keys:
                        counts[key] += times
            for key, count in counts.items():
                rows.setdefault(key, array("I")).extend((number, count))
            lengths.append(length)
        self._rows = rows
        mean = sum(lengths) / len(lengths) if lengths else 1.0
        self._drag = [
            _SATURATION * (1 - _LENGTH + _LENGTH * length / max(mean, 1)) for length in lengths
        ]
        self._shelves: dict[str, list[str]] | None = None
        self._rarest = self._weigh(1)

    def rank(self, slots: Sequence[Slot], *, unknown: float = _UNKNOWN) -> list[tuple[int, float]]:
        """Return the texts that share words with a question, best first.

        Args:
            slots: The question, from `Words.ask`.
            unknown: What a word counts that stands in no text, 0 to 1; a name counts fully.

        Returns:
            Position and score of each; the score is about the share of the question, by the
            weight of its words, that the text has: 0 to 1.
        """
        scores: dict[int, float] = {}
        total = 0.0
        for slot in slots:
            keys, worth = self._find_keys(slot)
            weight = slot.weight * (_NAME if is_name(slot) else 1.0)
            if not keys:
                total += (1.0 if is_name(slot) else unknown) * self._rarest * weight
                continue
            weight *= min(self._weigh(len(self._rows[key]) // 2) for key in keys)
            total += weight
            best: dict[int, float] = {}
            for key in keys:
                row = self._rows[key]
                for at in range(0, len(row), 2):
                    number, count = row[at], row[at + 1]
                    value = count / (count + self._drag[number])
                    if value > best.get(number, 0.0):
                        best[number] = value
            for number, value in best.items():
                scores[number] = scores.get(number, 0.0) + worth * weight * value
        if not total:
            return []
        ranked = [(number, score / total) for number, score in scores.items()]
        return sorted(ranked, key=lambda row: (-row[1], row[0]))

    def _find_keys(self, slot: Slot) -> tuple[list[str], float]:
        keys = [key for key in slot.keys if key in self._rows]
        if keys or slot.is_piece or is_name(slot):
            return keys, 1.0
        near = find_near(slot.plain, self._find_shelves())
        return ([near], _NEAR) if near else ([], 0.0)

    def _find_shelves(self) -> dict[str, list[str]]:
        if self._shelves is None:
            self._shelves = shelve(self._rows)
        return self._shelves

    def _weigh(self, count: int) -> float:
        """BM25's inverse document frequency."""
        return math.log(1 + (len(self._drag) - count + 0.5) / (count + 0.5))
