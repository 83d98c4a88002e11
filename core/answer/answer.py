"""Answers a question: with Qwen where it can be reached, else straight from the guide."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Literal

import msgspec

from core.answer.guide import Context, Guide
from core.answer.prompt import (
    Asking,
    count_surplus,
    to_content,
    to_inert,
    to_messages,
    to_prefix,
)
from core.bot import Bot
from core.conversation import Line, Memory, Overheard
from core.errors import QwenError, QwenRefusedError, QwenRequestError
from core.guard import MAX_TEXT, clean
from core.language.strings import Strings
from core.message import Source
from core.qwen.client import Qwen, Snapshot
from core.qwen.failures import TOO_LONG
from core.qwen.tokens import Tokens

ANSWER = 1_500
"""Tokens that an answer may have."""

_SOURCES = 2
"""Sources shown below an answer."""

_log = logging.getLogger(__name__)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question and what is known around it."""

    text: str
    is_cut: bool
    """The fan wrote more than is read."""

    fan: str
    quoted: str
    overheard: tuple[Overheard, ...]
    history: tuple[Line, ...]
    memory: Memory
    """As it will be after this turn: its language is the one to answer in."""

    now: datetime


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer as it stands now."""

    text: str
    is_final: bool
    sources: tuple[Source, ...] = ()
    lines: Sequence[Line] = ()
    """What the history gains; only on the final one."""

    drop: int = 0
    """How many of the oldest lines the history loses; only on the final one."""


class _Prompt(msgspec.Struct, frozen=True):
    """What surrounds a question on its way to Qwen."""

    drop: int
    """How many of the oldest lines are left out."""

    history: Sequence[Line]
    content: str


class Answerer:
    """Answers from the club's facts, in the language asked for."""

    def __init__(
        self, bot: Bot, *, guide: Guide, strings: Strings, qwen: Qwen | None, tokens: Tokens
    ) -> None:
        self.bot = bot
        self._guide = guide
        self._strings = strings
        self._qwen = qwen
        self._tokens = tokens
        self._prefix = to_prefix(bot)

    async def answer(self, asked: Asked) -> AsyncGenerator[Answer, None]:
        """Yield the growing answer; the last one, and only it, is final.

        Never raises for want of an endpoint: then the guide answers. Closing the generator
        closes the stream at once, since an answer nobody waits for costs tokens.
        """
        if self._qwen is None or not self._qwen.is_available:
            reason = "no_endpoint" if self._qwen is None else "down"
            yield self._from_guide(asked, reason=reason)
            return
        text = ""
        try:
            async with aclosing(self._from_qwen(self._qwen, asked)) as answers:
                async for answer in answers:
                    text = answer.text
                    yield answer
        except QwenRefusedError as error:
            _log.warning("%s", error)
            # Moderation reads the whole prompt: a refused question in it would refuse the next.
            yield Answer(text=self._say(asked, "answer.refused"), is_final=True)
        except QwenError as error:
            _log.warning("the guide answers: %s", error)
            yield self._from_guide(asked, reason="down", broken=text)

    async def _from_qwen(self, qwen: Qwen, asked: Asked) -> AsyncGenerator[Answer, None]:
        yield Answer(text="", is_final=False)
        context = self._guide.context(asked.text, asked.memory.language.language, now=asked.now)
        content = alone = self._to_content(asked, context)
        if asked.quoted or asked.overheard:
            # What others said comes along but is not kept: it is theirs to be forgotten.
            bare = msgspec.structs.replace(asked, quoted="", overheard=())
            alone = self._to_content(bare, context)
        count = self._tokens.count_message
        cost = count(self._prefix) + count(content) + ANSWER
        drop = count_surplus(asked.history, cost)
        prompts = [_Prompt(drop, asked.history[drop:], content)]
        if asked.history or content != alone:
            prompts.append(_Prompt(len(asked.history), (), alone))
        used, last = prompts[0], Snapshot(text="", is_final=False, endpoint="")
        async with aclosing(self._chat(qwen, prompts)) as snapshots:
            async for prompt, snapshot in snapshots:
                used, last = prompt, snapshot
                if not snapshot.is_final:
                    yield Answer(text=clean(snapshot.text), is_final=False)
        if last.usage is not None and used is prompts[0]:
            expected = cost - ANSWER + sum(line.tokens for line in used.history)
            self._tokens.learn(expected, last.usage.prompt_tokens)
        text = clean(last.text)
        ending = self._say(asked, "answer.stopped") if last.finish == "length" else ""
        yield Answer(
            text=_join(text, ending, self._note_on_length(asked)),
            is_final=True,
            sources=context.sources[:_SOURCES],
            lines=self._to_lines(alone, text),
            drop=used.drop,
        )

    async def _chat(
        self, qwen: Qwen, prompts: Sequence[_Prompt]
    ) -> AsyncGenerator[tuple[_Prompt, Snapshot], None]:
        """Ask; what is too long or refused for what surrounds it, once more without that."""
        for prompt in prompts:
            messages = to_messages(self._prefix, prompt.history, prompt.content)
            try:
                async with aclosing(qwen.chat(messages, max_tokens=ANSWER)) as snapshots:
                    async for snapshot in snapshots:
                        yield prompt, snapshot
            except (QwenRequestError, QwenRefusedError) as error:
                is_curable = isinstance(error, QwenRefusedError) or error.code == TOO_LONG
                if prompt is prompts[-1] or not is_curable:
                    raise
            else:
                return

    def _to_content(self, asked: Asked, context: Context) -> str:
        language = asked.memory.language.language
        return to_content(
            Asking(
                text=asked.text,
                fan=asked.fan,
                language=f"{self._strings.language_name(language, 'en')} ({language})",
                now=asked.now,
                time_zone=self.bot.time_zone,
                facts=context.text,
                quoted=asked.quoted,
                overheard=asked.overheard,
            )
        )

    def _from_guide(
        self, asked: Asked, *, reason: Literal["no_endpoint", "down"], broken: str = ""
    ) -> Answer:
        """Answer without a model; `broken` is what one said before it broke off."""
        found = self._guide.answer(
            asked.text, asked.memory.language.language, now=asked.now, reason=reason
        )
        if broken and not found.is_found:
            return self._in_own_words(asked, _join(broken, self._say(asked, "answer.cut")))
        return self._in_own_words(asked, found.text, found.sources)

    def _in_own_words(self, asked: Asked, text: str, sources: tuple[Source, ...] = ()) -> Answer:
        return Answer(
            text=_join(text, self._note_on_length(asked)),
            is_final=True,
            sources=sources[:_SOURCES],
            lines=self._to_lines(to_inert(asked.text), text),
            drop=count_surplus(asked.history, 0),
        )

    def _to_lines(self, question: str, answer: str) -> tuple[Line, Line]:
        count = self._tokens.count_message
        return (
            Line(role="user", content=question, tokens=count(question)),
            Line(role="assistant", content=answer, tokens=count(answer)),
        )

    def _note_on_length(self, asked: Asked) -> str:
        if not asked.is_cut:
            return ""
        return self._say(asked, "message.too_long", count=MAX_TEXT)

    def _say(self, asked: Asked, name: str, **values: str | int) -> str:
        return self._strings.text(name, asked.memory.language.language, **values)


def _join(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))
