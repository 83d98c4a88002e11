"""A community's own words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from core.bot import Term
from core.house.community import community_key, to_community
from core.message import Right
from core.moderation.glossary import MOST
from core.store import Store
from tests.core.moderation.hall import DESK, OLA, Hall
from tests.fakes.qwen import FakeQwen

RIGHTS: frozenset[Right] = frozenset({"manage", "restrict"})
EVA = msgspec.structs.replace(OLA, name="Eva", locale="en", rights=RIGHTS)


@pytest.fixture
async def hall(store: Store, tmp_path: Path) -> AsyncIterator[Hall]:
    async with FakeQwen("dashscope") as qwen, Hall(store, tmp_path, qwen) as hall:
        yield hall


async def glossary(hall: Hall, action: str, **options: str) -> str:
    (reply,) = await hall.command("glossary", EVA, options={"action": action, **options})
    return reply.text


async def terms(hall: Hall) -> tuple[Term, ...]:
    return to_community(await hall.store.get(community_key(DESK))).terms


async def test_terms_are_added_listed_and_removed(hall: Hall):
    assert "empty" in await glossary(hall, "list")
    assert await glossary(hall, "add", term="Kop") == "Kop stays as it is"
    await glossary(hall, "add", term="stand", language="German", translation="Kurve")
    shown = await glossary(hall, "add", term="Stand", language="es", translation="grada")
    assert shown == "stand → de: Kurve, es: grada"
    assert await glossary(hall, "list") == "- Kop stays as it is\n- stand → de: Kurve, es: grada"
    assert await glossary(hall, "list", language="fr") == "- Kop stays as it is"
    await glossary(hall, "remove", term="STAND", language="de")
    assert await terms(hall) == (
        Term(term="Kop", keep=True), Term(term="stand", translations={"es": "grada"})
    )  # fmt: skip
    await glossary(hall, "remove", term="stand")
    await glossary(hall, "remove", term="kop")
    assert await terms(hall) == ()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"term": "stand", "language": "de"},
        {"term": "stand", "translation": "Kurve"},
        {"term": "stand", "translation": "Kurve", "language": "klingonisch"},
    ],
)
async def test_what_is_no_entry_changes_nothing(hall: Hall, options: dict[str, str]):
    assert await glossary(hall, "add", **options)
    assert await terms(hall) == ()


async def test_no_more_than_two_hundred(hall: Hall):
    full = tuple(Term(term=f"t{number}", keep=True) for number in range(MOST))
    await hall.settle(DESK, terms=full)
    assert "200" in await glossary(hall, "add", term="one more")
    assert await glossary(hall, "add", term="t7") == "t7 stays as it is"
    assert len(await terms(hall)) == MOST


async def test_a_term_changes_the_next_translation_of_the_same_text_and_the_prompt(hall: Hall):
    text = "We meet at the stand."
    hall.translations[text] = "Wir treffen uns an der Tribüne."
    options = {"text": text, "to": "German"}
    (reply,) = await hall.command("translate", EVA, options=options)
    assert reply.text.endswith("Wir treffen uns an der Tribüne.")
    await glossary(hall, "add", term="stand", language="de", translation="Kurve")
    hall.translations[text] = "Wir treffen uns an der Kurve."
    (reply,) = await hall.command("translate", EVA, options=options)
    assert reply.text.endswith("Wir treffen uns an der Kurve.")
    assert hall.qwen is not None
    assert '"stand" = "Kurve"' in hall.qwen.requests[-1]["messages"][-1]["content"]
    hall.answer = "Die Kurve ist im Norden, die Tore sind ab 18 Uhr offen."
    await hall.say("Wo ist denn die Kurve, und wo ist der Stand mit den Schals?", EVA, DESK)
    system, *_, newest = [m["content"] for m in hall.qwen.requests[-1]["messages"]]
    assert '"Stand" = "Kurve"' in newest and "Kurve" not in system


async def test_a_fan_changes_no_glossary(hall: Hall):
    ana = msgspec.structs.replace(EVA, rights=frozenset[Right]())
    options = {"action": "add", "term": "Kop"}
    (reply,) = await hall.command("glossary", ana, options=options)
    assert reply.text == hall.strings.text("refused.manage", "en")
    assert await terms(hall) == ()
