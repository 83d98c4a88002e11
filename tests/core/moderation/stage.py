"""A community on a real Redis: what people do there, one turn at a time."""

from __future__ import annotations

import itertools
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from bots.moderation import to_abilities
from core import mailbox
from core.answer.answer import Answerer
from core.bot import Bot
from core.conversation import State, to_state
from core.engine import Engine
from core.erasure import note_dialogue
from core.language.detect import Detector
from core.language.strings import Strings
from core.mailbox import Commit
from core.message import (
    Action,
    Button,
    Command,
    Conversation,
    Dialogue,
    Message,
    Outcome,
    Press,
    Reply,
    Request,
    Result,
    Right,
    User,
    dialogue_of,
)
from core.protocol import Claim
from core.qwen.tokens import Tokens
from core.store import Store, Write, key
from core.voice import Voice
from core.worker import Turn
from tests.guides import games, to_guide, words
from tests.samples import NOW

PLACE = Conversation(platform="web", community="club", channel="terrace")
ANA = User(id="11", name="Ana", locale="en")
MOD = User(id="22", name="Mo", locale="en", rights=frozenset(get_args(Right)))
BOSS = User(id="33", name="Bo", locale="en")
"""Runs the bot."""

_numbers = itertools.count(1)


class Stage:
    """Plays turns as a worker does, from push to commit."""

    def __init__(self, store: Store, folder: Path) -> None:
        bot, strings, detector = _parts()
        self.store = store
        self.extra: tuple[Write, ...] = ()
        """What the next turn writes besides its own."""

        self.later = timedelta(0)
        """By how much the clock of the people is ahead."""

        async def show(dialogue: Dialogue, reply: Reply) -> None: ...

        self.voice = Voice(bot, strings, operators=("web:33",))
        answerer = Answerer(
            bot,
            guide=to_guide(bot, strings),
            strings=strings,
            qwen=None,
            tokens=Tokens(folder, "qwen3"),
        )
        self.engine = Engine(
            answerer=answerer,
            detector=detector,
            voice=self.voice,
            show=show,
            abilities=to_abilities(self.voice, store, None, count=len),
            clock=lambda: NOW + self.later,
        )

    async def play(self, request: Request) -> Commit:
        """Run one turn and return what it commits."""
        taken = await mailbox.push(self.store, request, limit=0, overheard=b"", taker="w")
        if taken.claim is None:  # nobody has ever worked here
            await self.store.read_group(
                key("ready"), group=mailbox.GROUP, consumer="x", wait=0.001, count=1
            )
            entries = await self.store.read(key("ready"), after="0")
            place = request.conversation.key
            taken = msgspec.structs.replace(
                taken,
                claim=await mailbox.claim(
                    self.store, entries[-1].id, dialogue_of(request).key, place=place, worker="w"
                ),
            )
        assert taken.claim is not None
        return await self._turn(taken.claim, request)

    async def _turn(self, claim: Claim, request: Request) -> Commit:
        state = to_state(claim.memory, claim.history, claim.place, claim.spoken, claim.house)
        commit = await self.engine.handle(to_turn(request, state, epoch=claim.epoch))
        writes = (*note_dialogue(request), *commit.writes, *self.extra)
        self.extra = ()
        done = msgspec.structs.replace(commit, taken=1, writes=writes)
        assert await mailbox.commit(self.store, claim, done, place=request.conversation.key)
        return commit

    async def order(
        self,
        name: str,
        *,
        by: User = MOD,
        place: Conversation = PLACE,
        people: tuple[User, ...] = (ANA,),
        **options: str,
    ) -> Commit:
        """Use a command."""
        return await self.play(
            Command(
                id=f"web:c{next(_numbers)}",
                conversation=place,
                user=by,
                name=name,
                sent_at=NOW + self.later,
                options=options,
                people=people,
            )
        )

    async def say(self, text: str, *, by: User = ANA, place: Conversation = PLACE) -> str:
        """Ask the bot; return what it answers, "" for nothing."""
        commit = await self.play(
            Message(
                id=f"web:m{next(_numbers)}",
                conversation=place,
                user=by,
                text=text,
                sent_at=NOW + self.later,
                is_mention=True,
            )
        )
        return "".join(reply.text for reply in commit.replies)

    async def press(self, button: Button, *, by: User = MOD, place: Conversation = PLACE) -> Commit:
        """Press a button."""
        return await self.play(
            Press(
                id=f"web:p{next(_numbers)}",
                conversation=place,
                user=by,
                button=button.id,
                sent_at=NOW + self.later,
            )
        )

    async def hear(self, action: Action, result: Result, *, count: int = 0) -> Commit:
        """Let the platform tell what came of an action."""
        assert action.answer_to is not None and action.asked_by is not None
        return await self.play(
            Outcome(
                id=f"outcome:{action.id}",
                conversation=action.answer_to,
                user=action.asked_by,
                sent_at=NOW,
                action=action,
                result=result,
                count=count,
            )
        )


def to_turn(request: Request, state: State, *, epoch: int = 1) -> Turn:
    """Return a turn in which nothing else comes."""

    async def refresh() -> tuple[Request, ...]:
        return (request,)

    return Turn(
        requests=(request,),
        state=state,
        epoch=epoch,
        begun_at=1.0,
        is_over_limit=False,
        refresh=refresh,
    )


@lru_cache(maxsize=1)
def _parts() -> tuple[Bot, Strings, Detector]:
    bot = games()
    return bot, words(), Detector(bot.languages)


@pytest.fixture
def stage(store: Store, tmp_path: Path) -> Stage:
    return Stage(store, tmp_path)
