"""The programme of an event: an iCalendar file (RFC 5545), read once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from core.folder import Page

if TYPE_CHECKING:
    from icalendar import Component, Event

_PROPERTY_LINES = 200
"""How far below BEGIN:VEVENT a property is looked for, to name its line."""


class CalendarEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the programme."""

    uid: str
    title: str
    starts: datetime
    """UTC."""

    ends: datetime
    """UTC; equal to `starts` where the file tells no end."""

    place: str = ""
    categories: tuple[str, ...] = ()
    note: str = ""
    """What else there is to know, such as that it was moved."""

    is_cancelled: bool = False


def read_programme(path: Path, *, zone: ZoneInfo, problems: list[str]) -> tuple[CalendarEvent, ...]:
    """Read an iCalendar file.

    Args:
        path: The file.
        zone: Where times without a zone are meant.
        problems: Gains a sentence for everything that is wrong.

    Returns:
        The events that are right, earliest first.
    """
    page = Page(path, problems)
    if not page.text:
        return ()
    starts = [n for n, line in enumerate(page.lines, 1) if line.strip() == "BEGIN:VEVENT"]
    events = _parse(page)
    if events is None:
        return ()
    if len(events) != len(starts):
        page.blame(
            starts[0] if starts else 1,
            f"of {len(starts)} events only {len(events)} can be read; look for a missing "
            "END:VEVENT or END:VCALENDAR.",
        )
        return ()
    found: dict[str, CalendarEvent] = {}
    for line, event in zip(starts, events, strict=True):
        value = _read_event(page, line, event, zone)
        if value is None:
            continue
        if value.uid in found:
            line = _find_property(page, line, "UID")
            page.blame(line, f"UID {value.uid} is already taken; give each event its own.")
        found[value.uid] = value
    return tuple(sorted(found.values(), key=lambda event: (event.starts, event.uid)))


def _parse(page: Page) -> list[Event] | None:
    # Imported here: 6 MB and 60 ms that a bot without a calendar need not pay.
    from icalendar import Calendar, Event

    try:
        calendars = Calendar.from_ical(page.text, multiple=True)
    # What the library raises for broken files; the fuzz test in tests/core knows no other.
    except (
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        what = str(error).partition("\n")[0]
        lines = (n for n, line in enumerate(page.lines, 1) if line and line in what)
        page.blame(next(lines, 1), f"this is no valid iCalendar ({what}); mend or export it anew.")
        return None
    return [part for top in calendars for part in _walk(top) if isinstance(part, Event)]


def _walk(part: Component) -> Iterator[Component]:
    yield part
    for inner in part.subcomponents:
        yield from _walk(inner)


def _find_property(page: Page, line: int, name: str) -> int:
    """Return the line of a property of the event that begins at `line`, else `line`."""
    for number in range(line, min(line + _PROPERTY_LINES, len(page.lines)) + 1):
        if re.match(rf"{name}[;:]", page.lines[number - 1], re.IGNORECASE):
            return number
        if page.lines[number - 1].startswith("END:VEVENT"):
            break
    return line


def _read_event(page: Page, line: int, event: Event, zone: ZoneInfo) -> CalendarEvent | None:
    before = len(page.problems)
    for name, what in event.errors:
        page.blame(
            _find_property(page, line, name or "-"), f"{name or 'a property'} is wrong: {what}."
        )
    for name in ("UID", "DTSTART", "SUMMARY"):
        if not str(event.get(name, "")).strip():
            page.blame(line, f"{name} is missing; add it.")
    for name in ("RRULE", "RDATE", "RECURRENCE-ID"):
        if name in event:
            found = _find_property(page, line, name)
            page.blame(found, f"{name} is not read; write every event on its own.")
    if len(page.problems) > before:
        return None
    starts = _read_time(page, line, event, "DTSTART", zone)
    if starts is None:
        return None
    ends = _read_end(page, line, event, starts, zone)
    if ends is None:
        return None
    if ends < starts:
        found = _find_property(page, line, "DTEND")
        page.blame(found, "DTEND is before DTSTART; correct one of them.")
        return None
    return CalendarEvent(
        uid=str(event["UID"]),
        title=str(event["SUMMARY"]).strip(),
        starts=starts,
        ends=ends,
        place=str(event.get("LOCATION", "")).strip(),
        categories=tuple(str(name) for name in event.categories if str(name)),
        note=str(event.get("DESCRIPTION", "")).strip(),
        is_cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
    )


def _read_end(
    page: Page, line: int, event: Event, starts: datetime, zone: ZoneInfo
) -> datetime | None:
    if "DTEND" in event:
        return _read_time(page, line, event, "DTEND", zone)
    length: object = getattr(event.get("DURATION"), "dt", timedelta())
    try:
        return starts + (length if isinstance(length, timedelta) else timedelta())
    except OverflowError:
        page.blame(_find_property(page, line, "DURATION"), "DURATION leads beyond the calendar.")
        return None


def _read_time(page: Page, line: int, event: Event, name: str, zone: ZoneInfo) -> datetime | None:
    moment: object = getattr(event[name], "dt", None)
    if isinstance(moment, datetime):
        if moment.tzinfo is None and "TZID" in event[name].params:
            page.blame(
                _find_property(page, line, name),
                f"{name} has an unknown TZID; write one such as Europe/Zurich.",
            )
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    if isinstance(moment, date):
        return datetime.combine(moment, time(), zone).astimezone(UTC)
    page.blame(
        _find_property(page, line, name),
        f"{name} must be one time, such as {name}:20270205T190000Z.",
    )
    return None
