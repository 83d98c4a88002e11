"""Budgets: who answers when they run out, who is told, and what is counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest

from core import mailbox
from core.answer.answer import Answerer, Others
from core.budgets import Budget, Budgets
from core.conversation import State, to_state
from core.engine import Engine
from core.house.community import Community, community_key
from core.language.detect import Detector
from core.language.models import Models
from core.limits import Used, Wait, fields_of
from core.mailbox import Commit, today
from core.message import Conversation, Dialogue, Message, Reply, User
from core.moderation.desk import Desk
from core.notices import Notices
from core.qwen.client import Endpoint, Qwen
from core.qwen.meter import Spent, metering
from core.qwen.question import ChatMessage
from core.qwen.tokens import Tokens
from core.store import Store, key
from core.voice import Voice
from core.worker import Turn
from tests.core.test_mailbox import claim, ready
from tests.fakes.qwen import Answer, FakeQwen
from tests.guides import games, to_guide, words
from tests.samples import NOW, direct, fan, group, message

SPANISH = "Las puertas abren noventa minutos antes del inicio, así que ven pronto."
QUESTION = "¿A qué hora abren las puertas?"
FACT = "90 minutos"
"""What only the guide says."""

PLACE, DESK = group("fans"), group("moderators")
Make = Callable[["Budget"], "Stage"]


class Stage:
    """The whole of a turn, from the push to its commit, with two models."""

    def __init__(self, store: Store, qwen: FakeQwen, folder: Path, budget: Budget) -> None:
        self.qwen = qwen
        self.store = store
        self.warned: list[Reply] = []
        """What the moderators' channel was told."""

        bot, strings = games(), words()
        self.clients = {
            name: Qwen([Endpoint(url=qwen.url, model=name, dialect="sglang")])
            for name in ("big", "small")
        }
        self.voice = Voice(bot, strings)
        self.desk = Desk(self.voice, store, None)
        self._parts = (bot, strings, Tokens(folder, "qwen3"), budget)
        self.build(small="small")

    def build(self, *, small: str) -> None:
        bot, strings, tokens, budget = self._parts

        async def show(dialogue: Dialogue, reply: Reply) -> None: ...

        self.engine = Engine(
            answerer=Answerer(
                bot,
                guide=to_guide(bot, strings),
                strings=strings,
                qwen=self.clients["big"],
                tokens=tokens,
                others=Others(small=self.clients.get(small)),
            ),
            detector=Detector(bot.languages),
            voice=self.voice,
            show=show,
            abilities=(Budgets(budget, self.voice, self.store, self.desk).ability,),
            clock=lambda: NOW,
        )

    async def ask(
        self, *, cost: int | None = 1, place: Conversation = PLACE, user: User | None = None
    ) -> str:
        """Ask once and return the answer; it is made to cost so many tokens, None tells none."""
        self.qwen.cost = (0, 0) if cost is None else (cost - 1, 1)
        event = message(QUESTION, place=place, user=user or fan())
        await mailbox.push(self.store, event, limit=0, overheard=b"")
        (entry,) = await ready(self.store)
        held = await claim(self.store, entry)
        turn = to_turn(event, held.used)
        turn = msgspec.structs.replace(
            turn, state=to_state(held.memory, held.history, [], {}, held.house)
        )
        commit = await self.engine.handle(turn)
        change = msgspec.structs.replace(commit, taken=1, memory=b"")
        assert await mailbox.commit(self.store, held, change, place=place.key)
        self.warned += [reply for reply in commit.replies if reply.conversation == DESK]
        return commit.replies[0].text

    @property
    def models(self) -> list[str]:
        return [body["model"] for body in self.qwen.requests]

    async def notices(self) -> list[str]:
        return [notice.text for notice in await Notices(self.store).recent()]


def to_turn(event: Message, used: Used, *, wait: Wait | None = None) -> Turn:
    async def refresh() -> tuple[Message, ...]:
        return (event,)

    return Turn(
        requests=(event,),
        state=State(),
        epoch=1,
        begun_at=100.0,
        is_over_limit=wait is not None,
        wait=wait or Wait(),
        used=used,
        refresh=refresh,
    )


@pytest.fixture
async def qwen() -> AsyncIterator[FakeQwen]:
    async with FakeQwen("sglang") as qwen:
        qwen.respond = lambda _: Answer(text=SPANISH)
        yield qwen


@pytest.fixture
async def make(
    store: Store, qwen: FakeQwen, tmp_path: Path
) -> AsyncIterator[Callable[[Budget], Stage]]:
    stages: list[Stage] = []

    def make(budget: Budget) -> Stage:
        stages.append(Stage(store, qwen, tmp_path, budget))
        return stages[-1]

    yield make
    for stage in stages:
        for client in stage.clients.values():
            await client.close()


async def test_a_budget_runs_out_by_warning_small_model_and_guide_never_in_silence(make: Make):
    stage = make(Budget(bot=1000))
    assert await stage.ask(cost=790) == SPANISH
    assert await stage.notices() == [], "79 %"
    assert await stage.ask(cost=10) == SPANISH
    assert ["80" in text for text in await stage.notices()] == [True], "80 %"
    assert await stage.ask(cost=199) == SPANISH
    assert await stage.ask(cost=101) == SPANISH, "99.9 %"
    assert stage.models == ["big"] * 4

    simpler = await stage.ask(cost=50)
    assert stage.models[4:] == ["small"], "110 %"
    why = stage.voice.strings.text("answer.spent", "es")
    assert simpler == f"{SPANISH}\n\n_{why}_", "the fan knows why"
    assert await stage.ask(cost=50) == SPANISH, "and is told once"
    assert stage.models[4:] == ["small"] * 2

    guided = await stage.ask(cost=50)
    assert FACT in guided and SPANISH not in guided, "120 %"
    other = await stage.ask(user=fan("Ben"))
    assert FACT in other and why in other
    assert len(stage.models) == 6 and len(await stage.notices()) == 1


async def test_without_a_small_model_the_guide_answers_at_once(make: Make):
    stage = make(Budget(bot=100))
    stage.build(small="")
    assert await stage.ask(cost=100) == SPANISH
    assert FACT in await stage.ask()
    assert stage.models == ["big"]


async def test_a_community_has_its_own_budget_and_its_moderators_are_told(make: Make, store: Store):
    stage = make(Budget(community=100))
    await store.keep_all(
        {community_key(PLACE): msgspec.msgpack.encode(Community(desk=DESK, language="de"))}, ttl=60
    )
    await stage.ask(cost=85)
    (warning,) = stage.warned
    text = stage.voice.strings.text("budget.community", "de", percent=85)
    assert text in warning.text and warning.reply_to is None
    await stage.ask(cost=5)
    assert len(stage.warned) == 1 and await stage.notices() == []
    await stage.ask(cost=40)
    assert FACT in await stage.ask()
    assert await stage.ask(cost=10, place=group("others")) == SPANISH
    assert await stage.ask(cost=500, place=direct("zoe")) == SPANISH
    assert await stage.ask(cost=500, place=direct("zoe")) == SPANISH, "no community, no budget"


async def test_a_fan_who_has_asked_for_a_lot_gets_the_guide_and_others_the_model(make: Make):
    stage = make(Budget(fan=100))
    await stage.ask(cost=100)
    guided = await stage.ask()
    assert FACT in guided and stage.voice.strings.text("answer.spent_own", "es") in guided
    assert await stage.ask(cost=9, user=fan("Ben")) == SPANISH


async def test_money_is_counted_by_the_price_of_what_is_read_and_written(make: Make):
    budget = Budget(money=1.0, price_in=500.0, price_out=4000.0)
    turn = to_turn(message("x"), Used())
    half = Spent(prompt=200, completion=100)
    assert budget.shares(turn, half)["bot"] == pytest.approx(0.5)
    assert budget.shares(turn, half + half)["bot"] == pytest.approx(1.0)
    stage = make(budget)
    await stage.ask(cost=1993)  # the writing is one token
    await stage.ask(cost=500)
    assert stage.models == ["big", "small"]


async def test_what_no_endpoint_tells_is_estimated(make: Make, store: Store, qwen: FakeQwen):
    stage = make(Budget(bot=10**6))
    await stage.ask(cost=None)
    counts = await store.fields(key("spent", today()))
    assert int(counts[b"in"]) > 300 and 10 < int(counts[b"out"]) < 60


async def test_an_answer_that_began_in_a_wrong_language_is_paid_for_too(
    make: Make, store: Store, qwen: FakeQwen
):
    stage = make(Budget(bot=10**6))
    qwen.script(Answer(text="The gates open ninety minutes before the start of the day. " * 5))
    await stage.ask(cost=100)
    assert len(stage.models) == 2
    assert int((await store.fields(key("spent", today())))[b"in"]) > 99


async def test_translations_are_counted_and_only_while_somebody_counts(make: Make, qwen: FakeQwen):
    qwen.cost = (40, 2)
    models = Models(chat=make(Budget()).clients["small"])
    asked = [ChatMessage(role="user", content="hola")]
    with metering() as meter:
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(models.ask(asked, tokens=9))
    await models.ask(asked, tokens=9)
    assert meter.spent == Spent(prompt=80, completion=4)


async def test_a_turn_done_again_tells_once(make: Make, qwen: FakeQwen):
    stage = make(Budget(bot=100))
    qwen.cost = (90, 1)
    first, second = (to_turn(message(QUESTION), Used()) for _ in range(2))
    told: list[Commit] = [await stage.engine.handle(t) for t in (first, second, first)]
    names = [[write.key for write in commit.writes] for commit in told]
    assert [key("notices") in writes for writes in names] == [True, False, True]


def test_no_id_of_a_fan_stands_in_the_counts_of_a_day():
    assert not [name for name in fields_of("discord:77:88::990011") if "990011" in name]


@pytest.mark.parametrize(
    ("wait", "name"), [(Wait("fan", 122.5), "limit.slow"), (Wait("bot", 122.5), "limit.busy")]
)
async def test_who_is_over_a_limit_is_told_in_their_language_how_long(
    make: Make, qwen: FakeQwen, wait: Wait, name: str
):
    stage = make(Budget())
    event = message(QUESTION, user=fan("Ana", locale="es-MX"))
    commit = await stage.engine.handle(to_turn(event, Used(), wait=wait))
    assert commit.replies[0].text == stage.voice.strings.text(name, "es", seconds=23)
    assert "23" in commit.replies[0].text and not qwen.requests
