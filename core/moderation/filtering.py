"""Filters at work: `/filter`, and the gate that judges what is said before anything is answered."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from core.ability import Ability
from core.answer.asked import Answer
from core.guard import clean
from core.house.community import Community, Filter, FilterKind, Then, change_community
from core.message import Action, Command, Message, Request
from core.moderation import audit
from core.moderation.desk import Desk, inert
from core.moderation.filters import (
    MOST,
    Said,
    WrongPatternError,
    check,
    compile_all,
    judge,
)
from core.moderation.flag import Flag, Same
from core.moderation.folding import to_core
from core.moderation.reports import to_context
from core.moderation.sanctions import Order, Sanctions
from core.moderation.watch import LEAST
from core.protocol import Commit
from core.safety import Finding
from core.store import Store
from core.voice import Voice, with_effects
from core.worker import Turn

NEW = timedelta(days=1)
"""Age below which an account is new."""

_AGAIN = 600
"""Seconds in which one fan's hits on one filter are one flag."""

_ECHOES = 3
"""Others who just said the same from which somebody takes part in a raid."""

_SHOWN = 80  # characters of a filter's text in the list
_KINDS: dict[str, FilterKind] = {
    kind: kind
    for kind in ("words", "pattern", "links", "invites", "mentions", "capitals", "repeats")
}
_THENS: dict[str, Then] = {then: then for then in ("flag", "delete", "warn", "mute", "ban")}


class Filtering:
    """Judges what fans write, and lets moderators say by what.

    What a filter with a consequence finds is deleted, whatever else follows; what only goes to the
    moderators is answered all the same.
    """

    def __init__(self, voice: Voice, store: Store, desk: Desk, sanctions: Sanctions) -> None:
        self._voice = voice
        self._store = store
        self._desk = desk
        self._sanctions = sanctions
        self.ability = Ability(
            commands={"filter": self._on_filter}, gate=self._gate, finish=self._finish
        )

    async def _gate(self, turn: Turn) -> Commit | None:
        request = turn.requests[0]
        text = _text_of(request)
        if request.conversation.is_direct or text is None:
            return None
        is_overheard = isinstance(request, Message) and not request.is_mention
        if not self._voice.with_rights(request).is_moderator:
            hits = self._find(turn)
            is_end = is_overheard or any(one.then != "flag" for _, one in hits)
            if hits and is_end:
                return await self._follow(turn, hits)
            if self._is_raider(turn, text):
                return self._voice.keep_silent(turn)
        if is_overheard and turn.state.community.reply_when != "always":
            return self._voice.keep_silent(turn)
        return None

    async def _finish(self, turn: Turn, answer: Answer, commit: Commit) -> Commit:
        """Tell moderators what a filter found and was answered, and what the guard found."""
        request = turn.requests[0]
        if answer.flag is not None:
            commit = await self._raise_finding(turn, answer.flag, commit)
        if request.conversation.is_direct or self._voice.with_rights(request).is_moderator:
            return commit
        for message, one in self._find(turn):
            commit = await self._raise(turn, message, one, commit)
        return commit

    async def _raise_finding(self, turn: Turn, finding: Finding, commit: Commit) -> Commit:
        request = turn.requests[-1]
        place, text = request.conversation, _text_of(request) or ""
        community = await self._desk.community(turn, place)
        if place.is_direct and community.desk is None:  # nobody looks after a private talk
            return commit
        flag = Flag(
            kind="guard",
            place=place,
            at=time.time(),
            user=request.user.id,
            name=request.user.name,
            message=_message_of(request),
            text=text,
            rule=finding.rule,
            sure=finding.sure,
            language=self._voice.language(turn),
            context=to_context(turn.state.place, user=request.user.id, text=text),
        )
        same = Same(f"guard:{finding.rule}:{request.user.id}", request.id, _AGAIN)
        writes, replies = await self._desk.raise_flag(turn, flag, same=same)
        return with_effects(commit, writes=writes, replies=replies)

    def _find(self, turn: Turn) -> list[tuple[Request, Filter]]:
        """Return what filters find in a turn: each message with the hardest of them."""
        state = turn.state
        rules = compile_all((*state.community.filters, *state.everywhere.filters))
        if not rules:
            return []
        found: list[tuple[Request, Filter]] = []
        for request in turn.requests:
            earlier = [talk.text for talk in state.place if talk.user == request.user.id]
            own = _text_of(request) or ""
            # The place remembers this one already.
            last = len(earlier) - 1 - earlier[::-1].index(own) if own in earlier else len(earlier)
            hits = judge(rules, Said(own, tuple(earlier[:last])))
            found += [(request, hits[0])] if hits else []
        return found

    async def _follow(self, turn: Turn, hits: Sequence[tuple[Request, Filter]]) -> Commit:
        """End a turn with what follows, the hardest of it once."""
        commit = self._voice.keep_silent(turn)
        is_sanctioned = False
        for request, one in hits:
            commit = await self._raise(turn, request, one, commit)
            if one.then == "flag":
                continue
            if one.then != "delete":
                commit = with_effects(commit, actions=_to_deletion(request))
            if one.then == "delete" or not is_sanctioned:
                order = self._to_order(turn, request, one)
                effects = await self._sanctions.apply(turn, order)
                replies = () if is_sanctioned else effects.replies
                commit = with_effects(
                    commit, writes=effects.writes, actions=effects.actions, replies=replies
                )
                is_sanctioned = True
        return commit

    async def _raise(self, turn: Turn, request: Request, one: Filter, commit: Commit) -> Commit:
        text = _text_of(request) or ""
        community = await self._desk.community(turn, request.conversation)
        say = self._voice.strings.text
        kind = say(f"choice.{one.kind}", community.language)
        flag = Flag(
            kind="filter",
            place=request.conversation,
            at=time.time(),
            user=request.user.id,
            name=request.user.name,
            message=_message_of(request),
            text=text,
            rule=" ".join(filter(None, (kind, f"#{one.id}", one.text[:_SHOWN]))),
            reason="" if one.then == "flag" else say(f"choice.{one.then}", community.language),
            language=self._voice.language(turn),
            context=to_context(turn.state.place, user=request.user.id, text=text),
        )
        same = Same(f"filter:{one.id}:{request.user.id}", request.id, _AGAIN)
        writes, replies = await self._desk.raise_flag(turn, flag, same=same)
        return with_effects(commit, writes=writes, replies=replies)

    def _to_order(self, turn: Turn, request: Request, one: Filter) -> Order:
        assert one.then != "flag"
        return Order(
            what=one.then,
            place=request.conversation,
            user=request.user,
            seconds=one.seconds,
            reason=self._voice.text(turn, "why.filter"),
            message=_message_of(request),
        )

    def _is_raider(self, turn: Turn, text: str) -> bool:
        """Tell whether who writes takes part in a raid that is on, or might."""
        request, now = turn.requests[0], time.time()
        if turn.state.community.raided_until <= now:
            return False
        made_at = request.user.made_at
        if made_at is not None and datetime.fromtimestamp(now, UTC) - made_at < NEW:
            return True
        core = to_core(text)
        others = {
            talk.user
            for talk in turn.state.place
            if talk.user != request.user.id and to_core(talk.text) == core
        }
        return len(core) >= LEAST and len(others) >= _ECHOES

    async def _on_filter(self, turn: Turn, command: Command) -> Commit:
        text = clean(command.options.get("text", ""))
        match command.options["action"]:
            case "add":
                return await self._add(turn, command, text)
            case "remove":
                return await self._remove(turn, command, text.lstrip("#"))
            case "test":
                return self._test(turn, text)
            case _:
                rows = [self._to_row(turn, one) for one in turn.state.community.filters]
                none = self._voice.text(turn, "filter.none")
                return self._voice.say(turn, "\n".join(rows) or none)

    async def _add(self, turn: Turn, command: Command, text: str) -> Commit:
        kind = _KINDS.get(command.options.get("kind", ""))
        if kind is None:
            return self._voice.say(turn, self._voice.text(turn, "filter.kind"))
        if len(turn.state.community.filters) >= MOST:
            return self._voice.say(turn, self._voice.text(turn, "filter.most", count=MOST))
        try:
            check(kind, text)
        except WrongPatternError as wrong:
            why = inert(wrong.why)
            return self._voice.say(turn, self._voice.text(turn, wrong.name, why=why))
        new = Filter(
            id="",
            kind=kind,
            text=text,
            then=_THENS[command.options.get("then", "flag")],
            seconds=float(command.options.get("duration", "0")),
            by=f"{command.user.id} {command.id}",
        )

        def change(community: Community) -> Community:
            others = tuple(one for one in community.filters if one.by != new.by)
            number = max((int(one.id) for one in others), default=0) + 1
            added = msgspec.structs.replace(new, id=str(number))
            return msgspec.structs.replace(community, filters=(*others, added))

        community = await change_community(self._store, command.conversation, change)
        row = self._to_row(turn, community.filters[-1])
        return self._note(turn, command, self._voice.text(turn, "filter.added", filter=row), row)

    async def _remove(self, turn: Turn, command: Command, number: str) -> Commit:
        gone = next((one for one in turn.state.community.filters if one.id == number), None)
        if gone is None:
            unknown = self._voice.text(turn, "filter.unknown", number=inert(number))
            return self._voice.say(turn, unknown)

        def change(community: Community) -> Community:
            rest = tuple(one for one in community.filters if one.id != number)
            return msgspec.structs.replace(community, filters=rest)

        await change_community(self._store, command.conversation, change)
        row = self._to_row(turn, gone)
        return self._note(turn, command, self._voice.text(turn, "filter.removed", filter=row), row)

    def _test(self, turn: Turn, text: str) -> Commit:
        state = turn.state
        rules = compile_all((*state.community.filters, *state.everywhere.filters))
        rows = [self._to_row(turn, one) for one in judge(rules, Said(text))]
        none = self._voice.text(turn, "filter.harmless")
        return self._voice.say(turn, "\n".join(rows) or none)

    def _note(self, turn: Turn, command: Command, text: str, row: str) -> Commit:
        who = self._voice.with_rights(command)
        what = f"filter {command.options['action']}"
        noted = audit.note(command.conversation, who, what, why=row)
        return with_effects(self._voice.say(turn, text), writes=noted)

    def _to_row(self, turn: Turn, one: Filter) -> str:
        """Write a filter in one line: "#3 words → mute (1 hour) `idiot, fool`"."""
        language = self._voice.language(turn)
        row = f"#{one.id} {self._voice.text(turn, f'choice.{one.kind}')}"
        row += f" → {self._voice.text(turn, f'choice.{one.then}')}"
        if one.seconds and one.then in ("mute", "ban"):
            row += f" ({self._voice.strings.format_duration(one.seconds, language)})"
        return f"{row} {inert(one.text[:_SHOWN])}".strip()


def _text_of(request: Request) -> str | None:
    """Return what a fan says with it, None where that is nothing to judge."""
    if isinstance(request, Message):
        return clean(request.text)
    if isinstance(request, Command) and request.name == "ask":
        return clean(request.options.get("question", ""))
    return None


def _message_of(request: Request) -> str:
    """Return the platform's id of a message."""
    return request.id.rpartition(":")[2] if isinstance(request, Message) else ""


def _to_deletion(request: Request) -> tuple[Action, ...]:
    message = _message_of(request)
    if not message:
        return ()
    return (
        Action(
            id=f"action:filter:{request.id}",
            conversation=request.conversation,
            verb="delete",
            user=request.user.id,
            messages=(message,),
        ),
    )
