"""Where adapters put events: durable before the platform may forget them, and each once."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Protocol

from core import changes, mailbox
from core.conversation import Overheard, to_bytes
from core.guard import shorten, take
from core.limits import Crowd
from core.mailbox import Taken
from core.message import Delete, Edit, Event, Message, Outcome, Request
from core.moderation.watch import Watch
from core.store import Store

_OVERHEARD = 500
"""Characters kept of a message that was said to others."""

_UNLIMITED = Crowd()

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

    def __init__(
        self,
        store: Store,
        *,
        limit: int,
        crowd: Crowd = _UNLIMITED,
        operators: Collection[str] = (),
        taker: Taker | None = None,
    ) -> None:
        """Make one.

        Args:
            store: Where events go.
            limit: Events of one fan in a minute, where moderators set no other.
            crowd: How many may come from all together.
            operators: As in `core.voice.Voice`.
            taker: Who begins what is pushed here.
        """
        self._store = store
        self._limit = limit
        self._crowd = crowd
        self._operators = frozenset(operators)
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
        talk, is_free = b"", self._is_free(event)
        if isinstance(event, Message) and not event.conversation.is_direct:
            talk = _to_talk(event)
            meaning = "answer" if event.is_mention else await self._watch.overhear(event, talk)
            raid = await self._watch.find_raid(event)
            if raid is not None:
                await self._push(raid, b"", is_free=True)
            if meaning == "nothing":
                return
            talk = talk if event.is_mention else b""
            # What breaks the rules is for moderators, and never too much.
            is_free = meaning == "judge"
        await self._push(event, talk, is_free=is_free)

    async def _push(self, event: Request, talk: bytes, *, is_free: bool) -> None:
        taken = await mailbox.push(
            self._store,
            event,
            limit=0 if is_free else self._limit,
            crowd=self._crowd,
            overheard=talk,
            taker=self._taker.free_name if self._taker is not None else "",
        )
        if not taken.is_kept:
            _log.info("over the limit, dropped: %s", event.id)
        if taken.entry and self._taker is not None:
            self._taker.start(taken)

    def _is_free(self, event: Request) -> bool:
        """Return whether an event is never too much: what moderators order, and what came of it."""
        if isinstance(event, Message):
            return False
        is_operator = f"{event.conversation.platform}:{event.user.id}" in self._operators
        return isinstance(event, Outcome) or event.user.is_moderator or is_operator


def _to_talk(event: Message) -> bytes:
    return to_bytes(
        Overheard(
            user=event.user.id,
            name=shorten(take(event.user.name), 60),
            text=shorten(take(event.text), _OVERHEARD),
            sent_at=event.sent_at,
            message=event.id.rpartition(":")[2],  # event ids end with the platform's own
        )
    )
