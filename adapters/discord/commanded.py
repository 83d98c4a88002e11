"""What a person asked a command for: written into its fields, or chosen from a menu."""

from __future__ import annotations

import msgspec

from core.commands import BY_NAME, CommandSpec, Menu, Option

SLASH, PERSON_MENU, MESSAGE_MENU = 1, 2, 3
"""Kinds of commands; discord.com/developers/docs/interactions/application-commands, read
2026-11-25."""

MENUS: dict[Menu, int] = {"message": MESSAGE_MENU, "person": PERSON_MENU}


class Author(msgspec.Struct, frozen=True):
    """A user as payloads show them."""

    id: str
    username: str = ""
    global_name: str | None = None
    bot: bool = False
    system: bool = False


class Member(msgspec.Struct, frozen=True):
    """What a guild adds to a user."""

    nick: str | None = None
    roles: tuple[str, ...] = ()
    permissions: str = "0"
    """A bit field in decimal; only interactions carry it."""

    user: Author | None = None


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
    focused: bool = False
    """Whether it is being typed just now."""


class Chosen(msgspec.Struct, frozen=True):
    """A message from whose menu a command was chosen."""

    content: str = ""
    message_snapshots: tuple[Snapshot, ...] = ()
    author: Author | None = None


class Resolved(msgspec.Struct, frozen=True):
    """What the ids in an interaction mean."""

    messages: dict[str, Chosen] = {}
    users: dict[str, Author] = {}
    members: dict[str, Member] = {}
    """Without their users; who left has none."""


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
        return self.type in (SLASH, PERSON_MENU, MESSAGE_MENU)

    @property
    def command(self) -> str:
        """Return what `core.commands` calls the command.

        An entry of a menu is called so in English, with a capital.
        """
        return self.name if self.type == SLASH else self.name.lower()

    @property
    def about(self) -> str:
        """Return the id of the message from whose menu the command was chosen, or ""."""
        return self.target_id if self.type == MESSAGE_MENU else ""


def to_options(data: InteractionData) -> dict[str, str]:
    """Return what was written into a command's fields, or whom or what it was chosen for."""
    if data.type == SLASH:
        return {o.name: _to_text(o.value) for o in data.options if o.value is not None}
    spec = BY_NAME.get(data.command)
    if spec is None or not spec.options:
        return {}
    first = spec.options[0]
    if data.type == PERSON_MENU:
        return {first.name: data.target_id} if first.kind == "person" else {}
    chosen = data.resolved.messages.get(data.target_id, Chosen())
    text = chosen.content or "\n".join(s.message.content for s in chosen.message_snapshots)
    return {first.name: text} if text and first.kind == "text" else {}


def to_people(data: InteractionData, *, bot: str) -> list[tuple[Author, Member]]:
    """Return whom a command names, in the order of its options, and last who wrote its message.

    Args:
        data: What was asked for.
        bot: Id of the application; its own messages are nobody's.
    """
    spec, resolved = BY_NAME.get(data.command), data.resolved
    given = to_options(data)
    named = [given.get(option.name, "") for option in _persons(spec)]
    people = [resolved.users[id] for id in named if id in resolved.users]
    author = resolved.messages.get(data.about, Chosen()).author
    if author is not None and author.id != bot:
        people.append(author)
    return [(person, resolved.members.get(person.id, Member())) for person in people]


def _persons(spec: CommandSpec | None) -> list[Option]:
    return [o for o in spec.options if o.kind == "person"] if spec is not None else []


def _to_text(value: str | float | bool) -> str:
    # Numbers of Discord's are JSON's: 20 may come as 20.0.
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
