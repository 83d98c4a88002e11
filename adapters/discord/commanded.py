"""What a person asked a command for: written into its fields, or chosen from a message's menu."""

from __future__ import annotations

import msgspec

from core.commands import COMMANDS

MENU = "translate"
SLASH, MESSAGE_MENU = 1, 3
"""Kinds of commands; discord.com/developers/docs/interactions/application-commands, read
2026-11-25."""


class Forwarded(msgspec.Struct, frozen=True):
    """The text of a forwarded message."""

    content: str = ""


class Snapshot(msgspec.Struct, frozen=True):
    """The frame around a forwarded message."""

    message: Forwarded


class CommandOption(msgspec.Struct, frozen=True):
    """An argument of a slash command."""

    name: str
    value: str | int | float | bool | None = None


class Chosen(msgspec.Struct, frozen=True):
    """A message from whose menu a command was chosen."""

    content: str = ""
    message_snapshots: tuple[Snapshot, ...] = ()


class Resolved(msgspec.Struct, frozen=True):
    """What the ids in an interaction mean."""

    messages: dict[str, Chosen] = {}


class InteractionData(msgspec.Struct, frozen=True):
    """What was asked for: a command, or a component by its id."""

    name: str = ""
    type: int = 1
    custom_id: str = ""
    options: tuple[CommandOption, ...] = ()
    target_id: str = ""
    resolved: Resolved = Resolved()

    @property
    def is_command(self) -> bool:
        """Return whether it is a kind of command that we offer."""
        return self.type in (SLASH, MESSAGE_MENU)

    @property
    def command(self) -> str:
        """Return what `core.commands` calls the command."""
        return MENU if self.type == MESSAGE_MENU else self.name


def to_options(data: InteractionData) -> dict[str, str]:
    """Return what was written into a command's fields, or the message that it is about."""
    given = {o.name: str(o.value) for o in data.options if o.value is not None}
    if data.type != MESSAGE_MENU:
        return given
    chosen = data.resolved.messages.get(data.target_id, Chosen())
    text = chosen.content or "\n".join(s.message.content for s in chosen.message_snapshots)
    option = next(spec for spec in COMMANDS if spec.name == MENU).options[0]
    return {option.name: text} if text else {}
