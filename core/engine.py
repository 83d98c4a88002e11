"""The one path of every turn: who writes, what is remembered, which language, what to answer."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec

from core.answer.answer import Answerer, Asked
from core.commands import COMMANDS
from core.conversation import Memory, to_bytes
from core.guard import MAX_TEXT, clean, shorten
from core.inbox import Turn
from core.language.contract import LanguageMemory, choose, is_auto, parse_language
from core.language.detect import Detector
from core.language.strings import Strings
from core.mailbox import Commit
from core.message import Button, Command, Dialogue, Message, Press, Reply, Request, dialogue_of

Show = Callable[[Dialogue, Reply], Awaitable[None]]
"""Shows a snapshot on the way; may skip it, never fails, returns at once."""

Clock = Callable[[], datetime]

_AUTO = "auto"
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
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._answerer = answerer
        self._bot = answerer.bot
        self._detector = detector
        self._strings = strings
        self._show = show
        self._clock = clock

    async def handle(self, turn: Turn) -> Commit:
        """Answer a turn; nothing has happened until its commit is written.

        Raises:
            FencedError: Another worker has the dialogue by now.
            StoreError: Redis is away.
        """
        event = turn.events[0]
        if turn.is_over_limit:
            return self._say(turn, self._text(turn, "limit.slow", seconds="60"))
        match event:
            case Message():
                return await self._answer(turn, turn.events)
            case Command():
                return await self._command(turn, event)
            case Press():
                return self._press(turn, event)

    def apologise(self, turn: Turn) -> Commit:
        """End a turn that failed with a kind sentence."""
        return self._say(turn, self._text(turn, "error.sorry"))

    async def _answer(self, turn: Turn, events: tuple[Request, ...]) -> Commit:
        """Answer messages; begin again when more of them come before the first word is out."""
        while True:
            asked = self._to_asked(turn, events)
            language = asked.memory.language.language
            if not asked.text:
                return self._say(turn, self._strings.text("message.no_text", language))
            known = len(events)
            newer: tuple[Request, ...] = ()
            is_begun = False
            answers = self._answerer.answer(asked)
            try:
                async for answer in answers:
                    if not is_begun and answer.text:
                        newer = await turn.more(known)
                        if newer:
                            break
                        is_begun = True
                    reply = self._reply(
                        turn, events[-1], answer.text, language, is_final=answer.is_final
                    )
                    if not answer.is_final:
                        await self._show(dialogue_of(turn.events[0]), reply)
                        continue
                    reply = msgspec.structs.replace(reply, sources=answer.sources)
                    return Commit(
                        taken=known,
                        memory=to_bytes(asked.memory),
                        drop=turn.state.lost or answer.drop,
                        lines=[to_bytes(line) for line in answer.lines],
                        replies=(reply,),
                    )
            finally:
                await answers.aclose()
            if not newer:
                raise AssertionError("an answer ended without a final snapshot")
            events = (*events, *newer)

    def _to_asked(self, turn: Turn, events: tuple[Request, ...]) -> Asked:
        messages = [event for event in events if isinstance(event, Message)]
        text = "\n".join(filter(None, (clean(message.text) for message in messages)))
        last = messages[-1]
        language = choose(
            turn.state.memory.language,
            self._detector.detect(text, locale=last.user.locale),
            locale=last.user.locale,
            offered=self._bot.languages,
            default=self._bot.default_language,
        )
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
        )

    async def _command(self, turn: Turn, command: Command) -> Commit:
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
            case "forget":
                return self._say(turn, self._text(turn, "forget.done"), forgets=True)
            case _:
                return self._say(turn, self._help(turn, greets=command.name == "start"))

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
        language = parse_language(wish, self._bot.languages)
        if language is None:
            names = ", ".join(self._strings.language_name(t, t) for t in self._bot.languages)
            text = self._text(
                turn, "language.unknown", text=shorten(clean(wish), 40), languages=names
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
        return "\n".join(rows)

    def _language(self, turn: Turn) -> str:
        """Return the language for what the bot itself says: spoken here before, or the locale."""
        memory, event = turn.state.memory.language, turn.events[0]
        return choose(
            memory,
            self._detector.detect(""),
            locale=event.user.locale,
            offered=self._bot.languages,
            default=self._bot.default_language,
        ).language

    def _text(self, turn: Turn, name: str, **values: str) -> str:
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
        reply = self._reply(turn, turn.events[-1], text, language, is_final=True)
        return Commit(
            taken=len(turn.events),
            memory=b"" if forgets else to_bytes(memory or turn.state.memory),
            drop=turn.state.lost,
            retracted=_talk_of(turn) if forgets else (),
            replies=(msgspec.structs.replace(reply, buttons=buttons),),
        )

    def _reply(
        self, turn: Turn, event: Request, text: str, language: str, *, is_final: bool
    ) -> Reply:
        private = isinstance(event, Command) and any(
            spec.name == event.name and spec.is_private for spec in COMMANDS
        )
        return Reply(
            # From the first event: a turn done again may have gained some, and edits its reply.
            id=f"reply:{turn.events[0].id}",
            conversation=event.conversation,
            text=text,
            is_final=is_final,
            reply_to=event.id,
            only_for=event.user.id if private else None,
            language=language,
            epoch=turn.epoch,
        )


def _talk_of(turn: Turn) -> list[bytes]:
    """Return what the place remembers of the fan of this turn."""
    fan = turn.events[0].user.id
    return [to_bytes(talk) for talk in turn.state.place if talk.user == fan]
