"""What somebody wrote behind a command: split into options, checked, written as the table says."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from core.commands import COMMANDS, CommandSpec, Option, to_text_name
from core.durations import parse_duration
from core.guard import clean
from core.language.tongues import find_language

if TYPE_CHECKING:
    from core.language.strings import Strings
    from core.message import Command, User

_SHORT = 60
"""Characters; a text of at most so many is one word, or several in quotes, where more follow."""

_SPAN = 6  # words of a duration, a language or a choice, at most
_NAME = 4  # letters from which a word may name a language: shorter ones are often just words
_SURE = frozenset(("forever", "tomorrow", "off", "permanent"))
"""Durations of one word that are seldom the first word of a reason."""

_TOKEN = re.compile(r'"[^"]+"|“[^”]+”|„[^“”]+[“”]|«[^»]+»|\S+')
_QUOTES = '"“”„«»'
_PERSON = re.compile(r"<@!?(\d{1,20})>|(-?\d{1,20})")
_TYPED_PERSON = re.compile(r"<@!?\d{5,20}>|-?\d{5,20}|@.+")


class WrongArgumentError(Exception):
    """Something is missing or cannot be understood.

    Attributes:
        name: Name of the text that says so.
        values: What goes into it.
        option: The option that it is about.
    """

    def __init__(self, name: str, option: Option, /, **values: str | int) -> None:
        super().__init__(name)
        self.name = name
        self.option = option
        self.values: Mapping[str, str | int] = values


class Words:
    """What people may write for a command, a choice or a language, whatever they speak."""

    def __init__(self, strings: Strings, languages: Sequence[str] = ()) -> None:
        """`languages`: BCP 47 tags; in these, names of other languages are understood."""
        self._strings = strings
        self._languages = tuple(languages)
        self._labels: dict[tuple[str, ...], dict[str, str]] = {}
        self._names: dict[str, CommandSpec] = {}

    def find_command(self, name: str) -> CommandSpec | None:
        """Return the command of a name in any language; English wins where two collide."""
        if not self._names:
            self._names = {to_text_name(spec.name): spec for spec in COMMANDS}
            for locale in self._strings.locales:
                for spec in COMMANDS:
                    key = f"command.{to_text_name(spec.name)}.name"
                    word = to_text_name(self._strings.text(key, locale).casefold())
                    self._names.setdefault(word, spec)
        return self._names.get(to_text_name(name.casefold()))

    def find_choice(self, text: str, choices: tuple[str, ...]) -> str | None:
        """Return the choice that a text means: its value, or its label in any language."""
        labels = self._labels.get(choices)
        if labels is None:
            labels = {choice.casefold(): choice for choice in choices}
            for locale in ("en", *self._strings.locales):
                for choice in choices:
                    label = self._strings.text(f"choice.{to_text_name(choice)}", locale)
                    labels.setdefault(label.casefold(), choice)
            self._labels[choices] = labels
        return labels.get(" ".join(text.casefold().split()))

    def is_language(self, text: str) -> bool:
        """Tell whether a text names a language, or is the tag of one that we speak."""
        if len(text) < _NAME and text.isascii():
            return text.lower() in {t.lower() for t in (*self._languages, *self._strings.locales)}
        return find_language(text, speakers=self._languages, offered=self._languages) is not None


def read(line: str, words: Words) -> tuple[CommandSpec, dict[str, str]] | None:
    """Return the command that a line with a slash is, and its options; None for any other line."""
    if not line.startswith("/"):
        return None
    name, *rest = line[1:].split(maxsplit=1) or [""]
    spec = words.find_command(name)
    return None if spec is None else (spec, split(spec, "".join(rest), words))


def split(
    spec: CommandSpec,
    text: str,
    words: Words,
    *,
    people: Sequence[User] = (),
    is_answer: bool = False,
    quoted: str = "",
) -> dict[str, str]:
    """Return the options that somebody wrote behind a command where there are no fields for them.

    Options that are no text may come in any order, the texts after them; the last one takes
    what is left.

    Args:
        spec: The command.
        text: What stands behind it; a person who was named without an id stands there as an id.
        words: What people may write.
        people: Those who were named so.
        is_answer: Whether it answers a message that the command can be about.
        quoted: The text of that message.
    """
    found: dict[str, str] = {}
    options = list(spec.options)
    is_about = is_answer and spec.is_about_message
    if is_about and options[0].kind != "person":
        if quoted and options[0].kind == "text":
            found[options[0].name] = quoted
        del options[0]
    texts = [option for option in options if option.kind == "text"]
    named = frozenset(user.id for user in people)
    reader = _Reader(words, named, is_about=is_about, has_texts=bool(texts))
    before = options.index(texts[0]) if texts else len(options)
    fields, rest = options[:before], text.strip()
    while rest and fields:
        fit = reader.take(rest, fields)
        if fit is None:
            break
        option, value, rest = fit
        found[option.name] = value
        fields.remove(option)
    if rest and (field := _find_gap(fields, has_texts=bool(texts), is_about=is_about)):
        # It is none of what it should be: whoever checks it says so.
        value, rest = (rest, "") if not texts else _cut_word(rest)
        found[field.name] = value
    for place, option in enumerate(texts):
        if not rest:
            break
        is_word = option.max_length <= _SHORT and place < len(texts) - 1
        found[option.name], rest = _cut_word(rest) if is_word else (rest, "")
    return found


class _Reader:
    """Finds what the beginning of a line can be."""

    def __init__(
        self, words: Words, people: frozenset[str], *, is_about: bool, has_texts: bool
    ) -> None:
        self._words = words
        self._people = people
        self._is_about = is_about
        self._has_texts = has_texts

    def take(self, line: str, options: Sequence[Option]) -> tuple[Option, str, str] | None:
        """Return the first option that the line can begin with, its value, and the rest."""
        ends = [found.end() for found in _TOKEN.finditer(line)][:_SPAN]
        for option in options:
            is_long = option.kind in ("choice", "duration", "language")
            for end in reversed(ends if is_long else ends[:1]):
                text = line[:end]
                if option.kind == "choice":
                    value = self._words.find_choice(text, option.choices)
                else:
                    is_fit = self._is_fit(text, option, is_all=end == len(line))
                    value = text if is_fit else None
                if value is not None:
                    return option, value, line[end:].strip()
        return None

    def _is_fit(self, text: str, option: Option, *, is_all: bool) -> bool:
        match option.kind:
            case "duration":
                is_clear = is_all or " " in text or text.casefold() in _SURE
                is_clear = is_clear or any(sign.isdecimal() for sign in text)
                return is_clear and parse_duration(text) is not None
            case "number":
                return _is_number(text, option)
            case "person":
                is_named = text in self._people or text.startswith("@")
                return is_named or (not self._is_about and bool(_TYPED_PERSON.fullmatch(text)))
            case "language":
                return (is_all and not self._has_texts) or self._words.is_language(text)
            case _:
                return False


def check(
    command: Command,
    spec: CommandSpec,
    strings: Strings,
    language: str,
    *,
    now: datetime | None = None,
) -> Command:
    """Return a command with its options as `core.commands.Kind` says.

    A person whom nobody named is the one who wrote the message that it is about.

    Args:
        command: As it came.
        spec: Its line of the table.
        strings: Where labels stand.
        language: What who asks reads.
        now: Aware, in the time zone whose tomorrow is meant; None for UTC.

    Raises:
        WrongArgumentError: One is missing, or is none of what it may be.
    """
    options: dict[str, str] = {}
    for option in spec.options:
        given = command.options.get(option.name, "").strip()
        if not given and option.kind == "person" and command.about and command.people:
            given = command.people[-1].id
        if given:
            options[option.name] = _read(given, option, command, strings, language, now)
        elif option.is_required:
            name = "option.person" if option.kind == "person" else "option.missing"
            raise WrongArgumentError(name, option, **_names(option, strings, language))
    return msgspec.structs.replace(command, options=options)


def _read(
    given: str,
    option: Option,
    command: Command,
    strings: Strings,
    language: str,
    now: datetime | None,
) -> str:
    names = _names(option, strings, language)
    match option.kind:
        case "choice":
            return _choose(given, option, strings, language)
        case "duration":
            seconds = parse_duration(given, now)
            if seconds is None:
                raise WrongArgumentError("option.duration", option, text=clean(given)[:40], **names)
            return "0" if math.isinf(seconds) else f"{seconds:.0f}"
        case "number":
            if not _is_number(given, option):
                raise WrongArgumentError(
                    "option.number", option, least=option.least, most=option.most, **names
                )
            return str(int(given))
        case "person":
            found = _PERSON.fullmatch(given)
            if found is None and given not in {user.id for user in command.people}:
                raise WrongArgumentError("option.person", option, **names)
            return (found[1] or found[2]) if found else given
        case _:
            return given[: option.max_length]


def _choose(given: str, option: Option, strings: Strings, language: str) -> str:
    labels = {c: strings.text(f"choice.{to_text_name(c)}", language) for c in option.choices}
    for choice, label in labels.items():
        if given.casefold() in (choice, label.casefold()):
            return choice
    raise WrongArgumentError(
        "option.choice",
        option,
        text=clean(given)[:40],
        choices=strings.format_list(list(labels.values()), language),
        **_names(option, strings, language),
    )


def _find_gap(fields: Sequence[Option], *, has_texts: bool, is_about: bool) -> Option | None:
    """Return the option that a word which fits nowhere was meant for."""
    for option in fields:
        is_needed = option.is_required and not (is_about and option.kind == "person")
        if is_needed or not has_texts:
            return option
    return None


def _cut_word(line: str) -> tuple[str, str]:
    """Return the first word, or what stands in quotes, and the rest."""
    found = _TOKEN.match(line)
    if found is None:
        return line, ""
    word = found[0].strip(_QUOTES) if len(found[0]) > 1 else found[0]
    return word or found[0], line[found.end() :].strip()


def _is_number(text: str, option: Option) -> bool:
    return text.isdecimal() and len(text) < 10 and option.least <= int(text) <= option.most


def _names(option: Option, strings: Strings, language: str) -> dict[str, str]:
    return {"option": strings.text(f"option.{to_text_name(option.name)}.name", language)}
