from __future__ import annotations

import re
import time
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.markdown import utf16
from adapters.telegram.markup import Entity, to_styled
from adapters.telegram.outbound import LONGEST, MOST_ENTITIES, Part, render
from core.language.strings import Strings
from core.message import Button, Source
from tests.fakes.telegram_spec import request_fault
from tests.samples import reply

STRINGS = Strings()
GAP = "\u2060"


def shown(text: str, **more: Any) -> list[Part]:
    return render(reply(text, **more), STRINGS)


def styles(text: str) -> list[tuple[str, str]]:
    """Return what is styled how, as a fan sees it."""
    styled = to_styled(text)
    units = styled.text.encode("utf-16-le")
    return [
        (entity.type, units[entity.offset * 2 : entity.end * 2].decode("utf-16-le"))
        for entity in styled.entities
    ]


def is_valid(part: Part) -> str:
    entities = [
        {key: value for key, value in msgspec.to_builtins(entity).items() if value != ""}
        for entity in part.entities
    ]
    return request_fault("sendMessage", {"chat_id": 1, "text": part.text, "entities": entities})


@pytest.mark.parametrize(
    ("markdown", "text", "styled"),
    [
        ("**Gate** *open*", "Gate open", [("bold", "Gate"), ("italic", "open")]),
        ("🏒 **ja**", "🏒 ja", [("bold", "ja")]),
        ("# Title\n\ntext", "Title\n\ntext", [("bold", "Title"), ("underline", "Title")]),
        ("- a\n  - b\n\n1. x", "• a\n  • b\n\n1. x", []),
        ("- [ ] a\n- [x] b", "☐ a\n☑ b", []),
        ("~~no~~ ~yes", "no ~yes", [("strikethrough", "no")]),
        ("> quoted", "quoted", [("blockquote", "quoted")]),
        ("`a < b`", "a < b", [("code", "a < b")]),
        ("```py\nx = 1\n```", "x = 1", [("pre", "x = 1")]),
        ("**a `b` c**", "a b c", [("bold", "a "), ("code", "b"), ("bold", " c")]),
        ("[`x`](https://a.example)", "x", [("text_link", "x")]),
        ("> a\n> > b", "a\nb", [("blockquote", "a\nb")]),
        ("[![alt](https://a.example)](https://b.example)", "alt", [("text_link", "alt")]),
        ("<https://a.example/b>", "https://a.example/b", [("text_link", "https://a.example/b")]),
        ("$5 or 5$, \\$7", "$5 or 5$, $7", []),
        ("a || b || c", "a || b || c", []),
        ("<b>x</b> &lt; \\<", "<b>x</b> < <", []),
        ("\\(x\\) \\*y\\*", "(x) *y*", []),
    ],
)
def test_markdown_becomes_text_with_entities(
    markdown: str, text: str, styled: list[tuple[str, str]]
):
    assert [part.text for part in shown(markdown)] == [text]
    assert styles(markdown) == styled


def test_a_table_is_aligned_text():
    assert styles("|a|b|\n|-|-|\n|long|c|") == [("pre", "a    | b\n-----+--\nlong | c")]


def test_a_table_with_one_endless_cell_is_not_padded_to_no_end():
    rows = "\n".join(f"|{n}|x|" for n in range(100))
    table = f"|a|b|\n|-|-|\n|{'y' * 3000}|x|\n{rows}"
    assert len(shown(table)) <= 2


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("hi @someone", f"hi @{GAP}someone"),
        ("@everyone!", f"@{GAP}everyone!"),
        ("@**some**one", f"@{GAP}someone"),
        ('(@some) "@one" _@two_', f'(@{GAP}some) "@{GAP}one" @{GAP}two'),
        ("https://a.example,@someone", f"https://a.example,@{GAP}someone"),
        ("`code`@someone", f"code@{GAP}someone"),
        ("mail a@b.example", "mail a@b.example"),
        ("https://a.example/@someone", "https://a.example/@someone"),
        ("a/@someone", f"a/@{GAP}someone"),
        ("`@decorator`", "@decorator"),
        ("see tg://resolve?domain=x", f"see tg{GAP}://resolve?domain=x"),
        ("[you](tg://user?id=7)", f"you (tg{GAP}://user?id=7)"),
        ("![5](tg://emoji?id=5368324170671202286)", "5"),
        ("[x](javascript:alert)", "x (javascript:alert)"),
        ("[mail](mailto:a@b.example)", "mail (mailto:a@b.example)"),
        ("[bank.example](https://evil.example/a)", "bank.example (https://evil.example/a)"),
        ("[http://bank.example](http://evil.example)", "http://bank.example (http://evil.example)"),
    ],
)
def test_what_would_ring_or_mislead_is_broken(markdown: str, text: str):
    (part,) = shown(markdown)
    assert part.text == text
    assert not [e for e in part.entities if e.type == "text_link"]


@pytest.mark.parametrize(
    ("markdown", "url"),
    [
        (
            "[tickets](https://club.example/tickets?a=$1&b=||)",
            "https://club.example/tickets?a=$1&b=||",
        ),
        ("[www.club.example](https://club.example/x)", "https://club.example/x"),
        ("[opens 10.30](https://club.example/x)", "https://club.example/x"),
        ("[a (b)](https://club.example/a_(b))", "https://club.example/a_(b)"),
    ],
)
def test_an_honest_link_stays(markdown: str, url: str):
    (part,) = shown(markdown)
    assert [e.url for e in part.entities] == [url]


def test_nothing_to_show_is_still_a_message():
    for text in ("", "  \n", "\u200b", "```\n```", "\ud83d"):
        assert len(shown(text)) == 1 and shown(text)[0].text.strip(), repr(text)
    for text in ("\x01", "\u2800", "\u3164"):
        assert [part.text for part in shown(text)] == ["…"]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("@\u202adurov", f"@{GAP}durov"),
        ("@\u0333durov", f"@{GAP}durov"),
        ("@\rdurov", "@\ndurov"),
        ("@&#8234;durov", f"@{GAP}durov"),
        ("tg\u202a://resolve", f"tg{GAP}://resolve"),
        ("tg&#x33f;://resolve", f"tg{GAP}://resolve"),
    ],
)
def test_what_telegram_takes_out_brings_nothing_to_life(markdown: str, text: str):
    assert [part.text for part in shown(markdown)] == [text]


@pytest.mark.parametrize("before", range(4090, 4100))
@pytest.mark.parametrize("alive", ["@durov", "tg://resolve", "/@durov"])
def test_a_cut_brings_nothing_to_life(alive: str, before: int):
    start = "https://a.example/"
    for text in ("x" * before + alive, start + "x" * (before - len(start)) + alive):
        parts = shown(text)
        assert not any(re.match(r"/?@\w|tg://", part.text) for part in parts)
        assert all(utf16(part.text) <= LONGEST for part in parts)
        assert "".join(part.text for part in parts).replace(GAP, "") == text


@pytest.mark.parametrize(
    "text",
    [
        ("1. " * 1500)[:4000],
        "> 1. - " * 570,
        "|a" * 100 + "|\n" + "|-" * 100 + "|\n" + "|b|\n" * 900,
    ],
)
def test_no_text_takes_long(text: str):
    to_styled("the library loads what it needs")
    start = time.process_time()
    to_styled(text)
    assert time.process_time() - start < 0.1


def test_a_code_block_that_is_cut_stays_code_in_both_parts():
    code = "\n".join(f"line {n} 🏒" for n in range(600))
    parts = shown(f"```py\n{code}\n```")
    assert len(parts) == 2
    assert "\n".join(part.text for part in parts) == code
    for part in parts:
        assert part.entities == (
            Entity(type="pre", offset=0, length=utf16(part.text), language="py"),
        )


def test_a_growing_text_keeps_its_earlier_cuts():
    text = " ".join(f"word{n}" for n in range(3000))
    before: list[Part] = []
    for end in range(3000, len(text), 997):
        parts = shown(text[:end], is_final=False)
        assert parts[: len(before) - 1] == before[:-1]
        before = parts


def test_text_with_very_many_entities_becomes_more_messages_and_loses_none():
    parts = shown(" ".join(f"*w{n}*" for n in range(260)))
    assert len(parts) > 1
    assert sum(len(part.entities) for part in parts) == 260


def test_buttons_stand_in_rows_below_the_last_part_of_the_final_answer():
    labels = ("Español", "English", "Deutsch", "Follow what I write", "日本語日本", "x")
    buttons = tuple(Button(id=label, label=label) for label in labels)
    wrong = (Button(id="é" * 33, label="too long"), Button(id="y", label=" "))
    sent = msgspec.structs.replace(reply("word " * 1500), buttons=buttons + wrong)
    first, last = render(sent, STRINGS)
    assert first.buttons == ()
    assert [[button.label for button in row] for row in last.buttons] == [
        ["Español", "English", "Deutsch"],
        ["Follow what I write", "日本語日本"],
        ["x"],
    ]
    growing = msgspec.structs.replace(sent, is_final=False)
    assert not any(part.buttons for part in render(growing, STRINGS))


def test_sources_stand_below_the_final_answer():
    source = Source(title="Guide [1]", url="https://club.example/guide", checked="2027-01-31")
    (part,) = render(msgspec.structs.replace(reply("At ten."), sources=(source,)), STRINGS)
    assert part.text.startswith("At ten.\n\nSources") and "Guide [1] (as of " in part.text
    assert [e.url for e in part.entities if e.url] == ["https://club.example/guide"]


WORDS = [
    "Ana",
    "🏒",
    "مرحبا",
    "日本語",
    "é",
    "👨‍👩‍👧",
    "🇮🇹",
    "5$",
    "$5",
    "x<y",
    "<b>no</b>",
    "a||b",
    "@x",
]
ADDRESSES = ["tg://a", "https://a.example", "x@y.example", "https://a.example/@x"]
MARKS = st.sampled_from(
    ["**", "*", "`", "~~", "\n", "\n\n", " ", "\n- ", "\n> ", "\n# ", "```\n", "\n```", "[", "](",
     ")", "||", "\n|a|b|\n|-|-|\n|c|d|\n", "\n---\n", "\\", "![", "<", "\n1. ", "_"]
)  # fmt: skip
MARKDOWN = st.lists(st.one_of(st.sampled_from(WORDS + ADDRESSES), MARKS), max_size=60).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(MARKDOWN, st.text(max_size=300)), st.integers(1, 40))
def test_whatever_the_model_writes_telegram_takes_it(text: str, times: int):
    for part in shown(text * times):
        assert utf16(part.text) <= LONGEST
        assert len(part.entities) <= MOST_ENTITIES
        assert is_valid(part) == ""
        assert not re.search(r"(?<![\w/])@\w", _outside_code(part)), "it would ring somebody"


def _outside_code(part: Part) -> str:
    units = part.text.encode("utf-16-le")
    for entity in part.entities:
        if entity.type in ("code", "pre"):
            units = units[: entity.offset * 2] + b".\0" * entity.length + units[entity.end * 2 :]
    return units.decode("utf-16-le")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=60),
    st.sampled_from([" ", " **", "** ", "\n", "\n\n", "\n- ", "\n> ", "\n### ", " `"]),
    st.integers(1, 60),
)
def test_no_word_is_lost_or_out_of_order(words: list[str], between: str, times: int):
    text = between.join(words * times)
    plain = "".join(part.text for part in shown(text)).replace(GAP, "")
    expected = "".join(words * times)
    marks = re.compile(r"[\s*`•>#-]+|…$")
    assert marks.sub("", plain) == marks.sub("", expected)
