"""The judge of a rehearsal finds each fault on a board made by hand, and nothing on a good one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.rehearsal.board import Asked, Board
from bots.rehearsal.judge import FAULTS, Verdict, judge
from bots.rehearsal.words import Mark, Words
from core.bot import load_bot
from core.language.strings import Strings

BOT = Path(__file__).parents[2] / "bots" / "winter_games"
HERE, THERE = "telegram:1", "telegram:2"


@pytest.fixture(scope="module")
def words() -> Words:
    return Words(load_bot(BOT), Strings(), tokens=40)


class Scene:
    """One fan, and another one elsewhere."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self.board = Board(words.endings)
        self._messages = 0

    def ask(self, number: int, *, fan: int = 0, place: str = HERE) -> Asked:
        self._messages += 1
        language = self.words.language(fan)
        asked = Asked(Mark(fan, number), place, str(self._messages), language, 1.0)
        self.board.ask(asked)
        return asked

    def answer(self, *numbers: int, language: str = "") -> str:
        language = language or self.words.language(0)
        return "".join(self.words.answer([Mark(0, number) for number in numbers], language))

    def post(self, text: str, *, place: str = HERE, reply_to: str = "") -> str:
        message = str(100 + len(self.board.posts))
        self.board.post(place, message, text, reply_to)
        return message

    def judge(self) -> Verdict:
        return judge(self.board, self.words, ["telegram"])

    def found(self) -> dict[str, int]:
        faults = self.judge().faults
        return {fault: row["telegram"] for fault, row in faults.items() if row}


@pytest.fixture
def scene(words: Words) -> Scene:
    return Scene(words)


def test_a_whole_answer_in_the_right_place_is_good(scene: Scene):
    asked = scene.ask(1)
    message = scene.post(scene.answer(1)[:30])
    assert asked.first and not asked.done.is_set()
    scene.board.edit(HERE, message, scene.answer(1) + "\n\nSource: the guide")
    assert asked.done.is_set()
    assert scene.judge().is_good and scene.found() == {}


def test_no_answer_is_lost(scene: Scene):
    scene.ask(1)
    assert scene.found() == {"lost": 1}


def test_an_answer_that_was_taken_away_again_is_lost(scene: Scene):
    scene.ask(1)
    scene.board.remove(HERE, scene.post(scene.answer(1)))
    assert scene.found() == {"lost": 1}


def test_an_answer_without_its_end_is_half_written(scene: Scene):
    scene.ask(1)
    scene.post(scene.answer(1)[:60])
    assert scene.found() == {"half-written": 1}


def test_an_answer_without_its_middle_is_cut(scene: Scene):
    scene.ask(1)
    text = scene.answer(1)
    scene.post(text[:40] + text[60:])
    assert scene.found() == {"cut": 1}


def test_an_answer_without_its_beginning_is_cut(scene: Scene):
    scene.ask(1)
    scene.post(scene.answer(1)[30:])
    assert scene.found() == {"cut": 1}


def test_two_messages_with_one_answer_are_doubled(scene: Scene):
    scene.ask(1)
    scene.post(scene.answer(1))
    scene.post(scene.answer(1))
    assert scene.found() == {"doubled": 1}


def test_an_apology_beside_an_answer_is_doubled(scene: Scene):
    asked = scene.ask(1)
    scene.post(scene.answer(1))
    scene.post("Sorry, something went wrong.", reply_to=asked.message)
    assert scene.found() == {"doubled": 1}


def test_the_second_answer_before_the_first_is_out_of_order(scene: Scene):
    scene.ask(1)
    scene.ask(2)
    scene.post(scene.answer(2))
    scene.post(scene.answer(1))
    assert scene.found() == {"out of order": 1}


def test_an_answer_in_another_chat_is_in_the_wrong_place(scene: Scene):
    scene.ask(1)
    scene.ask(1, fan=1, place=THERE)
    scene.post(scene.answer(1), place=THERE)
    found = scene.found()
    assert found["wrong place"] == 1 and found["lost"] == 2


def test_an_answer_to_another_fans_message_is_in_the_wrong_place(scene: Scene):
    scene.ask(1)
    other = scene.ask(1, fan=1)
    scene.post(scene.answer(1), reply_to=other.message)
    assert scene.found()["wrong place"] == 1


def test_a_draft_in_another_chat_is_in_the_wrong_place(scene: Scene):
    scene.ask(1)
    scene.board.draft(THERE, scene.answer(1)[:20])
    scene.post(scene.answer(1))
    assert scene.found() == {"wrong place": 1}


def test_an_answer_in_another_language_is_found(scene: Scene):
    scene.ask(1)
    other = next(tag for tag in scene.words.languages if tag != scene.words.language(0))
    scene.post(scene.answer(1, language=other))
    assert scene.found() == {"wrong language": 1}


def test_the_bots_own_words_are_an_answer_and_are_counted(scene: Scene):
    asked = scene.ask(1)
    scene.post("The doors open at nine.")
    assert asked.done.is_set()
    verdict = scene.judge()
    assert verdict.is_good and verdict.own_words == {"telegram": 1}


def test_an_answer_that_says_it_broke_off_is_not_half_written(scene: Scene):
    asked = scene.ask(1)
    scene.post(scene.answer(1)[:60] + "\n\n" + Strings().text("answer.cut", "en"))
    assert asked.done.is_set() and scene.found() == {}


def test_an_answer_in_several_messages_is_read_as_one(words: Words):
    scene = Scene(words)
    asked = scene.ask(1)
    text = scene.answer(1)
    scene.post(text[:50])
    scene.post(text[50:100])
    assert not asked.done.is_set()
    scene.post(text[100:])
    assert asked.done.is_set() and scene.found() == {}


def test_questions_answered_together_are_each_answered(scene: Scene):
    first, second = scene.ask(1), scene.ask(2)
    scene.post(scene.answer(1, 2))
    assert first.done.is_set() and second.done.is_set()
    assert scene.found() == {}


def test_every_fault_is_counted_by_platform(scene: Scene):
    assert set(scene.judge().faults) == set(FAULTS)
