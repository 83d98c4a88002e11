"""Answers straight from what the club gave: without a model, or as data for one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from core.answer.calendar import Calendar, render_event
from core.answer.facts import Facts, render_fact
from core.answer.knowledge import Hit, Knowledge
from core.answer.lexicon import GREETINGS
from core.answer.words import Words, fold
from core.bot import Bot, FactCard
from core.language.strings import Strings
from core.message import Source
from core.programme import CalendarEvent

_SURE = 0.6
"""Score from which on a passage answers before the programme does."""

_ALIKE = 0.75
"""Part of the best score from which on another passage is worth a mention."""

_WORTH = 0.5
"""Part of the best score below which a passage only costs the model tokens."""

_LOOSE = 0.2
"""Score from which on a passage is shown to a model, which can judge it."""

_MARKS = "!?.,…¡¿！？。،、~/👋🙂😊"
"""What a greeting may have around its words."""

_CONTEXT = 9_000
"""Bytes of UTF-8 that a context has at most: 1,500 English words, or 3,000 Chinese signs."""


class GuideAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer made without a model."""

    text: str
    """Markdown."""

    sources: tuple[Source, ...] = ()
    is_found: bool
    """False when all it says is that there is nothing."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a model needs to answer."""

    text: str
    """Passages, fact cards and events, a line or paragraph each; "" when nothing fits."""

    sources: tuple[Source, ...] = ()


class _Finds(msgspec.Struct, frozen=True, kw_only=True):
    hits: Sequence[Hit]
    facts: Sequence[FactCard]
    events: Sequence[CalendarEvent]


class Guide:
    """Finds passages, fact cards and events, and puts them into an answer."""

    def __init__(self, bot: Bot, strings: Strings) -> None:
        self._bot = bot
        self._strings = strings
        words = Words(bot)
        self._words = words
        self._knowledge = Knowledge(bot, words)
        self._calendar = Calendar(bot, words)
        self._facts = Facts(bot, words)
        self._greetings = frozenset(fold(word) for word in GREETINGS.split())

    def answer(
        self,
        question: str,
        language: str,
        *,
        now: datetime,
        reason: Literal["no_endpoint", "down", ""] = "",
    ) -> GuideAnswer:
        """Answer without a model.

        Args:
            question: In any language.
            language: To answer in.
            now: Aware; decides what is still to come and still valid.
            reason: Why no model answers, said at the end; "" says nothing.
        """
        # Why no model spoke comes last, so that the answer leads.
        ending = [f"_{self._say(f'guide.{reason}', language)}_"] if reason else []
        if self._is_greeting(question, language):
            text = "\n\n".join([self._greet(language), *ending])
            return GuideAnswer(text=text, is_found=True)
        hits = self._knowledge.search(question, language, limit=3)
        is_sure = bool(hits) and hits[0].score >= _SURE
        events = self._calendar.search(question, language, now=now)
        if events and hits and not (is_sure or hits[0].is_in_language):
            hits = []  # The programme answers; a doubtful passage in a foreign language is noise.
        finds = _Finds(
            hits=hits,
            # What a passage says in full is not said twice.
            facts=() if is_sure else self._facts.search(question, language, now=now, limit=2),
            events=events,
        )
        parts = self._write(finds, language, is_sure=is_sure)
        nothing = self._say("guide.nothing", language, contact=self._bot.contact)
        return GuideAnswer(
            text="\n\n".join([*(parts or [nothing]), *ending]),
            sources=_sources_of(finds, 1),
            is_found=bool(parts),
        )

    def context(self, question: str, language: str, *, now: datetime) -> Context:
        """Collect what fits a question, as data for a model.

        Args:
            question: In any language.
            language: The fan's; passages come in it where they exist.
            now: Aware; decides what is still to come and still valid.
        """
        if self._is_greeting(question, language):
            return Context(text="")
        finds = _Finds(
            hits=self._knowledge.search(question, language, limit=5, floor=_LOOSE),
            facts=self._facts.search(question, language, now=now, limit=5),
            events=self._calendar.search(question, language, now=now, limit=12),
        )
        return Context(text=self._to_data(finds), sources=_sources_of(finds, 2))

    def _write(self, finds: _Finds, language: str, *, is_sure: bool) -> list[str]:
        """Put what was found in order: the surest first."""
        passages = self._write_passages(finds.hits, language)
        facts = [f"- {render_fact(card, self._strings, language)}" for card in finds.facts]
        programme: list[str] = []
        if finds.events:
            rows = [
                "- " + render_event(event, self._strings, language, self._bot.time_zone)
                for event in finds.events
            ]
            programme = ["\n".join([self._say("guide.upcoming", language), "", *rows])]
        if is_sure:
            return [*passages, *programme]
        return [*filter(None, ["\n".join(facts)]), *programme, *passages]

    def _write_passages(self, hits: Sequence[Hit], language: str) -> list[str]:
        if not hits:
            return []
        best, *others = hits
        parts = [f"**{best.passage.title}**\n\n{best.passage.text}"]
        if not best.is_in_language:
            name = self._strings.language_name(best.passage.language, language)
            parts.insert(0, self._say("guide.other_language", language, language=name))
        titles = [
            f"- {hit.passage.title}"
            for hit in others
            if hit.score >= _ALIKE * best.score and hit.is_in_language
        ]
        if titles:
            parts.append("\n".join([self._say("guide.more", language), "", *titles]))
        return parts

    def _to_data(self, finds: _Finds) -> str:
        zone = self._bot.time_zone
        rows = [
            f"[fact] {card.label}: {card.value} {card.unit}".rstrip()
            + f" (as of {card.source.checked})"
            for card in finds.facts
        ]
        rows += [
            "[event] " + render_event(event, self._strings, "en", zone) for event in finds.events
        ]
        rows += [
            f"[passage {hit.passage.id}] {hit.passage.topic}: {hit.passage.title} "
            f"(as of {hit.passage.source.checked})\n{hit.passage.text}"
            for hit in finds.hits
            if hit.score >= _WORTH * finds.hits[0].score
        ]
        return "\n".join(_take(rows, _CONTEXT))

    def _is_greeting(self, question: str, language: str) -> bool:
        """Tell whether a message says hello, and nothing that could be answered."""
        words = [fold(word).strip(_MARKS) for word in question.split()]
        plain = [word for word in words if word]
        if self._greetings.issuperset(plain):
            return bool(plain)
        says_hello = not self._greetings.isdisjoint(plain)
        return says_hello and not self._words.ask(question, language)

    def _greet(self, language: str) -> str:
        greeting = self._bot.greeting.get(language)
        return greeting or self._say("help.intro", language, bot=self._bot.name)

    def _say(self, name: str, language: str, /, **values: str) -> str:
        return self._strings.text(name, language, **values)


def _take(rows: Iterable[str], size: int) -> list[str]:
    """Return the rows that fit into so many bytes, best first; a row is whole or not there."""
    taken: list[str] = []
    for row in rows:
        size -= len(row.encode()) + 1
        if size < 0:
            break
        taken.append(row)
    return taken


def _sources_of(finds: _Finds, passages: int) -> tuple[Source, ...]:
    found = [hit.passage.source for hit in finds.hits[:passages]]
    found += [card.source for card in finds.facts]
    return tuple(dict.fromkeys(found))
