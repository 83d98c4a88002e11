"""Translations by a model that spoils them on purpose: nothing broken is ever shown."""

from __future__ import annotations

import collections
import re

import pytest

from core.bot import Term
from core.language.detect import Detector
from core.language.fidelity import is_short
from core.language.judge import Judge
from core.language.locked import lock
from core.language.models import Models
from core.language.translation import Translator
from core.language.vocabulary import Vocabulary
from core.qwen.client import Endpoint, Qwen
from core.store import Store
from tests.core.fan_texts import TEXTS
from tests.core.mangler import Case, Mangler, cases
from tests.fakes.qwen import Answer, FakeQwen

TERMS = (Term(term="Azzurri FC", keep=True), Term(term="Arena Nord", keep=True))
LANGUAGES = tuple(TEXTS)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(LANGUAGES)


def ask(case: Case, answers: tuple[str, str], judge: Judge) -> tuple[str, int, bool]:
    """Do what the translator does; return what is shown, in which attempt, and whether mended."""
    vocabulary = Vocabulary(TERMS, case.source, case.target)
    for attempt, answer in enumerate(answers):
        locked = lock(case.text, vocabulary, hides_all=attempt > 0)
        found = judge.judge(locked, answer, source=case.source, target=case.target)
        if not found.fault or (found.fault == "echo" and attempt and is_short(locked.plain)):
            return found.text, attempt, found.is_mended
    return "", 2, False


def templates(case: Case) -> tuple[str, str]:
    vocabulary = Vocabulary(TERMS, case.source, case.target)
    seen, hidden = (lock(case.text, vocabulary, hides_all=hides) for hides in (False, True))
    return seen.template, hidden.template


def squeeze(text: str) -> str:
    """Leave out white space, which may be added beside a token."""
    return re.sub(r"\s+", "", text)


def is_broken(case: Case, shown: str) -> bool:
    """Look for damage without any of the code that is tested."""
    tokens = [case.named, case.ending.strip()]
    tokens += [case.figure] if case.figure in case.text else []
    if any(
        squeeze(shown).count(squeeze(t)) != squeeze(case.text).count(squeeze(t))
        for t in tokens
        if t
    ):
        return True
    links = r"https?://[\w./?=&#-]*\w|@\w+|<[^>]*>|[⟦⟧]"
    kept = re.findall(links, case.text)
    return sorted(re.findall(links, shown)) != sorted(kept) or sorted(
        re.findall(r"\d", shown)
    ) != sorted(re.findall(r"\d", case.text))


@pytest.mark.slow
def test_of_two_thousand_spoilt_translations_none_is_shown_broken(detector: Detector):
    judge, mangler = Judge(detector, LANGUAGES), Mangler(seed=4)
    counts: collections.Counter[str] = collections.Counter()
    by_way: collections.Counter[tuple[str, str]] = collections.Counter()
    broken: list[tuple[str, str, str]] = []
    for case in cases(2_000, seed=4):
        seen, hidden = templates(case)
        way, first = mangler.spoil(case, seen, case.honest(seen))
        second = case.honest(hidden)
        if mangler.dice.random() < 0.4:
            _, second = mangler.spoil(case, hidden, second)
        shown, attempt, is_mended = ask(case, (first, second), judge)
        counts[("at once", "retried", "refused")[attempt]] += 1
        by_way[way, ("at once", "retried", "refused")[attempt]] += 1
        counts["mended"] += is_mended
        if shown and (is_broken(case, shown) or squeeze(shown) != squeeze(case.expected)):
            broken.append((way, shown, case.expected))
    print(dict(counts))  # noqa: T201 - the figures that this is about
    assert broken == []
    assert counts["refused"] < 600, by_way
    assert counts["mended"] > 300, "what is mechanical is mended, not asked for again"


@pytest.mark.slow
def test_nearly_every_honest_translation_is_shown(detector: Detector):
    judge = Judge(detector, LANGUAGES)
    kept: collections.Counter[bool] = collections.Counter()
    lost: list[tuple[str, str]] = []
    for case in cases(2_000, seed=5):
        seen, hidden = templates(case)
        shown, attempt, _ = ask(case, (case.honest(seen), case.honest(hidden)), judge)
        kept[attempt == 0] += 1
        if attempt:
            lost.append((case.text, case.expected))
        assert not shown or squeeze(shown) == squeeze(case.expected)
    print(dict(kept), lost[:5])  # noqa: T201 - the figures that this is about
    assert kept[True] >= 0.98 * kept.total()


async def test_over_the_wire_two_hundred_spoilt_translations_come_whole_or_not_at_all(
    store: Store, detector: Detector
):
    mangler = Mangler(seed=6)
    counts: collections.Counter[str] = collections.Counter()
    async with FakeQwen("dashscope") as qwen:
        client = Qwen([Endpoint(url=qwen.url, model="qwen3.8-flash", dialect="dashscope")])
        translator = Translator(
            Models(chat=client, name="qwen3.8-flash"),
            store,
            terms=TERMS,
            detector=detector,
            languages=LANGUAGES,
        )
        for case in cases(200, seed=6):
            asked = 0

            def respond(messages: list[dict[str, str]], case: Case = case) -> Answer:
                nonlocal asked
                asked += 1
                content = messages[-1]["content"]
                template = content.partition("<text>\n")[2].removesuffix("\n</text>")
                answer = case.honest(template)
                if asked == 1 or mangler.dice.random() < 0.4:
                    _, answer = mangler.spoil(case, template, answer)
                return Answer(text=answer, chunk=10_000)

            qwen.respond = respond
            made = await translator.translate_all(case.text, [case.target], source=case.source)
            counts["shown" if made else "refused"] += 1
            for one in made.values():
                assert squeeze(one.text) == squeeze(case.expected)
                assert not is_broken(case, one.text)
            assert asked <= 2
        await client.close()
        print(dict(counts), translator.counts)  # noqa: T201 - the figures that this is about
        assert counts["shown"] > 120
