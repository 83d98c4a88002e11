from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.answer.calendar import Calendar, render_event
from core.bot import Bot, load_bot
from core.language.strings import Strings

HANDBALL = Path(__file__).parent / "handball"
BEFORE = datetime(2026, 11, 1, 12, tzinfo=UTC)
MATCH_DAY = datetime(2026, 11, 21, 9, tzinfo=UTC)
AFTER = datetime(2027, 3, 1, tzinfo=UTC)
DURING = datetime(2027, 2, 9, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def bot() -> Bot:
    return load_bot(HANDBALL)


@pytest.fixture(scope="module")
def calendar(bot: Bot) -> Calendar:
    return Calendar(bot)


@pytest.fixture(scope="module")
def games() -> Calendar:
    return Calendar(load_bot(Path("bots/winter_games")))


def find(
    calendar: Calendar, question: str, language: str = "en", now: datetime = BEFORE
) -> list[str]:
    return [event.uid for event in calendar.search(question, language, now=now)]


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("en", "When does Norway play?", ["m1"]),
        ("es", "¿Cuándo juega Dinamarca?", ["m2"]),
        ("de", "Wann spielt Spanien?", ["m3"]),
        ("zh-Hans", "挪威什么时候比赛", ["m1"]),
        ("ar", "متى تلعب النرويج؟", ["m1"]),
        ("en", "handball women", ["m1", "m3"]),
        ("en", "when is the club party", ["p1"]),
        ("en", "what is on at the Old Mill", ["p1"]),
    ],
)
def test_teams_places_and_titles_are_found(
    language: str, question: str, expected: list[str], calendar: Calendar
) -> None:
    assert find(calendar, question, language) == expected


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("en", "what's on today?", ["m2"]),
        ("es", "¿qué hay hoy?", ["m2"]),
        ("en", "is there a match tomorrow?", ["m3"]),
        ("de", "Was läuft morgen?", ["m3"]),
        ("zh-Hans", "今天有什么比赛", ["m2"]),
        ("en", "what is on on Sunday", ["m3"]),
        ("de", "Was läuft am Sonntag?", ["m3"]),
        ("en", "programme for 5 December", ["p1"]),
        ("es", "programa del 5 de diciembre", ["p1"]),
        ("de", "Programm am 5.12.", ["p1"]),
        ("zh-Hans", "12月5日的日程", ["p1"]),
        ("en", "2026-12-05", ["p1"]),
    ],
)
def test_days_are_understood(
    language: str, question: str, expected: list[str], calendar: Calendar
) -> None:
    assert find(calendar, question, language, MATCH_DAY) == expected


def test_today_is_the_day_at_the_venue(calendar: Calendar) -> None:
    # 23:30 UTC on the 20th is half past midnight on the 21st in Berlin.
    night = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert find(calendar, "what's on today?", now=night) == ["m2"]


@pytest.mark.parametrize(
    "question",
    [
        "what is the capital of Norway",
        "what does a ticket cost",
        "where can I park",
        "tell me a joke",
        "hello",
        "when?",
        "",
    ],
)
def test_other_questions_are_not_about_the_programme(question: str, calendar: Calendar) -> None:
    assert find(calendar, question) == []


def test_what_is_over_comes_only_when_nothing_else_does(calendar: Calendar) -> None:
    assert find(calendar, "when do the women play handball", now=MATCH_DAY) == ["m3"]
    assert find(calendar, "when do the women play handball", now=AFTER) == ["m1", "m3"]


def test_an_event_that_runs_is_not_over(calendar: Calendar) -> None:
    during = datetime(2026, 11, 21, 19, tzinfo=UTC)
    assert find(calendar, "what's on today?", now=during) == ["m2"]


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "When does Norway play?"),
        ("es", "¿Cuándo juega Noruega?"),
        ("fr", "Quand joue la Norvège ?"),
        ("de", "Wann spielt Norwegen?"),
        ("it", "Quando gioca la Norvegia?"),
        ("pt-BR", "Quando joga a Noruega?"),
        ("ja", "ノルウェーの試合はいつですか"),
        ("zh-Hans", "挪威什么时候比赛"),
        ("ko", "노르웨이 경기는 언제예요?"),
        ("ar", "متى تلعب النرويج؟"),
        ("ru", "Когда играет Норвегия?"),
        ("uk", "Коли грає Норвегія?"),
        ("hi", "नॉर्वे का मैच कब है"),
        ("tr", "Norveç ne zaman oynuyor?"),
        ("pl", "mecze Norwegii"),
        ("nl", "Wanneer speelt Noorwegen?"),
    ],
)
def test_a_team_is_found_in_every_language(language: str, question: str, games: Calendar) -> None:
    events = games.search(question, language, now=DURING)
    assert len(events) == 5
    assert all("Norway" in event.title and event.ends > DURING for event in events)
    assert events == sorted(events, key=lambda event: event.starts)


def test_the_final_is_not_the_semi_final(games: Calendar) -> None:
    events = games.search("when is the women's ice hockey final", "en", now=DURING)
    assert [event.title for event in events] == ["Ice hockey, women: final"]


def test_an_event_is_one_line_with_the_time_at_the_venue(bot: Bot) -> None:
    line = render_event(bot.events[1], Strings(), "en", bot.time_zone)
    assert line == (
        "**Handball, men: Falkenau vs Denmark select** — Sat, Nov 21, 2026, 19:00 "
        "(local time at the venue), Brückenhalle"
    )


def test_a_cancelled_event_says_so_before_all_else(bot: Bot) -> None:
    line = render_event(bot.events[2], Strings(), "en", bot.time_zone)
    assert line.startswith("**Handball, women: Falkenau vs Spain select** (cancelled) — ")
    assert line.endswith("Tickets are refunded.")
