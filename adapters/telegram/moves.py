"""Groups that became supergroups: a new id, by which the old group's replies must find them."""

from __future__ import annotations

import contextlib

from core.errors import StoreError
from core.outbox import Ledger

_LEAST_BASIC = -1_000_000_000_000
"""Ids of basic groups lie between this and 0, and only these move;
core.telegram.org/api/bots/ids, read 2026-11-25."""


class Moves:
    """Remembers where groups went; in the ledger too, so for as long as a reply may be under way.

    Telegram tells it once more whenever something is sent to the old id, so that forgetting
    costs a call, not a reply.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._moved: dict[int, int] = {}

    def find(self, chat: int) -> int:
        """Return where a chat is now, as far as this process knows."""
        return self._moved.get(chat, chat)

    async def follow(self, chat: int, new_chat: int) -> None:
        """Remember that a group moved."""
        if self._moved.get(chat) == new_chat:
            return
        self._moved[chat] = new_chat
        with contextlib.suppress(StoreError):
            await self._ledger.note(_name(chat), 0, str(new_chat))

    async def recall(self, chat: int) -> int | None:
        """Look up where a group went that Telegram no longer knows; None when nobody noted it."""
        if chat in self._moved or not _LEAST_BASIC < chat < 0:
            return None
        noted = None
        with contextlib.suppress(StoreError):
            noted = (await self._ledger.parts(_name(chat))).get(0)
        if noted is None:
            return None
        self._moved[chat] = int(noted.message)
        return self._moved[chat]


def _name(chat: int) -> str:
    """Return what stands in the ledger in place of a reply's id."""
    return f"moved:telegram:{chat}"
