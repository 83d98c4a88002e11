"""The moderators' side of a handoff: they take one, answer in it and give it back."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime

from core.ability import Ability
from core.answer.prompt import to_said_by_team
from core.conversation import Line, to_bytes, to_memory
from core.errors import QwenError, TranslationError
from core.guard import clean
from core.house import handoff as handoffs
from core.house.handoff import Handoff, Handoffs
from core.message import Command, Dialogue, Message, Press, Reply, Request, User
from core.moderation import audit
from core.moderation.human import Human, find_desk
from core.moderation.relay import Relay, to_quote
from core.moderation.sanctions import plain
from core.protocol import Commit
from core.store import MEMORY, Store, Write, key
from core.voice import Voice, with_effects
from core.worker import Turn

_CASE = re.compile(r"#(\d{1,7})(?!\d)")

_log = logging.getLogger(__name__)


class Team:
    """Lets moderators speak with a fan."""

    def __init__(
        self,
        voice: Voice,
        store: Store,
        relay: Relay,
        human: Human,
        *,
        count: Callable[[str], int],
    ) -> None:
        """`count`: how many tokens a message costs in a prompt."""
        self._voice = voice
        self._store = store
        self._handoffs = Handoffs(store)
        self._relay = relay
        self._human = human
        self._count = count
        self.ability = Ability(
            gate=self._gate,
            commands={"handoff": self._on_handoff, "reply": self._on_reply},
            presses={"handoff": self._on_press},
        )

    async def _gate(self, turn: Turn) -> Commit | None:
        """Bring to a fan what a moderator answers at the desk; other talk there goes on."""
        request = turn.requests[0]
        if turn.is_over_limit or not isinstance(request, Message):
            return None
        if request.conversation.is_direct or not request.is_mention:
            return None
        handoff = await self._find(turn, request, _to_case(request.answered))
        if handoff is None:
            return None
        if "restrict" not in self._voice.with_rights(request).rights:
            return self._refuse(turn, "reply")
        said = "\n".join(clean(r.text) for r in turn.requests if isinstance(r, Message))
        return await self._answer(turn, handoff, said.strip())

    async def _on_reply(self, turn: Turn, command: Command) -> Commit:
        case = command.options.get("case", "") or _to_case(command.answered)
        text = clean(command.options.get("text", ""))
        handoff = await self._find(turn, command, case)
        if handoff is None or not text:
            return self._say(turn, "handoff.gone" if case and text else "handoff.which")
        return await self._answer(turn, handoff, text)

    async def _on_handoff(self, turn: Turn, command: Command) -> Commit:
        if command.options["action"] == "list":
            return await self._list(turn, command)
        case = command.options.get("case", "") or _to_case(command.answered)
        handoff = await self._find(turn, command, case)
        fan = command.people[0] if command.about and command.people and not case else None
        if handoff is None and fan is not None:
            handoff = await self._handoffs.of_dialogue(_dialogue(command, fan))
        if command.options["action"] == "take":
            if handoff is None and fan is not None:
                return await self._open(turn, command, fan)
            return await self._take(turn, command, handoff, case)
        return self._give_back(turn, command, handoff, case)

    async def _on_press(self, turn: Turn, press: Press, value: str) -> Commit:
        verb, _, case = value.partition(":")
        if "restrict" not in self._voice.with_rights(press).rights:
            return self._refuse(turn, "handoff")
        handoff = await self._find(turn, press, case)
        if verb == "take":
            return await self._take(turn, press, handoff, case)
        return self._give_back(turn, press, handoff, case)

    async def _find(self, turn: Turn, request: Request, case: str) -> Handoff | None:
        """Return the handoff that somebody means, if their place has anything to do with it.

        A number is looked for at the desk where it is said; elsewhere it counts for fans of the
        same community only, and everywhere for who runs the bot.
        """
        place = request.conversation
        if not case:
            return await self._handoffs.in_thread(place)
        found = await self._handoffs.numbered(place, case)
        desk = find_desk(turn.state)
        if found is not None or desk is None:
            return found
        found = await self._handoffs.numbered(desk, case)
        return found if found is not None and self._may_see(request, found) else None

    def _may_see(self, request: Request, handoff: Handoff) -> bool:
        here, there = request.conversation, handoff.place
        is_own = (here.platform, here.community) == (there.platform, there.community)
        return is_own or self._voice.is_operator(request)

    async def _open(self, turn: Turn, command: Command, fan: User) -> Commit:
        """Take over a talk in which nobody asked for a person."""
        if find_desk(turn.state) is None:
            return self._say(turn, "handoff.no_desk")
        row = await self._store.get(key("memory", _dialogue(command, fan)))
        language = to_memory(row).language.language or self._voice.bot.default_language
        opened = await self._human.open(turn, command.conversation, fan, "", reads=language)
        by = plain(command.user.name)
        asked = self._voice.strings.text("handoff.joined", language)
        told = Reply(
            id=f"handoff-told:{command.id}",
            conversation=command.conversation,
            text=f"**{plain(fan.name)}**: {asked}",
            language=language,
        )
        handoff = opened.handoff
        commit = self._say(turn, "handoff.taken", name=by, case=handoff.case)
        return with_effects(
            commit,
            writes=(
                *opened.writes,
                *handoffs.take(handoff, by),
                *self._note(command, "take", handoff),
            ),
            actions=opened.actions,
            replies=(*opened.replies, told),
        )

    async def _take(
        self, turn: Turn, request: Request, handoff: Handoff | None, case: str
    ) -> Commit:
        if handoff is None:
            return self._say(turn, "handoff.gone" if case else "handoff.which")
        by = await self._handoffs.taken_by(handoff)
        name = plain(request.user.name)
        if by and by != name:
            return self._say(turn, "handoff.taken", name=by, case=handoff.case)
        commit = self._say(turn, "handoff.taken", name=name, case=handoff.case)
        writes = (*handoffs.take(handoff, name), *self._note(request, "take", handoff))
        return with_effects(commit, writes=writes)

    def _give_back(
        self, turn: Turn, request: Request, handoff: Handoff | None, case: str
    ) -> Commit:
        """End a handoff; the fan is told."""
        if handoff is None:
            return self._say(turn, "handoff.gone" if case else "handoff.which")
        told = Reply(
            id=f"handoff-back:{request.id}",
            conversation=handoff.place,
            text=self._address(handoff, self._voice.strings.text("handoff.back", handoff.reads)),
            language=handoff.reads,
        )
        commit = self._say(turn, "handoff.ended", case=handoff.case, name=plain(handoff.name))
        writes = (*handoffs.end(handoff), *self._note(request, "back", handoff))
        return with_effects(commit, writes=writes, replies=(told,))

    async def _answer(self, turn: Turn, handoff: Handoff, text: str) -> Commit:
        """Bring a moderator's words to the fan, or nothing at all."""
        name = plain(handoff.name)
        if not text:
            return self._say(turn, "message.no_text")
        request = turn.requests[0]
        try:
            relayed = await self._relay.to_fan(handoff, text, request.id)
        except (TranslationError, QwenError) as error:
            _log.warning("a fan does not get what a person wrote: %s", type(error).__name__)
            language = self._voice.strings.language_name(handoff.reads, self._voice.language(turn))
            return self._say(turn, "handoff.not_sent", name=name, language=language)
        told = self._voice.text(turn, "handoff.sent", name=name)
        commit = self._voice.say(turn, f"{told}\n{to_quote(relayed.text)}")
        writes = (
            *relayed.writes,
            *handoffs.keep(handoff),
            *self._remember(handoff, relayed.text),
            *self._note(request, "reply", handoff),
        )
        return with_effects(commit, writes=writes, replies=(relayed.reply,))

    async def _list(self, turn: Turn, command: Command) -> Commit:
        found = await self._handoffs.at(command.conversation)
        desk = find_desk(turn.state)
        if not found and desk is not None:
            found = [
                (one, by)
                for one, by in await self._handoffs.at(desk)
                if self._may_see(command, one)
            ]
        rows = [self._to_row(turn, one, by) for one, by in found]
        return self._voice.say(turn, "\n".join(rows) or self._voice.text(turn, "handoff.none"))

    def _to_row(self, turn: Turn, handoff: Handoff, by: str) -> str:
        strings, language = self._voice.strings, self._voice.language(turn)
        since = strings.format_time(
            datetime.fromtimestamp(handoff.since, UTC), language, self._voice.bot.time_zone
        )
        parts = [
            f"#{handoff.case} **{plain(handoff.name)}**",
            handoff.place.platform.capitalize(),
            strings.language_name(handoff.reads, language),
            since,
            *([by] if by else []),
        ]
        return " · ".join(parts)

    def _address(self, handoff: Handoff, text: str) -> str:
        """Say it to the fan by name where others read it too."""
        return text if handoff.place.is_direct else f"**{plain(handoff.name)}**: {text}"

    def _remember(self, handoff: Handoff, text: str) -> tuple[Write, ...]:
        """Let the bot know later what a person told the fan.

        A line at the end of a history disturbs no turn that runs there: those drop from its front.
        """
        content = to_said_by_team(text)
        line = Line(role="assistant", content=content, tokens=self._count(content))
        name = key("history", handoff.dialogue)
        return Write("RPUSH", name, (to_bytes(line),)), Write("EXPIRE", name, (MEMORY,))

    def _note(self, request: Request, what: str, handoff: Handoff) -> tuple[Write, ...]:
        name = what if what == "reply" else f"handoff {what}"
        return audit.note(
            request.conversation, self._voice.with_rights(request), name, whom=handoff.fan
        )

    def _refuse(self, turn: Turn, what: str) -> Commit:
        request = turn.requests[0]
        commit = self._say(turn, "refused.restrict")
        tried = audit.note(request.conversation, request.user, what, result="refused")
        return with_effects(commit, writes=tried)

    def _say(self, turn: Turn, name: str, /, **values: str) -> Commit:
        return self._voice.say(turn, self._voice.text(turn, name, **values))


def _dialogue(command: Command, fan: User) -> str:
    return Dialogue(conversation=command.conversation, user=fan.id).key


def _to_case(text: str) -> str:
    """Return the number with which a post of the bot about a handoff begins."""
    found = _CASE.match(text)
    return found[1] if found is not None else ""
