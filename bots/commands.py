"""`python -m bots commands`: what the bot can be told to do, by whom and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from core.commands import COMMANDS, CommandSpec, Option, to_text_name
from core.language.strings import Strings

_ENGLISH = "en"
_WHERE = {True: "groups", False: "everywhere"}


def show(*, as_json: bool) -> int:
    """Print the table of commands; return the exit code 0."""
    strings = Strings()
    rows = [_to_row(spec, strings) for spec in COMMANDS]
    if as_json:
        print(msgspec.json.encode(rows).decode())
        return 0
    for line in _to_lines(rows, strings):
        print(line)
    return 0


class _Given(msgspec.Struct, frozen=True):
    """An option, for programs."""

    name: str
    kind: str
    is_required: bool
    choices: tuple[str, ...]


class _Row(msgspec.Struct, frozen=True):
    """A command, for programs."""

    name: str
    who: str
    """The right that is asked for, "" for everybody."""

    where: str
    is_private: bool
    menu: str
    options: tuple[_Given, ...]
    locales: tuple[str, ...]
    """Those that have every text of it."""


def _to_row(spec: CommandSpec, strings: Strings) -> _Row:
    keys = list(_keys_of(spec))
    return _Row(
        name=spec.name,
        who=spec.right or "",
        where=_WHERE[spec.is_group_only],
        is_private=spec.is_private,
        menu=spec.menu,
        options=tuple(
            _Given(option.name, option.kind, option.is_required, option.choices)
            for option in spec.options
        ),
        locales=tuple(tag for tag in strings.locales if strings.has_texts(keys, tag)),
    )


def _keys_of(spec: CommandSpec) -> Iterator[str]:
    """Yield the keys of every text that a menu shows of a command."""
    names = [f"command.{to_text_name(spec.name)}"]
    names += [f"option.{to_text_name(option.name)}" for option in spec.options]
    for name in names:
        yield from (f"{name}.name", f"{name}.description")
    yield from (f"choice.{to_text_name(c)}" for option in spec.options for c in option.choices)
    if spec.menu:
        yield f"menu.{to_text_name(spec.name)}"


def _to_lines(rows: Iterable[_Row], strings: Strings) -> Iterator[str]:
    count = len(strings.locales)
    for row, spec in zip(rows, COMMANDS, strict=True):
        usage = " ".join((f"/{row.name}", *(_to_word(option) for option in spec.options)))
        about = strings.text(f"command.{to_text_name(row.name)}.description", _ENGLISH)
        who = f"who may {row.who}" if row.who else "everybody"
        menu = f", in the menu of a {row.menu}" if row.menu else ""
        yield usage
        yield f"    {about}"
        yield f"    {who}, {row.where}{menu}; {len(row.locales)} of {count} languages"


def _to_word(option: Option) -> str:
    word = "|".join(option.choices) if option.choices else option.name
    return f"<{word}>" if option.is_required else f"[{word}]"
