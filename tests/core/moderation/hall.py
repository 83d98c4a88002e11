"""Fans, moderators and the bot between them: the real inbox, worker and outbox on a real Redis."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Self

import msgspec

from bots.moderation import to_abilities
from core.answer.answer import Answerer
from core.bot import Bot
from core.engine import Engine
from core.house.community import Community, change_community
from core.inbox import Inbox
from core.language.detect import Detector
from core.language.models import Models
from core.language.translation import Translator
from core.message import (
    Action,
    Command,
    Conversation,
    Dialogue,
    Message,
    Outcome,
    Press,
    Reply,
    Request,
    Right,
    User,
    dialogue_of,
)
from core.qwen.client import Endpoint, Qwen
from core.qwen.tokens import Tokens
from core.store import Store, key
from core.translate import Interpreter, Translate
from core.voice import Voice
from core.worker import Worker
from tests.fakes.qwen import Answer, FakeQwen
from tests.guides import games, to_guide, words
from tests.samples import NOW
from tests.waiting import wait_until

_numbers = itertools.count(1)

DESK = Conversation(platform="discord", community="77", channel="700")
TERRACE = Conversation(platform="telegram", community="-5", channel="-5")
"""A group of fans."""

ALONE = Conversation(platform="telegram", community="11", channel="11", is_direct=True)
MAY: frozenset[Right] = frozenset({"restrict"})
ANA = User(id="11", name="Ana", locale="es")
OLA = User(id="21", name="Ola", locale="pl", rights=MAY)
STRANGER = User(id="31", name="Max", locale="en")


@cache
def _to_bot() -> Bot:
    return games()


@cache
def _to_detector() -> Detector:
    return Detector(_to_bot().languages)


class Hall:
    """`async with`: a bot at work; what it says can be waited for by place."""

    def __init__(self, store: Store, folder: Path, qwen: FakeQwen | None = None) -> None:
        self.store = store
        self.qwen = qwen
        self.strings = words()
        self.translations: dict[str, str] = {}
        """What the model makes of a text."""

        self.answer = "Ciao! Forza!"
        bot = _to_bot()
        tokens = Tokens(folder, "qwen3")
        endpoint = (
            Endpoint(url=qwen.url, model="qwen3.8-flash", dialect="dashscope") if qwen else None
        )
        self._client = Qwen([endpoint]) if endpoint else None
        if qwen is not None:
            qwen.respond = self._respond
        translator = Translator(
            Models(chat=self._client, mt=None, name="test"),
            store,
            terms=bot.terms,
            detector=_to_detector(),
            languages=bot.languages,
        )
        voice = Voice(bot, self.strings, operators=("discord:99",))

        async def show(dialogue: Dialogue, reply: Reply) -> None: ...

        interpreter = Interpreter(translator, self.strings, bot.languages)
        engine = Engine(
            answerer=Answerer(
                bot,
                guide=to_guide(bot, self.strings),
                strings=self.strings,
                qwen=self._client,
                tokens=tokens,
            ),
            detector=_to_detector(),
            voice=voice,
            show=show,
            abilities=(
                *to_abilities(voice, store, translator, count=tokens.count_message),
                Translate(interpreter, voice, show).ability,
            ),
            clock=lambda: NOW,
        )
        self._worker = Worker(store, engine.handle, engine.apologise, is_alone=True)
        self._inbox = Inbox(store, limit=1000)

    def _respond(self, messages: list[dict[str, Any]]) -> Answer:
        said: str = messages[-1]["content"]
        if "<text>\n" not in said:
            return Answer(text=self.answer)
        text: str = said.partition("<text>\n")[2].rpartition("\n</text>")[0]
        return Answer(text=self.translations.get(text, text))

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._worker.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        if self._client is not None:
            await self._client.close()

    async def settle(self, place: Conversation, **settings: object) -> None:
        """Set something in a community."""
        new = Community(**settings)  # pyright: ignore[reportArgumentType] - as the test says
        await change_community(self.store, place, lambda _: new)

    async def play(self, event: Request) -> list[Reply]:
        """Let something happen, and return what the bot says to it, anywhere."""
        before = {reply.id: reply for reply in await self.replies()}
        await self._inbox.receive(event)
        lock = key("lock", dialogue_of(event).key)

        async def is_over() -> bool:
            return b"s" not in await self.store.fields(lock)

        await wait_until(is_over)
        return [reply for reply in await self.replies() if reply.id not in before]

    async def replies(self) -> list[Reply]:
        return [
            msgspec.msgpack.decode(row.fields[b"r"], type=Reply)
            for platform in ("telegram", "discord")
            for row in await self.store.read(key("outbox", platform), after="0")
            if b"r" in row.fields
        ]

    async def actions(self) -> list[Action]:
        return [
            msgspec.msgpack.decode(row.fields[b"a"], type=Action)
            for platform in ("telegram", "discord")
            for row in await self.store.read(key("outbox", platform), after="0")
            if b"a" in row.fields
        ]

    async def open_thread(self, made: str = "701") -> list[Reply]:
        """Tell that the thread which was asked for last is open."""
        action = (await self.actions())[-1]
        assert action.answer_to is not None and action.asked_by is not None
        outcome = Outcome(
            id=f"outcome:{action.id}",
            conversation=action.answer_to,
            user=action.asked_by,
            sent_at=NOW,
            action=action,
            result="done" if made else "unsupported",
            made=made,
        )
        return await self.play(outcome)

    async def say(
        self, text: str, user: User = ANA, place: Conversation = ALONE, **more: Any
    ) -> list[Reply]:
        return await self.play(
            Message(
                id=f"{place.platform}:m{next(_numbers)}",
                conversation=place,
                user=user,
                text=text,
                sent_at=NOW,
                is_mention=True,
                **more,
            )
        )

    async def command(
        self,
        name: str,
        user: User = OLA,
        place: Conversation = DESK,
        *,
        options: Mapping[str, str],
        **more: Any,
    ) -> list[Reply]:
        return await self.play(
            Command(
                id=f"{place.platform}:c{next(_numbers)}",
                conversation=place,
                user=user,
                name=name,
                sent_at=NOW,
                options=dict(options),
                **more,
            )
        )

    async def press(self, button: str, user: User = OLA, place: Conversation = DESK) -> list[Reply]:
        return await self.play(
            Press(
                id=f"{place.platform}:press:{next(_numbers)}",
                conversation=place,
                user=user,
                button=button,
                sent_at=NOW,
            )
        )


def at(replies: list[Reply], place: Conversation) -> list[str]:
    """Return what was said in a place."""
    return [reply.text for reply in replies if reply.conversation == place]
