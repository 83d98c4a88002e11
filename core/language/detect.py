"""Which language a short chat message is in.

The script leaves few classes. Among those, letters and words (learned tables) and two small
detectors are weighed by a learned mixture; laughter tips the scales. Classes are then read as the
languages that a bot offers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import exp

import msgspec

from core.language import traits
from core.language.model import (
    claim_all,
    find_classes,
    find_homes,
    find_prior,
    is_hant,
    load_tables,
)
from core.language.noise import is_name, read
from core.language.script import find_script
from core.language.table import MOST_WORDS, to_array
from core.language.witness import Testimony, Witnesses, place_codes

_UNKNOWN = "und"  # BCP 47's tag for an undetermined language
_LONGEST = 300
"""Characters that are looked at; more do not make a guess better."""

_LAUGHTER_BONUS = 3.0  # nats
_WRITING_BONUS = 2.0
"""Nats for the way of writing Chinese that is usual where the fan is from."""
_NAME_CERTAINTY = 0.6
"""At most for a few capitalised words: likely a name, which is at home in many languages."""

_SURE = 0.99
"""By the script alone."""

_STRANGE = 0.9
"""Share of languages that are not offered from which none of the offered is named."""

_FAINT = 8.0
"""Nats behind the best at which a class has no part any more."""

_LEAST = 0.001  # share that is still told
_MANY = 75  # languages that nobody offers who thought of his own fans

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fd-\u30ff\uff66-\uff9d]")
_NEUTRAL = frozenset(traits.NEUTRAL.split())
_NAMES = frozenset(traits.NAMES.split())
_CAPITAL_NAMES = frozenset(traits.CAPITAL_NAMES.split())


class Detection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A guess at the language of a message."""

    language: str
    """One of the offered tags, or "und" when nothing tells."""

    probability: float
    """From 0 to 1; 0 for "und"."""

    shares: dict[str, float] = {}
    """Probabilities by offered tag, the larger ones; what is missing to 1 are strangers."""

    is_romanised: bool = False
    """Whether it is written in Latin letters though the language has others."""


_NOTHING = Detection(language=_UNKNOWN, probability=0.0)


class _Choice:
    """The classes of one script as a bot's offered languages see them."""

    def __init__(
        self, script: str, offered: Sequence[str], *, is_all: bool, is_native: bool
    ) -> None:
        self.classes = find_classes(script)
        self.homes = [find_homes(label, script, offered) for label in self.classes]
        self.table = load_tables().get(script)
        self.places = place_codes(self.classes)
        prior = [
            find_prior(label, homes, is_all)
            for label, homes in zip(self.classes, self.homes, strict=True)
        ]
        if self.table is None:
            return
        mixture = self.table.mixture
        trust = mixture.native if is_native else mixture.plain
        assert trust is not None
        self.biases = to_array(trust.biases) + to_array(prior)
        self.worths = trust.worths
        self.letters = [to_array(by_witness[0]) for by_witness in trust.worths]
        self.words = [to_array(by_witness[1]) for by_witness in trust.worths]

    def weigh(self, words: list[str], count: int, heard: Testimony) -> tuple[list[float], bool]:
        """Return the odds of each class, in nats, and whether some list has one of the words."""
        bucket = 0 if count <= 1 else 1 if count == 2 else 2 if count <= 5 else 3
        table = self.table
        if table is None:
            return [0.0] * len(self.classes), True
        odds = self.biases[bucket] + self.letters[bucket] * table.weigh_letters(words)
        by_words = table.weigh_words(words)
        if by_words is not None:
            odds += self.words[bucket] * by_words
        listed: list[float] = odds.tolist()
        worths = self.worths[bucket]
        for witness, code, value in heard:
            for place in self.places.get((witness, code), ()):
                listed[place] += worths[witness][place] * value
        return listed, by_words is not None


class Detector:
    """Tells the offered languages apart; made once, it keeps nothing between messages."""

    def __init__(self, languages: Sequence[str] | None = None, *, is_native: bool = True) -> None:
        """Prepare for the languages of a bot.

        Args:
            languages: BCP 47 tags; of those that read alike the earlier is preferred. None: all
                that can be told.
            is_native: False leaves out the detectors that need a wheel for this machine.
        """
        self._is_all = languages is None or len(languages) > _MANY
        self._offered = tuple(languages) if languages is not None else claim_all()
        self._witnesses = Witnesses(is_native=is_native)
        self._choices: dict[str, _Choice] = {}

    def detect(self, text: str, *, locale: str | None = None) -> Detection:
        """Guess the language of a message.

        Args:
            text: As the fan wrote it.
            locale: What the platform says of the fan; chooses among varieties of a language.
        """
        written, laughter = read(text[:_LONGEST])
        written = written[:MOST_WORDS]
        words = [word.lower() for word in written]
        if not words or _says_nothing(written, words):
            return self._by_laughter(laughter, locale) if laughter else _NOTHING
        plain = " ".join(written)
        script = find_script(plain)
        choice = self._choices.get(script)
        if choice is None:
            choice = self._choices[script] = _Choice(
                script, self._offered, is_all=self._is_all, is_native=self._witnesses.is_native
            )
        if not any(choice.homes):
            return _NOTHING
        if choice.table is None:
            return self._name(choice, [0.0] * len(choice.classes), plain, locale, _SURE)
        count = (sum(map(len, words)) + 1) // 2 if script == "Hani" else len(words)
        odds, is_known = choice.weigh(words, count, self._witnesses.hear(plain))
        if script == "Hani":
            _count_kana(odds, choice.classes, plain)
        if locale and script == "Hani":
            _hint_writing(odds, choice.classes, is_hant(locale))
        if laughter:
            for at, label in enumerate(choice.classes):
                if label.split("-")[0] in laughter:
                    odds[at] += _LAUGHTER_BONUS
        most = 1.0 if is_known or not is_name(written) else _NAME_CERTAINTY
        return self._name(choice, odds, plain, locale, most)

    def _by_laughter(self, laughter: frozenset[str], locale: str | None) -> Detection:
        """Return the offered language that laughs so, if there is one."""
        tags = [tag for tag in self._offered if tag.split("-")[0] in laughter]
        if not tags:
            return _NOTHING
        tag = _prefer(tags, "", locale)
        return Detection(language=tag, probability=_NAME_CERTAINTY, shares={tag: _NAME_CERTAINTY})

    def _name(
        self, choice: _Choice, odds: list[float], plain: str, locale: str | None, most: float
    ) -> Detection:
        """Read classes as offered languages."""
        top = max(odds)
        shares: dict[tuple[str, ...], float] = {}
        total, leader, lead = 0.0, 0, 0.0
        least = top - _FAINT
        for at, value in [pair for pair in enumerate(odds) if pair[1] > least]:
            share = exp(value - top)
            total += share
            homes = choice.homes[at]
            shares[homes] = shares.get(homes, 0.0) + share
            if homes and share > lead:
                leader, lead = at, share
        strange = shares.pop((), 0.0) / total
        if not shares or strange > _STRANGE:
            return _NOTHING
        told: dict[str, float] = {}
        for homes, share in shares.items():
            if share > total * _LEAST:
                tag = _prefer(homes, plain, locale)
                told[tag] = min(most, told.get(tag, 0.0) + share / total)
        tag = max(told, key=told.__getitem__)
        label = choice.classes[leader]
        is_romanised = label.endswith("-Latn") and not tag.endswith("-Latn") and label != "sr-Latn"
        return Detection(
            language=tag, probability=told[tag], shares=told, is_romanised=is_romanised
        )


def _says_nothing(written: Sequence[str], words: Sequence[str]) -> bool:
    """Tell whether there is no word but what everyone says, or but names."""
    if words[0] not in _NEUTRAL and words[0] not in _NAMES and words[0] not in _CAPITAL_NAMES:
        return False  # as most messages begin
    return all(
        word in _NEUTRAL or word in _NAMES or (word in _CAPITAL_NAMES and shown != word)
        for shown, word in zip(written, words, strict=True)
    )


def _count_kana(odds: list[float], classes: Sequence[str], plain: str) -> None:
    kana = len(_KANA.findall(plain))
    if kana:
        for at, label in enumerate(classes):
            if label != "ja":
                odds[at] -= _LAUGHTER_BONUS * kana


def _hint_writing(odds: list[float], classes: Sequence[str], is_hant_usual: bool) -> None:
    for at, label in enumerate(classes):
        if label != "ja" and is_hant(label) == is_hant_usual:
            odds[at] += _WRITING_BONUS


def _prefer(tags: Sequence[str], plain: str, locale: str | None) -> str:
    """Choose among tags of one class: by the locale, by telling words, or by their order."""
    if len(tags) == 1:
        return tags[0]
    wish = (locale or "").replace("_", "-").lower()
    for tag in tags:
        if tag.lower() == wish:
            return tag
    if wish and tags[0].startswith("zh"):
        same = [tag for tag in tags if is_hant(tag) == is_hant(locale or "")]
        return (same or tags)[0]
    words = frozenset(plain.lower().split())
    return max(tags, key=lambda tag: len(words & traits.VARIETIES.get(tag, frozenset())))
