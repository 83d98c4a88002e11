"""The command menus in every language that Telegram can show one in, kept up to date."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import msgspec
from telegram import BotCommandScope

from adapters.patience import keep_trying
from adapters.telegram.refusals import translating
from core.commands import COMMANDS, CommandSpec, to_text_name
from core.errors import DeliveryError, StoreError, UndeliverableError

if TYPE_CHECKING:
    from telegram import Bot

    from core.language.strings import Strings
    from core.outbox import Ledger

Scope = Literal["default", "all_group_chats", "all_chat_administrators"]
"""Who sees a menu; core.telegram.org/bots/api#botcommandscope, read 2026-11-25."""

SCOPES: tuple[Scope, ...] = get_args(Scope)

_CODES = {"fil": "tl"}
"""Two letters for languages whose own code has three; ISO 639-1, read 2026-11-25."""

KEPT = "telegram:menu"
"""Name of the menus in the ledger, apart from the replies that are kept there."""

_SLOWEST = 3600.0  # seconds between two attempts, at most

_log = logging.getLogger(__name__)


class Menu(msgspec.Struct, frozen=True):
    """What some people see in one language."""

    scope: Scope
    code: str
    """ISO 639-1, "" for everybody else."""

    entries: tuple[tuple[str, str], ...]
    """Names and descriptions."""


def to_menus(strings: Strings, languages: Sequence[str]) -> list[Menu]:
    """Return every menu that there is.

    Args:
        strings: Where the descriptions stand.
        languages: BCP 47 tags, the one for everybody else first.
    """
    return [
        Menu(
            scope,
            code,
            tuple(_to_entry(spec, language, strings) for spec in COMMANDS if _shows(scope, spec)),
        )
        for scope in SCOPES
        for code, language in to_codes(languages).items()
    ]


def to_codes(languages: Sequence[str]) -> dict[str, str]:
    """Return which language is shown for each of Telegram's codes; "" is everybody else's.

    Telegram takes two letters only; core.telegram.org/bots/api#setmycommands, read 2026-11-23.
    """
    codes = {"": languages[0] if languages else "en"}
    for language in languages:
        base = language.partition("-")[0]
        code = _CODES.get(base, base)
        if len(code) == 2:
            codes.setdefault(code, language)
    return codes


async def keep_menu(bot: Bot, ledger: Ledger, menus: Sequence[Menu]) -> None:
    """Tell Telegram what the commands do, as far as that has changed, however often it takes."""
    digest = hashlib.sha256(msgspec.json.encode((bot.id, menus))).hexdigest()[:32]
    left = list(menus)

    async def publish() -> None:
        kept = (await ledger.parts(KEPT)).get(0)
        if kept is not None and kept.message == digest:
            return
        while left:
            with translating():
                await bot.set_my_commands(
                    left[0].entries,
                    scope=BotCommandScope(left[0].scope),
                    language_code=left[0].code or None,
                )
            del left[0]
        await ledger.note(KEPT, 0, digest)

    try:
        await keep_trying(
            publish,
            what="Telegram's command menu is not up to date",
            against=(DeliveryError, StoreError),
            slowest=_SLOWEST,
        )
    except UndeliverableError:
        _log.exception("Telegram refuses the command menu")


def _shows(scope: Scope, spec: CommandSpec) -> bool:
    """Tell whether a menu is for those who may use a command, where it can be used."""
    match scope:
        case "default":
            return spec.right is None and not spec.is_group_only
        case "all_group_chats":
            return spec.right is None
        case "all_chat_administrators":
            return True


def _to_entry(spec: CommandSpec, language: str, strings: Strings) -> tuple[str, str]:
    name = to_text_name(spec.name)
    return name, strings.text(f"command.{name}.description", language)
