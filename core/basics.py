"""What every fan can ask of the bot itself: help, and a language."""

from __future__ import annotations

import msgspec

from core.ability import Ability
from core.commands import COMMANDS, to_text_name
from core.guard import clean, shorten
from core.language.contract import LanguageMemory, is_auto, parse_language
from core.language.wish import find_wish
from core.message import Button, Command, Press
from core.protocol import Commit
from core.voice import Voice
from core.worker import Turn

_AUTO = "auto"


class Basics:
    """Answers the first commands that a fan tries."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self.ability = Ability(
            commands={
                "help": self._on_help,
                "language": self._on_language,
            },
            presses={"language": self._on_language_press},
        )

    async def _on_help(self, turn: Turn, command: Command) -> Commit:
        return self._voice.say(turn, self.help(turn, greets=False))

    async def _on_language(self, turn: Turn, command: Command) -> Commit:
        return self.choose_language(turn, command.options.get("language", ""))

    async def _on_language_press(self, turn: Turn, press: Press, value: str) -> Commit:
        if value == _AUTO or value in self._voice.bot.languages:
            return self.choose_language(turn, value)
        return self._voice.say(turn, self._voice.text(turn, "button.expired"))

    def choose_language(self, turn: Turn, wish: str) -> Commit:
        """End a turn with the language that somebody wishes for, or with the choice."""
        memory = turn.state.memory
        if not wish:
            language = self._voice.language(turn)
            name = self._voice.strings.language_name(language, language)
            text = self._voice.strings.text("language.now", language, language=name)
            choices = [
                Button(id=f"language:{_AUTO}", label=self._voice.text(turn, "language.follow"))
            ]
            choices += [
                Button(id=f"language:{tag}", label=self._voice.strings.language_name(tag, tag))
                for tag in self._voice.bot.languages
            ]
            text += "\n" + self._voice.strings.text("language.choose", language)
            return self._voice.say(turn, text, buttons=tuple(choices))
        if wish == _AUTO or is_auto(wish):
            follow = LanguageMemory(language=memory.language.language)
            changed = msgspec.structs.replace(memory, language=follow)
            return self._voice.say(turn, self._voice.text(turn, "language.auto"), memory=changed)
        said = find_wish(wish, self._voice.bot.languages)  # "auf Deutsch bitte"
        language = parse_language(wish, self._voice.bot.languages) or (
            said.language if said else ""
        )
        if not language:
            names = [
                self._voice.strings.language_name(tag, tag) for tag in self._voice.bot.languages
            ]
            listed = self._voice.strings.format_list(names, self._voice.language(turn))
            text = self._voice.text(
                turn, "language.unknown", text=shorten(clean(wish), 40), languages=listed
            )
            return self._voice.say(turn, text)
        fixed = LanguageMemory(language=language, is_fixed=True)
        name = self._voice.strings.language_name(language, language)
        text = self._voice.strings.text("language.set", language, language=name)
        changed = msgspec.structs.replace(memory, language=fixed)
        return self._voice.say(turn, text, memory=changed)

    def help(self, turn: Turn, *, greets: bool) -> str:
        """Return what the bot does and what who asks may do with it."""
        language = self._voice.language(turn)
        request = turn.requests[0]
        rights = self._voice.with_rights(request).rights
        say = self._voice.strings.text
        rows = [say("help.intro", language, bot=self._voice.bot.name)]
        if greets and language in self._voice.bot.greeting:
            rows = [self._voice.bot.greeting[language]]
        rows += ["", say("help.commands", language)]
        rows += [
            f"- `/{spec.name}` {say(f'command.{to_text_name(spec.name)}.description', language)}"
            for spec in COMMANDS
            if spec.right is None or spec.right in rights
            if not (spec.is_group_only and request.conversation.is_direct)
        ]
        if self._voice.strings.is_borrowed(language):
            rows += ["", f"_{say('machine.note', language)}_"]
        return "\n".join(rows)
