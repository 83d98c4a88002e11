"""Where adapters put events: durable before the platform may forget them, and each once."""

from __future__ import annotations

import logging
from typing import Protocol

from core import changes, mailbox
from core.conversation import Overheard, to_bytes
from core.guard import clean, shorten
from core.mailbox import Taken
from core.message import Delete, Edit, Event, Message, Outcome, Request
from core.moderation.watch import Watch
from core.store import Store

_OVERHEARD = 500
"""Characters kept of a message that was said to others."""

_ANY = 1_000_000

_log = logging.getLogger(__name__)


class Taker(Protocol):
    """A worker in the same process."""

    @property
    def free_name(self) -> str:
        """Return its name while it has room for another turn, else ""."""
        ...

    def start(self, taken: Taken) -> None:
        """Begin the turn that a push has claimed in its name."""
        ...


class Inbox:
    """Takes events; when `receive` returns, an event is in Redis."""

    def __init__(self, store: Store, *, limit: int, taker: Taker | None = None) -> None:
        """`limit`: events of one fan in a minute; `taker`: who begins what is pushed here."""
        self._store = store
        self._limit = limit
        self._taker = taker
        self._watch = Watch(store, keep=mailbox.OVERHEARD)

    async def receive(self, event: Event) -> None:
        """Take an event, once.

        What was not said to the bot is remembered as talk; a turn sees it only where a filter may
        have found something, or the bot answers everything.

        Raises:
            StoreError: It is not durable; the platform must keep it.
        """
        if isinstance(event, Edit | Delete):
            if await changes.apply(self._store, event):
                _log.info("changed before it was answered: %s", event.target)
            return
        # What came of a moderator's order is never too much.
        talk, limit = b"", _ANY if isinstance(event, Outcome) else self._limit
        if isinstance(event, Message) and not event.conversation.is_direct:
            talk = _to_talk(event)
            meaning = "answer" if event.is_mention else await self._watch.overhear(event, talk)
            raid = await self._watch.find_raid(event)
            if raid is not None:
                await self._push(raid, b"", _ANY)
            if meaning == "nothing":
                return
            talk = talk if event.is_mention else b""
            # Nor is what breaks the rules: it is for moderators.
            limit = _ANY if meaning == "judge" else limit
        await self._push(event, talk, limit)

    async def _push(self, event: Request, talk: bytes, limit: int) -> None:
        taken = await mailbox.push(
            self._store,
            event,
            limit=limit,
            overheard=talk,
            taker=self._taker.free_name if self._taker is not None else "",
        )
        if not taken.is_kept:
            _log.info("over the limit, dropped: %s", event.id)
        if taken.entry and self._taker is not None:
            self._taker.start(taken)


def _to_talk(event: Message) -> bytes:
    return to_bytes(
        Overheard(
            user=event.user.id,
            name=shorten(clean(event.user.name), 60),
            text=shorten(clean(event.text), _OVERHEARD),
            sent_at=event.sent_at,
        )
    )
