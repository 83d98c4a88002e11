"""What fans ask and what the model answers: marked, so that every word can be found again."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import msgspec

from core.bot import Bot
from core.language.strings import Strings

_BEGIN = re.compile(r"⟦(\d+)·(\d+)⟧")
_END = re.compile(r"⟦/(\d+)·(\d+)⟧")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2066-\u2069\ufeff]+")

_SENTENCES = (
    "command.help.description",
    "command.language.description",
    "option.question.description",
    "command.ask.description",
    "command.forget.description",
    "help.commands",
)
_ENDINGS = ("answer.cut", "answer.stopped", "answer.refused", "error.sorry")
_FEWEST = 6  # headings that a language needs to be asked in


class Mark(msgspec.Struct, frozen=True, order=True):
    """One question of one fan. Brackets and digits, which no language and no markup claims."""

    fan: int
    number: int

    @property
    def begin(self) -> str:
        """Return how it stands in the question and at the start of the answer."""
        return f"⟦{self.fan}·{self.number}⟧"

    @property
    def end(self) -> str:
        """Return how it stands at the end of the answer."""
        return f"⟦/{self.fan}·{self.number}⟧"


def find_begins(text: str) -> list[Mark]:
    """Return the marks that begin in a text."""
    return [Mark(int(fan), int(number)) for fan, number in _BEGIN.findall(text)]


def find_ends(text: str) -> list[Mark]:
    """Return the marks that end in a text."""
    return [Mark(int(fan), int(number)) for fan, number in _END.findall(text)]


def squeeze(text: str) -> str:
    """Return a text without white space and invisible signs, which platforms may change."""
    return _INVISIBLE.sub("", text)


class Words:
    """Questions from a bot's own headings, and answers of known words in every language."""

    def __init__(self, bot: Bot, strings: Strings, *, tokens: int) -> None:
        self._tokens = tokens
        titles: dict[str, list[str]] = {}
        for passage in bot.passages:
            titles.setdefault(passage.language, []).append(passage.title)
        asked = {tag: rows for tag, rows in titles.items() if len(rows) >= _FEWEST}
        self._titles = asked or {bot.default_language: titles[bot.default_language]}
        self.languages = tuple(sorted(self._titles))
        self._sentences = {
            tag: [strings.text(key, tag).rstrip(":：。") for key in _SENTENCES]
            for tag in {*bot.languages, *self.languages}
        }
        self.endings = frozenset(
            squeeze(strings.text(key, tag)) for key in _ENDINGS for tag in strings.locales
        )
        """What the bot says itself when an answer broke off."""

    def language(self, fan: int) -> str:
        """Return what a fan speaks."""
        return self.languages[fan % len(self.languages)]

    def question(self, mark: Mark) -> str:
        """Return what a fan asks: two headings, so that its language is beyond doubt."""
        titles = self._titles[self.language(mark.fan)]
        first = mark.fan + 2 * mark.number
        return f"{titles[first % len(titles)]} {titles[(first + 1) % len(titles)]} {mark.begin}"

    def answer(self, marks: Sequence[Mark], language: str) -> list[str]:
        """Return the model's answer to questions that were asked together, in tokens."""
        sentences = itertools.cycle(self._sentences.get(language) or self._sentences["en"])
        pieces: list[str] = []
        for number, sentence in enumerate(sentences, 1):
            pieces += [f"{number}", *_cut(f"{sentence}.")]
            if len(pieces) >= self._tokens - 2 * len(marks):
                break
        body = pieces[: max(1, self._tokens - 2 * len(marks))]
        begins, ends = [mark.begin for mark in marks], [mark.end for mark in marks]
        return [begins[0], *(f" {piece}" for piece in [*begins[1:], *body, *ends])]

    def find_language(self, text: str, marks: Sequence[Mark]) -> str:
        """Return the language in which a whole answer stands in a text, or ""."""
        squeezed = squeeze(text)
        for language in self._sentences:
            if squeeze("".join(self.answer(marks, language))) in squeezed:
                return language
        return ""


def _cut(sentence: str) -> list[str]:
    """Cut into words, and where no spaces are, into pairs of characters."""
    if len(sentence.split()) > 2:
        return sentence.split()
    return [sentence[i : i + 2] for i in range(0, len(sentence), 2)]
