"""Finds the fact cards that a question asks for: figures and names that must be told exactly."""

from __future__ import annotations

from datetime import datetime

from core.answer.index import Index
from core.answer.words import Slot, Words
from core.bot import Bot, FactCard
from core.language.strings import Strings

_FLOOR = 0.45
"""Share of the question that a label must have."""

_UNKNOWN = 0.7
"""What a word weighs that no label has."""

_COVER = 0.4
"""Share of the label that the question must have: a label says much with few words."""

_TIMES = 3
"""How many times a word of a label counts, so that one mention is nearly all."""


class Facts:
    """The fact cards of a bot, searched by their labels."""

    def __init__(self, bot: Bot, words: Words | None = None) -> None:
        """Take the cards; a language is indexed when it is first asked in.

        Args:
            bot: Whose cards.
            words: Shared with others that search for the same bot; None makes its own.
        """
        self._bot = bot
        self._words = words or Words(bot)
        self._shelves: dict[str, tuple[list[list[Slot]], Index]] = {}

    def search(
        self, question: str, language: str, *, now: datetime, limit: int = 3
    ) -> list[FactCard]:
        """Return the cards that a question asks for, best first.

        Args:
            question: In any language.
            language: The fan's.
            now: Cards that were valid until an earlier moment are not told.
            limit: How many at most.
        """
        slots = self._words.ask(question, language)
        asked = {key for slot in slots for key in slot.keys}
        scores: dict[int, float] = {}
        for source in dict.fromkeys((language, self._bot.default_language)):
            labels, index = self._find_shelf(source)
            for number, score in index.rank(slots, unknown=_UNKNOWN):
                score *= _count_share(labels[number], asked, floor=_COVER)
                scores[number] = max(score, scores.get(number, 0.0))
        ranked = sorted(scores.items(), key=lambda row: (-row[1], row[0]))
        cards = [self._bot.facts[number] for number, score in ranked if score >= _FLOOR]
        return [card for card in cards if card.valid_until is None or now < card.valid_until][
            :limit
        ]

    def _find_shelf(self, language: str) -> tuple[list[list[Slot]], Index]:
        found = self._shelves.get(language)
        if found is None:
            default = self._bot.default_language
            labels = [
                self._words.ask(
                    card.label if language == default else card.labels.get(language, ""),
                    language,
                )
                for card in self._bot.facts
            ]
            found = self._shelves[language] = labels, Index([(slots, _TIMES)] for slots in labels)
        return found


def _count_share(label: list[Slot], asked: set[str], *, floor: float) -> float:
    """Return 0 when too little of a label is asked for, else 1 and less the more is missing."""
    total = sum(slot.weight for slot in label)
    shared = sum(slot.weight for slot in label if asked.intersection(slot.keys))
    if not total or shared / total < floor:
        return 0.0
    return 0.75 + 0.25 * shared / total


def render_fact(card: FactCard, strings: Strings, language: str) -> str:
    """Write a card as one line of Markdown, with the date on which it was checked."""
    label = card.labels.get(language) or strings.isolate(card.label, language)
    value = strings.format_value(card.value, card.unit, language)
    date = strings.format_date(card.checked.date(), language)
    return f"**{label}**: {value} ({strings.text('source.as_of', language, date=date)})"
