"""Slash commands as data: every platform's menu is rendered from this table.

Names, descriptions and option texts stand in `core/language/locales`, under
`command.<name>.name`, `command.<name>.description`, `option.<name>.name` and
`option.<name>.description`.
"""

from __future__ import annotations

import msgspec


class Option(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One argument of a command."""

    name: str
    is_required: bool = False
    max_length: int = 2000
    """Characters."""


class CommandSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One command: what it is called and what it takes."""

    name: str
    options: tuple[Option, ...] = ()
    is_private: bool = False
    """Whether only the asker should see the answer, where the platform can do that."""

    is_about_message: bool = False
    """Whether it may be about a message instead of its first option: the one that it answers, or
    whose menu it was chosen from. What is written after it is the second option then."""


COMMANDS: tuple[CommandSpec, ...] = (
    CommandSpec(name="ask", options=(Option(name="question", is_required=True),)),
    CommandSpec(name="help", is_private=True),
    CommandSpec(
        name="language", options=(Option(name="language", max_length=40),), is_private=True
    ),
    CommandSpec(
        name="translate",
        options=(Option(name="text", max_length=4000), Option(name="to", max_length=40)),
        is_private=True,
        is_about_message=True,
    ),
    CommandSpec(name="forget", is_private=True),
    CommandSpec(name="privacy", is_private=True),
)
"""In the order in which menus show them. `start` is not here: it is Telegram's own word for
opening the chat, and means `help` with a greeting."""

MENU = "translate"
"""The command in a message's own menu; it is called `menu.translate` there."""
