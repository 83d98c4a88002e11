from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.answer.guide import Guide
from core.bot import Bot, load_bot
from core.language.strings import Strings

HANDBALL = Path(__file__).parent / "handball"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def strings() -> Strings:
    return Strings()


@pytest.fixture(scope="module")
def bot() -> Bot:
    return load_bot(HANDBALL)


@pytest.fixture(scope="module")
def guide(bot: Bot, strings: Strings) -> Guide:
    return Guide(bot, strings)


@pytest.fixture(scope="module")
def games(strings: Strings) -> Guide:
    return Guide(load_bot(Path("bots/winter_games")), strings)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hello!"),
        ("en", "hi there 👋"),
        ("en", "hello, how are you?"),
        ("en", "/start"),
        ("en", "¡Buenos días!"),
        ("en", "你好！"),
        ("en", "Привет"),
        ("en", "السلام عليكم"),
    ],
)
def test_a_greeting_is_greeted_back(language: str, text: str, bot: Bot, guide: Guide) -> None:
    answer = guide.answer(text, language, now=NOW)
    assert (answer.text, answer.is_found) == (bot.greeting["en"], True)


def test_a_greeting_that_the_club_did_not_write_comes_from_us(
    guide: Guide, strings: Strings
) -> None:
    answer = guide.answer("Hallo", "de", now=NOW)
    assert answer.text == strings.text("help.intro", "de", bot="HC Falkenau")


def test_a_greeting_with_a_question_is_a_question(guide: Guide) -> None:
    answer = guide.answer("Hello, what does a ticket cost?", "en", now=NOW)
    assert answer.text.startswith("**What a ticket costs**\n\nA ticket costs 12 euro")


def test_the_answer_is_in_the_language_of_the_fan_with_its_source(guide: Guide) -> None:
    answer = guide.answer("¿a qué hora abren las puertas?", "es", now=NOW)
    assert answer.text.startswith("**Cuándo abren las puertas**\n\nLas puertas de la")
    assert [source.title for source in answer.sources] == ["Folleto para visitantes"]
    assert answer.is_found


def test_a_passage_in_another_language_says_so_first(guide: Guide, strings: Strings) -> None:
    answer = guide.answer("Rollstuhlplätze", "de", now=NOW)
    english = strings.language_name("en", "de")
    first, title, *_ = answer.text.split("\n\n")
    assert first == strings.text("guide.other_language", "de", language=english)
    assert title == "**Wheelchair places**"


def test_nothing_found_names_the_contact(bot: Bot, guide: Guide) -> None:
    answer = guide.answer("what is the capital of France", "en", now=NOW)
    assert bot.contact in answer.text
    assert (answer.is_found, answer.sources) == (False, ())


@pytest.mark.parametrize("question", ["hello", "what does a ticket cost", "tell me a joke"])
def test_why_no_model_spoke_comes_last(question: str, guide: Guide, strings: Strings) -> None:
    plain = guide.answer(question, "en", now=NOW)
    answer = guide.answer(question, "en", now=NOW, reason="down")
    assert answer.text == f"{plain.text}\n\n_{strings.text('guide.down', 'en')}_"


def test_the_programme_answers_when_it_is_asked_for(guide: Guide, strings: Strings) -> None:
    answer = guide.answer("When does Norway play?", "en", now=NOW)
    assert answer.text.startswith(strings.text("guide.upcoming", "en"))
    assert "**Handball, women: Falkenau vs Norway select** — Sat, Nov 14, 2026" in answer.text
    assert "local time at the venue" in answer.text


def test_a_doubtful_foreign_passage_does_not_follow_the_programme(games: Guide) -> None:
    answer = games.answer("¿cuándo es la final de curling?", "es", now=NOW)
    assert answer.text.count("Curling, ") == 2
    assert "How long" not in answer.text
    assert answer.sources == ()


def test_a_fact_card_answers_with_its_source(guide: Guide) -> None:
    answer = guide.answer("deposit for a cup?", "en", now=NOW)
    assert answer.text.startswith("- **Deposit for a cup**: 2 euro")
    assert [source.title for source in answer.sources] == ["Bar"]


def test_the_example_bot_tells_spanish_fans_when_the_gates_open(games: Guide) -> None:
    answer = games.answer("¿A qué hora abren las puertas?", "es", now=NOW, reason="no_endpoint")
    assert "90 minutos antes" in answer.text
    assert answer.sources[0].url.startswith("https://auroravalley.example/")


def test_a_context_holds_passages_events_and_facts_with_their_dates(guide: Guide) -> None:
    context = guide.context("what does a ticket cost", "en", now=NOW)
    assert "[passage tickets-price] Tickets: What a ticket costs (as of 2026-09-15)" in context.text
    assert context.sources[0].title == "Price list"
    events = guide.context("when do the women play handball", "en", now=NOW).text
    assert events.count("[event] ") == 2
    assert "(cancelled)" in events
    fact = guide.context("deposit for a cup", "en", now=NOW).text
    assert fact.startswith("[fact] Deposit for a cup: 2 euro (as of 2026-10-01)")


@pytest.mark.parametrize("question", ["hello", "tell me a joke", ""])
def test_a_context_for_nothing_is_empty(question: str, guide: Guide) -> None:
    context = guide.context(question, "en", now=NOW)
    assert (context.text, context.sources) == ("", ())


def test_a_context_is_bounded(games: Guide) -> None:
    for question in ("tickets", "what's on on 14 February", "ski snow hockey gates train food"):
        assert len(games.context(question, "en", now=NOW).text.encode()) <= 9_000


@pytest.mark.parametrize("language", ["sv", "xx", "", "zh-Hant-TW"])
def test_a_language_that_nobody_knows_is_answered_all_the_same(language: str, guide: Guide) -> None:
    assert guide.answer("ticket cost", language, now=NOW).is_found
