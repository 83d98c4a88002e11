"""What somebody wrote behind a command, checked against the table and written as it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from core.commands import CommandSpec, Option, to_text_name
from core.durations import parse_duration
from core.guard import clean

if TYPE_CHECKING:
    from core.language.strings import Strings
    from core.message import Command


class WrongArgumentError(Exception):
    """Something is missing or cannot be understood.

    Attributes:
        name: Name of the text that says so.
        values: What goes into it.
        option: The option that it is about.
    """

    def __init__(self, name: str, option: Option, **values: str | int) -> None:
        super().__init__(name)
        self.name = name
        self.option = option
        self.values: Mapping[str, str | int] = values


def check(command: Command, spec: CommandSpec, strings: Strings, language: str) -> Command:
    """Return a command with its options as `core.commands.Kind` says.

    Raises:
        WrongArgumentError: One is missing, or is none of what it may be.
    """
    options: dict[str, str] = {}
    for option in spec.options:
        given = command.options.get(option.name, "").strip()
        if given:
            options[option.name] = _read(given, option, strings, language)
        elif option.is_required and not (spec.is_about_message and command.about):
            raise WrongArgumentError("option.missing", option, **_names(option, strings, language))
    return msgspec.structs.replace(command, options=options)


def _read(given: str, option: Option, strings: Strings, language: str) -> str:
    names = _names(option, strings, language)
    match option.kind:
        case "choice":
            return _choose(given, option, strings, language)
        case "duration":
            seconds = parse_duration(given)
            if seconds is None:
                raise WrongArgumentError("option.duration", option, text=clean(given)[:40], **names)
            return f"{seconds:g}"
        case "number":
            if not given.isdecimal() or not option.least <= int(given) <= option.most:
                raise WrongArgumentError(
                    "option.number", option, least=option.least, most=option.most, **names
                )
            return str(int(given))
        case _:
            return given[: option.max_length]


def _choose(given: str, option: Option, strings: Strings, language: str) -> str:
    for choice in option.choices:
        label = strings.text(f"choice.{to_text_name(choice)}", language)
        if given.casefold() in (choice, label.casefold()):
            return choice
    raise WrongArgumentError(
        "option.choice",
        option,
        text=clean(given)[:40],
        choices=", ".join(option.choices),
        **_names(option, strings, language),
    )


def _names(option: Option, strings: Strings, language: str) -> dict[str, str]:
    return {"option": strings.text(f"option.{to_text_name(option.name)}.name", language)}
