from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.terminal.outbound import render, render_ending
from core.message import Button, Conversation, Reply, Source

HOSTILE = st.text(st.sampled_from("\x1b\x9b\x9d\x07\x08\r[]0;31mKPX\\^_ab\n*`#-()\u202e\u2066"))


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("**bold** and `code`", "bold and code"),
        ("## Heading\ntext", "Heading\ntext"),
        ("- one\n* two\n  - three", "• one\n• two\n  • three"),
        ("see [the guide](https://example.org/g).", "see the guide (https://example.org/g)."),
        ("```python\na ** b\n```\nafter", "a ** b\nafter"),
        ("1. first\n2. second", "1. first\n2. second"),
        ("2 * 3 * 4 = 24, snake_case_name, _open", "2 * 3 * 4 = 24, snake_case_name, _open"),
        ("_No model._ *Really* (_not_).", "No model. Really (not)."),
        ("👩‍👩‍👧 می‌خواهم 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧 می‌خواهم 🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]52;c;b3duZWQ=\x1b\\clip", "clip"),
        ("\x1b]never ended", "never ended"),
        ("\x9b2Jgone?\x08\x08\x7f", "gone?"),
    ],
)
def test_markdown_becomes_plain_text(markdown: str, plain: str):
    assert render(markdown) == plain


@pytest.mark.parametrize("sign", ["[", "\x90", "\n", "#"])
def test_no_text_takes_long(sign: str):
    start = time.process_time()
    render(sign * 16000 + "x", is_growing=True)
    assert time.process_time() - start < 0.2


@given(HOSTILE, st.booleans())
def test_nothing_that_a_terminal_obeys_comes_through(text: str, is_growing: bool):
    shown = render(text, is_growing=is_growing)
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
    reply = Reply(
        id="1",
        conversation=Conversation(platform="terminal", community="t", channel="t"),
        text="",
        sources=(Source(title=text, checked=text, url=text),),
        buttons=(Button(id="x", label=text),),
    )
    ending = render_ending(reply)
    assert not [c for c in ending if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"]
    assert ending.count("\n") == 2


@pytest.mark.parametrize(
    "text",
    [
        "Gates **open** at `17:00`, see [the guide](https://example.org/g) or ask.",
        "## When\n\n- **first**: one\n- second [x] and more\n\n```sh\nls ** # x\n```\nend",
        "* one\n* two **three**\n+ four _five six_ and *seven*, eight_nine\n\n_ten._",
    ],
)
def test_a_growing_text_only_ever_gets_longer(text: str):
    shown = ""
    for end in range(len(text) + 1):
        newer = render(text[:end], is_growing=True)
        assert newer.startswith(shown), (shown, newer)
        shown = newer
    assert render(text).startswith(shown)
