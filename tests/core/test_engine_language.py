"""Which language a turn is answered in: the fan's wish, then what they write, then hints."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from core.bot import Bot, load_bot
from core.conversation import Line, Memory, State
from core.language.contract import LanguageMemory
from core.language.detect import Detection
from core.language.strings import Strings
from core.language.variety import settle
from core.mailbox import Commit
from tests.core.test_engine import Stage, text
from tests.samples import NOW, command, fan, group, message


@pytest.fixture(scope="module")
def bot() -> Bot:
    return load_bot(Path("bots/winter_games"))


@pytest.fixture(scope="module")
def strings() -> Strings:
    return Strings()


@pytest.fixture
def stage(bot: Bot, strings: Strings, tmp_path: Path) -> Stage:
    return Stage(bot, strings, None, tmp_path)


def memory(commit: Commit) -> LanguageMemory:
    return msgspec.msgpack.decode(commit.memory, type=Memory).language


def spoke(tag: str, *, question: str = "", ago: timedelta = timedelta(minutes=1)) -> State:
    lines = (
        Line(role="user", content=f"<data>\nnow\n</data>\n\n{question}", tokens=1),
        Line(role="assistant", content="…", tokens=1),
    )
    return State(
        memory=Memory(language=LanguageMemory(language=tag), last_turn=NOW - ago),
        history=lines if question else (),
    )


@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("in English please", "en"),
        ("auf Deutsch bitte", "de"),
        ("日本語で", "ja"),
        ("بالعربية", "ar"),
    ],
)
async def test_a_wish_is_confirmed_in_its_language_and_kept(
    stage: Stage, strings: Strings, wish: str, tag: str
):
    commit = await stage.play(message(wish), state=spoke("fr"))
    name = strings.language_name(tag, tag)
    assert text(commit) == strings.text("language.set", tag, language=name)
    assert memory(commit) == LanguageMemory(language=tag, is_fixed=True)
    assert not commit.lines and commit.replies[0].language == tag


async def test_a_wish_with_a_question_is_answered_in_the_new_language_at_once(stage: Stage):
    commit = await stage.play(message("When do the gates open? Auf Deutsch bitte"))
    assert "90 Minuten" in text(commit)
    assert memory(commit) == LanguageMemory(language="de", is_fixed=True)


async def test_a_wish_after_an_answer_gets_that_answer_in_the_new_language(stage: Stage):
    state = spoke("en", question="When do the gates open?")
    commit = await stage.play(message("auf Deutsch bitte"), state=state)
    assert "90 Minuten" in text(commit)
    assert memory(commit) == LanguageMemory(language="de", is_fixed=True)


@pytest.mark.parametrize(("spoken", "ago"), [("de", 1), ("en", 30)])
async def test_a_wish_long_after_or_for_what_is_spoken_is_only_confirmed(
    stage: Stage, strings: Strings, spoken: str, ago: int
):
    state = spoke(spoken, question="When do the gates open?", ago=timedelta(minutes=ago))
    commit = await stage.play(message("auf Deutsch bitte"), state=state)
    assert text(commit) == strings.text("language.set", "de", language="Deutsch")


async def test_a_wish_for_what_is_not_offered_says_what_is(stage: Stage):
    commit = await stage.play(message("på svenska tack"), state=spoke("en"))
    assert "svenska" in text(commit) and "Deutsch" in text(commit)
    assert memory(commit) == LanguageMemory(language="en")


async def test_to_ask_for_a_translation_changes_nothing(stage: Stage):
    commit = await stage.play(message("Translate this into German: where is gate 4?"))
    assert (memory(commit).language, memory(commit).is_fixed) == ("en", False)


@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("auf deutsch", "de"),
        ("in het Nederlands", "nl"),
        ("po polsku proszę", "pl"),
        ("на русском", "ru"),
        ("韓国語", "ko"),
        ("日本語でお願いします", "ja"),
        ("en", "en"),
    ],
)
async def test_the_command_takes_a_name_in_any_words(stage: Stage, wish: str, tag: str):
    commit = await stage.play(command("language", language=wish))
    assert memory(commit) == LanguageMemory(language=tag, is_fixed=True)


@pytest.mark.parametrize("words", ["ok", "😂", "gg", "2-1", "Messi", "👍👍", "...", "hmm"])
@pytest.mark.parametrize("locale", [None, "en-US", "fr", "zh-TW"])
@pytest.mark.parametrize("spoken", ["es", "ja", "uk"])
async def test_what_tells_nothing_never_switches_whatever_the_platform_says(
    stage: Stage, words: str, locale: str | None, spoken: str
):
    event = message(words, user=fan(locale=locale))
    commit = await stage.play(event, state=spoke(spoken))
    assert memory(commit).language == spoken


async def test_where_nothing_else_tells_the_place_does(stage: Stage):
    place = State(spoken={"de": 3, "es": 7, "xx": 99})
    event = message("👍", place=group())
    assert memory(await stage.play(event, state=place)).language == "es"
    told = message("👍", place=group(), user=fan(locale="de"))
    assert memory(await stage.play(told, state=place)).language == "de", "the locale counts more"


async def test_a_place_learns_what_is_surely_spoken(stage: Stage):
    question = "¿A qué hora abren las puertas?"
    assert (await stage.play(message(question, place=group()))).spoken == "es"
    assert (await stage.play(message("ok", place=group()))).spoken == ""
    assert (await stage.play(message(question))).spoken == "", "a private talk is no place"


def detected(tag: str, *, is_romanised: bool = False) -> Detection:
    return Detection(language=tag, probability=0.95, is_romanised=is_romanised)


@pytest.mark.parametrize(
    ("before", "chosen", "words", "after"),
    [
        ("zh-Hant", "zh-Hans", "好", "zh-Hant"),
        ("zh-Hant", "zh-Hans", "请问几点开门", "zh-Hans"),
        ("zh-Hans", "zh-Hant", "請問幾點開門", "zh-Hant"),
        ("zh-Hans", "zh-Hant", "ok", "zh-Hans"),
        ("pt-PT", "pt-BR", "obrigado", "pt-PT"),
        ("sr-Latn", "sr-Cyrl", "Када почиње?", "sr-Cyrl"),
        ("sr-Cyrl", "sr-Latn", "2-1", "sr-Cyrl"),
        ("es", "pt-BR", "obrigado", "pt-BR"),
        ("", "zh-Hans", "好", "zh-Hans"),
    ],
)
def test_a_variety_changes_only_by_what_is_written(
    before: str, chosen: str, words: str, after: str
):
    settled = settle(
        LanguageMemory(language=before), LanguageMemory(language=chosen), detected(chosen), words
    )
    assert settled == LanguageMemory(language=after)


def test_the_script_of_a_fan_is_remembered_until_they_write_the_native_one():
    hindi = LanguageMemory(language="hi")
    latin = settle(hindi, hindi, detected("hi", is_romanised=True), "kya score hai bhai")
    assert latin.is_romanised
    assert settle(latin, hindi, Detection(language="und", probability=0.0), "ok").is_romanised
    assert not settle(latin, hindi, detected("hi"), "स्कोर क्या है").is_romanised
    english = LanguageMemory(language="en")
    assert not settle(latin, english, detected("en"), "where is gate four").is_romanised
    fixed = LanguageMemory(language="hi", is_fixed=True)
    again = settle(fixed, fixed, detected("hi", is_romanised=True), "kya score hai")
    assert again == LanguageMemory(language="hi", is_fixed=True, is_romanised=True)
