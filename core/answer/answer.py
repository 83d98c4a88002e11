"""Answers a question: with Qwen where it can be reached, else straight from the guide."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Literal

import msgspec

from core.answer.asked import Answer, Asked
from core.answer.doubt import Doubt
from core.answer.guide import Context, Guide
from core.answer.manner import name_address, name_language
from core.answer.prompt import (
    Asking,
    count_surplus,
    to_content,
    to_inert,
    to_messages,
    to_prefix,
)
from core.answer.watch import Warden, Watch
from core.bot import Bot
from core.conversation import Line
from core.distress import is_in_distress
from core.errors import QwenError, QwenRefusedError, QwenRequestError
from core.guard import MAX_TEXT, clean
from core.language.contract import LanguageMemory
from core.language.reply import ReplyCheck, Verdict, asks_for_other_words
from core.language.strings import Strings
from core.language.tally import to_count
from core.language.vocabulary import find_words
from core.message import Source
from core.qwen.client import Qwen, Snapshot
from core.qwen.failures import TOO_LONG
from core.qwen.guard import Guard
from core.qwen.tokens import Tokens
from core.safety import SELF_HARM, Finding

ANSWER = 1_500
"""Tokens that an answer may have."""

_SOURCES = 2
"""Sources shown below an answer."""


_log = logging.getLogger(__name__)


class _Prompt(msgspec.Struct, frozen=True):
    """What surrounds a question on its way to Qwen."""

    drop: int
    """How many of the oldest lines are left out."""

    history: Sequence[Line]
    content: str


class _Kept(msgspec.Struct, frozen=True):
    """What the history gains as the question, and how many of its oldest lines it loses."""

    content: str
    drop: int


class _Run:
    """What came of an answer so far."""

    def __init__(self, asked: Asked, check: ReplyCheck, watch: Watch) -> None:
        self.asked = asked
        self.watch = watch
        self.shown = ""
        """What the fan sees of it."""

        self.counts: list[str] = []
        self._check = check
        self._is_free = asks_for_other_words(asked.text)
        self._verdict: Verdict = "open"

    @property
    def language(self) -> LanguageMemory:
        """Return what to answer in."""
        return self.asked.memory.language

    def begin(self) -> None:
        """Begin the answer, or begin it anew."""
        self.shown = ""
        self._verdict = "right" if self._is_free else "open"

    def judge(self, text: str, *, is_whole: bool) -> Verdict:
        """Judge the answer as it stands; once decided, it stays so."""
        if self._verdict in ("open", "likely"):
            judged = self._check.judge(text, self.language, is_whole=is_whole)
            # What is shown is not taken away for a doubt.
            self._verdict = "likely" if judged == "open" and self.shown else judged
        return self._verdict


class Others(msgspec.Struct, frozen=True, kw_only=True):
    """Models besides the one that answers."""

    small: Qwen | None = None
    """Answers when the budget is spent."""

    guard: Guard | None = None
    """Judges what is asked and answered."""


_ALONE = Others()


class Answerer:
    """Answers from the club's facts, in the language asked for."""

    def __init__(
        self,
        bot: Bot,
        *,
        guide: Guide,
        strings: Strings,
        qwen: Qwen | None,
        tokens: Tokens,
        others: Others = _ALONE,
    ) -> None:
        self.bot = bot
        self._guide = guide
        self._strings = strings
        self._qwen = qwen
        self._small = others.small
        self._tokens = tokens
        self._prefix = to_prefix(bot)
        self._doubt = Doubt(bot.contact)
        self._check = ReplyCheck(bot)
        self._warden = Warden(bot, others.guard)

    async def answer(self, asked: Asked) -> AsyncGenerator[Answer, None]:
        """Yield the growing answer; the last one, and only it, is final.

        Never raises for want of an endpoint: then the guide answers. Closing the generator
        closes the stream at once, since an answer nobody waits for costs tokens.
        """
        if is_in_distress(asked.text):
            yield self._stop(asked, Finding(rule=SELF_HARM, sure=0.8))
            return
        qwen = self._small if asked.thrift == "small" else self._qwen
        is_spent = asked.thrift == "guide" or (asked.thrift == "small" and qwen is None)
        if is_spent:
            yield self._from_guide(asked, reason="")
            return
        if qwen is None or not qwen.is_available:
            yield self._from_guide(asked, reason="no_endpoint" if qwen is None else "down")
            return
        run = _Run(asked, self._check, self._warden.watch(asked.text, asked.history))
        try:
            async with aclosing(self._from_qwen(qwen, run)) as answers:
                async for answer in answers:
                    yield answer
        except QwenRefusedError as error:
            _log.warning("%s", error)
            # Moderation reads the whole prompt: a refused question in it would refuse the next.
            refused = self._say(asked, "answer.refused")
            flag = Finding(rule="endpoint", sure=0.5)
            yield Answer(text=refused, is_final=True, counts=tuple(run.counts), flag=flag)
        except QwenError as error:
            _log.warning("the guide answers: %s", error)
            answer = self._from_guide(asked, reason="down", broken=run.shown)
            yield msgspec.structs.replace(answer, counts=tuple(run.counts))
        finally:
            await run.watch.close()

    async def _from_qwen(self, qwen: Qwen, run: _Run) -> AsyncGenerator[Answer, None]:
        """Answer; what begins in a wrong language begins anew, once, and is not kept."""
        yield Answer(text="", is_final=False)
        asked, language = run.asked, run.language.language
        context = self._guide.context(asked.text, language, now=asked.now)
        for is_firm in (False, True):
            run.begin()
            async with aclosing(self._attempt(qwen, run, context, is_firm=is_firm)) as answers:
                async for answer in answers:
                    if not answer.is_final:
                        yield answer
                        continue
                    run.counts.append(to_count(language, "answers"))
                    if is_firm:
                        run.counts.append(to_count(language, "repaired"))
                    yield msgspec.structs.replace(answer, counts=tuple(run.counts))
                    return
            _log.warning("an answer began in another language than %s", language)
        run.counts += [to_count(language, "answers"), to_count(language, "wrong")]
        # Better little in the fan's language than much in one that they may not read.
        answer = self._from_guide(asked, reason="")
        yield msgspec.structs.replace(answer, counts=tuple(run.counts))

    async def _attempt(
        self, qwen: Qwen, run: _Run, context: Context, *, is_firm: bool
    ) -> AsyncGenerator[Answer, None]:
        """Ask once; ends without a final answer when it is in a wrong language.

        Nothing is yielded until its first words look right, which takes two to four of them.
        """
        asked = run.asked
        # What others said comes along but is not kept: it is theirs to be forgotten. Nor is it
        # kept that the model had to be told twice.
        alone = self._to_content(
            msgspec.structs.replace(asked, quoted="", overheard=()), context, is_firm=False
        )
        content = self._to_content(asked, context, is_firm=is_firm)
        count = self._tokens.count_message
        cost = count(self._prefix) + count(content) + ANSWER
        drop = count_surplus(asked.history, cost)
        prompts = [_Prompt(drop, asked.history[drop:], content)]
        if asked.history or content != alone:
            prompts.append(_Prompt(len(asked.history), (), alone))
        used, last, text = prompts[0], Snapshot(text="", is_final=False, endpoint=""), ""
        async with aclosing(self._chat(qwen, prompts)) as snapshots:
            async for prompt, snapshot in snapshots:
                used, last = prompt, snapshot
                text = clean(snapshot.text)
                leak = run.watch.find_leak(text, is_whole=snapshot.is_final)
                verdict = run.judge(text, is_whole=snapshot.is_final)
                if leak is None and verdict == "wrong":
                    return
                seen = leak or await run.watch.look(text, is_whole=snapshot.is_final)
                if isinstance(seen, Finding):
                    yield self._stop(asked, seen)
                    return
                text = seen
                if not snapshot.is_final and verdict != "open" and text:
                    run.shown = text
                    yield Answer(text=text, is_final=False)
        if last.usage is not None and used is prompts[0]:
            expected = cost - ANSWER + sum(line.tokens for line in used.history)
            self._tokens.learn(expected, last.usage.prompt_tokens)
        ending = self._say(asked, "answer.stopped") if last.finish == "length" else ""
        yield self._to_final(asked, (text, ending), context, _Kept(alone, used.drop))

    def _to_final(
        self, asked: Asked, said: tuple[str, str], context: Context, kept: _Kept
    ) -> Answer:
        text, ending = said
        return Answer(
            text=_join(text, ending, self._notes(asked)),
            is_final=True,
            sources=context.sources[:_SOURCES],
            lines=self._to_lines(kept.content, text),
            drop=kept.drop,
            is_unsure=self._doubt.is_in(text, context.text),
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

    def _to_content(self, asked: Asked, context: Context, *, is_firm: bool) -> str:
        language = asked.memory.language
        return to_content(
            Asking(
                text=asked.text,
                fan=asked.fan,
                language=name_language(language, asked.locale),
                address=name_address(language.language, self.bot.register),
                tone=asked.tone,
                is_firm=is_firm,
                now=asked.now,
                time_zone=self.bot.time_zone,
                facts=context.text,
                quoted=asked.quoted,
                overheard=asked.overheard,
                words=find_words(asked.terms, f"{asked.text}\n{context.text}", language.language),
            )
        )

    def _from_guide(
        self, asked: Asked, *, reason: Literal["no_endpoint", "down", ""], broken: str = ""
    ) -> Answer:
        """Answer without a model; `broken` is what one said before it broke off."""
        found = self._guide.answer(
            asked.text, asked.memory.language.language, now=asked.now, reason=reason
        )
        if broken and not found.is_found:
            return self._in_own_words(asked, _join(broken, self._say(asked, "answer.cut")))
        answer = self._in_own_words(asked, found.text, found.sources)
        return msgspec.structs.replace(answer, is_unsure=not found.is_found)

    def _stop(self, asked: Asked, finding: Finding) -> Answer:
        """Answer without the model; neither question nor answer is kept.

        What was asked for once would be asked for again by each later prompt.
        """
        language = asked.memory.language.language
        if finding.rule == SELF_HARM:
            lines = self.bot.help_lines
            text = lines.get(language) or lines.get(self.bot.default_language, "")
            return Answer(text=text or self._say(asked, "help.line"), is_final=True, flag=finding)
        if finding.rule in ("canary", "prompt"):
            answer = self._from_guide(asked, reason="")
            return msgspec.structs.replace(answer, lines=(), drop=0, flag=finding)
        return Answer(text=self._say(asked, "answer.refused"), is_final=True, flag=finding)

    def _in_own_words(self, asked: Asked, text: str, sources: tuple[Source, ...] = ()) -> Answer:
        return Answer(
            text=_join(text, self._notes(asked)),
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

    def _notes(self, asked: Asked) -> str:
        """Return what the fan should know of the answer besides."""
        cut = self._say(asked, "message.too_long", count=MAX_TEXT) if asked.is_cut else ""
        return _join(cut, f"_{self._say(asked, asked.note)}_" if asked.note else "")

    def _say(self, asked: Asked, name: str, **values: str | int) -> str:
        return self._strings.text(name, asked.memory.language.language, **values)


def _join(*paragraphs: str) -> str:
    return "\n\n".join(filter(None, paragraphs))
