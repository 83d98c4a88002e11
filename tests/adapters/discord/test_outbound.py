from __future__ import annotations

import re
import time
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.outbound import LONGEST, nonce, render, to_body, to_discord
from adapters.markdown import utf16
from core.language.strings import Strings
from core.message import Button, Conversation, Reply, Source

Json = dict[str, Any]
PLACE = Conversation(platform="discord", community="1", channel="2")
STRINGS = Strings()


def reply(text: str, **fields: object) -> Reply:
    return Reply(id="r", conversation=PLACE, text=text, language="en", **fields)  # pyright: ignore[reportArgumentType] - checked by the struct


def seen(text: str) -> str:
    return text.replace("\u200b", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone @here @EVERYONE", "@\u200beveryone @\u200bhere @\u200bEVERYONE"),
        ("<@1> <@!1> <@&1> <#1>", "<\u200b@1> <\u200b@!1> <\u200b@&1> <\u200b#1>"),
        ("<:a:1> <a:b:1> </ask:1>", "<\u200b:a:1> <\u200ba:b:1> <\u200b/ask:1>"),
        ("<t:1700000000:R> <id:browse>", "<\u200bt:1700000000:R> <\u200bid:browse>"),
        ("a < b, <b>, 3 <@ 4", "a < b, <b>, 3 <@ 4"),
        ("[Tickets](https://club.example/t)", "Tickets (https://club.example/t)"),
        ("[club.example](https://club.example/t)", "[club.example](https://club.example/t)"),
        ("[club.example](https://evil.example)", "club.example (https://evil.example)"),
        (
            "[club.example evil.example](https://evil.example)",
            "club.example evil.example (https://evil.example)",
        ),
        ("[x](https://a.example/b_(c))", "x (https://a.example/b_(c))"),
        ('[x](<https://a.example> "club.example")', "x (https://a.example)"),
        ("![logo](https://a.example/i.png)", "logo (https://a.example/i.png)"),
        ("[https://a.example](https://a.example)", "[https://a.example](https://a.example)"),
        ("[a](javascript:alert(1))", "[a]\u200b(javascript:alert(1))"),
        ("[a[b](https://x.example)](https://y.example)", None),
        ("#### Deep", "### Deep"),
        ("~~~py\nx\n~~~", "```py\nx\n```"),
        ("```\na[0](b)\n```", "```\na[0](b)\n```"),
        ("see [map](https://[/)", "see map (https://[/)"),
        ("[map](https://a℀b)", "map (https://a℀b)"),
        ("[map](http://[::1)", "map (http://[::1)"),
        (
            "[club.example](https://evil.example\\@club.example/)",
            "club.example (https://evil.example\\@club.example/)",
        ),
        ("```\na ``` [club.example](https://evil.example) ```b\n```", None),
        ("````\n```\n[club.example](https://evil.example)\n```\n````", None),
        ("```\n~~~\n```", "```\n~~~\n```"),
    ],
)
def test_what_a_model_writes_is_harmless_on_discord(text: str, shown: str | None):
    tamed = to_discord(text)
    if shown is None:
        assert "](" not in tamed
    else:
        assert tamed == shown


def test_a_table_becomes_aligned_text():
    table = (
        "Before\n\n| Day | Match |\n|:---|---|\n| Fri | 開会式 |\n| Saturday | A \\| B |\n\nAfter"
    )
    assert to_discord(table) == (
        "Before\n\n```\nDay       Match\n--------  ------\nFri       開会式\n"
        "Saturday  A | B\n```\n\nAfter"
    )


def test_a_table_with_one_endless_cell_is_not_padded_to_no_end():
    table = "\n".join(["|a|b|", "|-|-|", f"|{'y' * 1000}|x|", *["|1|2|"] * 150])
    assert to_discord(table) == table


@pytest.mark.parametrize("text", ["a|b\n" + " " * 8000 + "x", ("`" * 16 + "a\n") * 500])
def test_no_text_takes_long(text: str):
    start = time.process_time()
    to_discord(text)
    assert time.process_time() - start < 0.2


@pytest.mark.parametrize("text", ["a | b\nc | d", "a | b\n---\nc", "1 | 2\n|-|-|-|\n3 | 4"])
def test_what_is_no_table_stays_as_it_is(text: str):
    assert to_discord(text) == text


def test_every_body_pings_nobody_and_shows_no_preview():
    body = to_body(render(reply("hi"), STRINGS)[0])
    assert body["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert body["flags"] == 4
    private = to_body(render(reply("hi"), STRINGS)[0], is_private=True)
    assert private["flags"] == 68


def test_buttons_stand_below_the_last_part_of_the_final_snapshot():
    buttons = tuple(Button(id=f"b{n}", label=f"Button {n}") for n in range(30))
    growing = render(reply("word " * 600, buttons=buttons, is_final=False), STRINGS)
    assert not any(part.buttons for part in growing)
    parts = render(reply("word " * 600, buttons=buttons), STRINGS)
    assert [len(part.buttons) for part in parts] == [0, 25]
    rows = to_body(parts[-1])["components"]
    assert [len(row["components"]) for row in cast("list[Json]", rows)] == [5] * 5


def test_a_label_is_shortened_and_a_button_without_words_is_left_out():
    buttons = (Button(id="a", label="é" * 100), Button(id="b", label=" "), Button(id="", label="x"))
    (part,) = render(reply("hi", buttons=buttons), STRINGS)
    assert to_body(part)["components"] == [
        {
            "type": 1,
            "components": [
                {"type": 2, "style": 2, "custom_id": "a", "label": "é" * 78 + "…"},
            ],
        }
    ]


def test_sources_stand_below_the_final_text_with_their_own_link():
    source = Source(title="Getting [there]", url="https://club.example/a b", checked="2026-11-03")
    (part,) = render(reply("By bus.", sources=(source,)), STRINGS)
    assert part.content.startswith("By bus.\n\n")
    assert "[Getting \\[there\\]](https://club.example/a%20b)" in part.content
    (growing,) = render(reply("By bus.", sources=(source,), is_final=False), STRINGS)
    assert growing.content == "By bus."


@pytest.mark.parametrize(
    "text", ["", "  \n ", "\u200b", "\u200b\n\u200b", "\u2800", "\u3164", "\x01"]
)
def test_a_reply_without_words_is_still_a_message(text: str):
    assert [part.content for part in render(reply(text), STRINGS)] == ["…"]


def test_a_nonce_is_short_and_tells_parts_apart():
    marks = {nonce(f"reply:{n}", part) for n in range(100) for part in range(3)}
    assert len(marks) == 300
    assert max(len(mark) for mark in marks) <= 25
    assert nonce("reply:1", 0) == nonce("reply:1", 0)


HOSTILE = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "@everyone",
                "@here",
                "<@1>",
                "<@&2>",
                "<#3>",
                "<:a:4>",
                "[",
                "](",
                "](https://a.b/)",
                "https://club.example",
                ")",
                "|",
                "|-|-|",
                "```",
                "`",
                "**",
                "||",
            ]
        ),
        st.sampled_from(
            [
                "```py\n",
                "~~~\n",
                "\n",
                "\n\n",
                "`",
                "**",
                "||",
                "👨‍👩‍👧‍👦",
                "🇩🇪",
                "مرحبا ",
                "สวัสดี",
                "開会式。",
                "word ",
                "\u200b",
            ]
        ),
        st.text(max_size=30),
        st.integers(1, 300).map(lambda n: "x" * n),
    ),
    max_size=150,
).map("".join)


@given(HOSTILE)
def test_nothing_alive_comes_out_of_any_text(text: str):
    parts = render(reply(text.encode("utf-8", "ignore").decode()), STRINGS)
    for part in parts:
        assert 0 < utf16(part.content) <= LONGEST
        assert part.content.strip()
        assert not re.search(r"@(everyone|here)|<(@[!&]?|#)\d|<a?:\w+:\d", part.content, re.I)


@given(HOSTILE)
def test_no_visible_character_is_lost(text: str):
    text = text.encode("utf-8", "ignore").decode().replace("|", "").replace("~", "")
    text = re.sub(r"[\[\]()`#]", "", text)
    shown = "".join(part.content for part in render(reply(text), STRINGS))
    assert seen("".join(shown.split())) == seen("".join(text.split())) or shown == "…"


def test_the_mentions_of_a_persons_text_are_shown_and_ring_nobody():
    text = "<@1> <#2> <:a:1> @everyone"
    (part,) = render(reply(text, shows_mentions=True), STRINGS)
    assert part.content == "<@1> <#2> <:a:1> @\u200beveryone"
    assert to_body(part)["allowed_mentions"] == {"parse": [], "replied_user": False}
