"""The one path of every turn: who writes, what is remembered, which language, what to answer."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from core.answer.answer import Answerer, Asked
from core.commands import COMMANDS
from core.conversation import Memory, to_bytes
from core.guard import MAX_TEXT, clean, shorten
from core.language.contract import LanguageMemory, choose, is_auto, parse_language
from core.language.detect import Detector
from core.language.strings import Strings
from core.language.variety import settle
from core.language.wish import Wish, find_wish
from core.mailbox import Commit
from core.message import (
    Button,
    Command,
    Dialogue,
    Message,
    Press,
    Reply,
    Request,
    dialogue_of,
    in_order,
)
from core.store import MEMORY
from core.translate import Interpreter
from core.worker import Turn

Show = Callable[[Dialogue, Reply], Awaitable[None]]
"""Shows a snapshot on the way; may skip it, never fails, returns at once."""

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
        strings: Strings,
        show: Show,
        interpreter: Interpreter | None = None,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._answerer = answerer
        self._bot = answerer.bot
        self._detector = detector
        self._strings = strings
        self._show = show
        self._interpreter = interpreter or Interpreter(None, strings, self._bot.languages)
        self._clock = clock

    async def handle(self, turn: Turn) -> Commit:
        """Answer a turn; nothing has happened until its commit is written.

        Raises:
            FencedError: Another worker has the dialogue by now.
            StoreError: Redis is away.
        """
        while True:
            if not turn.requests:  # all of it was withdrawn meanwhile
                return Commit(memory=to_bytes(turn.state.memory), drop=turn.state.lost)
            result = await self._try(turn)
            if isinstance(result, Commit):
                return result
            turn = msgspec.structs.replace(turn, requests=result)

    def apologise(self, turn: Turn) -> Commit:
        """End a turn that failed with a kind sentence."""
        return self._say(turn, self._text(turn, "error.sorry"))

    async def _try(self, turn: Turn) -> Commit | tuple[Request, ...]:
        """Answer a turn, or return its requests as they are now when those have changed."""
        request = turn.requests[0]
        if turn.is_over_limit:
            return self._say(turn, self._text(turn, "limit.slow", seconds=60))
        match request:
            case Message():
                messages = in_order(r for r in turn.requests if isinstance(r, Message))
                return await self._answer(turn, messages)
            case Command():
                return await self._command(turn, request)
            case Press():
                return self._press(turn, request)

    async def _answer(
        self, turn: Turn, messages: Sequence[Message]
    ) -> Commit | tuple[Request, ...]:
        """Answer messages; stop when they change, or more come, before the first word is out."""
        text = "\n".join(filter(None, (clean(message.text) for message in messages)))
        wish = find_wish(text, self._bot.languages)
        if wish is not None and wish.is_all:
            question = _find_question(turn, wish, messages[-1])
            if not question:
                return self._choose_language(turn, wish.language or wish.name)
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
                reply = self._reply(
                    turn, messages[-1], answer.text, language, is_final=answer.is_final
                )
                if not answer.is_final:
                    await self._show(dialogue_of(turn.requests[0]), reply)
                    continue
                return Commit(
                    memory=to_bytes(asked.memory),
                    drop=turn.state.lost or answer.drop,
                    lines=[to_bytes(line) for line in answer.lines],
                    replies=(msgspec.structs.replace(reply, sources=answer.sources),),
                    counts=answer.counts,
                    spoken="" if messages[-1].conversation.is_direct else asked.spoken,
                )
        finally:
            await answers.aclose()
        raise AssertionError("an answer ended without a final snapshot")

    def _to_asked(self, turn: Turn, last: Message, text: str, wish: Wish | None) -> Asked:
        before, locale = turn.state.memory.language, last.user.locale
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
                offered=self._bot.languages,
                default=self._bot.default_language,
            )
            language = settle(before, chosen, detection, text)
        since = turn.state.memory.last_turn
        return Asked(
            text=shorten(text),
            is_cut=len(text) > MAX_TEXT,
            fan=shorten(clean(last.user.name), 60),
            quoted=shorten(clean(last.quoted), 500),
            overheard=tuple(
                talk
                for talk in turn.state.place
                if talk.user != last.user.id and (since is None or talk.sent_at > since)
            ),
            history=turn.state.history,
            memory=Memory(language=language, last_turn=last.sent_at),
            now=self._clock(),
            locale=locale,
            spoken=spoken if spoken in self._bot.languages else "",
        )

    async def _command(self, turn: Turn, command: Command) -> Commit | tuple[Request, ...]:
        match command.name:
            case "ask":
                question = command.options.get("question", "").strip()
                if not question:
                    return self._say(turn, self._text(turn, "ask.empty"))
                message = Message(
                    id=command.id,
                    conversation=command.conversation,
                    user=command.user,
                    text=question,
                    sent_at=command.sent_at,
                    is_mention=True,
                )
                return await self._answer(turn, (message,))
            case "language":
                return self._choose_language(turn, command.options.get("language", "").strip())
            case "translate":
                return await self._translate(turn, command)
            case "forget":
                return self._say(turn, self._text(turn, "forget.done"), forgets=True)
            case "privacy":
                return self._say(turn, self._privacy(turn))
            case _:
                return self._say(turn, self._help(turn, greets=command.name == "start"))

    async def _translate(self, turn: Turn, command: Command) -> Commit:
        language = self._language(turn)
        waiting = self._reply(turn, command, "", language, is_final=False)
        await self._show(dialogue_of(command), waiting)
        text = await self._interpreter.answer(command.options, language)
        return self._say(turn, text)

    def _press(self, turn: Turn, press: Press) -> Commit:
        kind, _, value = press.button.partition(":")
        if kind == "language" and (value == _AUTO or value in self._bot.languages):
            return self._choose_language(turn, value)
        return self._say(turn, self._text(turn, "button.expired"))

    def _choose_language(self, turn: Turn, wish: str) -> Commit:
        memory = turn.state.memory
        if not wish:
            language = self._language(turn)
            name = self._strings.language_name(language, language)
            text = self._strings.text("language.now", language, language=name)
            choices = [Button(id=f"language:{_AUTO}", label=self._text(turn, "language.follow"))]
            choices += [
                Button(id=f"language:{tag}", label=self._strings.language_name(tag, tag))
                for tag in self._bot.languages
            ]
            text += "\n" + self._strings.text("language.choose", language)
            return self._say(turn, text, buttons=tuple(choices))
        if wish == _AUTO or is_auto(wish):
            follow = LanguageMemory(language=memory.language.language)
            changed = msgspec.structs.replace(memory, language=follow)
            return self._say(turn, self._text(turn, "language.auto"), memory=changed)
        said = find_wish(wish, self._bot.languages)  # "auf Deutsch bitte"
        language = parse_language(wish, self._bot.languages) or (said.language if said else "")
        if not language:
            names = [self._strings.language_name(tag, tag) for tag in self._bot.languages]
            listed = self._strings.format_list(names, self._language(turn))
            text = self._text(
                turn, "language.unknown", text=shorten(clean(wish), 40), languages=listed
            )
            return self._say(turn, text)
        fixed = LanguageMemory(language=language, is_fixed=True)
        name = self._strings.language_name(language, language)
        text = self._strings.text("language.set", language, language=name)
        changed = msgspec.structs.replace(memory, language=fixed)
        return self._say(turn, text, memory=changed)

    def _help(self, turn: Turn, *, greets: bool) -> str:
        language = self._language(turn)
        say = self._strings.text
        rows = [say("help.intro", language, bot=self._bot.name)]
        if greets and language in self._bot.greeting:
            rows = [self._bot.greeting[language]]
        rows += ["", say("help.commands", language)]
        rows += [
            f"- `/{spec.name}` {say(f'command.{spec.name}.description', language)}"
            for spec in COMMANDS
        ]
        if self._strings.is_borrowed(language):
            rows += ["", f"_{say('machine.note', language)}_"]
        return "\n".join(rows)

    def _privacy(self, turn: Turn) -> str:
        kept = self._text(turn, "privacy.kept", days=MEMORY // (24 * 3600))
        model = self._text(turn, "privacy.model", bot=self._bot.name)
        return "\n\n".join((kept, model, self._text(turn, "privacy.forget")))

    def _language(self, turn: Turn) -> str:
        """Return the language for what the bot itself says: spoken here before, or the locale."""
        memory, event = turn.state.memory.language, turn.requests[0]
        return choose(
            memory,
            self._detector.detect(""),
            locale=event.user.locale,
            place=turn.state.spoken,
            offered=self._bot.languages,
            default=self._bot.default_language,
        ).language

    def _text(self, turn: Turn, name: str, **values: str | int) -> str:
        return self._strings.text(name, self._language(turn), **values)

    def _say(
        self,
        turn: Turn,
        text: str,
        *,
        buttons: tuple[Button, ...] = (),
        memory: Memory | None = None,
        forgets: bool = False,
    ) -> Commit:
        """End a turn with the bot's own words, which do not become part of the history."""
        language = (memory or turn.state.memory).language.language or self._language(turn)
        reply = self._reply(turn, turn.requests[-1], text, language, is_final=True)
        return Commit(
            memory=b"" if forgets else to_bytes(memory or turn.state.memory),
            drop=turn.state.lost,
            retracted=_talk_of(turn) if forgets else (),
            replies=(msgspec.structs.replace(reply, buttons=buttons),),
        )

    def _reply(
        self, turn: Turn, request: Request, text: str, language: str, *, is_final: bool
    ) -> Reply:
        private = isinstance(request, Command) and any(
            spec.name == request.name and spec.is_private for spec in COMMANDS
        )
        return Reply(
            # From the first request: a turn done again may have gained some, and edits its reply.
            id=f"reply:{turn.requests[0].id}",
            conversation=request.conversation,
            text=text,
            is_final=is_final,
            reply_to=request.id,
            only_for=request.user.id if private else None,
            language=language,
            shows_mentions=isinstance(request, Command) and request.name == "translate",
            epoch=turn.epoch,
            begun_at=turn.begun_at,
        )


def _find_question(turn: Turn, wish: Wish, last: Message) -> str:
    """Return what was asked a moment ago, when it was answered in another language than wished."""
    memory = turn.state.memory
    is_other = wish.language not in ("", memory.language.language)
    if not is_other or memory.last_turn is None or last.sent_at - memory.last_turn > _AGAIN:
        return ""
    asked = [line.content for line in turn.state.history if line.role == "user"]
    return asked[-1].rpartition("</data>")[2].strip() if asked else ""


def _talk_of(turn: Turn) -> list[bytes]:
    """Return what the place remembers of the fan of this turn."""
    fan = turn.requests[0].user.id
    return [to_bytes(talk) for talk in turn.state.place if talk.user == fan]
