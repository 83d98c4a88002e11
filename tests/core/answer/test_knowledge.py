from __future__ import annotations

import logging
from pathlib import Path

import pytest

from core.answer.knowledge import Knowledge
from core.bot import Bot, load_bot
from tests.core.answer.questions import HELD_BACK, OFF_TOPIC, PARAPHRASES, Asked

HANDBALL = Path(__file__).parent / "handball"
WINTER_GAMES = Path("bots/winter_games")

_log = logging.getLogger(__name__)


@pytest.fixture(scope="module")
def games() -> Bot:
    return load_bot(WINTER_GAMES)


@pytest.fixture(scope="module")
def knowledge(games: Bot) -> Knowledge:
    return Knowledge(games)


@pytest.fixture(scope="module")
def club() -> Knowledge:
    return Knowledge(load_bot(HANDBALL))


def find(knowledge: Knowledge, question: str, language: str) -> str:
    hits = knowledge.search(question, language)
    return hits[0].passage.id if hits else ""


def test_every_asked_question_finds_its_answer_in_every_language(
    games: Bot, knowledge: Knowledge
) -> None:
    asked = [passage for passage in games.passages if passage.id.startswith("faq-")]
    wrong = [
        f"{passage.language}: {passage.title}"
        for passage in asked
        if find(knowledge, passage.title, passage.language) != passage.id
    ]
    _log.info("%d of %d questions found", len(asked) - len(wrong), len(asked))
    assert len(asked) >= 300
    assert len(wrong) <= 0.03 * len(asked), wrong


@pytest.mark.parametrize(
    ("questions", "floor"), [(PARAPHRASES, 0.92), (HELD_BACK, 0.8)], ids=["known", "held back"]
)
def test_other_words_find_the_answer_too(
    questions: tuple[Asked, ...], floor: float, knowledge: Knowledge
) -> None:
    wrong = [
        (language, question, found)
        for language, question, ids in questions
        if (found := find(knowledge, question, language)) not in ids.split()
    ]
    _log.info("%d of %d found", len(questions) - len(wrong), len(questions))
    assert len(wrong) <= (1 - floor) * len(questions), wrong


@pytest.mark.parametrize(("language", "question"), OFF_TOPIC)
def test_off_topic_finds_nothing(language: str, question: str, knowledge: Knowledge) -> None:
    assert knowledge.search(question, language) == []


def test_a_passage_comes_in_the_language_of_the_fan(club: Knowledge) -> None:
    hit = club.search("when do the doors open", "es")[0]
    assert (hit.passage.id, hit.passage.language, hit.is_in_language) == ("hall-doors", "es", True)


def test_a_question_without_translation_finds_the_nearest_passage(club: Knowledge) -> None:
    hit = club.search("¿hay sitio para sillas de ruedas?", "es")[0]
    assert (hit.passage.id, hit.is_in_language) == ("hall-wheelchair", False)


def test_a_heading_weighs_more_than_the_text(club: Knowledge) -> None:
    assert find(club, "doors", "en") == "hall-doors"
    assert find(club, "club office", "en") != "hall-doors"


def test_scores_lie_between_nothing_and_one(games: Bot, knowledge: Knowledge) -> None:
    for passage in games.passages[::7]:
        for hit in knowledge.search(passage.title, passage.language, floor=0):
            assert 0 <= hit.score <= 1


def test_no_more_than_asked_for_best_first(knowledge: Knowledge) -> None:
    hits = knowledge.search("ticket price", "en", limit=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
