"""The table of commands as Discord's slash commands, in every language that it knows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from adapters.discord.commanded import MENUS, SLASH
from adapters.discord.inbound import RIGHTS
from core.commands import COMMANDS, CommandSpec, Kind, Option, to_text_name
from core.suggest import has_suggestions

if TYPE_CHECKING:
    from core.language.strings import Strings

LOCALES: dict[str, tuple[str, ...]] = {
    "ar": ("ar",),
    "bg": ("bg",),
    "cs": ("cs",),
    "da": ("da",),
    "de": ("de",),
    "el": ("el",),
    "en-GB": ("en-GB", "en"),
    "en-US": ("en-US", "en"),
    "es-419": ("es-419", "es"),
    "es-ES": ("es-ES", "es"),
    "fi": ("fi",),
    "fr": ("fr",),
    "he": ("he",),
    "hi": ("hi",),
    "hr": ("hr",),
    "hu": ("hu",),
    "id": ("id",),
    "it": ("it",),
    "ja": ("ja",),
    "ko": ("ko",),
    "lt": ("lt",),
    "nl": ("nl",),
    "no": ("nb", "no"),
    "pl": ("pl",),
    "pt-BR": ("pt-BR", "pt"),
    "ro": ("ro",),
    "ru": ("ru",),
    "sv-SE": ("sv-SE", "sv"),
    "th": ("th",),
    "tr": ("tr",),
    "uk": ("uk",),
    "vi": ("vi",),
    "zh-CN": ("zh-Hans",),
    "zh-TW": ("zh-Hant", "zh-Hans"),
}
"""Discord's locales and our tags for each, the best first; the enum in Discord's OpenAPI
description of 2026-07-18, which has ar and he beyond the documented 32."""

_ENGLISH = "en"
_TYPES: dict[Kind, int] = {
    "text": 3,
    "choice": 3,
    "person": 6,
    "duration": 3,
    "number": 4,
    "language": 3,
}
"""Types of options: string, user, integer;
discord.com/developers/docs/interactions/application-commands, read 2026-11-25."""

_GUILD, _BOT_DM, _ANYWHERE = 0, 1, 2  # contexts; same page
_GUILD_INSTALL, _USER_INSTALL = 0, 1  # .../resources/application, read 2026-11-25


class MenuChoice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value that an option may have."""

    name: str
    value: str | int | float
    name_localizations: dict[str, str] | None = None


class MenuOption(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An argument as Discord's menu holds it."""

    type: int
    name: str
    description: str
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None
    required: bool = False
    choices: tuple[MenuChoice, ...] = ()
    autocomplete: bool = False
    min_value: int | None = None
    max_value: int | None = None
    max_length: int | None = None


class MenuCommand(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A command as Discord's menu holds it; compared with what stands there."""

    name: str
    description: str = ""
    type: int = SLASH
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None
    options: tuple[MenuOption, ...] = ()
    default_member_permissions: int | None = None
    contexts: tuple[int, ...] | None = None
    integration_types: tuple[int, ...] | None = None


def to_menu(strings: Strings) -> list[MenuCommand]:
    """Return the slash commands and those in menus of messages and people, in a fixed order."""
    slash = [_to_command(spec, strings) for spec in COMMANDS]
    return in_order([*slash, *(_to_entry(spec, strings) for spec in COMMANDS if spec.menu)])


def in_order(menu: Iterable[MenuCommand]) -> list[MenuCommand]:
    """Sort a menu, however Discord gave it back."""
    return sorted(menu, key=lambda command: (command.name, command.type))


def to_body(menu: Sequence[MenuCommand]) -> list[dict[str, object]]:
    """Return a menu as it is published: permissions are written as numbers and read as text.

    Discord's OpenAPI description of 2026-07-18.
    """
    body: list[dict[str, object]] = [msgspec.to_builtins(command) for command in menu]
    for command, row in zip(menu, body, strict=True):
        if command.default_member_permissions is not None:
            row["default_member_permissions"] = int(command.default_member_permissions)
    return body


def to_digest(ours: Sequence[MenuCommand], theirs: Sequence[MenuCommand]) -> str:
    """Return a name for what Discord made of our menu, to know it again."""
    both = msgspec.json.encode((ours, in_order(theirs)))
    return hashlib.sha256(both).hexdigest()[:32]


def _to_entry(spec: CommandSpec, strings: Strings) -> MenuCommand:
    """Return a command in a message's or a person's menu; it has no description, no options."""
    key = f"menu.{to_text_name(spec.name)}"
    return MenuCommand(
        name=strings.text(key, _ENGLISH),
        type=MENUS[spec.menu],
        name_localizations=_everywhere(key, strings),
        default_member_permissions=_to_permissions(spec),
        contexts=_to_contexts(spec),
        integration_types=_to_installs(spec),
    )


def _to_command(spec: CommandSpec, strings: Strings) -> MenuCommand:
    key = f"command.{to_text_name(spec.name)}"
    # Discord refuses a menu where one that is required comes after one that is not.
    options = sorted(spec.options, key=lambda option: not option.is_required)
    return MenuCommand(
        name=spec.name,
        description=strings.text(f"{key}.description", _ENGLISH),
        name_localizations=_everywhere(f"{key}.name", strings),
        description_localizations=_everywhere(f"{key}.description", strings),
        options=tuple(_to_option(option, strings) for option in options),
        default_member_permissions=_to_permissions(spec),
        contexts=_to_contexts(spec),
        integration_types=_to_installs(spec),
    )


def _to_option(option: Option, strings: Strings) -> MenuOption:
    key, is_number = f"option.{to_text_name(option.name)}", option.kind == "number"
    is_typed = _TYPES[option.kind] == _TYPES["text"] and option.kind != "choice"
    return MenuOption(
        type=_TYPES[option.kind],
        name=option.name,
        description=strings.text(f"{key}.description", _ENGLISH),
        name_localizations=_everywhere(f"{key}.name", strings),
        description_localizations=_everywhere(f"{key}.description", strings),
        required=option.is_required,
        choices=tuple(_to_choice(choice, strings) for choice in option.choices),
        autocomplete=has_suggestions(option),
        min_value=option.least if is_number else None,
        max_value=option.most if is_number else None,
        max_length=option.max_length if is_typed else None,
    )


def _to_choice(choice: str, strings: Strings) -> MenuChoice:
    key = f"choice.{to_text_name(choice)}"
    return MenuChoice(
        name=strings.text(key, _ENGLISH),
        value=choice,
        name_localizations=_everywhere(key, strings),
    )


def _to_permissions(spec: CommandSpec) -> int | None:
    """Return the bits that somebody needs to be shown a command; None is for everybody."""
    return None if spec.right is None else RIGHTS[spec.right]


def _to_contexts(spec: CommandSpec) -> tuple[int, ...]:
    if spec.is_group_only:
        return (_GUILD,)
    return (_GUILD, _BOT_DM, _ANYWHERE) if spec.is_personal else (_GUILD, _BOT_DM)


def _to_installs(spec: CommandSpec) -> tuple[int, ...]:
    return (_GUILD_INSTALL, _USER_INSTALL) if spec.is_personal else (_GUILD_INSTALL,)


def _everywhere(key: str, strings: Strings) -> dict[str, str]:
    """Return a text in each of Discord's locales that we have."""
    texts: dict[str, str] = {}
    for locale, tags in LOCALES.items():
        tag = next((tag for tag in tags if tag in strings.locales), None)
        if tag is not None:
            texts[locale] = strings.text(key, tag)
    return texts
