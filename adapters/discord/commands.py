"""The table of commands as Discord's slash commands, in every language that it knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from adapters.discord.commanded import MENU, MESSAGE_MENU
from core.commands import COMMANDS, CommandSpec, to_text_name

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
_STRING = 3  # option type; discord.com/developers/docs/interactions/application-commands
_CONTEXTS = (0, 1, 2)  # guild, bot DM, private channel; same page, read 2026-11-23


class MenuOption(msgspec.Struct, frozen=True, kw_only=True):
    """An argument as Discord's menu holds it."""

    name: str
    description: str
    type: int = _STRING
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None
    required: bool = False
    max_length: int | None = None


class MenuCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command as Discord's menu holds it; compared with what stands there."""

    name: str
    description: str = ""
    type: int = 1
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None
    options: tuple[MenuOption, ...] = ()
    contexts: tuple[int, ...] | None = None


def to_menu(strings: Strings) -> list[MenuCommand]:
    """Return the slash commands, and the one in a message's menu, in a fixed order: by name."""
    return in_order([*(_to_command(spec, strings) for spec in COMMANDS), _to_entry(strings)])


def in_order(menu: Iterable[MenuCommand]) -> list[MenuCommand]:
    """Sort a menu, however Discord gave it back."""
    return sorted(menu, key=lambda command: (command.name, command.type))


def _to_entry(strings: Strings) -> MenuCommand:
    """Return the command in a message's menu, which has no description and no options."""
    return MenuCommand(
        name=strings.text(f"menu.{MENU}", _ENGLISH),
        type=MESSAGE_MENU,
        name_localizations=_everywhere(f"menu.{MENU}", strings),
        contexts=_CONTEXTS,
    )


def _to_command(spec: CommandSpec, strings: Strings) -> MenuCommand:
    key = f"command.{to_text_name(spec.name)}"
    return MenuCommand(
        name=spec.name,
        description=strings.text(f"{key}.description", _ENGLISH),
        name_localizations=_everywhere(f"{key}.name", strings),
        description_localizations=_everywhere(f"{key}.description", strings),
        options=tuple(
            MenuOption(
                name=option.name,
                description=strings.text(f"option.{option.name}.description", _ENGLISH),
                name_localizations=_everywhere(f"option.{option.name}.name", strings),
                description_localizations=_everywhere(f"option.{option.name}.description", strings),
                required=option.is_required,
                max_length=option.max_length,
            )
            for option in spec.options
        ),
        contexts=_CONTEXTS,
    )


def _everywhere(key: str, strings: Strings) -> dict[str, str]:
    """Return a text in each of Discord's locales that we have."""
    texts: dict[str, str] = {}
    for locale, tags in LOCALES.items():
        tag = next((tag for tag in tags if tag in strings.locales), None)
        if tag is not None:
            texts[locale] = strings.text(key, tag)
    return texts
