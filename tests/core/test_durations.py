from __future__ import annotations

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.durations import parse_duration

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 604800
ZURICH = ZoneInfo("Europe/Zurich")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10m", 10 * MINUTE),
        ("2h 30m", 150 * MINUTE),
        ("2h30m", 150 * MINUTE),
        ("1d, 2h", DAY + 2 * HOUR),
        ("1w", WEEK),
        ("90 min", 90 * MINUTE),
        ("2 Hours", 2 * HOUR),
        ("for 2 hours", 2 * HOUR),
        ("an hour", HOUR),
        ("1 month", 30 * DAY),
        ("30s", 30),
        ("off", 0),
        ("0", 0),
        ("forever", math.inf),
        # as people write them elsewhere
        ("2 horas", 2 * HOUR),
        ("3 días", 3 * DAY),
        ("une heure", HOUR),
        ("2 jours", 2 * DAY),
        ("1 Stunde und 5 Minuten", 65 * MINUTE),
        ("eine Woche", WEEK),
        ("3 giorni", 3 * DAY),
        ("um dia", DAY),
        ("2 godziny", 2 * HOUR),
        ("2 часа", 2 * HOUR),
        ("3 дні", 3 * DAY),
        ("5 dakika", 5 * MINUTE),
        ("2時間30分", 150 * MINUTE),
        ("10 分钟", 10 * MINUTE),
        ("3시간", 3 * HOUR),
        ("3 ساعات", 3 * HOUR),
        ("٣ ساعات", 3 * HOUR),
        ("2 घंटे", 2 * HOUR),
        ("2 weken", 2 * WEEK),
        ("siempre", math.inf),
        ("１０m", 10 * MINUTE),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "5",
        "m",
        "2h and",
        "idiot",
        "2h idiot",
        "0m",
        "999999999999999w",
        "-1h",
        "1h" * 500,
    ],
)
def test_what_is_no_duration_is_none(text: str):
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    "text", ["tomorrow", "until tomorrow", "bis morgen", "hasta mañana", "明日"]
)
def test_tomorrow_is_the_next_morning_where_the_bot_is(text: str):
    now = datetime(2027, 2, 6, 20, 0, tzinfo=ZURICH)
    assert parse_duration(text, now) == 12 * HOUR


def test_the_clock_may_be_changed_until_then():
    now = datetime(2027, 3, 27, 20, 0, tzinfo=ZURICH)
    assert parse_duration("tomorrow", now) == 11 * HOUR
