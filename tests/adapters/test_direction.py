from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.direction import isolate
from adapters.discord.outbound import LONGEST
from adapters.discord.outbound import render as to_discord
from adapters.markdown import to_html, utf16
from adapters.telegram.outbound import render as to_telegram
from core.language.strings import Strings
from core.message import Reply
from tests.samples import direct

START, END, RLM = "\u2068", "\u2069", "\u200f"
_MARKS = re.compile(f"[{START}{END}{RLM}]")


@pytest.fixture(scope="module")
def strings() -> Strings:
    return Strings()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("النتيجة 2-1 الآن", f"النتيجة {START}2-1{END} الآن"),
        ("النتيجة **2 - 1** الآن", f"النتيجة **{START}2 - 1{END}** الآن"),
        ("من 07:00-23:00 كل يوم", f"من {START}07:00-23:00{END} كل يوم"),
        ("الهاتف +41 555 0100.", f"الهاتف {START}+41 555 0100{END}."),
        ("في 2027-02-06 مساء", f"في {START}2027-02-06{END} مساء"),
        ("اكتب `run --now` ثم", f"اكتب {START}`run --now`{END} ثم"),
        ("راجع [map](https://a.example) الآن", f"راجع {START}[map](https://a.example){END} الآن"),
        ("راجع [الجدول](https://a.example/1-2) الآن", "راجع [الجدول](https://a.example/1-2) الآن"),
        ("راجع https://a.example/2-1 الآن", "راجع https://a.example/2-1 الآن"),
        ("اكتب إلى ask@aurora.example.", f"اكتب إلى {START}ask@aurora.example{END}."),
        ("تابع #Aurora2027 هنا", f"تابع {START}#Aurora2027{END} هنا"),
        ("الساعة 20:45 مساء", "الساعة 20:45 مساء"),
        ("في Lunaberg Central غدا", "في Lunaberg Central غدا"),
        (f"القيمة {START}2-1{END} الآن", f"القيمة {START}2-1{END} الآن"),
        ("Aurora Valley Card متاحة", f"{RLM}Aurora Valley Card متاحة"),
        ("- **Aurora Valley** هنا", f"- **{RLM}Aurora Valley** هنا"),
        ("1. Lunaberg ثم\n2. الثاني", f"1. {RLM}Lunaberg ثم\n2. الثاني"),
        ("Only English 2-1\n\nعربي 2-1", f"Only English 2-1\n\nعربي {START}2-1{END}"),
        ("عربي\n```\nx = 2-1 # عربي\n```\nعربي", "عربي\n```\nx = 2-1 # عربي\n```\nعربي"),
        ("No Arabic 2-1", "No Arabic 2-1"),
        ("שער 2-1", f"שער {START}2-1{END}"),
    ],
)  # fmt: skip
def test_pieces_that_would_turn_round_are_isolated(text: str, shown: str):
    assert isolate(text, is_right_to_left=True) == shown
    assert isolate(text, is_right_to_left=False) == text


@given(st.text(alphabet="ab 12-:/.`*_[]()\nعב#@>", max_size=80))
def test_nothing_but_marks_is_added_and_twice_is_once(text: str):
    once = isolate(text, is_right_to_left=True)
    assert _MARKS.sub("", once) == text
    assert once.count(START) == once.count(END)


def reply(text: str, language: str) -> Reply:
    return Reply(id="r", conversation=direct(), text=text, language=language)


def test_platforms_show_the_same_text_with_isolates_and_within_their_limits(strings: Strings):
    text = "النتيجة 2-1 الآن. " * 400
    for parts in (
        [part.content for part in to_discord(reply(text, "ar"), strings)],
        [part.text for part in to_telegram(reply(text, "ar"), strings)],
    ):
        assert len(parts) > 1
        assert "".join(_MARKS.sub("", "".join(parts)).split()) == "".join(text.split())
        assert all(part.count(START) == part.count(END) for part in parts)
    assert all(utf16(p.content) <= LONGEST for p in to_discord(reply(text, "ar"), strings))
    (part,) = to_telegram(reply("Score 2-1 now", "en"), strings)
    assert part.text == "Score 2-1 now"


def test_entities_stay_on_their_words(strings: Strings):
    (part,) = to_telegram(reply("النتيجة **2-1** الآن", "ar"), strings)
    (bold,) = part.entities
    units = part.text.encode("utf-16-le")
    assert "2-1" in units[2 * bold.offset : 2 * (bold.offset + bold.length)].decode("utf-16-le")


def test_a_page_lets_each_paragraph_find_its_direction():
    html = to_html("عربي `x`\n\nEnglish\n\n- [a](https://a.example)", has_directions=True)
    assert html.count('<p dir="auto">') == 2 and '<li dir="auto">' in html
    assert '<code dir="ltr">x</code>' in html and ' dir="auto"' in html.partition("<a ")[2]
    assert "dir=" not in to_html("English")
