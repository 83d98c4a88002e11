from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.qwen.visible import Visible

# No "<" and no flower: what could be a tag is put in on purpose.
words = st.text(st.characters(exclude_characters="<✿", exclude_categories=["Cs"]), max_size=30)
SECRET = "\N{ZIPPER-MOUTH FACE}"
hidden = st.sampled_from(
    [
        f"<think>{SECRET}</think>",
        "<think>\n\n</think>",
        f"<tool_call>\n{{{SECRET}}}\n</tool_call>",
        f"<tool_call><function=a><parameter=b>{SECRET}</parameter></function></tool_call>",
        f"<function=a>{SECRET}</function>",
        f"<think>{SECRET} 1 < 2 </ </thin </think>",
        f"<THINK>{SECRET}</Think\t>",
        f"< think\n>{SECRET}< / THINK >",
        f"<thinking>{SECRET}</thinking>",
        f'<Tool_Call name="a>b">{SECRET}</TOOL_CALL >',
        f"<tool_response>\n{SECRET}\n</tool_response>",
        f'<function name="a">{SECRET}</function>',
        f"<function = a>{SECRET}</ function>",
    ]
)


def read(text: str, cuts: list[int], *, is_held: bool = False) -> list[str]:
    """Return what is visible after each piece, and in the end."""
    visible = Visible(is_held=is_held)
    seen: list[str] = []
    for start, end in pairwise([0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]):
        visible.feed(text[start:end])
        seen.append(visible.text)
    visible.finish(is_complete=True)
    return [*seen, visible.text]


@given(st.lists(st.one_of(words, hidden)), st.lists(st.integers(0, 10_000)))
def test_nothing_hidden_is_ever_seen_and_nothing_else_is_lost(
    parts: list[str], cuts: list[int]
) -> None:
    said = "".join(part for part in parts if not part.startswith("<")).replace(SECRET, "")
    text = "".join(p if p.startswith("<") else p.replace(SECRET, "") for p in parts)
    seen = read(text, cuts)
    assert all(SECRET not in step for step in seen)
    assert seen[-1] == said.lstrip()


@given(words, st.lists(st.integers(0, 10_000)), st.booleans())
def test_thinking_without_opening_tag_is_gone_in_the_end(
    said: str, cuts: list[int], is_held: bool
) -> None:
    seen = read(f"{SECRET} hm</think>\n\n{said}", cuts, is_held=is_held)
    assert seen[-1] == said.lstrip()
    if is_held:
        assert all(SECRET not in step for step in seen)


@given(words, st.lists(st.integers(0, 10_000)))
def test_an_ordinary_answer_only_grows_and_is_never_late(said: str, cuts: list[int]) -> None:
    visible = Visible()
    fed = ""
    for start, end in pairwise([0, *sorted(cut % (len(said) + 1) for cut in cuts), len(said)]):
        visible.feed(said[start:end])
        fed += said[start:end]
        assert visible.text == fed.lstrip()


def test_a_lone_angle_bracket_is_text() -> None:
    assert read("5 < 6 and <b> and <thinking", [3, 5, 18, 20])[-1] == "5 < 6 and <b> and <thinking"
    assert read("we <3 you <", [4])[-1] == "we <3 you <"


@pytest.mark.parametrize(
    "said",
    [
        "I <3 you",
        "a < b, a <  b and 5 < / 6",
        "<thanks> <thinker> < thin > </thanks>",
        "if a <function of b",
        "<tool_calls> <tool_callers>",
        "<|im_here|> <|",
        "✿ flowers ✿func✿ ✿",
    ],
)
def test_ordinary_text_with_brackets_is_whole_and_held_back_for_a_moment_only(said: str) -> None:
    visible = Visible()
    for end in range(1, len(said) + 1):
        visible.feed(said[end - 1])
        assert said.startswith(visible.text)
        assert end - len(visible.text) <= len("<|endoftext|")
    visible.finish(is_complete=True)
    assert visible.text == said


def test_blanks_after_a_bracket_are_not_held_back_without_end() -> None:
    visible = Visible()
    visible.feed("a <" + " " * 100)
    assert visible.text == "a <" + " " * 100


@given(
    st.sampled_from(["<|im_end|>", "<|endoftext|>", "<|IM_START|>"]), words, st.integers(0, 10_000)
)
def test_what_follows_the_end_of_an_answer_is_never_seen(end: str, said: str, cut: int) -> None:
    text = f"{said}{end}assistant {SECRET}</think>{SECRET}"
    assert read(text, [cut])[-1] == said.lstrip()


@given(st.sampled_from(["✿FUNCTION✿", "✿function✿"]), st.lists(st.integers(0, 10_000)))
def test_calls_in_the_spelling_of_qwen_agent_are_hidden(opener: str, cuts: list[int]) -> None:
    call = f"{opener}: a\n✿ARGS✿: {SECRET}\n✿RESULT✿: {SECRET}\n"
    seen = read(f"Ciao {call}", cuts)
    assert seen[-1] == "Ciao "
    assert all(SECRET not in step for step in seen)
    assert read(f"Ciao {call}✿RETURN✿: bella", cuts)[-1] == "Ciao  bella"


def test_an_ending_of_thinking_in_any_spelling_gives_the_answer_free() -> None:
    for closer in ("</think >", "</THINK>", "</thinking>", "< /Think\n>"):
        assert read(f"<think>{SECRET}{closer}Ciao", [9, 20])[-1] == "Ciao"
        assert read(f"{SECRET}{closer}Ciao", [5], is_held=True) == ["", "Ciao", "Ciao"]


def test_after_whole_thinking_nothing_is_held_any_more() -> None:
    visible = Visible(is_held=True)
    visible.feed(f"<think>{SECRET}</think>Ciao")
    assert visible.text == "Ciao"


def test_held_text_of_an_answer_that_was_cut_off_stays_hidden() -> None:
    visible = Visible(is_held=True)
    visible.feed("The fan wants to know")
    visible.finish(is_complete=False)
    assert visible.text == ""


def test_thinking_that_never_ends_is_never_seen() -> None:
    assert read(f"Ciao<think>{SECRET}", [6])[-1] == "Ciao"


def test_leftover_ends_of_tool_calls_are_not_shown() -> None:
    assert read("Ciao</function></tool_call>!", [7, 20])[-1] == "Ciao!"
