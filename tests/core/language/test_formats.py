from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.language.formats import (
    format_date,
    format_duration,
    format_list,
    format_number,
    format_time,
    format_value,
)
from core.language.strings import Strings

EVENING = datetime(2027, 2, 6, 19, 5, tzinfo=UTC)
LOCALES = Strings().locales

# What CLDR says, as babel 2.18 holds it; \u00a0 and \u202f are spaces that do not break.
DAYS = {
    "en": "Sat, Feb 6, 2027", "de": "Sa., 6. Feb. 2027", "ar": "السبت، 6 فبراير 2027",
    "th": "ส. 6 ก.พ. 2027", "hi": "शनि, 6 फ़र॰ 2027", "fa": "شنبه ۶ فوریه ۲۰۲۷",
    "zh-Hant": "2027年2月6日 週六", "xx": "Sat, Feb 6, 2027",
}  # fmt: skip
NUMBERS = {
    "en": "1,234,567.5", "de": "1.234.567,5", "ar": "1,234,567.5", "th": "1,234,567.5",
    "hi": "12,34,567.5", "fa": "۱٬۲۳۴٬۵۶۷٫۵", "bn": "১২,৩৪,৫৬৭.৫", "mr": "१२,३४,५६७.५",
    "fr": "1\u202f234\u202f567,5", "ru": "1\u00a0234\u00a0567,5",
}  # fmt: skip
LISTS = {
    "en": "A, B, and C", "de": "A, B und C", "ar": "A وB وC", "th": "A B และC",
    "hi": "A, B, और C", "ja": "A、B、C", "es": "A, B y C",
}  # fmt: skip


@pytest.mark.parametrize("tag", DAYS)
def test_a_day_is_written_as_the_language_writes_it(tag: str):
    assert format_date(date(2027, 2, 6), tag) == format_date(EVENING, tag) == DAYS[tag]


@pytest.mark.parametrize("tag", NUMBERS)
def test_a_number_is_written_as_the_language_writes_it(tag: str):
    assert format_number(Decimal("1234567.5"), tag) == NUMBERS[tag]


@pytest.mark.parametrize("tag", LISTS)
def test_a_list_is_written_as_the_language_writes_it(tag: str):
    assert format_list("ABC", tag) == LISTS[tag]


def test_a_time_has_the_digits_of_the_language():
    assert format_time(EVENING, "fa") == "۱۹:۰۵"
    assert format_time(EVENING, "ar") == format_time(EVENING, "de") == "19:05"


@pytest.mark.parametrize(
    ("value", "unit", "tag", "written"),
    [
        ("90", "min", "de", "90 Min."),
        ("90", "min", "ar", "90 د"),
        ("90", "min", "th", "90 นาที"),
        ("90", "min", "fa", "۹۰ دقیقه"),
        ("2.5", "km", "ru", "2,5 км"),
        ("50", "%", "tr", "%50"),
        ("1", "h", "es", "1 h"),
        ("1200", "CHF", "de", "1.200 CHF"),
        ("25-90", "CHF", "de", "25-90 CHF"),
        ("40 × 30", "cm", "ru", "40 × 30 cm"),
        ("1904", "", "de", "1904"),
        ("112", "", "fa", "112"),
        ("", "", "en", ""),
    ],
)
def test_a_value_on_a_card_is_written_as_the_language_writes_it(
    value: str, unit: str, tag: str, written: str
):
    assert re.sub("[\u00a0\u202f]", " ", format_value(value, unit, tag)) == written


@pytest.mark.parametrize("tag", LOCALES)
@pytest.mark.parametrize("unit", ["min", "h", "km", "m", "cm", "kg", "l", "°C", "%", "km/h", "d"])
def test_every_locale_can_write_a_unit(tag: str, unit: str):
    for value in ("1", "2", "3", "5", "11", "1.5"):
        written = format_value(value, unit, tag)
        assert not re.search(r"-[a-z]|\{", written), "the name that CLDR has for it"


@pytest.mark.parametrize("tag", LOCALES)
def test_every_locale_can_write_a_day_and_a_time(tag: str):
    assert format_number(2027, tag).replace(",", "").replace(".", "")
    day, time = format_date(EVENING, tag), format_time(EVENING, tag)
    assert "2027" in "".join(str(int(c)) if c.isdecimal() else c for c in day)
    assert "05" in "".join(str(int(c)) if c.isdecimal() else c for c in time)


@pytest.mark.parametrize(
    ("seconds", "tag", "written"),
    [
        (3600, "en", "1 hour"), (5400, "en", "90 minutes"), (604800, "de", "1 Woche"),
        (7200, "ar", "ساعتان"), (5 * 3600, "pl", "5 godzin"), (86400 * 30, "ja", "30 日"),
        (100_000, "en", "27 hours"), (7200, "fa", "۲ ساعت"), (0, "en", "0 seconds"),
    ],
)  # fmt: skip
def test_a_duration_is_written_in_its_largest_fitting_unit(seconds: float, tag: str, written: str):
    assert format_duration(seconds, tag) == written
