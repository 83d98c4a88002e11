"""The bot's own words in every language, from compiled gettext catalogues.

What a catalogue is and who makes it: `core.language.catalogues`. A catalogue is read when
somebody first speaks its language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from gettext import GNUTranslations
from pathlib import Path
from struct import error as StructError  # noqa: N812 - the library's own name says nothing
from typing import cast
from zoneinfo import ZoneInfo

from core.errors import SettingsError
from core.language import formats
from core.language.names import find_locale, find_name
from core.language.tags import match

_FALLBACK = "en"
_FOLDER = Path(__file__).with_name("locales")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

_RIGHT_TO_LEFT = frozenset(("ar", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"))
_RIGHT_TO_LEFT_SCRIPTS = frozenset(("arab", "hebr", "syrc", "thaa"))

# A first-strong isolate keeps a left-to-right name from turning an Arabic sentence round it
# upside down; unicode.org/reports/tr9, read 2026-11-23.
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"

_SAME = {"no": "nb", "tl": "fil", "iw": "he", "in": "id"}
"""Two codes for what one locale writes."""


class Strings:
    """All texts of all locales.

    A locale is a file `<BCP 47 tag>.mo`; `en` is the one that says which keys there are.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Look which locales there are, and read English.

        Args:
            folder: Where they are; our own when None.

        Raises:
            SettingsError: English is missing or broken.
        """
        self._folder = folder or _FOLDER
        self.locales = tuple(sorted(path.stem for path in self._folder.glob("*.mo")))
        if _FALLBACK not in self.locales:
            raise SettingsError(
                f"{self._folder} has no {_FALLBACK}.mo, which every other locale needs; "
                "run `make catalogues`."
            )
        self._catalogues: dict[str, GNUTranslations] = {}
        self._learned: dict[str, Mapping[str, str]] = {}
        self._english = _to_texts(self._open(_FALLBACK))

    def text(self, key: str, language: str, /, **values: str | int) -> str:
        """Return a text with its values put in.

        Args:
            key: Such as "help.intro".
            language: BCP 47 tag; a language that has no locale and was not learned gets its
                nearest, else English.
            **values: By the names that stand in braces. Text is put in as it is, a number as
                the language writes it; the first number chooses the form of a counted text.

        Raises:
            KeyError: English does not have the key.
            SettingsError: The catalogue of the language is broken.
            TypeError: A counted text got no number, so that no form of it is right.
        """
        count = next((value for value in values.values() if isinstance(value, int)), None)
        if count is None and f"{key}.other" in self._english:
            raise TypeError(f"{key} is counted: hand its number over as an int")
        template, spoken = self._find(key, language, count)
        if not values:
            return template
        written = {
            name: formats.format_number(value, spoken) if isinstance(value, int) else value
            for name, value in values.items()
        }
        return _PLACEHOLDER.sub(
            lambda found: (
                self.isolate(written[found[1]], spoken) if found[1] in written else found[0]
            ),
            template,
        )

    def has_texts(self, keys: Iterable[str], locale: str) -> bool:
        """Tell whether one of `locales` has all of some texts itself."""
        catalogue = self._open(locale)
        return all(_look_up(catalogue, key, None) is not None for key in keys)

    def english(self) -> Mapping[str, str]:
        """Return every text in English by its key; a counted one as `key.one` and `key.other`."""
        return self._english

    def has_locale(self, language: str) -> bool:
        """Tell whether people wrote our words in a language, and not only in one that is near."""
        nearest = match(language, self.locales)
        if nearest is None:
            return False
        base, script = _to_base_and_script(language)
        return base == _to_base_and_script(nearest)[0] and (
            not script or script in nearest.lower().split("-")
        )

    def learn(self, language: str, texts: Mapping[str, str]) -> None:
        """Take texts that a machine translated; a text whose placeholders are wrong is left out.

        Args:
            language: BCP 47 tag; where there is a locale for it, that goes on to be used.
            texts: By the keys of `english`; what they lack comes from the nearest locale.
        """
        fit = {
            key: text
            for key, text in texts.items()
            if (english := self._to_english(key)) and _placeholders(text) == _placeholders(english)
        }
        self._learned[language] = {**self._learned.get(language, {}), **fit}

    def _to_english(self, key: str) -> str:
        """Return the English text of a key, of its usual form where English lacks a form."""
        usual = f"{key.rpartition('.')[0]}.other"
        return self._english.get(key) or self._english.get(usual, "")

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
        base, script = _to_base_and_script(language)
        return script in _RIGHT_TO_LEFT_SCRIPTS if script else base in _RIGHT_TO_LEFT

    def isolate(self, text: str, language: str) -> str:
        """Return a text so that it disturbs nothing around it in a language from right to left."""
        if text and self.is_right_to_left(language):
            return f"{_ISOLATE}{text}{_END_ISOLATE}"
        return text

    def format_date(self, moment: datetime | date, language: str) -> str:
        """Write a day with weekday and year, such as "Sat, Feb 6, 2027".

        Args:
            moment: A day, or a time whose day in its own zone is meant.
            language: BCP 47 tag.
        """
        return formats.format_date(moment, language)

    def format_time(self, moment: datetime, language: str, time_zone: str) -> str:
        """Write a time of day in hours of 24, such as "20:45".

        Args:
            moment: Aware.
            language: BCP 47 tag.
            time_zone: IANA name of the zone whose clock is meant.
        """
        return formats.format_time(moment.astimezone(ZoneInfo(time_zone)), language)

    def format_duration(self, seconds: float, language: str) -> str:
        """Write a duration in its largest fitting unit, such as "2 hours"."""
        return formats.format_duration(seconds, language)

    def format_number(self, number: int, language: str) -> str:
        """Write a number such as "4.000" in German or "۴٬۰۰۰" in Persian."""
        return formats.format_number(number, language)

    def format_list(self, names: Sequence[str], language: str) -> str:
        """Write names one after the other, such as "Ana, Ben, and Chi"."""
        return formats.format_list([self.isolate(name, language) for name in names], language)

    def format_value(self, value: str, unit: str, language: str) -> str:
        """Write what stands on a fact card: a plain number with a unit as the language does."""
        return self.isolate(formats.format_value(value, unit, language), language)

    def _find(self, key: str, language: str, count: int | None) -> tuple[str, str]:
        """Return a text with its braces, and the language that it is in."""
        learned = self._learned.get(language)
        if learned is not None and not self.has_locale(language):
            text = _find_learned(learned, key, language, count)
            if text is not None:
                return text, language
        nearest = _nearest(language, self.locales)
        for locale in dict.fromkeys((nearest, _FALLBACK)):
            text = _look_up(self._open(locale), key, count)
            if text is not None:
                # Mexico writes numbers in another way than Spain, with the same words.
                is_same = _to_base_and_script(language)[0] == _to_base_and_script(locale)[0]
                return text, language if is_same else locale
        raise KeyError(key)

    def _open(self, locale: str) -> GNUTranslations:
        found = self._catalogues.get(locale)
        if found is None:
            path = self._folder / f"{locale}.mo"
            try:
                with path.open("rb") as file:
                    found = GNUTranslations(file)
            except (OSError, ValueError, StructError) as error:
                raise SettingsError(
                    f"{path} cannot be read ({error}); run `make catalogues`."
                ) from error
            self._catalogues[locale] = found
        return found


def _look_up(catalogue: GNUTranslations, key: str, count: int | None) -> str | None:
    """Return a text, or None; gettext itself returns the key then."""
    text = key if count is None else catalogue.ngettext(key, key, count)
    if text == key:
        text = catalogue.gettext(key)
    return None if text == key else text


def _find_learned(
    texts: Mapping[str, str], key: str, language: str, count: int | None
) -> str | None:
    if count is not None and f"{key}.other" in texts:
        form = find_locale(language).plural_form(count)
        return texts.get(f"{key}.{form}", texts[f"{key}.other"])
    return texts.get(key)


def _to_texts(catalogue: GNUTranslations) -> dict[str, str]:
    """Return the texts of English by flat keys."""
    # gettext has no public way to ask what a catalogue holds.
    held = cast("dict[str | tuple[str, int], str]", vars(catalogue)["_catalog"])
    forms = ("one", "other")
    return {
        key if isinstance(key, str) else f"{key[0]}.{forms[key[1]]}": text
        for key, text in held.items()
        if key
    }


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


@lru_cache(maxsize=512)
def _to_base_and_script(tag: str) -> tuple[str, str]:
    base, *others = tag.replace("_", "-").lower().split("-")
    script = next((part for part in others if len(part) == 4 and part.isalpha()), "")
    return _SAME.get(base, base), script


@lru_cache(maxsize=512)
def _nearest(language: str, locales: tuple[str, ...]) -> str:
    return match(language, locales) or _FALLBACK
