"""What somebody may mean who is still typing an option: pure, and quick enough for each letter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, get_args

import msgspec

from core.commands import CommandSpec, Option
from core.durations import parse_duration
from core.house.community import ReplyWhen
from core.language.contract import fold
from core.language.formats import format_value
from core.language.tongues import TONGUES, english_name, is_same

if TYPE_CHECKING:
    from core.language.strings import Strings

MOST = 25
"""Suggestions at a time, and characters of each below;
discord.com/developers/docs/interactions/application-commands#autocomplete, read 2026-11-25."""

_LONGEST = 100  # characters of a name or a value; same page
_UNITS = {"m": "min", "h": "h", "d": "d", "w": "wk"}
"""By how durations are written here: how `core.language.formats` calls them."""

_USUAL = ("10m", "1h", "1d", "1w")
_NUMBERS = {
    "limit": ("5", "10", "20", "60"),
    "tokens": ("100000", "500000", "1000000", "5000000"),
}
"""Of settings; `0` is what holds everywhere."""


class Suggestion(msgspec.Struct, frozen=True):
    """One thing that may be meant."""

    name: str
    """As people read it."""

    value: str
    """As a command takes it."""


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Who is typing what."""

    spec: CommandSpec
    option: Option
    typed: str
    given: Mapping[str, str] = {}
    """The other options, as far as they are filled in."""

    language: str
    """BCP 47 tag of what who types reads; may be any."""


def has_suggestions(option: Option) -> bool:
    """Tell whether something can be suggested for an option at all."""
    return option.kind in ("language", "duration") or option.is_suggested


def suggest(asking: Asking, strings: Strings, languages: Sequence[str]) -> list[Suggestion]:
    """Return what may be meant, the likeliest first, at most 25.

    Args:
        asking: Who is typing what.
        strings: Our own words.
        languages: BCP 47 tags of the bot.
    """
    option, typed = asking.option, asking.typed.strip()[:_LONGEST]
    if option.kind == "duration":
        found = _suggest_durations(typed, asking.language, strings)
    elif option.kind == "language":
        found = _suggest_languages(typed, asking, strings, languages)
    else:
        found = _suggest_values(typed, asking, strings, languages)
    fit = (s for s in found if len(s.value) <= _LONGEST)
    return [Suggestion(s.name[:_LONGEST], s.value) for s in fit][:MOST]


def _suggest_durations(typed: str, language: str, strings: Strings) -> list[Suggestion]:
    number = typed if typed.isdecimal() and int(typed[:6]) > 0 and len(typed) <= 4 else ""
    values = [f"{int(number)}{unit}" for unit in _UNITS] if number else list(_USUAL)
    found = [
        Suggestion(format_value(value[:-1], _UNITS[value[-1]], language), value) for value in values
    ]
    found.append(Suggestion(strings.text("suggest.tomorrow", language), "tomorrow"))
    if number or not typed:
        return found
    fit = [s for s in found if fold(typed) in fold(s.name) or s.value.startswith(typed)]
    is_known = parse_duration(typed) is not None and typed not in {s.value for s in fit}
    return [*([Suggestion(typed, typed)] if is_known else []), *fit]


def _suggest_languages(
    typed: str, asking: Asking, strings: Strings, languages: Sequence[str]
) -> list[Suggestion]:
    """Return languages by their names; those of the bot come first."""
    is_any = asking.spec.name == "translate"
    others = (tag for tag in TONGUES if not any(is_same(tag, own) for own in languages))
    found = _find_languages(typed, [*languages, *others] if is_any else languages, asking, strings)
    if asking.spec.name == "language":
        follow = Suggestion(strings.text("language.follow", asking.language), "auto")
        if not typed or fold(typed) in fold(follow.name) or "auto".startswith(fold(typed)):
            return [follow, *found]
    return found


def _suggest_values(
    typed: str, asking: Asking, strings: Strings, languages: Sequence[str]
) -> list[Suggestion]:
    """Return what a setting may be."""
    setting = asking.given.get("setting", "")
    if setting in _NUMBERS:
        return [Suggestion(n, n) for n in _NUMBERS[setting] if n.startswith(typed)]
    if setting == "language":
        return _find_languages(typed, languages, asking, strings)
    if setting == "languages":  # several, by commas: the last one is being typed
        before, _, last = typed.rpartition(",")
        chosen = [tag.strip() for tag in before.split(",") if tag.strip()]
        left = [tag for tag in languages if tag not in chosen]
        return [
            Suggestion(", ".join((*chosen, s.name)), ", ".join((*chosen, s.value)))
            for s in _find_languages(last.strip(), left, asking, strings)
        ]
    values = {"reply": get_args(ReplyWhen), "desk": ("here", "off")}.get(setting, ())
    found = [Suggestion(strings.text(f"choice.{v}", asking.language), v) for v in values]
    return [s for s in found if fold(typed) in fold(s.name) or typed in s.value]


def _find_languages(
    typed: str, tags: Sequence[str], asking: Asking, strings: Strings
) -> list[Suggestion]:
    wish = fold(typed)
    found = [(tag, list(_names(tag, asking, strings))) for tag in tags]

    def matches(is_it: Callable[[str], bool]) -> list[str]:
        return [tag for tag, names in found if any(is_it(fold(name)) for name in (tag, *names))]

    begin, hold = matches(lambda n: n.startswith(wish)), matches(lambda n: wish in n)
    labels = {tag: " · ".join(dict.fromkeys(names[:2])) for tag, names in found}
    return [Suggestion(labels[tag], tag) for tag in dict.fromkeys((*begin, *hold))]


def _names(tag: str, asking: Asking, strings: Strings) -> Iterator[str]:
    """Yield what a language is called by who types, by itself, and in English."""
    yield strings.language_name(tag, asking.language)
    tongue = TONGUES.get(tag)
    yield (tongue.name if tongue is not None else "") or strings.language_name(tag, tag)
    yield english_name(tag)
