"""The command menu at Discord, kept up to date: published only when it has changed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from adapters.discord.commands import MenuCommand, in_order, to_body, to_digest, to_menu
from adapters.patience import keep_trying
from core.errors import DeliveryError, StoreError, UndeliverableError

if TYPE_CHECKING:
    from adapters.discord.rest import Rest
    from core.language.strings import Strings
    from core.outbox import Ledger

_COMMANDS = "/applications/{application_id}/commands"
_SLOWEST = 3600.0  # seconds between two attempts, at most

_log = logging.getLogger(__name__)


async def keep_menu(rest: Rest, ledger: Ledger, application: str, strings: Strings) -> None:
    """Publish the menu unless it stands there already, however often it takes.

    Discord may give a menu back otherwise than it was written. What it made of ours is kept by
    its digest, so that a menu which only reads otherwise is not published at every start.
    """

    async def publish() -> None:
        theirs = await rest.call(
            "GET",
            _COMMANDS + "?with_localizations=true",
            list[MenuCommand],
            application_id=application,
        )
        ours = to_menu(strings)
        if in_order(theirs) == ours:
            return
        kept = (await ledger.parts(_key(application))).get(0)
        if kept is not None and kept.message == to_digest(ours, theirs):
            return
        made = await rest.call(
            "PUT",
            _COMMANDS,
            list[MenuCommand],
            body=to_body(ours),
            application_id=application,
        )
        await ledger.note(_key(application), 0, to_digest(ours, made))

    try:
        await keep_trying(
            publish,
            what="Discord's command menu is not up to date",
            against=(DeliveryError, StoreError),
            slowest=_SLOWEST,
        )
    except UndeliverableError:
        _log.exception("Discord refuses the command menu")


def _key(application: str) -> str:
    """Name the menu in the ledger, apart from the replies that are kept there."""
    return f"discord:menu:{application}"
