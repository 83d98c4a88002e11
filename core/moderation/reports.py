"""`/report` and `/appeal`: what fans bring before the moderators."""

from __future__ import annotations

import time
from collections.abc import Sequence

from core.ability import Ability
from core.conversation import Overheard
from core.guard import clean
from core.house.standing import (
    Standing,
    sanctioned_key,
    standing_key,
    to_place,
    to_standing,
)
from core.message import Command, Conversation
from core.moderation.cases import Case, read_cases
from core.moderation.desk import Desk
from core.moderation.flag import Flag, Same
from core.protocol import Commit
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn

LINES = 3
"""Lines of what was said before a message, which a flag shows."""


class Reports:
    """Raises flags in the name of fans, and thanks them in their language."""

    def __init__(self, voice: Voice, store: Store, desk: Desk) -> None:
        self._voice = voice
        self._store = store
        self._desk = desk
        self.ability = Ability(commands={"report": self._on_report, "appeal": self._on_appeal})

    async def _on_report(self, turn: Turn, command: Command) -> Commit:
        text = clean(command.options.get("about", ""))
        if not text and not command.about:
            return self._voice.say(turn, self._voice.text(turn, "report.how"))
        author = command.people[0] if command.about and command.people else None
        place = command.conversation
        flag = Flag(
            kind="report",
            place=place,
            at=time.time(),
            user=author.id if author else "",
            name=author.name if author else "",
            message=command.about,
            text=text,
            reason=clean(command.options.get("reason", "")),
            by=command.user.name,
            context=to_context(turn.state.place, user=author.id if author else "", text=text),
        )
        same = None
        if command.about:
            what = f"report:{place.channel}:{place.thread}:{command.about}"
            same = Same(what, command.user.id)
        writes, replies = await self._desk.raise_flag(turn, flag, same=same)
        commit = self._voice.say(turn, self._voice.text(turn, "report.thanks"))
        return with_effects(commit, writes=writes, replies=replies)

    async def _on_appeal(self, turn: Turn, command: Command) -> Commit:
        user, place = command.user, await self._find_place(command)
        standing, cases = Standing(), list[Case]()
        if place is not None:
            standing = to_standing(await self._store.get(standing_key(place, user.id)))
            days = self._voice.bot.privacy.cases_days
            cases = await read_cases(self._store, place, user.id, days=days)
        if place is None or not cases:
            return self._voice.say(turn, self._voice.text(turn, "appeal.nothing"))
        now, case = time.time(), cases[-1]
        flag = Flag(
            kind="appeal",
            place=place,
            at=now,
            user=user.id,
            name=user.name,
            text=command.options["text"],
            reason=": ".join(filter(None, (case.what, case.why))),
            language=self._voice.language(turn),
            answer_to=command.conversation,
            can_release=max(standing.muted_until, standing.banned_until) > now,
        )
        same = Same(f"appeal:{user.id}:{case.number}", user.id)
        writes, replies = await self._desk.raise_flag(turn, flag, same=same)
        text = "appeal.sent" if writes else "appeal.again"
        commit = self._voice.say(turn, self._voice.text(turn, text))
        return with_effects(commit, writes=writes, replies=replies)

    async def _find_place(self, command: Command) -> Conversation | None:
        """Return what an appeal is about: this community, or the one that last decided."""
        if not command.conversation.is_direct:
            return command.conversation
        name = sanctioned_key(command.conversation.platform, command.user.id)
        return to_place(await self._store.get(name))


def to_context(place: Sequence[Overheard], *, user: str, text: str) -> tuple[str, ...]:
    """Return what was said before a message, or last where it is not remembered."""
    matches = (
        at
        for at in reversed(range(len(place)))
        if place[at].user == user and place[at].text and text.startswith(place[at].text[:100])
    )
    before = place[: next(matches, len(place))]
    return tuple(f"{talk.name}: {talk.text}" for talk in before[-LINES:])
