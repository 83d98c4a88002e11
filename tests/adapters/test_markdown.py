from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from adapters.markdown import LEAST_LIMIT, is_honest, is_visible, split, to_html, utf16, with_footer
from core.language.strings import Strings
from core.message import Conversation, Reply, Source

PLACE = Conversation(platform="web", community="1", channel="1", is_direct=True)

PLAIN = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="`~"), max_size=40),
        st.sampled_from(["\n\n", "\n", ". ", "word ", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "开幕式。", "नमस्ते "]),
        st.integers(1, 200).map(lambda n: "y" * n),
    ),
    max_size=60,
).map("".join)

CODE = st.lists(
    st.sampled_from(
        ["```py\n", "```\n", "\n```\n", "~~~\n", "x = 1\n", "    y\n", "text ", "\n\n"]
    ),
    max_size=80,
).map("".join)


@given(PLAIN, st.integers(LEAST_LIMIT, 300), st.sampled_from([len, utf16]))
def test_parts_put_together_are_the_text(text: str, limit: int, measure: Callable[[str], int]):
    parts = split(text, limit, measure)
    assert "".join(parts) == text
    assert all(measure(part) <= limit for part in parts)


@given(PLAIN, PLAIN, st.integers(LEAST_LIMIT, 200))
def test_a_growing_text_keeps_its_earlier_cuts(text: str, more: str, limit: int):
    assert split(text + more, limit)[: len(split(text, limit)) - 1] == split(text, limit)[:-1]


@given(PLAIN.filter(lambda text: all(len(c) < 32 for c in regex.findall(r"\X", text))))
def test_no_cut_goes_through_a_character_that_people_see_as_one(text: str):
    clusters = [c for part in split(text, LEAST_LIMIT) for c in regex.findall(r"\X", part)]
    assert clusters == regex.findall(r"\X", text)


@given(CODE, st.integers(LEAST_LIMIT, 200))
def test_every_part_closes_its_code_blocks(text: str, limit: int):
    parts = split(text, limit)
    assert all(len(part) <= limit for part in parts)
    for part in parts:
        assert split(part, 10_000) == [part]  # closed: nothing is added
    without = re.sub(r"^ {0,3}(```|~~~).*$|\s", "", text, flags=re.MULTILINE)
    again = re.sub(r"^ {0,3}(```|~~~).*$|\s", "", "\n".join(parts), flags=re.MULTILINE)
    assert again == without


def test_a_code_block_goes_on_in_its_own_language():
    code = "Here:\n\n```python\n" + "print('hello')\n" * 20 + "```\nDone."
    parts = split(code, 120)
    assert len(parts) > 2
    assert all(part.startswith("```python\n") for part in parts[1:-1])
    assert all(part.rstrip().endswith("\n```") for part in parts[:-1])
    assert parts[-1].endswith("Done.")


def test_the_texts_own_closing_fence_opens_no_empty_block():
    text = "```\n" + "a" * 55 + "\n```\n" + "after " * 5
    first, second = split(text, LEAST_LIMIT)
    assert first.count("```") == 2
    assert second.strip() == ("after " * 5).strip()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("a" * 40 + "\n\n" + "b" * 10 + "\n" + "c" * 40, "a" * 40 + "\n\n"),
        ("a" * 40 + "\n" + "b. " * 20, "a" * 40 + "\n"),
        ("a" * 40 + ". " + "b" * 5 + " " + "c" * 40, "a" * 40 + ". "),
        ("a" * 40 + "。" + "b" * 60, "a" * 40 + "。"),
        ("a" * 40 + " " + "b" * 60, "a" * 40 + " "),
        ("a" * 10 + "\n\n" + "b" * 100, "a" * 10 + "\n\n" + "b" * 51),
    ],
)
def test_it_is_cut_where_it_hurts_least(text: str, first: str):
    assert split(text, LEAST_LIMIT)[0] == first


def test_a_limit_without_room_is_refused():
    with pytest.raises(ValueError, match="64"):
        split("text", 10)


def test_a_marker_of_a_thousand_backticks_does_no_harm():
    parts = split("`" * 1000 + "\n" + "x" * 1000, LEAST_LIMIT)
    assert all(len(part) <= LEAST_LIMIT for part in parts)


def test_length_is_counted_as_telegram_does():
    assert [utf16(text) for text in ("", "é", "開", "😀", "👨‍👩‍👧", "\ud800")] == [0, 1, 1, 2, 8, 1]


def sourced(*sources: Source, is_final: bool = True) -> str:
    reply = Reply(
        id="r", conversation=PLACE, text="Yes.\n", is_final=is_final, language="en", sources=sources
    )
    return with_footer(reply, Strings())


def test_sources_stand_below_the_final_text_only():
    source = Source(title="Tickets", url="https://club.example/t", checked="2026-11-03")
    assert sourced(source, is_final=False) == "Yes.\n"
    assert sourced() == "Yes.\n"
    lines = sourced(source).splitlines()
    assert lines[0] == "Yes."
    assert lines[-1].startswith("Sources: [Tickets](https://club.example/t) (")
    assert lines[-1].count("2026") == 1
    other = Source(title="Guide", checked="2026-11-03")
    assert sourced(source, other).count("2026") == 1, "a date that all share is said once"
    older = Source(title="Guide", checked="2025-11-03")
    assert "2025" in sourced(source, older) and "2026" in sourced(source, older)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (Source(title="Guide"), "Sources: Guide"),
        (Source(title="Guide", url="javascript:alert(1)"), "Sources: Guide"),
        (Source(title="Guide", url="/etc/passwd"), "Sources: Guide"),
        (Source(title="a](b) <c>\n*d*"), r"Sources: a\]\(b\) \<c\> \*d\*"),
        (
            Source(title="x", url="https://a.example/(b) c"),
            "Sources: [x](https://a.example/%28b%29%20c)",
        ),
    ],
)
def test_a_source_is_shown_as_what_it_is(source: Source, line: str):
    assert sourced(source).splitlines()[-1] == line


def test_a_date_that_is_none_is_shown_as_written():
    assert "last spring" in sourced(Source(title="Guide", checked="last spring"))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** ~~old~~", "<p><strong>bold</strong> <s>old</s></p>\n"),
        ("one\ntwo", "<p>one<br />\ntwo</p>\n"),
        ("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](data:text/html,1)", "<p>[x](data:text/html,1)</p>\n"),
        ("[x](//evil.example)", "<p>[x](//evil.example)</p>\n"),
        ("\ud800", "<p>?</p>\n"),
    ],
)
def test_html_is_safe(text: str, html: str):
    assert to_html(text) == html


def test_a_link_tells_its_target_nothing_and_a_picture_is_not_loaded():
    html = to_html("[x](https://a.example) ![y](https://b.example/i.png)")
    assert html.count('rel="noopener nofollow noreferrer" target="_blank"') == 2
    assert "<img" not in html


MASKS = [
    "club.example",
    "CLUB.example and evil.example",
    "club\u200b.example",
    "club\u3164.example",
    "club．example",
    "club。example",
    "club․example",
    "ｃｌｕｂ.example",
    "club**.**example",
    "..club.example",
    "192.168.0.1",
    "https://club%2Eexample",
    "https://club",
]


@pytest.mark.parametrize("shown", MASKS)
def test_a_link_that_shows_another_host_is_not_honest(shown: str):
    assert not is_honest(shown, "https://evil.example")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example\\@club.example/",
        "https://evil.example@club.example/",
        "https://club.example@evil.example/",
        "https://[/",
        "https://a℀b",
        "http://[::1",
        "tg://club.example",
    ],
)
def test_an_address_that_can_be_read_in_two_ways_is_not_honest(url: str):
    assert not is_honest("club.example", url)
    assert not is_honest("here", url)


@pytest.mark.parametrize(
    ("shown", "url"),
    [
        ("here", "https://club.example/x"),
        ("opens 10.30", "https://club.example/x"),
        ("https://Club.example:8080/a", "https://www.club.example:8080/a"),
        ("see https://club.example.", "https://club.example"),
        ("https://clüb.example", "https://xn--clb-ioa.example"),
        ("192.168.0.1", "http://192.168.0.1/"),
    ],
)
def test_a_link_that_shows_its_own_host_or_none_is_honest(shown: str, url: str):
    assert is_honest(shown, url)


def test_a_page_shows_where_a_link_leads_that_shows_another_host():
    html = to_html("[**club**.example](https://evil.example) [here](https://a.example)")
    assert html.startswith("<p><strong>club</strong>.example (<a href=")
    assert ">https://evil.example</a>) <a" in html
    assert html.endswith(">here</a></p>\n")


@pytest.mark.parametrize(
    "text", ["", " \n", "\x01\x02", "\u2800 \u3164", "\u200b\u2060\ufe0f", "\xad"]
)
def test_what_nobody_sees_is_not_visible(text: str):
    assert not is_visible(text)
    assert is_visible(f"{text}x")


def test_a_table_whose_short_rows_would_be_filled_up_takes_no_time():
    table = "|a" * 100 + "|\n" + "|-" * 100 + "|\n" + "|b|\n" * 900
    start = time.process_time()
    assert "|b|" in to_html(table)
    assert time.process_time() - start < 0.2


def test_a_table_is_a_table():
    assert "<table>" in to_html("|a|b|\n|-|-|\n|1|2|")


@given(st.text(max_size=300))
def test_no_tag_but_ours_comes_out_of_any_text(text: str):
    allowed = "p|br|strong|em|s|code|pre|a|ul|ol|li|blockquote|h[1-6]|hr|table|thead|tbody|tr|t[hd]"
    for tag in re.findall(r"</?([^\s>/]+)", to_html(text)):
        assert re.fullmatch(allowed, tag)
