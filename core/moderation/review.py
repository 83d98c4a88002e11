"""The review queue: what waits, shown to moderators, and what they decide with one press."""

from __future__ import annotations

import asyncio
import time

import msgspec

from core.ability import Ability
from core.house.community import change_community
from core.house.standing import standing_key, to_standing
from core.message import Command, Press, Reply, Right, User
from core.moderation import audit
from core.moderation import flag as queue
from core.moderation.cases import Sanction
from core.moderation.desk import VERBS, Desk, inert
from core.moderation.flag import Flag, FlagVerb, Taken
from core.moderation.sanctions import Effects, Order, Sanctions, plain
from core.protocol import Commit
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn

HOUR = 3600.0
"""Seconds of a mute by a press."""

_SHOWN = 5
_LIMIT = 200  # characters of each text in the list

_NEEDS: dict[FlagVerb, Right] = {
    "dismiss": "restrict",
    "warn": "restrict",
    "mute": "restrict",
    "ban": "ban",
    "delete": "messages",
    "release": "restrict",
}
_SANCTIONS: dict[str, Sanction] = {
    "warn": "warn",
    "mute": "mute",
    "ban": "ban",
    "delete": "delete",
}


class Review:
    """`/flags`, and the buttons below every flag."""

    def __init__(self, voice: Voice, store: Store, desk: Desk, sanctions: Sanctions) -> None:
        self._voice = voice
        self._store = store
        self._desk = desk
        self._sanctions = sanctions
        self.ability = Ability(commands={"flags": self._on_flags}, presses={"flag": self._on_press})

    async def _on_flags(self, turn: Turn, command: Command) -> Commit:
        flags = await queue.read_open(self._store, queue.key_of(command.conversation))
        if not flags:
            return self._voice.say(turn, self._voice.text(turn, "flag.none"))
        language = self._voice.language(turn)
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._desk.translated(flag, language)) for flag in flags[:_SHOWN]
            ]
        shown = [task.result() for task in tasks]
        rows = [self._desk.render(flag, language, limit=_LIMIT) for flag in shown]
        if more := len(flags) - len(shown):
            rows.append(self._voice.text(turn, "flag.more", count=more))
        buttons = [
            button
            for flag in shown
            for button in self._desk.buttons(flag, language, mark=f"#{flag.id} ")
        ]
        return self._voice.say(turn, "\n\n".join(rows), buttons=buttons)

    async def _on_press(self, turn: Turn, press: Press, value: str) -> Commit:
        verb, _, ours = value.partition(":")
        place, _, number = ours.rpartition(":")
        platform, _, community = place.partition(":")
        if verb not in _NEEDS or not number.isdecimal():
            return self._voice.say(turn, self._voice.text(turn, "button.expired"))
        if _NEEDS[verb] not in self._voice.with_rights(press).rights:
            return self._refuse(turn, press, verb)
        flag, taken = await queue.look(self._store, (platform, community), number)
        if flag is not None and not self._is_at(press, flag):
            return self._refuse(turn, press, verb)
        if flag is not None and verb in VERBS[flag.kind]:
            mine = queue.to_taken(press.id, press.user, verb)
            taken = await queue.take(self._store, (platform, community), number, mine)
            if taken == mine:
                return await self._decide(turn, press, flag, mine)
        if taken is None or flag is None:
            return self._voice.say(turn, self._voice.text(turn, "flag.gone"))
        what = self._desk.verb(taken.verb, flag, self._voice.language(turn))
        text = self._voice.text(turn, "flag.taken", name=inert(taken.name), what=what)
        return self._voice.say(turn, text)

    def _is_at(self, press: Press, flag: Flag) -> bool:
        """Tell whether a press comes from where the flag may be decided.

        What a button says can be made up by who presses it: somebody's rights in a place of
        their own count for nothing here.
        """
        here = queue.key_of(press.conversation)
        houses = [queue.key_of(place) for place in (flag.place, flag.desk) if place is not None]
        return here in houses or self._voice.is_operator(press)

    def _refuse(self, turn: Turn, press: Press, verb: FlagVerb) -> Commit:
        commit = self._voice.say(turn, self._voice.text(turn, f"refused.{_NEEDS[verb]}"))
        tried = audit.note(press.conversation, press.user, f"flag {verb}", result="refused")
        return with_effects(commit, writes=tried)

    async def _decide(self, turn: Turn, press: Press, flag: Flag, taken: Taken) -> Commit:
        community = await self._desk.community(turn, flag.place)
        what = self._desk.verb(taken.verb, flag, self._voice.language(turn))
        commit = self._voice.say(turn, f"#{flag.id} {inert(flag.name)} {what}")
        commit = with_effects(
            commit,
            writes=(queue.close(flag),),
            replies=self._desk.posts(community, flag, taken=taken),
        )
        if taken.verb == "dismiss":
            return await self._dismiss(turn, press, flag, commit)
        if taken.verb == "release":
            return await self._release(turn, press, flag, commit)
        order = Order(
            what=_SANCTIONS[taken.verb],
            place=flag.place,
            user=_fan(flag),
            by=press.user,
            seconds=HOUR if taken.verb == "mute" else 0.0,
            reason=self._voice.strings.text(f"why.{flag.kind}", community.language),
            message=flag.message,
        )
        effects = await self._sanctions.apply(turn, order)
        return _add(commit, effects)

    async def _dismiss(self, turn: Turn, press: Press, flag: Flag, commit: Commit) -> Commit:
        writes = audit.note(flag.place, press.user, "flag dismiss", whom=flag.user, why=flag.kind)
        if flag.kind == "raid":
            await change_community(
                self._store,
                flag.place,
                lambda community: msgspec.structs.replace(community, raided_until=0.0),
            )
        return with_effects(commit, writes=writes, replies=self._answer(flag, "appeal.stays"))

    async def _release(self, turn: Turn, press: Press, flag: Flag, commit: Commit) -> Commit:
        """Take back what holds now, and say so where the fan waits."""
        row = await self._store.get(standing_key(flag.place, flag.user))
        standing, now = to_standing(row), time.time()
        ends: tuple[tuple[Sanction, float], ...] = (
            ("unmute", standing.muted_until),
            ("unban", standing.banned_until),
        )
        for what, until in ends:
            if until <= now:
                continue
            order = Order(what=what, place=flag.place, user=_fan(flag), by=press.user)
            effects = await self._sanctions.apply(turn, order)
            commit = _add(commit, msgspec.structs.replace(effects, replies=()))
        noted = audit.note(flag.place, press.user, "flag release", whom=flag.user)
        replies = self._answer(flag, "appeal.released")
        return with_effects(commit, writes=noted, replies=replies)

    def _answer(self, flag: Flag, text: str) -> tuple[Reply, ...]:
        """Tell a fan what came of an appeal."""
        if flag.kind != "appeal" or flag.answer_to is None:
            return ()
        return (
            Reply(
                id=f"appeal:{':'.join(queue.key_of(flag.place))}:{flag.id}",
                conversation=flag.answer_to,
                text=self._voice.strings.text(text, flag.language, name=plain(flag.name)),
                language=flag.language,
            ),
        )


def _fan(flag: Flag) -> User:
    return User(id=flag.user, name=flag.name, locale=flag.language or flag.source or None)


def _add(commit: Commit, effects: Effects) -> Commit:
    """Add a sanction to the answer to a press, which tells what the platform did."""
    effects = effects.hearing(commit.replies[0])
    return with_effects(
        commit, writes=effects.writes, actions=effects.actions, replies=effects.replies
    )
