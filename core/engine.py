"""The one path of every turn: who writes, what is remembered, which language, what to answer."""

from __future__ import annotations

import logging
from collections import ChainMap
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from core.ability import Ability
from core.answer.answer import Answerer
from core.answer.asked import Asked
from core.arguments import WrongArgumentError, check
from core.basics import Basics
from core.commands import BY_NAME, CommandSpec
from core.conversation import Memory, to_bytes
from core.guard import MAX_TEXT, shorten, take
from core.language.contract import LanguageMemory, choose
from core.language.detect import Detector
from core.language.variety import settle
from core.language.wish import Wish, find_wish
from core.lookalike import to_name
from core.mailbox import Commit
from core.message import (
    Button,
    Command,
    Message,
    Outcome,
    Press,
    Request,
    dialogue_of,
    in_order,
)
from core.moderation import audit
from core.offers import OFFER, exemplify, offer, to_command
from core.qwen.meter import metering
from core.voice import Show, Voice, with_effects
from core.worker import Turn

Clock = Callable[[], datetime]

_AUTO = "auto"
_LATE = timedelta(hours=1)
"""Who wrote longer ago has gone on with the evening: one sentence instead of an answer."""

_AGAIN = timedelta(minutes=10)
"""Who asks for another language within them wants the last answer in it."""

_SURE = 0.8
"""Probability from which a message tells what is spoken in a place."""

_log = logging.getLogger(__name__)


class Engine:
    """Answers turns. It keeps nothing between them: state comes in, a commit goes out."""

    def __init__(
        self,
        *,
        answerer: Answerer,
        detector: Detector,
        voice: Voice,
        show: Show,
        abilities: Sequence[Ability] = (),
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._answerer = answerer
        self._bot = answerer.bot
        self._detector = detector
        self._strings = voice.strings
        self._show = show
        self._voice = voice
        self._basics = Basics(voice)
        self._clock = clock
        self._keep = self._bot.privacy.memory_days * 24 * 3600
        abilities = (self._basics.ability, *abilities)
        self._commands = ChainMap(*(dict(ability.commands) for ability in abilities))
        self._presses = ChainMap(*(dict(ability.presses) for ability in abilities))
        self._outcomes = ChainMap(*(dict(ability.outcomes) for ability in abilities))
        self._gates = [ability.gate for ability in abilities if ability.gate is not None]
        self._prepares = [a.prepare for a in abilities if a.prepare is not None]
        self._finishes = [a.finish for a in abilities if a.finish is not None]
        self._closes = [a.close for a in abilities if a.close is not None]

    async def handle(self, turn: Turn) -> Commit:
        """Answer a turn; nothing has happened until its commit is written.

        Raises:
            FencedError: Another worker has the dialogue by now.
            StoreError: Redis is away.
        """
        with metering() as meter:
            commit = await self._handle(turn)
        for close in self._closes:
            commit = await close(turn, meter.spent, commit)
        return commit

    def apologise(self, turn: Turn) -> Commit:
        """End a turn that failed with a kind sentence."""
        return self._say(turn, self._text(turn, "error.sorry"))

    async def _handle(self, turn: Turn) -> Commit:
        while True:
            if not turn.requests:  # all of it was withdrawn meanwhile
                return Commit(memory=to_bytes(turn.state.memory), drop=turn.state.lost)
            result = await self._try(turn)
            if isinstance(result, Commit):
                return msgspec.structs.replace(result, keep=self._keep)
            turn = msgspec.structs.replace(turn, requests=result)

    async def _try(self, turn: Turn) -> Commit | tuple[Request, ...]:
        """Answer a turn, or return its requests as they are now when those have changed."""
        request = turn.requests[0]
        for gate in self._gates:
            commit = await gate(turn)
            if commit is not None:
                return commit
        if turn.is_over_limit:
            name = "limit.slow" if turn.wait.kind == "fan" else "limit.busy"
            return self._say(turn, self._text(turn, name, seconds=turn.wait.seconds(turn.begun_at)))
        match request:
            case Message():
                messages = in_order(r for r in turn.requests if isinstance(r, Message))
                return await self._answer(turn, messages)
            case Command():
                return await self._command(turn, request)
            case Press():
                return await self._press(turn, request)
            case Outcome():
                return await self._hear(turn, request)

    async def _answer(
        self, turn: Turn, messages: Sequence[Message]
    ) -> Commit | tuple[Request, ...]:
        """Answer messages; stop when they change, or more come, before the first word is out."""
        text = "\n".join(filter(None, (take(message.text) for message in messages)))
        wish = find_wish(text, self._offered(turn))
        if wish is not None and wish.is_all:
            question = _find_question(turn, wish, messages[-1])
            if not question:
                return self._basics.choose_language(turn, wish.language or wish.name)
            text = f"{question}\n{text}"
        asked = self._to_asked(turn, messages[-1], text, wish)
        language = asked.memory.language.language
        if not asked.text:
            return self._say(turn, self._strings.text("message.no_text", language))
        if asked.now - messages[-1].sent_at > _LATE:
            return self._say(turn, self._strings.text("away.late", language), memory=asked.memory)
        is_begun = False
        answers = self._answerer.answer(asked)
        try:
            async for answer in answers:
                if not is_begun and answer.text:
                    newest = await turn.refresh()
                    if newest != turn.requests:
                        return newest
                    is_begun = True
                reply = self._voice.reply(
                    turn, messages[-1], answer.text, language, is_final=answer.is_final
                )
                if not answer.is_final:
                    await self._show(dialogue_of(turn.requests[0]), reply)
                    continue
                commit = Commit(
                    memory=to_bytes(asked.memory),
                    drop=turn.state.lost or answer.drop,
                    lines=[to_bytes(line) for line in answer.lines],
                    replies=(msgspec.structs.replace(reply, sources=answer.sources),),
                    counts=answer.counts,
                    spoken="" if messages[-1].conversation.is_direct else asked.spoken,
                )
                for finish in self._finishes:
                    commit = await finish(turn, answer, commit)
                return commit
        finally:
            await answers.aclose()
        raise AssertionError("an answer ended without a final snapshot")

    def _to_asked(self, turn: Turn, last: Message, text: str, wish: Wish | None) -> Asked:
        before, locale = turn.state.memory.language, last.user.locale
        offered, default = self._offered(turn), self._bot.default_language
        detection = self._detector.detect(text, locale=locale)
        spoken = detection.language if detection.probability >= _SURE else ""
        if wish is not None and wish.language:
            language = LanguageMemory(language=wish.language, is_fixed=True)
            spoken = wish.language
        else:
            chosen = choose(
                before,
                detection,
                locale=locale,
                place=turn.state.spoken,
                offered=offered,
                default=default if default in offered else offered[0],
            )
            language = settle(before, chosen, detection, text)
        since, own = turn.state.memory.last_turn, self._bot.name
        asked = Asked(
            tone=turn.state.community.tone or turn.state.everywhere.tone,
            text=shorten(text),
            is_cut=len(text) > MAX_TEXT,
            fan=to_name(last.user.name, bot=own, is_moderator=last.user.is_moderator),
            quoted=shorten(take(last.quoted), 500),
            overheard=tuple(
                msgspec.structs.replace(talk, name=to_name(talk.name, bot=own))
                for talk in turn.state.place
                if talk.user != last.user.id and (since is None or talk.sent_at > since)
            ),
            history=turn.state.history,
            memory=Memory(language=language, last_turn=last.sent_at),
            now=self._clock(),
            locale=locale,
            spoken=spoken if spoken in self._bot.languages else "",
            terms=(*turn.state.community.terms, *turn.state.everywhere.terms),
        )
        for prepare in self._prepares:
            asked = prepare(turn, asked)
        return asked

    def _offered(self, turn: Turn) -> tuple[str, ...]:
        """Return the languages to answer in: all of the bot's, or those that moderators chose."""
        chosen = turn.state.community.languages
        return tuple(tag for tag in chosen if tag in self._bot.languages) or self._bot.languages

    async def _command(self, turn: Turn, command: Command) -> Commit | tuple[Request, ...]:
        spec = BY_NAME.get(command.name)
        if spec is None:
            return self._say(turn, self._basics.help(turn, greets=command.name == "start"))
        refusal = self._refuse(turn, command, spec)
        if refusal is not None:
            return refusal
        now = self._clock().astimezone(ZoneInfo(self._bot.time_zone))
        try:
            command = check(command, spec, self._strings, self._voice.language(turn), now=now)
        except WrongArgumentError as wrong:
            return self._ask(turn, command, spec, wrong)
        if command.name == "ask":
            message = Message(
                id=command.id,
                conversation=command.conversation,
                user=command.user,
                text=command.options["question"],
                sent_at=command.sent_at,
                is_mention=True,
            )
            return await self._answer(turn, (message,))
        return await self._commands[command.name](turn, command)

    def _refuse(self, turn: Turn, command: Command, spec: CommandSpec) -> Commit | None:
        """Return why somebody may not use a command here; who tried is noted for moderators."""
        if spec.is_group_only and command.conversation.is_direct:
            return self._say(turn, self._text(turn, "refused.direct"))
        user = self._voice.with_rights(command)
        if spec.right is None or spec.right in user.rights:
            return None
        commit = self._say(turn, self._text(turn, f"refused.{spec.right}"))
        tried = audit.note(command.conversation, user, command.name, result="refused")
        return with_effects(commit, writes=tried)

    def _ask(
        self, turn: Turn, command: Command, spec: CommandSpec, wrong: WrongArgumentError
    ) -> Commit:
        """Ask for what a command lacks: by its choices, or with an example."""
        language = self._voice.language(turn)
        text = self._text(turn, wrong.name, **wrong.values)
        buttons = offer(command, spec, wrong, self._strings, language)
        if not buttons:
            example = f"`{exemplify(spec, self._strings, language)}`"
            text += "\n" + self._text(turn, "option.example", example=example)
        return self._say(turn, text, buttons=tuple(buttons))

    async def _press(self, turn: Turn, press: Press) -> Commit | tuple[Request, ...]:
        kind, _, value = press.button.partition(":")
        command = to_command(press, value) if kind == OFFER else None
        if command is not None:
            return await self._command(msgspec.structs.replace(turn, requests=(command,)), command)
        on_press = self._presses.get(kind)
        if on_press is None:
            return self._say(turn, self._text(turn, "button.expired"))
        return await on_press(turn, press, value)

    async def _hear(self, turn: Turn, outcome: Outcome) -> Commit:
        on_outcome = self._outcomes.get(outcome.action.note.partition(":")[0])
        if on_outcome is None:
            _log.warning("nobody waits for %s", outcome.id)
            return self._voice.keep_silent(turn)
        return await on_outcome(turn, outcome)

    def _text(self, turn: Turn, name: str, /, **values: str | int) -> str:
        return self._voice.text(turn, name, **values)

    def _say(
        self,
        turn: Turn,
        text: str,
        *,
        buttons: tuple[Button, ...] = (),
        memory: Memory | None = None,
    ) -> Commit:
        return self._voice.say(turn, text, buttons=buttons, memory=memory)


def _find_question(turn: Turn, wish: Wish, last: Message) -> str:
    """Return what was asked a moment ago, when it was answered in another language than wished."""
    memory = turn.state.memory
    is_other = wish.language not in ("", memory.language.language)
    if not is_other or memory.last_turn is None or last.sent_at - memory.last_turn > _AGAIN:
        return ""
    asked = [line.content for line in turn.state.history if line.role == "user"]
    return asked[-1].rpartition("</data>")[2].strip() if asked else ""
