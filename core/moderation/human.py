"""A fan gets a person instead of the bot, and gives their words to that person."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from core.ability import Ability
from core.answer.asked import Answer
from core.answer.prompt import count_surplus, to_inert
from core.conversation import Line, Memory, State, to_bytes, to_memory
from core.guard import clean, shorten
from core.house import handoff as handoffs
from core.house.handoff import Handoff, Handoffs
from core.language.contract import LanguageMemory
from core.message import (
    Action,
    Button,
    Conversation,
    Message,
    Outcome,
    Press,
    Reply,
    User,
    in_order,
)
from core.moderation.plea import Pleas
from core.moderation.relay import Relay, to_quote
from core.moderation.sanctions import plain
from core.protocol import Commit
from core.store import Write
from core.voice import Voice, with_effects
from core.worker import Turn

_UNSURE = 2
"""Answers in a row that the bot did not know, after which a person is asked."""

_LINES = 6
"""Of the talk so far that moderators get to read."""

_LINE = 300
"""Characters of each."""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """What begins a handoff."""

    handoff: Handoff
    writes: tuple[Write, ...]
    actions: tuple[Action, ...]
    replies: tuple[Reply, ...]
    """At the desk."""


class Human:
    """The fan's side of a handoff."""

    def __init__(
        self, voice: Voice, handoffs: Handoffs, relay: Relay, *, count: Callable[[str], int]
    ) -> None:
        """`count`: how many tokens a message costs in a prompt."""
        self._voice = voice
        self._handoffs = handoffs
        self._relay = relay
        self._count = count
        self._pleas = Pleas(voice.strings, voice.bot.languages)
        self.relaying = Ability(gate=self._pass_on)
        """Comes before any gate that keeps the bot silent."""

        self.ability = Ability(
            gate=self._listen,
            finish=self._finish,
            presses={"person": self._on_wish},
            outcomes={"handoff": self._on_thread},
        )

    async def _pass_on(self, turn: Turn) -> Commit | None:
        """Bring what a fan says to the person who is there for them, unless they are muted."""
        handoff, standing = turn.state.handoff, turn.state.standing
        is_muted = max(standing.muted_until, standing.banned_until) > time.time()
        if handoff is None or is_muted or not _is_talk(turn):
            return None
        return await self._relay_on(turn, handoff)

    async def _listen(self, turn: Turn) -> Commit | None:
        """Begin a handoff where a fan asks for a person."""
        if not _is_talk(turn):
            return None
        text = _read_all(turn)
        tag = self._pleas.find(text, self._voice.language(turn))
        if tag is None:
            return None
        memory = turn.state.memory
        if not memory.language.language:
            memory = msgspec.structs.replace(memory, language=LanguageMemory(language=tag))
        return await self._begin(turn, text, memory)

    async def _on_wish(self, turn: Turn, press: Press, value: str) -> Commit:
        if turn.state.handoff is not None:
            return self._voice.say(turn, self._voice.text(turn, "handoff.asked"))
        return await self._begin(turn, "", turn.state.memory)

    async def _begin(self, turn: Turn, text: str, memory: Memory) -> Commit:
        language = memory.language.language or self._voice.language(turn)
        memory = msgspec.structs.replace(memory, unsure=0)
        say = self._voice.strings.text
        if find_desk(turn.state) is None:
            told = say("handoff.nobody", language, contact=self._voice.bot.contact)
            return self._voice.say(turn, told, memory=memory)
        opened = await self._open(turn, text, language)
        commit = self._voice.say(turn, say("handoff.asked", language), memory=memory)
        return with_effects(
            commit, writes=opened.writes, actions=opened.actions, replies=opened.replies
        )

    async def _finish(self, turn: Turn, answer: Answer, commit: Commit) -> Commit:
        """Offer a person below an answer that the bot was unsure of; the second time, ask one."""
        if not answer.is_unsure or turn.state.handoff is not None or find_desk(turn.state) is None:
            return commit
        memory, *replies = to_memory(commit.memory), *commit.replies
        unsure = turn.state.memory.unsure + 1
        language = memory.language.language
        say = self._voice.strings.text
        last = replies[-1]
        if unsure < _UNSURE:
            offer = Button(id="person:", label=say("handoff.offer", language))
            replies[-1] = msgspec.structs.replace(last, buttons=(*last.buttons, offer))
            memory = msgspec.structs.replace(memory, unsure=unsure)
            return msgspec.structs.replace(commit, memory=to_bytes(memory), replies=replies)
        opened = await self._open(turn, _read_all(turn), language)
        text = f"{last.text}\n\n{say('handoff.unsure', language)}"
        replies[-1] = msgspec.structs.replace(last, text=text)
        return with_effects(
            msgspec.structs.replace(commit, replies=replies),
            writes=opened.writes,
            actions=opened.actions,
            replies=opened.replies,
        )

    async def _open(self, turn: Turn, text: str, language: str) -> Opened:
        talk = to_talk(turn.state, text)
        request = turn.requests[0]
        return await self.open(turn, request.conversation, request.user, talk, reads=language)

    async def open(
        self, turn: Turn, place: Conversation, fan: User, talk: str, *, reads: str
    ) -> Opened:
        """Begin a handoff of a fan to the desk of this turn's community.

        Args:
            turn: Of the fan, or of a moderator there.
            place: Where the fan is.
            fan: Who.
            talk: What moderators should read of what went before; "" for nothing.
            reads: BCP 47 tag of what the fan reads.

        Raises:
            StoreError: Redis is away.
        """
        desk = find_desk(turn.state)
        assert desk is not None
        settings = await self._relay.settings(desk)
        handoff = Handoff(
            case=await self._handoffs.next_number(desk),
            desk=desk,
            place=place,
            fan=fan.id,
            name=shorten(clean(fan.name), 60),
            reads=reads,
            language=settings.language
            or turn.state.community.language
            or self._voice.bot.default_language,
        )
        handoff = handoffs.to_new(handoff)
        request = turn.requests[0].id
        thread = Action(
            id=f"action:handoff:{request}",
            conversation=desk,
            verb="open_thread",
            name=f"#{handoff.case} {plain(fan.name)}",
            # Heard in the fan's own dialogue: nobody else may change its handoff.
            asked_by=User(id=fan.id, name=fan.name),
            answer_to=place,
            note=f"handoff:{handoff.case}",
        )
        return Opened(
            handoff=handoff,
            writes=handoffs.begin(handoff),
            actions=() if desk.thread else (thread,),
            replies=(await self._to_post(handoff, talk, request),),
        )

    async def _to_post(self, handoff: Handoff, talk: str, request: str) -> Reply:
        """Tell the moderators who wants a person, and what went before."""
        language = handoff.language
        rows = [f"#{handoff.case} **{self._say('handoff.post', handoff)}**"]
        if talk:
            said, _ = await self._relay.translate_for_desk(handoff, talk)
            rows.append(to_quote(said))
        if not handoff.desk.thread:
            rows.append(self._say("handoff.hint", handoff))
        buttons = [
            Button(
                id=f"handoff:{verb}:{handoff.case}",
                label=self._voice.strings.text(f"choice.{verb}", language),
            )
            for verb in ("take", "back")
        ]
        return Reply(
            id=f"handoff:{request}",
            conversation=handoff.desk,
            text="\n".join(rows),
            buttons=tuple(buttons),
            language=language,
        )

    async def _relay_on(self, turn: Turn, handoff: Handoff) -> Commit:
        """Bring what a fan says to the desk; the bot keeps silent."""
        memory = turn.state.memory.language
        writes = handoffs.keep(handoff)
        if memory.is_fixed and memory.language != handoff.reads:
            handoff = msgspec.structs.replace(handoff, reads=memory.language)
            writes = handoffs.change(handoff)
        text, files = _read_all(turn), _name_files(turn)
        relayed = await self._relay.to_desk(handoff, text, turn.requests[0].id, files=files)
        content = to_inert(text)
        line = Line(role="user", content=content, tokens=self._count(content))
        commit = msgspec.structs.replace(
            self._voice.keep_silent(turn),
            lines=[to_bytes(line)] if text else (),
            drop=turn.state.lost or count_surplus(turn.state.history, line.tokens),
        )
        return with_effects(commit, writes=(*relayed.writes, *writes), replies=(relayed.reply,))

    async def _on_thread(self, turn: Turn, outcome: Outcome) -> Commit:
        """Go on in the thread that was opened, where one could be."""
        commit = self._voice.keep_silent(turn)
        handoff = turn.state.handoff
        case = outcome.action.note.partition(":")[2]
        if outcome.result != "done" or not outcome.made or handoff is None or handoff.case != case:
            return commit
        desk = msgspec.structs.replace(handoff.desk, thread=outcome.made)
        handoff = msgspec.structs.replace(handoff, desk=desk)
        hint = Reply(
            id=f"handoff:{outcome.id}",
            conversation=desk,
            text=self._say("handoff.hint_thread", handoff),
            language=handoff.language,
        )
        return with_effects(commit, writes=handoffs.change(handoff), replies=(hint,))

    def _say(self, name: str, handoff: Handoff) -> str:
        """Return a text about a handoff for the moderators."""
        strings, language = self._voice.strings, handoff.language
        return strings.text(
            name,
            language,
            case=handoff.case,
            name=plain(handoff.name),
            language=strings.language_name(handoff.reads, language),
            platform=handoff.place.platform.capitalize(),
        )


def find_desk(state: State) -> Conversation | None:
    """Return where the moderators of a turn's place are, if anywhere."""
    return state.community.desk or state.everywhere.desk


def to_talk(state: State, text: str) -> str:
    """Return the last lines of a talk, the bot's with an arrow, and what was just said."""
    rows = [
        ("→ " if line.role == "assistant" else "") + _to_row(line.content)
        for line in state.history[-_LINES:]
    ]
    return "\n".join([*rows, *([_to_row(text)] if text else [])])


def _to_row(content: str) -> str:
    return shorten(" ".join(clean(content.rpartition("</data>")[2]).split()), _LINE)


def _is_talk(turn: Turn) -> bool:
    return isinstance(turn.requests[0], Message) and not turn.is_over_limit


def _read_all(turn: Turn) -> str:
    messages = in_order(r for r in turn.requests if isinstance(r, Message))
    return "\n".join(filter(None, (clean(message.text) for message in messages)))


def _name_files(turn: Turn) -> list[str]:
    messages = [r for r in turn.requests if isinstance(r, Message)]
    return [plain(file.name) for message in messages for file in message.attachments]
