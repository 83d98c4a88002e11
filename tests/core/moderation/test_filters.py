"""Filters: what they find in any disguise, and what they leave alone."""

from __future__ import annotations

import pytest

from core.house.community import Filter, FilterKind, Then
from core.moderation.filters import Said, WrongPatternError, check, compile_all, judge


def finds(kind: FilterKind, text: str, said: str, *earlier: str) -> bool:
    rules = compile_all((Filter(id="1", kind=kind, text=text),))
    return bool(judge(rules, Said(said, earlier)))


@pytest.mark.parametrize(
    "said",
    [
        "you IDIOT", "Ídiot!", "1d10t", "1D!0T", "i d i o t", "i.d.i.o.t", "idiооооt", "idiooot",
        "іdіоt", "ιdiot", "i\u200bdiot", "𝗶𝗱𝗶𝗼𝘁", "ｉｄｉｏｔ", "what a stupid,  COW",
    ],
)  # fmt: skip
def test_a_word_is_found_in_every_disguise(said: str):
    assert finds("words", "idiot, stupid cow", said)


@pytest.mark.parametrize("said", ["idiotic", "id iot", "a cow, not stupid", "", "🙂", "İstanbul"])
def test_what_only_holds_a_word_is_left_alone(said: str):
    assert not finds("words", "idiot, stupid cow", said)


def test_words_of_every_script_are_found_also_where_no_spaces_part_them():
    assert finds("words", "ублюдок", "Ублюдок ты")
    assert finds("words", "バカ", "このバカ野郎")
    assert finds("words", "바보", "너는바보야")
    assert finds("words", "ควาย", "คุณควายมาก")
    assert finds("words", "नीच", "तू नीच है")


@pytest.mark.parametrize(
    ("said", "is_found"),
    [
        ("see https://evil.example/a", True),
        ("www.evil.ru", True),
        ("evil.com!", True),
        ("https://club.com@evil.com/x", True),
        ("https://evil。com", True),
        ("ok.Then go, e.g. now", False),
        ("club.com", False),
        ("https://shop.club.com/x", False),
        ("notclub.com", True),
        ("mail ana@b.com", False),
        ("1.5 goals", False),
    ],
)
def test_only_links_to_other_hosts_are_found(said: str, is_found: bool):
    assert finds("links", "club.com", said) is is_found


def test_invitations_crowds_of_mentions_and_shouting_are_found():
    for said in ("discord.gg/abc", "https://t.me/+AbC", "t.me/joinchat/x", "chat.whatsapp.com/a"):
        assert finds("invites", "", said)
    assert not finds("invites", "", "https://t.me/club")
    assert finds("mentions", "", "@everyone") and finds("mentions", "", "@a @b @c @d @e")
    assert not finds("mentions", "", "a@b.c " * 5)
    assert finds("capitals", "", "WHY IS THIS SO LOUD") and not finds("capitals", "", "GOAL!")
    assert not finds("capitals", "", "多くのファンが来ました、ありがとうございます"), (
        "no capitals there"
    )


def test_the_same_for_the_third_time_is_a_repeat():
    assert finds("repeats", "", "buy now!", "Buy now", "BUY NOW!!")
    assert finds("repeats", "", "😂", "😂", "😂")
    assert not finds("repeats", "", "buy now!", "Buy now", "something else")


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a+)+$", "filter.too_slow"),
        ("(?R)a|b", "filter.too_slow"),
        ("(ab){9999999}", "filter.too_slow"),
        ("((a{90}){90}){90}", "filter.too_slow"),
        ("(", "filter.broken"),
        ("x*", "filter.matches_all"),
        ("a" * 201, "filter.too_long"),
        ("  ", "filter.empty"),
    ],
)
def test_a_pattern_that_would_do_harm_is_refused(pattern: str, why: str):
    with pytest.raises(WrongPatternError, match=why):
        check("pattern", pattern)


def test_a_pattern_that_stalls_on_some_text_finds_nothing():
    check("pattern", r"(\w+\s?)*!x")
    assert not finds("pattern", r"(\w+\s?)*!x", "a" * 4000)
    assert finds("pattern", r"\bfree\W+tickets?\b", "FREE - tickets here")


def test_the_hardest_consequence_comes_first():
    thens: tuple[Then, ...] = ("flag", "ban", "warn")
    rules = compile_all(
        tuple(Filter(id=then, kind="words", text="fool", then=then) for then in thens)
    )
    assert [one.id for one in judge(rules, Said("fool"))] == ["ban", "warn", "flag"]
