"""Which language a short chat message is in; the only door to eldc and langdetect.

What a message gives away is added up per offered language, as logarithms of odds: the script
leaves few, then count n-grams, letters, everyday words, laughter and, last and least, the
language that the platform reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib import resources
from math import exp, log
from typing import Any, Protocol, cast

import msgspec

from core.language import traits
from core.language.noise import clean, find_words, is_name
from core.language.script import find_script, scripts_of

_UNKNOWN = "und"  # BCP 47's tag for an undetermined language
_STRANGER = "?"
_LONGEST = 600
"""Characters that are looked at; more do not make a guess better."""

_SHARPNESS = 10.0
"""Nats that a whole point of eldc's score is worth per word, fitted on short messages."""

_MOST_WORDS = 5  # after so many, one more makes the guess no surer
_WORD_BONUS, _LAUGHTER_BONUS, _LOCALE_BONUS, _LETTER_MALUS = 2.5, 3.0, 1.2, 2.0  # nats
_NAME_CERTAINTY = 0.6
"""At most for a few capitalised words: likely a name, which is at home in many languages."""

_STRANGER_ODDS = 2.0
"""Nats that speak against a language that the bot does not offer, before a word is read."""

_SLOW_SHARPNESS = 40.0
"""Below it langdetect's probabilities are too bold, so they count less."""

_SLOW_WORTH = 0.8
"""A whole probability of langdetect, in points of eldc's score."""

_NEVER = 0.01
"""What langdetect's probability of 0 is taken for."""

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fd-\u30ff\uff66-\uff9d]")

_TELLING = frozenset("".join(traits.LETTERS.values()))
_NEUTRAL = frozenset(traits.NEUTRAL.split())
_HANT = traits.HANT | traits.HANT_OR_JAPANESE
_HANT_REGIONS = ("TW", "HK", "MO")


class Detection(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A guess at the language of a message."""

    language: str
    """One of the offered tags, or "und" when nothing tells."""

    probability: float
    """From 0 to 1; 0 for "und"."""

    is_romanised: bool = False
    """Whether it is written in Latin letters though the language has others."""


class Detector:
    """Tells the offered languages apart; made once, it keeps nothing between messages."""

    def __init__(self, languages: Sequence[str]) -> None:
        """Prepare for the languages of a bot.

        Args:
            languages: BCP 47 tags; of those that read alike the earlier is preferred.
        """
        self._tags: dict[str, list[str]] = {}
        self._by_script: dict[str, list[str]] = {}
        for tag in languages:
            code = _to_code(tag)
            self._tags.setdefault(code, []).append(tag)
            for script in scripts_of(tag):
                codes = self._by_script.setdefault(script, [])
                if code not in codes:
                    codes.append(code)
        self._words: dict[str, list[str]] = {}
        for code in self._tags:
            for word in traits.WORDS.get(code, "").split():
                self._words.setdefault(word, []).append(code)
        self._eldc = _load_eldc(list(self._tags))
        known = set(self._eldc.known if self._eldc else ())
        # Loaded only where a script has a choice that eldc cannot make: it is slow and large.
        rivals = {
            code
            for codes in self._by_script.values()
            if len(codes) > 1 and not known.issuperset(codes)
            for code in codes
        }
        self._slow = _Langdetect(rivals) if rivals else None

    def detect(self, text: str, *, locale: str | None = None) -> Detection:
        """Guess the language of a message.

        Args:
            text: As the fan wrote it.
            locale: What the platform says of the fan; tips the scales where little else does.
        """
        plain, laughter = clean(text[:_LONGEST])
        written = find_words(plain)
        words = [word.lower() for word in written]
        script = "" if _NEUTRAL.issuperset(words) else find_script(plain)
        codes = self._by_script.get(script, ()) if script else tuple(self._tags)
        kana = len(_KANA.findall(plain)) if script == "Hani" else 0
        if kana and ("ja" in codes or kana * 2 > len(plain)):
            codes = tuple(code for code in codes if code == "ja")
        if not codes:
            return Detection(language=_UNKNOWN, probability=0.0)
        odds = self._weigh(plain, script, words, codes) if script else dict.fromkeys(codes, 0.0)
        for code in laughter.intersection(codes):
            odds[code] += _LAUGHTER_BONUS
        found = self._decide(odds, plain, script, locale)
        if is_name(written) and not any(word in self._words for word in words):
            capped = min(found.probability, _NAME_CERTAINTY)
            return msgspec.structs.replace(found, probability=capped)
        return found

    def _weigh(
        self, plain: str, script: str, words: list[str], codes: Sequence[str]
    ) -> dict[str, float]:
        """Return the odds of each language of a script, and of one that is not offered."""
        odds = dict.fromkeys(codes, 0.0)
        count = len(plain) if script == "Hani" else len(words)
        sharpness = _SHARPNESS * min(max(count, 1), _MOST_WORDS)
        stranger = 0.0
        if self._eldc is not None:
            scores, stranger = self._eldc.score(plain)
            for code in codes:
                odds[code] += sharpness * scores.get(code, 0.0)
        if self._slow is not None and self._slow.codes.intersection(codes):
            self._add_slow(self._slow, odds, plain, sharpness)
        elif stranger:
            odds[_STRANGER] = sharpness * stranger - _STRANGER_ODDS
        for word in words[:_MOST_WORDS]:
            for code in self._words.get(word, ()):
                if code in odds:
                    odds[code] += _WORD_BONUS
        _add_letters(odds, plain)
        return odds

    def _add_slow(
        self, slow: _Langdetect, odds: dict[str, float], plain: str, sharpness: float
    ) -> None:
        """Set the odds of what eldc does not know, against the best of what it knows."""
        shares = slow.score(plain)
        known = self._eldc.known if self._eldc else frozenset[str]()
        leader = max((code for code in odds if code in known), key=odds.__getitem__, default="")
        trust = min(1.0, sharpness / _SLOW_SHARPNESS)
        for code in odds:
            if code in known:
                continue
            share = shares.get(code, 0.0)
            if leader and leader not in slow.codes:
                odds[code] = sharpness * share * _SLOW_WORTH
                continue
            ratio = log((share + _NEVER) / (shares.get(leader, 0.0) + _NEVER))
            odds[code] = odds.get(leader, 0.0) + trust * ratio

    def _decide(
        self, odds: dict[str, float], plain: str, script: str, locale: str | None
    ) -> Detection:
        offered = [value for code, value in odds.items() if code != _STRANGER]
        is_told = (script and len(offered) == 1) or max(offered) > min(offered)
        if not is_told:
            return Detection(language=_UNKNOWN, probability=0.0)
        home = _to_code(locale) if locale else ""
        if home in odds:
            odds[home] += _LOCALE_BONUS
        top = max(odds.values())
        shares = {code: exp(value - top) for code, value in odds.items()}
        total = sum(shares.values())
        shares.pop(_STRANGER, None)
        code = max(shares, key=shares.__getitem__)
        tag = _pick(self._tags[code], plain, script, locale)
        return Detection(language=tag, probability=shares[code] / total)


def _to_code(tag: str) -> str:
    base = tag.replace("_", "-").split("-")[0].lower()
    return traits.CODES.get(base, base)


def _add_letters(odds: dict[str, float], plain: str) -> None:
    """Count letters that a language does not have, and characters that only one has."""
    used = set(plain.lower())
    telling = used & _TELLING
    for code in odds:
        if telling and code in traits.LETTERS:
            odds[code] -= _LETTER_MALUS * min(2, len(telling.difference(traits.LETTERS[code])))
    if "zh" in odds:
        odds["zh"] += _WORD_BONUS * min(2, len(used & (traits.HANS | traits.HANT)))
    if "ja" in odds:
        odds["ja"] += _WORD_BONUS * min(2, len(used & traits.JAPANESE))


def _pick(tags: Sequence[str], plain: str, script: str, locale: str | None) -> str:
    """Choose among tags of one language: by how it is written, the locale, or their order."""
    if len(tags) == 1:
        return tags[0]
    wish = (locale or "").replace("_", "-")
    region = wish.split("-")[-1].upper()
    if script == "Hani":
        hans, hant = (sum(letter in kind for letter in plain) for kind in (traits.HANS, _HANT))
        is_hant = hant > hans if hant != hans else "hant" in wish.lower() or region in _HANT_REGIONS
        is_like = [("Hant" in tag or tag.startswith("yue")) == is_hant for tag in tags]
    else:
        is_like = [script in scripts_of(tag) for tag in tags]
    fitting = [tag for tag, is_fit in zip(tags, is_like, strict=True) if is_fit] or list(tags)
    same = [
        tag for tag in fitting if tag.lower() == wish.lower() or tag.upper().endswith(f"-{region}")
    ]
    return (same or fitting)[0]


class _Result(Protocol):
    language: str
    scores: dict[str, float]


class _Instance(Protocol):
    def set_languages(self, languages: list[str], /) -> list[str]: ...
    def set_scores(self, count: int, /) -> None: ...
    def detect_details(self, text: str, /) -> _Result: ...


class _Library(Protocol):
    LANGUAGES: Iterable[str]

    def init(self) -> None: ...
    def instance(self) -> _Instance: ...


class _Eldc:
    """eldc: n-grams of words in 60 languages, under a microsecond."""

    def __init__(self, library: _Library, codes: list[str]) -> None:
        library.init()
        self.known = frozenset(codes).intersection(library.LANGUAGES)
        self._offered = library.instance()
        self._offered.set_languages(sorted(self.known))
        self._offered.set_scores(20)  # the most it tells; eldc.MAX_SCORES of 0.4
        self._all = library.instance()
        self._all.set_scores(1)

    def score(self, text: str) -> tuple[dict[str, float], float]:
        """Return the score of each offered language, and of the best that is not offered.

        Scores are from 0 to 1; the second is 0 when an offered language, or kin of one, leads.
        """
        scores = self._offered.detect_details(text).scores
        anywhere = self._all.detect_details(text)
        leader = anywhere.language
        if leader in self.known or not anywhere.scores:
            return scores, 0.0
        best = max(scores, key=scores.__getitem__, default="")
        if any(best in kin and leader in kin for kin in traits.KIN):
            return scores, 0.0
        return scores, anywhere.scores[leader]


def _load_eldc(codes: list[str]) -> _Eldc | None:
    """Return eldc where it has a wheel for this machine and knows an offered language."""
    try:
        import eldc  # pyright: ignore[reportMissingTypeStubs] - it ships none
    except ImportError:
        return None
    found = _Eldc(cast("_Library", eldc), codes)
    return found if found.known else None


class _Langdetect:
    """langdetect: pure Python, some milliseconds a message, works everywhere."""

    def __init__(self, codes: Iterable[str]) -> None:
        # Imported here, since few bots need it.
        from langdetect import (  # pyright: ignore[reportMissingTypeStubs] - it ships none
            LangDetectException,
            detector_factory,
        )

        # Its own loader takes all 55 profiles, its own factory is shared and unseeded.
        factory = cast("Any", detector_factory).DetectorFactory()
        self._error = cast("type[Exception]", LangDetectException)
        folder = resources.files("langdetect") / "profiles"
        names = [name for code in sorted(codes) for name in _PROFILES.get(code, (code,))]
        files = [folder / name for name in names if (folder / name).is_file()]
        self.codes = frozenset(_to_code(file.name) for file in files)
        if len(files) > 1:
            factory.load_json_profile([file.read_text("utf-8") for file in files])
        else:
            self.codes = frozenset[str]()
        factory.set_seed(0)
        self._factory = factory

    def score(self, text: str) -> dict[str, float]:
        """Return the probability of each language it thinks of; empty when of none."""
        detector = self._factory.create()
        detector.append(text)
        try:
            found = cast("Iterable[Any]", detector.get_probabilities())
        except self._error:  # no letters that it knows
            return {}
        shares: dict[str, float] = {}
        for guess in found:
            code = _to_code(str(guess.lang))
            shares[code] = shares.get(code, 0.0) + float(guess.prob)
        return shares


_PROFILES = {"zh": ("zh-cn", "zh-tw")}
