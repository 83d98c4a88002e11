from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.answer.facts import Facts, render_fact
from core.bot import Bot, load_bot
from core.language.strings import Strings

HANDBALL = Path(__file__).parent / "handball"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
NEXT_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def bot() -> Bot:
    return load_bot(HANDBALL)


@pytest.fixture(scope="module")
def facts(bot: Bot) -> Facts:
    return Facts(bot)


def find(facts: Facts, question: str, language: str = "en", now: datetime = NOW) -> list[str]:
    return [card.key for card in facts.search(question, language, now=now)]


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("en", "what's the phone of the office?", ["office-phone"]),
        ("es", "¿cuál es el teléfono de la oficina?", ["office-phone"]),
        ("en", "deposit for cups", ["cup-price"]),
        ("en", "what is the capital of France", []),
        ("en", "club", []),
        ("en", "", []),
    ],
)
def test_cards_are_found_by_their_labels(
    language: str, question: str, expected: list[str], facts: Facts
) -> None:
    assert find(facts, question, language) == expected


def test_a_card_that_is_no_longer_valid_is_not_told(facts: Facts) -> None:
    assert find(facts, "deposit for a cup", now=NEXT_YEAR) == []


def test_a_card_is_one_line_with_the_day_it_was_checked(bot: Bot) -> None:
    phone, cup = bot.facts
    strings = Strings()
    assert render_fact(cup, strings, "en") == (
        "**Deposit for a cup**: 2 euro (as of Thu, Oct 1, 2026)"
    )
    assert render_fact(phone, strings, "es").startswith(
        "**Teléfono de la oficina del club**: 555-0142 ("
    )
