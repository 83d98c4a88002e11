from __future__ import annotations

from pathlib import Path

import pytest

from core.answer.words import Words, find_near, fold, shelve
from core.bot import load_bot

HANDBALL = Path(__file__).parent / "handball"


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(load_bot(HANDBALL))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("¿CUÁNDO?", "¿cuando?"),
        ("İstanbul", "istanbul"),
        ("Straße", "STRASSE"),
        ("ёлка", "елка"),
        ("أهلاً", "اهلا"),
        ("ｗｉｆｉ", "wifi"),
        ("łódź", "lodz"),
    ],
)
def test_hasty_spellings_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("text", ["नमस्ते", "कितने", "ガイド", "한국어", "ไทย"])
def test_vowel_signs_and_syllables_stay_whole(text: str) -> None:
    assert fold(text) == text


def test_words_of_indian_scripts_are_not_torn_apart(words: Words) -> None:
    assert [slot.plain for slot in words.cut("टिकट कितने का है?", "hi")] == [
        "टिकट",
        "कितने",
        "का",
        "है",
    ]


def test_runs_without_spaces_become_pairs_and_katakana_stays_whole(words: Words) -> None:
    plain = [slot.plain for slot in words.cut("駐車場のチケット", "ja")]
    assert plain == ["駐車", "車場", "の", "チケット"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "tickets"),
        ("de", "zwei Karten"),
        ("de", "Eintrittskartenpreis"),
        ("es", "ENTRADAS"),
        ("ar", "التذكرة"),
        ("zh-Hans", "买门票"),
        ("de", "ticket"),
        ("en", "a tikcet"),
    ],
)
def test_a_glossary_term_is_seen_in_many_forms(words: Words, language: str, text: str) -> None:
    assert any("~ticket" in slot.keys for slot in words.ask(text, language))


def test_a_phrase_is_seen_whole(words: Words) -> None:
    slots = words.analyse("Necesito una silla de ruedas", "es")
    assert [slot.plain for slot in slots if "~wheelchair" in slot.keys] == [
        "silla",
        "de",
        "ruedas",
    ]


@pytest.mark.parametrize(
    ("word", "near"),
    [("tikets", "tickets"), ("biletami", "biletow"), ("parknig", "parking"), ("carpet", "")],
)
def test_slips_and_forms_are_near(word: str, near: str) -> None:
    assert find_near(word, shelve(("tickets", "biletow", "parking", "car"))) == near


def test_questions_of_common_words_have_nothing_left(words: Words) -> None:
    assert words.ask("who are you and what is this", "en") == []
    assert words.ask("👍 12345 !!!", "en") == []


@pytest.mark.parametrize("text", ["مرحبا ـ متى تفتح البوابات؟", "متى ــ تفتح", "\u0301", "_", "ــ"])
def test_marks_that_are_no_word_are_no_slot(words: Words, text: str):
    assert all(key for slot in words.cut(text, "ar") for key in slot.keys)
    words.ask(text, "ar")
