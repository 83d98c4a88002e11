"""What becomes of answers in a wrong language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.answer.answer import Answerer
from core.answer.asked import Answer, Asked
from core.conversation import Line, Memory
from core.language.contract import LanguageMemory
from core.qwen.client import Endpoint, Qwen
from core.qwen.tokens import Tokens
from tests.fakes import qwen as fakes
from tests.fakes.qwen import FakeQwen, Fault
from tests.guides import games, to_guide, words
from tests.samples import NOW
from tests.waiting import wait_until

SPANISH = " ".join(["Las puertas abren 90 minutos antes del primer evento del día."] * 3)
ENGLISH = "The gates open 90 minutes before the first event of the day. " * 5
CHINESE = "大门在当天第一场比赛前90分钟开放，请准时到达。" * 5
QUESTION = "¿A qué hora abren las puertas?"


class Stage:
    def __init__(self, qwen: FakeQwen, folder: Path) -> None:
        self.qwen = qwen
        self.client = Qwen(
            [Endpoint(url=qwen.url, key="", model="qwen3.8-flash", dialect="dashscope")]
        )
        bot, strings = games(), words()
        self.answerer = Answerer(
            bot,
            guide=to_guide(bot, strings),
            strings=strings,
            qwen=self.client,
            tokens=Tokens(folder, "qwen3"),
        )

    async def ask(
        self, *answers: str, text: str = QUESTION, language: str = "es", chunk: int = 4
    ) -> list[Answer]:
        self.qwen.script(
            *(fakes.Answer(text=answer, chunk=chunk, delay=0.01) for answer in answers)
        )
        return [answer async for answer in self.answerer.answer(asked(text, language))]


def asked(text: str, language: str) -> Asked:
    return Asked(
        text=text,
        is_cut=False,
        fan="Ana",
        quoted="",
        overheard=(),
        history=(Line(role="user", content="hola", tokens=1),
                 Line(role="assistant", content="¡Hola!", tokens=1)),
        memory=Memory(language=LanguageMemory(language=language)),
        now=NOW,
    )  # fmt: skip


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with FakeQwen("dashscope") as qwen:
        stage = Stage(qwen, tmp_path)
        yield stage
        await stage.client.close()


async def test_a_right_answer_is_counted_and_asked_for_once(stage: Stage):
    answers = await stage.ask(SPANISH)
    assert answers[-1].text == SPANISH and answers[-1].counts == ("es:answers",)
    assert len(stage.qwen.requests) == 1
    first = next(answer.text for answer in answers if answer.text)
    assert first.startswith("Las puertas") and len(first) < len(SPANISH)


@pytest.mark.parametrize("wrong", [ENGLISH, CHINESE])
@pytest.mark.parametrize("chunk", [4, 1000])
async def test_a_wrong_one_begins_anew_unseen(stage: Stage, wrong: str, chunk: int):
    answers = await stage.ask(wrong, SPANISH, chunk=chunk)
    assert all(SPANISH.startswith(answer.text) for answer in answers), "nobody saw the first one"
    assert answers[-1].is_final and answers[-1].text == SPANISH
    assert answers[-1].counts == ("es:answers", "es:repaired")
    if chunk == 4:
        # What nobody waits for costs nothing more.
        await wait_until(lambda: stage.qwen.cancelled == 1)


async def test_the_second_request_is_firmer_and_else_byte_identical(stage: Stage):
    (*_, last) = await stage.ask(ENGLISH, SPANISH)
    first, second = (request["messages"] for request in stage.qwen.requests)
    assert second[:-1] == first[:-1]
    data, _, question = first[-1]["content"].rpartition("\n</data>")
    assert second[-1]["content"].startswith(data) and second[-1]["content"].endswith(question)
    more = second[-1]["content"].removeprefix(data).removesuffix(question)
    assert "answer in: Spanish (es)" in more and "every sentence" in more
    assert last.lines[0].content == first[-1]["content"], "the history keeps the normal turn"
    assert "every sentence" not in last.lines[0].content


async def test_after_two_wrong_ones_the_guide_answers_in_the_fans_language(stage: Stage):
    (*others, last) = await stage.ask(ENGLISH, CHINESE)
    assert not [answer.text for answer in others if answer.text]
    assert "puertas" in last.text and "90" in last.text
    assert last.counts == ("es:answers", "es:wrong")
    assert "The gates" not in str(last.lines) and "大门" not in str(last.lines)
    assert len(stage.qwen.requests) == 2, "it is asked twice and no more"


async def test_an_endpoint_that_dies_on_the_second_try_leaves_the_guides_answer(stage: Stage):
    stage.qwen.script(fakes.Answer(text=ENGLISH, delay=0.01))
    stage.qwen.respond = lambda _: fakes.Answer(
        text=SPANISH, fault=Fault(kind="status", status=401, body=b"{}")
    )
    answers = [answer async for answer in stage.answerer.answer(asked(QUESTION, "es"))]
    assert "90" in answers[-1].text and "The gates" not in answers[-1].text


async def test_a_translation_may_be_in_the_language_that_it_is_asked_for_in(stage: Stage):
    answers = await stage.ask(ENGLISH.strip(), text="¿Cómo se dice esto en inglés?")
    assert answers[-1].text == ENGLISH.strip()
    assert len(stage.qwen.requests) == 1
