"""The bot's own words in every language, and how each language writes names, dates and times."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from core.errors import SettingsError
from core.folder import Page
from core.language.contract import match
from core.language.names import find_locale, find_name

_FALLBACK = "en"
_FOLDER = Path(__file__).with_name("locales")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

_RIGHT_TO_LEFT = frozenset(("ar", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"))
_RIGHT_TO_LEFT_SCRIPTS = frozenset(("arab", "hebr", "syrc", "thaa"))

# A first-strong isolate keeps a left-to-right name from turning an Arabic sentence round it
# upside down; unicode.org/reports/tr9, read 2026-11-23.
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"

_DATE = "yMMMEd"
_TIME = "Hm"
"""Skeletons: weekday, day, month and year; hours of 24 and minutes.
unicode.org/reports/tr35/tr35-dates.html#availableFormats_appendItems, read 2026-11-23."""


class Strings:
    """All texts of all locales, held in memory.

    A locale is a file `<tag>.toml`; `en` is the one that says which keys there are.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Read the locales.

        Args:
            folder: Where they are; our own when None.

        Raises:
            SettingsError: A file is wrong: the first fault, with file, line and key.
        """
        folder = folder or _FOLDER
        problems: list[str] = []
        pages = {path.stem: Page(path, problems) for path in sorted(folder.glob("*.toml"))}
        if _FALLBACK not in pages:
            raise SettingsError(f"{folder} has no {_FALLBACK}.toml; every other locale needs it.")
        self._texts = {tag: _flatten(page) for tag, page in pages.items()}
        for tag, page in pages.items():
            _check(page, self._texts[tag], self._texts[_FALLBACK])
        if problems:
            raise SettingsError(problems[0])
        self.locales = tuple(self._texts)
        self._learned: dict[str, Mapping[str, str]] = {}

    def text(self, key: str, language: str, /, **values: str) -> str:
        """Return a text with its values put in as they are.

        Args:
            key: Such as "help.intro".
            language: BCP 47 tag; a language without locale gets its nearest, else English.
            **values: By the names that stand in braces.

        Raises:
            KeyError: English does not have the key.
        """
        locale = _nearest(language, self.locales)
        if key in self._learned.get(language, {}):
            template, locale = self._learned[language][key], language
        else:
            if key not in self._texts[locale]:
                locale = _FALLBACK
            template = self._texts[locale][key]
        if not values:
            return template
        if self.is_right_to_left(locale):
            values = {name: f"{_ISOLATE}{value}{_END_ISOLATE}" for name, value in values.items()}
        return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), template)

    def english(self) -> Mapping[str, str]:
        """Return every text in English by its key."""
        return self._texts[_FALLBACK]

    def has_locale(self, language: str) -> bool:
        """Tell whether people wrote our words in a language, and not only in one that is near."""
        nearest = match(language, self.locales)
        return nearest is not None and nearest.split("-")[0] == language.split("-")[0]

    def learn(self, language: str, texts: Mapping[str, str]) -> None:
        """Take texts that a machine translated, by the keys of `english`."""
        self._learned[language] = texts

    def is_borrowed(self, language: str) -> bool:
        """Tell whether our words in a language are a machine's."""
        return language in self._learned and not self.has_locale(language)

    def language_name(self, language: str, in_language: str) -> str:
        """Return what a language is called in another, such as "inglés" for en in es.

        A tag that nobody knows is returned as it is.
        """
        return find_name(language, in_language)

    def is_right_to_left(self, language: str) -> bool:
        """Tell whether a language is written from right to left."""
        base, *others = language.replace("_", "-").lower().split("-")
        script = next((part for part in others if len(part) == 4 and part.isalpha()), "")
        return script in _RIGHT_TO_LEFT_SCRIPTS if script else base in _RIGHT_TO_LEFT

    def format_date(self, moment: datetime | date, language: str) -> str:
        """Write a day with weekday and year, such as "Sat, Feb 6, 2027".

        Args:
            moment: A day, or a time whose day in its own zone is meant.
            language: BCP 47 tag.
        """
        return _format(moment, _DATE, language)

    def format_time(self, moment: datetime, language: str, time_zone: str) -> str:
        """Write a time of day in hours of 24, such as "20:45".

        Args:
            moment: Aware.
            language: BCP 47 tag.
            time_zone: IANA name of the zone whose clock is meant.
        """
        return _format(moment.astimezone(ZoneInfo(time_zone)), _TIME, language)


@lru_cache(maxsize=512)
def _nearest(language: str, locales: tuple[str, ...]) -> str:
    return match(language, locales) or _FALLBACK


def _flatten(page: Page) -> dict[str, str]:
    """Return the texts of a file by their dotted keys; blame what is no text."""
    texts: dict[str, str] = {}
    left: list[tuple[str, object]] = [*page.read_toml().items()]
    while left:
        key, value = left.pop(0)
        if isinstance(value, str):
            texts[key] = value
        elif isinstance(value, dict):
            table = cast("dict[str, object]", value)
            left += [(f"{key}.{name}", inner) for name, inner in table.items()]
        else:
            page.blame(_find_line(page, key), f"{key} is no text; write it in quotes.")
    return texts


def _check(page: Page, texts: dict[str, str], english: dict[str, str]) -> None:
    """Blame keys and placeholders that English does not have."""
    for key, text in texts.items():
        if key not in english:
            page.blame(_find_line(page, key), f"{key} is not known; {_FALLBACK}.toml has no such.")
            continue
        strange = set(_PLACEHOLDER.findall(text)) - set(_PLACEHOLDER.findall(english[key]))
        if strange:
            what = f"{key} has {{{min(strange)}}}, which nobody fills; {_FALLBACK}.toml has it not."
            page.blame(_find_line(page, key), what)


def _find_line(page: Page, key: str) -> int:
    line = 1
    for part in key.split("."):
        line = page.find_line(part, after=line)
    return line


def _format(moment: datetime | date, skeleton: str, language: str) -> str:
    from babel.dates import format_skeleton

    locale = find_locale(language)
    # A date has no time: babel wants a datetime.
    at = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - a bare day has no zone
    return format_skeleton(skeleton, at, at.tzinfo, locale=locale)
