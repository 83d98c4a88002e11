"""Commands as data: every platform's menu is rendered from this table.

Names, descriptions and the texts of options and choices stand in `core/language/locales`, under
`command.<name>.name`, `command.<name>.description`, `option.<name>.name`,
`option.<name>.description` and `choice.<value>`, hyphens written as underscores.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from core.message import Right

Kind = Literal["text", "choice", "person", "duration", "number", "language"]
"""What an option holds, and how `core.arguments` hands it to a handler: text as it is; one of
`Option.choices`; the platform's id of a user; seconds, "0" for off and for what has no end;
digits; text that may be the name of a language."""

Menu = Literal["", "message", "person"]


class Option(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One argument of a command."""

    name: str
    kind: Kind = "text"
    is_required: bool = False
    choices: tuple[str, ...] = ()
    max_length: int = 2000
    """Characters of a text."""

    is_suggested: bool = False
    """Whether what a text may be depends on the other options; see `core.suggest`."""

    least: int = 1
    most: int = 100
    """Of a number."""


class CommandSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One command: what it is called, what it takes, who may use it and where."""

    name: str
    """Telegram writes hyphens as underscores."""

    options: tuple[Option, ...] = ()
    right: Right | None = None
    """What the platform must let somebody do who uses it; None is for everybody."""

    is_group_only: bool = False
    """Whether it makes no sense in a private talk."""

    is_private: bool = False
    """Whether only the asker should see the answer, where the platform can do that."""

    is_about_message: bool = False
    """Whether it may be about a message instead of its first option: the one that it answers, or
    whose menu it was chosen from. What is written after it begins with the second option then."""

    is_personal: bool = False
    """Whether it is of use where the bot is not: to those who carry it along on Discord."""

    menu: Menu = ""
    """In whose own menu it stands too, where the platform has such menus; it is called
    `menu.<name>` there."""


_PERSON = Option(name="person", kind="person", is_required=True)
_REASON = Option(name="reason", max_length=300)
_DURATION = Option(name="duration", kind="duration")
_WHERE = Option(name="where", kind="choice", choices=("here", "everywhere"))


def _about_person(name: str, right: Right, *more: Option) -> CommandSpec:
    """Return a command about somebody, who may also be named by answering their message."""
    return CommandSpec(
        name=name,
        options=(_PERSON, *more),
        right=right,
        is_private=True,
        is_about_message=True,
        is_group_only=True,
    )


COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec(name="ask", options=(Option(name="question", is_required=True),), is_personal=True),
    CommandSpec(name="help", is_private=True, is_personal=True),
    CommandSpec(
        name="language",
        options=(Option(name="language", kind="language", max_length=40),),
        is_private=True,
        is_personal=True,
    ),
    CommandSpec(
        name="translate",
        options=(
            Option(name="text", max_length=4000),
            Option(name="to", kind="language", max_length=40),
        ),
        is_private=True,
        is_about_message=True,
        is_personal=True,
        menu="message",
    ),
    CommandSpec(
        name="report",
        options=(Option(name="about", max_length=1000), _REASON),
        is_private=True,
        is_about_message=True,
        is_group_only=True,
        menu="message",
    ),
    CommandSpec(
        name="appeal",
        options=(Option(name="text", is_required=True, max_length=1000),),
        is_private=True,
    ),
    CommandSpec(name="privacy", is_private=True, is_personal=True),
    CommandSpec(name="mydata", is_private=True, is_personal=True),
    CommandSpec(name="forget", is_private=True, is_personal=True),
    CommandSpec(
        name="settings",
        options=(
            Option(
                name="setting",
                kind="choice",
                choices=("reply", "languages", "tone", "limit", "tokens", "desk", "language"),
            ),
            Option(name="value", max_length=200, is_suggested=True),
        ),
        right="manage",
        is_private=True,
        is_group_only=True,
    ),
    CommandSpec(name="pause", options=(_WHERE, _DURATION), right="manage", is_group_only=True),
    CommandSpec(name="resume", options=(_WHERE,), right="manage", is_group_only=True),
    _about_person("warn", "restrict", _REASON),
    _about_person("mute", "restrict", _DURATION, _REASON),
    _about_person("unmute", "restrict", _REASON),
    _about_person("ban", "ban", _DURATION, _REASON),
    CommandSpec(
        name="unban",
        options=(_PERSON, _REASON),
        right="ban",
        is_private=True,
        is_group_only=True,
    ),
    CommandSpec(
        name="slowmode",
        options=(Option(name="duration", kind="duration", is_required=True),),
        right="manage",
        is_group_only=True,
    ),
    CommandSpec(
        name="purge",
        options=(
            Option(name="count", kind="number", is_required=True, most=100),
            Option(name="person", kind="person"),
        ),
        right="messages",
        is_private=True,
        is_group_only=True,
    ),
    CommandSpec(
        name="cases",
        options=(_PERSON, Option(name="search", max_length=100)),
        right="restrict",
        is_private=True,
        is_about_message=True,
        is_group_only=True,
        menu="person",
    ),
    CommandSpec(
        name="filter",
        options=(
            Option(
                name="action",
                kind="choice",
                is_required=True,
                choices=("add", "list", "remove", "test"),
            ),
            Option(
                name="kind",
                kind="choice",
                choices=("words", "pattern", "links", "invites", "mentions", "capitals", "repeats"),
            ),
            Option(name="then", kind="choice", choices=("flag", "delete", "warn", "mute", "ban")),
            _DURATION,
            Option(name="text", max_length=500),
        ),
        right="manage",
        is_private=True,
        is_group_only=True,
    ),
    CommandSpec(
        name="glossary",
        options=(
            Option(
                name="action", kind="choice", is_required=True, choices=("add", "list", "remove")
            ),
            Option(name="language", kind="language", max_length=40),
            Option(name="term", max_length=60),
            Option(name="translation", max_length=60),
        ),
        right="manage",
        is_private=True,
        is_group_only=True,
    ),
    CommandSpec(name="flags", right="restrict", is_private=True, is_group_only=True),
    CommandSpec(
        name="handoff",
        options=(
            Option(
                name="action", kind="choice", is_required=True, choices=("take", "back", "list")
            ),
            Option(name="case", kind="number", most=1_000_000),
        ),
        right="restrict",
        is_group_only=True,
    ),
    CommandSpec(
        name="reply",
        options=(
            Option(name="case", kind="number", most=1_000_000),
            Option(name="text", is_required=True),
        ),
        right="restrict",
        is_about_message=True,
        is_group_only=True,
    ),
    CommandSpec(
        name="stats",
        options=(Option(name="days", kind="number", most=7),),
        right="restrict",
        is_private=True,
        is_group_only=True,
    ),
    CommandSpec(
        name="raid",
        options=(Option(name="state", kind="choice", is_required=True, choices=("on", "off")),),
        right="restrict",
        is_group_only=True,
    ),
    CommandSpec(name="retry", right="manage", is_private=True, is_group_only=True),
    _about_person("forget-user", "manage"),
)
"""In the order in which menus show them. `start` is not here: it is Telegram's own word for
opening the chat, and means `help` with a greeting."""

BY_NAME: dict[str, CommandSpec] = {spec.name: spec for spec in COMMANDS}


def to_text_name(name: str) -> str:
    """Return how the texts of a command, option or choice are called."""
    return name.replace("-", "_")
