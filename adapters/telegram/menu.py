"""The command menu in every language that Telegram can show one in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from telegram import BotCommand

from core.commands import COMMANDS, to_text_name

if TYPE_CHECKING:
    from telegram import Bot

    from core.language.strings import Strings

_CODES = {"fil": "tl"}
"""Two letters for languages whose own code has three; ISO 639-1, read 2026-11-25."""


async def publish_menu(bot: Bot, strings: Strings, languages: Sequence[str]) -> None:
    """Tell Telegram what the commands do.

    Args:
        bot: Whose menu it is.
        strings: Where the descriptions stand.
        languages: BCP 47 tags, the one for everybody else first.

    Raises:
        telegram.error.TelegramError: It was not told everything.
    """
    for code, language in to_menus(languages).items():
        await bot.set_my_commands(
            [
                BotCommand(
                    to_text_name(spec.name),
                    strings.text(f"command.{to_text_name(spec.name)}.description", language),
                )
                for spec in COMMANDS
                if spec.right is None
            ],
            language_code=code or None,
        )


def to_menus(languages: Sequence[str]) -> dict[str, str]:
    """Return which language is shown for each of Telegram's codes; "" is everybody else's.

    Telegram takes two letters only; core.telegram.org/bots/api#setmycommands, read 2026-11-23.
    """
    menus = {"": languages[0] if languages else "en"}
    for language in languages:
        base = language.partition("-")[0]
        code = _CODES.get(base, base)
        if len(code) == 2:
            menus.setdefault(code, language)
    return menus
