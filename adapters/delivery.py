"""Shows replies on a platform: parts, pace, and the ledger of what already stands there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from core.errors import DeliveryError, RetryLaterError, StoreError, UndeliverableError
from core.message import Conversation, Reply
from core.outbox import Ledger

Part = TypeVar("Part")
"""One platform message of a reply: whatever the platform's `render` makes; compared by `==`."""

_TYPING = 4.0
"""Seconds between two signs of typing; Telegram shows one for 5 at most,
core.telegram.org/bots/api#sendchataction, read 2026-11-23, and Discord for 10."""

_LONGEST = 600.0
"""Seconds after which a reply without a final snapshot is no longer followed."""

_GRACE = 3.0
"""Seconds that a message on its way to the platform may take when the program is told to end."""

_REMEMBERED = 10_000
"""Replies whose end is remembered, against snapshots of a worker that was slow or frozen."""

_log = logging.getLogger(__name__)


class Wire(Protocol[Part]):
    """What delivery needs of a platform.

    Every verb that talks to the platform raises `RetryLaterError`, `UndeliverableError` or
    `DeliveryError`, nothing else of its library.
    """

    def render(self, reply: Reply) -> Sequence[Part]:
        """Translate a snapshot to parts within the platform's limits; pure, never empty."""
        ...

    def interval(self, conversation: Conversation) -> float:
        """Return the least time between two edits of one message here, in seconds."""
        ...

    async def send(self, reply: Reply, part: Part, index: int) -> str:
        """Post a part and return the platform's id of the message."""
        ...

    async def edit(self, reply: Reply, part: Part, index: int, message: str) -> None:
        """Put a part in place of an earlier one; "not modified" counts as done.

        Raises:
            core.errors.UndeliverableError: The message is gone and may be posted anew.
        """
        ...

    async def remove(self, reply: Reply, message: str) -> None:
        """Delete a part that the final snapshot no longer has; gone already counts as done."""
        ...

    async def show_typing(self, reply: Reply) -> None:
        """Show that the bot is writing, for the few seconds that the platform keeps it up."""
        ...


@dataclass(slots=True)
class _Standing(Generic[Part]):
    """A part as it stands on the platform."""

    message: str
    part: Part | None
    """None after a restart: it stands there, but how it reads is not known."""

    is_noted: bool
    """Whether the ledger has it; false only while Redis is away."""


class _Showing(Generic[Part]):
    """One reply on its way: its newest snapshot and what of it stands."""

    def __init__(self, reply: Reply) -> None:
        self.newest = reply
        self.standing: dict[int, _Standing[Part]] = {}
        self.since = -math.inf
        """`Ledger.since` when we saw what stands; what stands may be another's work since."""

        self.changed = asyncio.Event()
        self.writing = asyncio.Lock()
        self.task: asyncio.Task[None] | None = None


class Delivery(Generic[Part]):
    """Shows snapshots at the platform's pace and sees every final one through.

    Snapshots on the way are shown in the background: the newest wins, and what fails is only
    logged, because the final one makes good for it.
    """

    def __init__(self, wire: Wire[Part], ledger: Ledger) -> None:
        self._wire = wire
        self._ledger = ledger
        self._showing: dict[str, _Showing[Part]] = {}
        self._ended: dict[str, None] = {}

    async def deliver(self, reply: Reply) -> None:
        """Do what `core.adapter.Adapter.deliver` promises.

        Raises:
            DeliveryError: A final reply does not wholly stand yet; calling again goes on.
            StoreError: The ledger cannot be read or written; calling again goes on.
        """
        if not reply.is_final and reply.id in self._ended:
            return
        showing = self._showing.get(reply.id)
        if showing is None:
            showing = self._showing[reply.id] = _Showing(reply)
        elif reply.epoch < showing.newest.epoch:
            return
        showing.newest = reply
        if reply.is_final:
            await self._finish(showing, reply)
        elif showing.task is None:
            showing.task = asyncio.create_task(self._follow(showing))
        else:
            showing.changed.set()

    async def close(self) -> None:
        """Stop showing snapshots on the way."""
        for showing in list(self._showing.values()):
            async with showing.writing:
                await _stop(showing.task)
        self._showing.clear()

    async def _finish(self, showing: _Showing[Part], reply: Reply) -> None:
        # With the lock in hand the task is not between a send and its note in the ledger.
        async with showing.writing:
            await _stop(showing.task)
            showing.task = None
            is_over = True
            try:
                await self._write(showing, reply)
            except (DeliveryError, StoreError, asyncio.CancelledError) as error:
                is_over = isinstance(error, UndeliverableError)
                raise
            finally:
                if is_over:
                    self._end(reply.id)

    def _end(self, reply_id: str) -> None:
        """Forget a reply but for its id, so that no late snapshot writes over its final text."""
        self._showing.pop(reply_id, None)
        self._ended[reply_id] = None
        if len(self._ended) > _REMEMBERED:
            del self._ended[next(iter(self._ended))]

    async def _follow(self, showing: _Showing[Part]) -> None:
        """Show what comes on the way, until the final snapshot stops this task."""
        try:
            async with asyncio.timeout(_LONGEST):
                while True:
                    showing.changed.clear()
                    reply = showing.newest
                    try:
                        pause = await self._show(showing, reply)
                    except RetryLaterError as error:
                        pause = error.after
                    await asyncio.sleep(pause)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(None if reply.text else _TYPING):
                            await showing.changed.wait()
        except (DeliveryError, StoreError) as error:
            _log.info("%s not shown on the way: %s", showing.newest.id, error)
        except TimeoutError:
            # Its turn went elsewhere; the final snapshot finds the ledger.
            self._showing.pop(showing.newest.id, None)

    async def _show(self, showing: _Showing[Part], reply: Reply) -> float:
        """Show a snapshot on the way; return the seconds to wait before the next."""
        if not reply.text:
            await self._wire.show_typing(reply)
            return 0.0
        async with showing.writing:
            await self._write(showing, reply)
        return self._wire.interval(reply.conversation)

    async def _write(self, showing: _Showing[Part], reply: Reply) -> None:
        """Make the platform show a snapshot: edit what differs, send what is missing."""
        if showing.since != self._ledger.since:
            await self._look_up(showing, reply)
        standing = showing.standing
        parts = self._wire.render(reply)
        for index, part in enumerate(parts):
            old = standing.get(index)
            if old is not None and await self._edit(reply, index, part, old):
                continue
            await _see_through(self._send(reply, part, index, standing))
        if reply.is_final:
            for index in sorted(i for i in standing if i >= len(parts)):
                self._ledger.check()
                await self._wire.remove(reply, standing[index].message)
                await self._ledger.drop(reply.id, index)
                del standing[index]

    async def _look_up(self, showing: _Showing[Part], reply: Reply) -> None:
        since, ours = self._ledger.since, showing.standing
        known = {} if self._ledger.is_blank(reply) else await self._ledger.parts(reply.id)
        showing.standing = {index: old for index, old in ours.items() if not old.is_noted} | {
            index: _Standing(noted.message, None, is_noted=True) for index, noted in known.items()
        }
        showing.since = since

    async def _send(
        self, reply: Reply, part: Part, index: int, standing: dict[int, _Standing[Part]]
    ) -> None:
        self._ledger.check()
        message = await self._wire.send(reply, part, index)
        standing[index] = _Standing(message, part, is_noted=False)
        await self._note(reply, index, standing[index])

    async def _note(self, reply: Reply, index: int, standing: _Standing[Part]) -> None:
        await self._ledger.note(reply.id, index, standing.message)
        standing.is_noted = True

    async def _edit(self, reply: Reply, index: int, part: Part, old: _Standing[Part]) -> bool:
        """Put a part in place of an older one; False when that one is gone."""
        if not old.is_noted:
            await self._note(reply, index, old)
        if old.part == part:
            return True
        # A process that was frozen must not write over what another has finished meanwhile.
        self._ledger.check()
        try:
            await self._wire.edit(reply, part, index, old.message)
        except UndeliverableError:
            if not reply.is_final:
                raise
            return False
        old.part = part
        return True


async def _see_through(step: Coroutine[None, None, None]) -> None:
    """Finish a step although we are told to stop.

    A message that stands and is not noted down would be posted again by the next start.
    """
    task = asyncio.create_task(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=_GRACE)
        raise


async def _stop(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
