"""`/translate`: one text, or one message, into a language that somebody reads."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core.ability import Ability
from core.errors import QwenError, QwenRefusedError, TranslationError
from core.guard import clean, shorten
from core.language.tongues import find_language, is_same
from core.language.translation import LONGEST
from core.message import Command, dialogue_of
from core.protocol import Commit
from core.voice import Show, Voice
from core.worker import Turn

if TYPE_CHECKING:
    from core.bot import Term
    from core.language.strings import Strings
    from core.language.translation import Translator

_ADDRESSED = re.compile(r"\A([^\W\d_][^\n:]{1,30}):\s+(?=\S)")
_NAME = 4
"""Letters from which a word before a colon may name a language: "it: …" is more often a text."""

_log = logging.getLogger(__name__)


def find_terms(turn: Turn) -> tuple[Term, ...]:
    """Return the words of the glossary that hold in the place of a turn, besides the bot's."""
    return (*turn.state.community.terms, *turn.state.everywhere.terms)


class Interpreter:
    """Answers `/translate`. What it translates is kept in nobody's conversation."""

    def __init__(
        self, translator: Translator | None, strings: Strings, languages: Sequence[str]
    ) -> None:
        """`languages`: those of the bot; their names for other languages are understood."""
        self._translator = translator
        self._strings = strings
        self._languages = languages

    async def answer(
        self, options: Mapping[str, str], language: str, terms: Sequence[Term] = ()
    ) -> str:
        """Return the translation under a heading, or why there is none.

        Args:
            options: `text`, and `to`: a language by name or tag. Without `to` a text may begin
                with the name of one and a colon, as there is no other place for it in a chat.
            language: Who asks reads this one.
            terms: The glossary of the community.
        """
        text, to = clean(options.get("text", "")), clean(options.get("to", ""))
        if not to:
            text, to = self._split(text, language)
        if not text:
            return self._say("translate.empty", language)
        target = self._find(to, language) if to else language
        if target is None:
            return self._say("translate.unknown", language, text=shorten(to, 40))
        if len(text) > LONGEST:
            return self._say("translate.too_long", language, count=LONGEST)
        return await self._translate(text, target, language, terms)

    async def _translate(self, text: str, target: str, language: str, terms: Sequence[Term]) -> str:
        if self._translator is None or not self._translator.is_available:
            return self._say("translate.no_model", language)
        source = self._translator.detect(text)
        if source and is_same(source, target):
            return self._say("translate.same", language, language=self._name(target, language))
        try:
            made = await self._translator.translate(text, target, source=source, terms=terms)
        except TranslationError:
            return self._say("translate.failed", language)
        except QwenRefusedError:
            return self._say("answer.refused", language)
        except QwenError as error:
            _log.warning("no translation: %s", error)
            return self._say("translate.no_model", language)
        name = self._name(target, language)
        heading = f"→ {name}"
        if source:
            origin = self._name(source, language)
            heading = self._say("translate.heading", language, source=origin, target=name)
        return f"**{heading}**\n\n{made.text}"

    def _split(self, text: str, language: str) -> tuple[str, str]:
        found = _ADDRESSED.match(text)
        if found is None:
            return text, ""
        name = found[1].strip()
        is_name = len(name) >= _NAME or not name.isascii()
        if not is_name or self._find(name, language) is None:
            return text, ""
        return text[found.end() :], name

    def _find(self, wish: str, language: str) -> str | None:
        speakers = (language, *self._languages)
        return find_language(wish, speakers=speakers, offered=self._languages)

    def _name(self, tag: str, language: str) -> str:
        return self._strings.language_name(tag, language)

    def _say(self, name: str, language: str, /, **values: str | int) -> str:
        return self._strings.text(name, language, **values)


class Translate:
    """`/translate` as the engine knows it."""

    def __init__(self, interpreter: Interpreter, voice: Voice, show: Show) -> None:
        self._interpreter = interpreter
        self._voice = voice
        self._show = show
        self.ability = Ability(commands={"translate": self._on_translate})

    async def _on_translate(self, turn: Turn, command: Command) -> Commit:
        language = self._voice.language(turn)
        waiting = self._voice.reply(turn, command, "", language, is_final=False)
        await self._show(dialogue_of(command), waiting)
        text = await self._interpreter.answer(command.options, language, find_terms(turn))
        return self._voice.say(turn, text)
