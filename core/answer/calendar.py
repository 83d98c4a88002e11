"""Finds what a question about the programme means: sports, teams, places and days."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import msgspec

from core.answer.index import Index
from core.answer.lexicon import PROGRAMME, WHEN
from core.answer.words import Phrases, Slot, Words, base_of
from core.bot import Bot
from core.language.strings import Strings
from core.programme import CalendarEvent

if TYPE_CHECKING:
    from babel import Locale

_WHEN, _ALL, _DAY, _MONTH, _COUNTRY = "!when", "!all", "!day:", "!month:", "@"
_TODAY, _TOMORROW = ("~today", "~tonight"), ("~tomorrow",)

_TIME_TERMS = (*_TODAY, *_TOMORROW, "~schedule", "~start")
"""Glossary terms that are about time and no subject."""

_TIMES = 3
"""How many times a word of a title counts."""

_FLOOR = 0.42
"""Share of the question that an event must have, when the question asks for a time."""

_FLOOR_ALONE = 0.6
"""The same when it does not: "ice hockey women"."""

_UNKNOWN = 0.5
"""What a word weighs that no event has."""

_CLOSE = 0.9
"""Events are kept whose score is at least this part of the best one's."""

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_EAST_ASIAN = re.compile(r"(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日日号號일]?")
_DOTTED = re.compile(r"(?<![\d:])(\d{1,2})[./](\d{1,2})(?![\d:])")
_DATES = re.compile("|".join(found.pattern for found in (_ISO, _EAST_ASIAN, _DOTTED)))
_NUMBER = re.compile(r"(?<![\d:.])(\d{1,2})(?![\d:])")


class Calendar:
    """The programme of a bot."""

    def __init__(self, bot: Bot, words: Words | None = None) -> None:
        """Take the events; names of countries and days are read when first needed.

        Args:
            bot: Whose programme.
            words: Shared with others that search for the same bot; None makes its own.
        """
        self._bot = bot
        self._words = words or Words(bot)
        self._zone = ZoneInfo(bot.time_zone)
        self._names: dict[str, Phrases] = {}
        self._index: Index | None = None
        self._countries: frozenset[str] = frozenset()

    def search(
        self, question: str, language: str, *, now: datetime, limit: int = 5
    ) -> list[CalendarEvent]:
        """Return the events that a question is about: the next ones, earliest first.

        Past events only when none of them is still to come; none at all when the question is
        not about the programme.

        Args:
            question: In any language.
            language: The fan's.
            now: Aware.
            limit: How many at most.
        """
        index = self._prepare()
        plain = _DATES.sub(" ", question)
        slots = self._words.ask(plain, language, self._find_names(language))
        subject = [_narrow(slot) for slot in slots if not _is_time(slot)]
        days = self._find_days(question, slots, now)
        events = self._bot.events
        if subject:
            is_when = bool(days) or _has(slots, _WHEN)
            numbers = _pick(
                index.rank(subject, unknown=_UNKNOWN), _FLOOR if is_when else _FLOOR_ALONE
            )
            events = tuple(events[number] for number in sorted(numbers))
        elif not days and not _has(slots, _ALL):
            return []
        if days:
            on_day = [event for event in events if days(self._local(event))]
            if on_day:
                first = next((event for event in on_day if event.ends > now), on_day[0])
                day = self._local(first)
                events = [event for event in on_day if self._local(event) == day]
        coming = [event for event in events if event.ends > now]
        return coming[:limit] if coming else list(events[-limit:])

    def _local(self, event: CalendarEvent) -> date:
        return event.starts.astimezone(self._zone).date()

    def _prepare(self) -> Index:
        if self._index is None:
            default = self._bot.default_language
            text = " ".join(event.title for event in self._bot.events)
            self._countries = _find_countries(text, default)
            names = self._find_names(default)

            def read(text: str) -> list[Slot]:
                slots = self._words.analyse(text, default)
                names.mark(slots)
                return slots

            self._index = Index(
                (
                    (read(event.title), _TIMES),
                    (read(event.place), _TIMES),
                    (read(" ".join(event.categories)), 1),
                )
                for event in self._bot.events
            )
        return self._index

    def _find_names(self, language: str) -> Phrases:
        """Return the names of countries, days and months, and the words for "when"."""
        found = self._names.get(language)
        if found is None:
            found = self._names[language] = Phrases()
            for table, key in ((WHEN, _WHEN), (PROGRAMME, _ALL)):
                for phrase in table.get(base_of(language), "").split("|"):
                    found.add(self._words.cut(phrase, language), key)
            for name, key in _read_names(language, self._countries):
                found.add(self._words.cut(name, language), key)
        return found

    def _find_days(
        self, question: str, slots: Sequence[Slot], now: datetime
    ) -> Callable[[date], bool] | None:
        """Return what tells whether a day is meant; None when none is named."""
        today = now.astimezone(self._zone).date()
        keys = {key for slot in slots for key in slot.keys}
        if keys.intersection(_TODAY):
            return lambda day: day == today
        if keys.intersection(_TOMORROW):
            return lambda day: day == today + timedelta(days=1)
        if dates := _read_dates(question, keys):
            return lambda day: (day.month, day.day) in dates
        weekdays = {int(key.removeprefix(_DAY)) for key in keys if key.startswith(_DAY)}
        return (lambda day: day.weekday() in weekdays) if weekdays else None


def _pick(ranked: Sequence[tuple[int, float]], floor: float) -> list[int]:
    if not ranked or ranked[0][1] < floor:
        return []
    return [number for number, score in ranked if score >= _CLOSE * ranked[0][1]]


def _has(slots: Iterable[Slot], key: str) -> bool:
    return any(key in slot.keys for slot in slots)


def _narrow(slot: Slot) -> Slot:
    """Let a term or country be found by that alone: no training for who asks about a train."""
    names = [key for key in slot.keys if not key[0].isalnum()]
    return msgspec.structs.replace(slot, keys=names or slot.keys)


def _is_time(slot: Slot) -> bool:
    """Tell whether a word is about time, or a number, and no subject."""
    last = slot.keys[-1]
    return (
        last.startswith("!")
        or slot.plain[0].isdigit()
        or any(key in _TIME_TERMS for key in slot.keys)
    )


def _read_dates(question: str, keys: Iterable[str]) -> set[tuple[int, int]]:
    """Return the days that a question names, as month and day."""
    found = {(int(month), int(day)) for _, month, day in _ISO.findall(question)}
    if found:
        return found
    found = {(int(month), int(day)) for month, day in _EAST_ASIAN.findall(question)}
    found |= {(int(month), int(day)) for day, month in _DOTTED.findall(question)}
    months = [int(key.removeprefix(_MONTH)) for key in keys if key.startswith(_MONTH)]
    found |= {(month, int(day)) for month in months for day in _NUMBER.findall(question)}
    return {(month, day) for month, day in found if 1 <= month <= 12 and 1 <= day <= 31}


def _find_countries(text: str, language: str) -> frozenset[str]:
    """Return the codes of the countries that are named in a text."""
    return frozenset(code for code, name in _territories(language).items() if name in text)


def _find_locale(language: str) -> Locale | None:
    # Imported here: the names of a language cost megabytes, and few are ever asked for.
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def _territories(language: str) -> Mapping[str, str]:
    locale = _find_locale(language)
    if locale is None:
        return {}
    names = cast("Mapping[str, str]", locale.territories)
    return {code: name for code, name in names.items() if code.isalpha()}


def _read_names(language: str, countries: Iterable[str]) -> Iterable[tuple[str, str]]:
    names = _territories(language)
    yield from ((names[code], _COUNTRY + code) for code in countries if code in names)
    locale = _find_locale(language)
    if locale is None:
        return
    for context in ("format", "stand-alone"):
        days: Mapping[int, str] = locale.days[context]["wide"]
        yield from ((name, f"{_DAY}{number}") for number, name in days.items())
        months: Mapping[int, str] = locale.months[context]["wide"]
        yield from (
            (name, f"{_MONTH}{number}") for number, name in months.items() if not name[0].isdigit()
        )


def render_event(event: CalendarEvent, strings: Strings, language: str, time_zone: str) -> str:
    """Write an event as one line of Markdown; the time is that at the venue, and says so."""
    zone = ZoneInfo(time_zone)
    date_text = strings.format_date(event.starts.astimezone(zone).date(), language)
    time_text = strings.format_time(event.starts, language, time_zone)
    mark = f" ({strings.text('guide.cancelled', language)})" if event.is_cancelled else ""
    title = strings.isolate(event.title, language)
    where = f", {strings.isolate(event.place, language)}" if event.place else ""
    venue = strings.text("guide.venue_time", language)
    note = strings.isolate(" ".join(event.note.split()), language)
    note = f". {note}" if note else ""
    return f"**{title}**{mark} — {date_text}, {time_text} ({venue}){where}{note}"
