"""How each language writes dates, times, numbers, lists and units; the door to babel's formats.

babel is imported where it is first needed: it takes longer than all the rest of the start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias, cast

from core.language.names import find_locale

_DATE = "yMMMEd"
_TIME = "Hm"
"""Skeletons: weekday, day, month and year; hours of 24 and minutes.
unicode.org/reports/tr35/tr35-dates.html#availableFormats_appendItems, read 2026-11-23."""

_ZEROS = {
    "arab": "\u0660", "arabext": "\u06f0", "beng": "\u09e6", "deva": "\u0966", "gujr": "\u0ae6",
    "guru": "\u0a66", "khmr": "\u17e0", "knda": "\u0ce6", "laoo": "\u0ed0", "mlym": "\u0d66",
    "mymr": "\u1040", "orya": "\u0b66", "tamldec": "\u0be6", "telu": "\u0c66", "thai": "\u0e50",
}  # fmt: skip
"""The digit zero of CLDR's numbering systems; the other nine follow it in Unicode.
babel 2.18 writes the separators of these systems, not their digits."""

_UNITS = {
    "%": "concentr-percent", "cm": "length-centimeter", "d": "duration-day",
    "g": "mass-gram", "h": "duration-hour", "kg": "mass-kilogram", "km": "length-kilometer",
    "km/h": "speed-kilometer-per-hour", "l": "volume-liter", "m": "length-meter",
    "min": "duration-minute", "mm": "length-millimeter", "s": "duration-second",
    "wk": "duration-week", "°C": "temperature-celsius",
}  # fmt: skip
"""Units as people write them on fact cards, and what CLDR calls them;
unicode.org/reports/tr35/tr35-general.html#Unit_Elements, read 2026-11-25."""

_LASTING = {
    "week": 7 * 86400, "day": 86400, "hour": 3600, "minute": 60, "second": 1,
}  # fmt: skip
"""Seconds of the units of a duration."""

_PLENTY = 10
"""Of a unit: enough of it that what is left over no longer matters."""

_Data: TypeAlias = Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]]

_NUMBER = re.compile(r"\d{1,15}(\.\d{1,6})?")


def format_date(moment: datetime | date, language: str) -> str:
    """Write a day with weekday and year, such as "Sat, Feb 6, 2027".

    Args:
        moment: A day, or a time whose day in its own zone is meant.
        language: BCP 47 tag.
    """
    return _format_moment(moment, _DATE, language)


def format_time(moment: datetime, language: str) -> str:
    """Write a time of day in hours of 24, such as "20:45", as a clock in its own zone shows it."""
    return _format_moment(moment, _TIME, language)


@lru_cache(maxsize=2048)
def format_number(number: int | Decimal, language: str) -> str:
    """Write a number such as "4.000" in German or "۴٬۰۰۰" in Persian."""
    from babel.numbers import format_decimal

    locale = find_locale(language)
    written = format_decimal(
        number, locale=locale, decimal_quantization=False, numbering_system="default"
    )
    return _write_digits(written, language)


def format_list(items: Sequence[str], language: str) -> str:
    """Write names one after the other, such as "Ana, Ben, and Chi"."""
    from babel.lists import format_list

    return format_list(items, locale=find_locale(language))


@lru_cache(maxsize=2048)
def format_value(value: str, unit: str, language: str) -> str:
    """Write what a fact card says as the language does; what is no plain number stays as it is.

    A number without a unit stays too: it may be a year, a door or a telephone.

    Args:
        value: Such as "90" or "25-90".
        unit: Such as "min"; "" is none.
        language: BCP 47 tag.
    """
    if not unit or not _NUMBER.fullmatch(value):
        return f"{value} {unit}".rstrip()
    name = _UNITS.get(unit)
    if name is None:
        return f"{format_number(Decimal(value), language)} {unit}"
    locale, number = find_locale(language), Decimal(value)
    # format_unit of babel 2.18 writes "1 horas": what CLDR left out as equal to "other", it lacks.
    data = cast("_Data", locale._data)  # pyright: ignore[reportPrivateUsage] - has no other door
    patterns = data["unit_patterns"][name]["short"]
    pattern = patterns.get(locale.plural_form(number)) or patterns["other"]
    return pattern.format(format_number(number, language))


@lru_cache(maxsize=512)
def format_duration(seconds: float, language: str) -> str:
    """Write a duration in its largest fitting unit, such as "2 hours" or "90 minutes"."""
    for unit, length in _LASTING.items():
        count, rest = divmod(round(seconds), length)
        if (count and not rest) or count >= _PLENTY or unit == "second":
            return _write_unit(f"duration-{unit}", Decimal(count), language)
    raise AssertionError("seconds always fit")


def _write_unit(unit: str, number: Decimal, language: str) -> str:
    """Write a number of a unit in full, or short where the language has no longer way."""
    locale = find_locale(language)
    data = cast("_Data", locale._data)  # pyright: ignore[reportPrivateUsage] - as above
    form = locale.plural_form(number)
    patterns = data["unit_patterns"][unit]
    for length in ("long", "short"):
        known = patterns.get(length, {})
        pattern = known.get(form) or known.get("other")
        if pattern is not None:
            break
    else:
        pattern = f"{{0}} {unit}"
    return pattern.format(format_number(number, language))


def _format_moment(moment: datetime | date, skeleton: str, language: str) -> str:
    from babel.dates import format_skeleton

    locale = find_locale(language)
    # A date has no time: babel wants a datetime.
    at = moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 - a bare day has no zone
    return _write_digits(format_skeleton(skeleton, at, at.tzinfo, locale=locale), language)


def _write_digits(text: str, language: str) -> str:
    return text.translate(_digits_of(find_locale(language).default_numbering_system))


@lru_cache(maxsize=32)
def _digits_of(system: str) -> dict[int, str]:
    zero = _ZEROS.get(system)
    if zero is None:
        return {}
    return {ord("0") + digit: chr(ord(zero) + digit) for digit in range(10)}
