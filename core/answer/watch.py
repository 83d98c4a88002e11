"""What stands between a model and a fan: every answer is looked at before any of it is shown.

Local rules come first: nothing of the bot's secret, no links to strangers. Then, where one is
set, a guard model: the question while the answer is being prepared, the answer at the ends of its
sentences. Without a judgement talk goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence

from core.answer.prompt import to_leak_check
from core.bot import Bot
from core.conversation import Line
from core.links import Links, without_open_link
from core.qwen.guard import SUICIDE, Guard, Judgement
from core.safety import SELF_HARM, Finding

_END = re.compile(r"[.!?…।؟۔](?=\s)|[。！？]|\n")
_SHORT, _BACK = 40, 20
"""Characters of an answer that may be one letter of a secret, and how many answers back."""


class Warden:
    """Looks after the answers of one bot."""

    def __init__(self, bot: Bot, guard: Guard | None = None) -> None:
        self.guard = guard
        self.is_strict = bot.guard_level == "strict"
        self.leaks = to_leak_check(bot)
        sources = (
            *(passage.source for passage in bot.passages),
            *(fact.source for fact in bot.facts),
        )
        self.links = Links(
            (
                bot.contact,
                *bot.help_lines.values(),
                *(source.url for source in sources),
                *(passage.text for passage in bot.passages),
                *(fact.value for fact in bot.facts),
                *(f"{event.place} {event.note}" for event in bot.events),
            ),
            bot.links,
        )

    def watch(self, question: str, history: Sequence[Line]) -> Watch:
        """Begin to look at the answer to a question; close what is returned."""
        return Watch(self, question, history)

    def to_finding(self, judgement: Judgement | None) -> Finding | None:
        """Return what a judgement stops."""
        if judgement is None or judgement.level == "safe":
            return None
        if judgement.level == "controversial" and not self.is_strict:
            return None
        rule = SELF_HARM if judgement.category == SUICIDE else f"guard:{judgement.category}"
        return Finding(rule=rule, sure=judgement.sure)


class Watch:
    """Looks at one answer as it grows."""

    def __init__(self, warden: Warden, question: str, history: Sequence[Line]) -> None:
        self._warden = warden
        self._question = question
        self._before = "\n".join(
            line.content
            for line in history[-2 * _BACK :]
            if line.role == "assistant" and len(line.content) <= _SHORT
        )
        self._seen = ""
        self._is_open = False
        self._judged = ""
        self._lines = ("", "")
        """What there is of whole lines, as it is and tamed."""

        self._asking: asyncio.Task[Judgement | None] | None = None
        if warden.guard is not None:
            self._asking = asyncio.create_task(warden.guard.judge(question))

    async def close(self) -> None:
        """Stop waiting for a judgement of the question."""
        if self._asking is not None:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._asking

    def find_leak(self, text: str, *, is_whole: bool) -> Finding | None:
        """Find a secret in an answer as it stands.

        Args:
            text: From its beginning, cleaned.
            is_whole: Nothing follows: then all of it is looked at once more.
        """
        is_grown = not is_whole and text.startswith(self._seen)
        seen = len(self._seen) if is_grown else 0
        leak = self._warden.leaks.judge(text, seen=seen, before=self._before)
        self._is_open = leak == "open"
        if not self._is_open:
            self._seen = text
        if leak in ("canary", "prompt"):
            return Finding(rule=leak, sure=1.0)
        return None

    async def look(self, text: str, *, is_whole: bool) -> str | Finding:
        """Return what may be shown of an answer, "" for nothing yet, or why none of it may.

        Args:
            text: In which `find_leak` found nothing.
            is_whole: Nothing follows.
        """
        if not is_whole:
            text = without_open_link(self._seen if self._is_open else text)
        if not text.strip():
            return text
        guard = self._warden.guard
        if guard is not None:
            finding = await self._judge_question()
            if finding is None:
                text = text if is_whole else _to_sentences(text)
                finding = await self._judge_answer(guard, text)
            if finding is not None:
                return finding
        return self._tame(text)

    def _tame(self, text: str) -> str:
        """Tame the links of a text; nothing of them goes over the end of a line."""
        raw, tamed = self._lines
        if not text.startswith(raw):
            raw = tamed = ""
        end = text.rfind("\n") + 1
        if end > len(raw):
            tamed += self._warden.links.tame(text[len(raw) : end])
            raw = text[:end]
            self._lines = raw, tamed
        return tamed + self._warden.links.tame(text[len(raw) :])

    async def _judge_question(self) -> Finding | None:
        assert self._asking is not None
        return self._warden.to_finding(await self._asking)

    async def _judge_answer(self, guard: Guard, text: str) -> Finding | None:
        if not text.strip() or text == self._judged:
            return None
        finding = self._warden.to_finding(await guard.judge(self._question, text))
        self._judged = text
        return finding


def _to_sentences(text: str) -> str:
    """Return a growing text up to the end of its last whole sentence."""
    ends = [found.end() for found in _END.finditer(text)]
    return text[: ends[-1]] if ends else ""
