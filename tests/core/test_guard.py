from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.guard import clean, shorten

LEGITIMATE = [
    "¿A qué hora abren las puertas?",
    "می‌خواهم بلیط بخرم",  # Persian needs its zero-width non-joiner
    "क्षत्रिय",
    "👩‍👩‍👧‍👦 👍🏽 ❤️ 1️⃣",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # flag of Scotland
    "🇳🇴 🇨🇭",
    "מתי המשחק?",
    "Tiếng Việt có dấu",
    "สวัสดี",
    "two\nlines",
]


@pytest.mark.parametrize("text", LEGITIMATE)
def test_every_legitimate_script_flag_and_emoji_stays_as_it_is(text: str):
    assert clean(text) == text


@pytest.mark.parametrize(
    ("hidden", "seen"),
    [
        ("a\u200bb", "ab"),
        ("\u202eevil\u202c", "evil"),
        ("hi\U000e0069\U000e0067\U000e006e", "hi"),  # an order in tag characters
        ("nul\x00l", "null"),
        ("\x1b[31mred", "[31mred"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("z" + "\u0335" * 50, "z" + "\u0335" * 6),
        ("a\u200d\u200d\u200db", "a\u200db"),
        ("a\ufe01\ufe02\ufe03", "a\ufe01"),
        ("  \r\n x \r ", "x"),
    ],
)
def test_what_people_cannot_see_is_taken_out(hidden: str, seen: str):
    assert clean(hidden) == seen


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str):
    assert clean(clean(text)) == clean(text)


def test_text_is_cut_at_a_word():
    assert shorten("one two three", 9) == "one two"
    assert shorten("short", 9) == "short"
    assert len(shorten("x" * 100, 9)) == 9
