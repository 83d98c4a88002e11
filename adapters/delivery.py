"""Shows replies on a platform: parts, pace, and the ledger of what already stands there."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import math
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Generic, Literal

import msgspec

from adapters.wire import ClosedError, Drafts, Part, Turn, Urgency, Wire
from core.errors import DeliveryError, RetryLaterError, StoreError, UndeliverableError
from core.message import Reply
from core.outbox import Ledger

_TYPING = 4.0
"""Seconds between two signs of typing; Telegram shows one for 5 at most,
core.telegram.org/bots/api#sendchataction, read 2026-11-23, and Discord for 10."""

_DRAFT = 20.0
"""Seconds after which a draft that did not grow is shown again; Telegram keeps one up for 30,
core.telegram.org/bots/api#sendmessagedraft, read 2026-11-25."""

_LONGEST = 600.0
"""Seconds after which a reply without a final snapshot is no longer followed."""

_PAUSE = 2.0
"""Seconds before a snapshot on the way is tried again after a failure."""

_GRACE = 3.0
"""Seconds that a message on its way to the platform may take when the program is told to end."""

_REMEMBERED = 10_000
"""Replies whose end is remembered, against what comes late or twice."""

_log = logging.getLogger(__name__)


async def _at_once(reply: Reply, urgency: Urgency) -> None:
    """Give every call its turn: the platform's library keeps the limits."""


@dataclass(slots=True)
class _Standing(Generic[Part]):
    """A part as it stands on the platform."""

    message: str
    part: Part | None
    """None after a restart: it stands there, but how it reads is not known."""

    mark: str = ""
    """Digest of how it reads, as far as that is known after a restart."""

    is_noted: bool = True
    """Whether the ledger has it; false only while Redis is away."""


@dataclass(frozen=True, slots=True)
class _Step(Generic[Part]):
    """The next call that brings the platform closer to a snapshot."""

    verb: Literal["draft", "send", "edit", "remove"]
    reply: Reply
    index: int
    part: Part | None = None
    is_last: bool = False
    """Whether the snapshot has no part after this one."""


class _Showing(Generic[Part]):
    """One reply on its way: its newest snapshot and what of it stands."""

    def __init__(self, reply: Reply) -> None:
        self.newest = reply
        self.standing: dict[int, _Standing[Part]] = {}
        self.since = -math.inf
        """`Ledger.since` when we saw what stands; what stands may be another's work since."""

        self.draft: tuple[int, Part] | None = None
        self.rendered: tuple[Reply, Sequence[Part]] | None = None
        self.closed: ClosedError | None = None
        self.changed = asyncio.Event()
        self.writing = asyncio.Lock()
        self.task: asyncio.Task[None] | None = None

    def parts(self, wire: Wire[Part]) -> Sequence[Part]:
        """Render the newest snapshot, once."""
        if self.rendered is None or self.rendered[0] is not self.newest:
            self.rendered = self.newest, wire.render(self.newest)
        return self.rendered[1]

    def urgency(self) -> Urgency:
        if self.newest.is_final:
            return Urgency.FINAL
        return Urgency.ON_THE_WAY if self.standing or self.draft else Urgency.FIRST

    def has_shown(self, step: _Step[Part]) -> bool:
        """Return whether that was all of a snapshot on the way; it may have grown by now."""
        is_there = self.draft is not None or step.index in (self.standing or {})
        return is_there and step.is_last and not step.reply.is_final

    def lasts(self) -> float | None:
        """Return for how many seconds what is shown stays up by itself; None for ever."""
        if not self.newest.text:
            return _TYPING
        return _DRAFT if self.draft else None


class Delivery(Generic[Part]):
    """Shows snapshots at the platform's pace and sees every final one through.

    Snapshots on the way are shown in the background: the newest wins, and what fails is only
    logged, because the final one makes good for it. Each call waits for its turn, and what it
    shows is what is newest then: a first text that still waits when the final one is there
    becomes the final one.
    """

    def __init__(
        self,
        wire: Wire[Part],
        ledger: Ledger,
        *,
        turn: Turn = _at_once,
        drafts: Drafts[Part] | None = None,
    ) -> None:
        """Prepare.

        Args:
            wire: The platform.
            ledger: Where it is kept which part became which message.
            turn: Awaited before every call but typing.
            drafts: Shows snapshots on the way, where the platform has drafts.
        """
        self._wire = wire
        self._ledger = ledger
        self._turn = turn
        self._drafts = drafts
        self._showing: dict[str, _Showing[Part]] = {}
        self._ended: dict[str, None] = {}
        self._typing: set[asyncio.Task[None]] = set()

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
        elif reply.epoch < showing.newest.epoch or (showing.newest.is_final > reply.is_final):
            return
        showing.newest = reply
        if reply.is_final:
            await self._finish(showing)
        elif showing.task is None:
            showing.task = asyncio.create_task(self._follow(showing))
        else:
            showing.changed.set()

    async def close(self) -> None:
        """Stop showing snapshots on the way."""
        for showing in list(self._showing.values()):
            async with showing.writing:
                await _stop(showing.task)
            self._end(showing.newest.id)
        for task in list(self._typing):
            await _stop(task)

    async def _finish(self, showing: _Showing[Part]) -> None:
        # With the lock in hand the task is not in the middle of a call, or before its note in
        # the ledger; it may wait for its turn, which it loses.
        async with showing.writing:
            await _stop(showing.task)
            showing.task = None
        is_over = True
        try:
            if showing.closed is not None:
                raise showing.closed
            await self._write(showing)
        except (DeliveryError, StoreError) as error:
            is_over = isinstance(error, UndeliverableError)
            raise
        finally:
            if is_over:
                self._end(showing.newest.id)

    def _end(self, reply_id: str) -> None:
        """Forget a reply but for its id.

        No late snapshot writes over its final text, and whatever comes looks into the ledger.
        """
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
                    await asyncio.sleep(await self._attempt(showing))
                    try:
                        async with asyncio.timeout(showing.lasts()):
                            await showing.changed.wait()
                    except TimeoutError:
                        showing.draft = None
        except TimeoutError:
            # Its turn went elsewhere; the final snapshot finds the ledger.
            self._end(showing.newest.id)

    async def _attempt(self, showing: _Showing[Part]) -> float:
        """Show the newest snapshot if it can be; return the seconds to wait before the next."""
        try:
            return await self._show(showing)
        except RetryLaterError as error:
            return error.after
        except (DeliveryError, StoreError) as error:
            _log.info("%s not shown on the way: %s", showing.newest.id, error)
            if isinstance(error, ClosedError):
                showing.closed = error
            # What will never be taken is not tried again before the final one.
            return _LONGEST if isinstance(error, UndeliverableError) else _PAUSE

    async def _show(self, showing: _Showing[Part]) -> float:
        """Show a snapshot on the way; return the seconds to wait before the next."""
        if showing.newest.text:
            await self._write(showing)
            return self._wire.interval(showing.newest.conversation)
        # Not cut off by the first text: that would cost the connection.
        task = asyncio.create_task(self._show_typing(showing.newest))
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)
        await asyncio.shield(task)
        return 0.0

    async def _show_typing(self, reply: Reply) -> None:
        with contextlib.suppress(DeliveryError):
            await self._wire.show_typing(reply)

    async def _write(self, showing: _Showing[Part]) -> None:
        """Make the platform show the newest snapshot, call by call.

        Whoever calls this for snapshots on the way may be stopped while it waits for a turn.
        """
        await self._look_up(showing)
        while self._next(showing, showing.standing) is not None:
            await self._turn(showing.newest, showing.urgency())
            async with showing.writing:
                step = self._next(showing, showing.standing)
                if step is not None:
                    await self._take(step, showing, showing.standing)
            if step is None or showing.has_shown(step):
                return

    async def _look_up(self, showing: _Showing[Part]) -> None:
        """Learn what stands, and tell the ledger what it missed while Redis was away."""
        newest, since = showing.newest, self._ledger.since
        for index, old in showing.standing.items():
            if not old.is_noted:
                await self._note(newest, index, old)
        if showing.since == since:
            return
        # What ended may have been shown from here.
        is_blank = self._ledger.is_blank(newest) and newest.id not in self._ended
        known = {} if is_blank else await self._ledger.parts(newest.id)
        showing.standing = {
            index: _Standing(noted.message, None, noted.mark) for index, noted in known.items()
        }
        showing.draft, showing.since = None, since

    def _next(
        self, showing: _Showing[Part], standing: dict[int, _Standing[Part]]
    ) -> _Step[Part] | None:
        """Return what is to be done first for the newest snapshot, None when it stands."""
        reply, parts = showing.newest, showing.parts(self._wire)
        for index, part in enumerate(parts):
            old, is_last = standing.get(index), index == len(parts) - 1
            if old is not None:
                is_known = old.part == part or (
                    reply.is_final and old.part is None and old.mark == _mark(part)
                )
                if not is_known:
                    return _Step("edit", reply, index, part, is_last)
            elif not is_last or not self._can_draft(reply):
                return _Step("send", reply, index, part, is_last)
            elif showing.draft != (index, part):
                return _Step("draft", reply, index, part, is_last)
        if reply.is_final:
            for index in sorted(standing):
                if index >= len(parts):
                    return _Step("remove", reply, index)
        return None

    def _can_draft(self, reply: Reply) -> bool:
        return not reply.is_final and self._drafts is not None and self._drafts.can_draft(reply)

    async def _take(
        self, step: _Step[Part], showing: _Showing[Part], standing: dict[int, _Standing[Part]]
    ) -> None:
        reply, index, part = step.reply, step.index, step.part
        # An edit too: it would put an old text over what another process has finished.
        self._ledger.check()
        if part is None:
            await self._wire.remove(reply, standing[index].message)
            await self._ledger.drop(reply.id, index)
            del standing[index]
        elif step.verb == "send":
            await _see_through(self._send(reply, part, index, standing))
        elif step.verb == "edit":
            await self._edit(reply, index, part, standing)
        elif self._drafts is not None:
            await self._drafts.draft(reply, part, index)
            showing.draft = (index, part) if self._can_draft(reply) else None

    async def _send(
        self, reply: Reply, part: Part, index: int, standing: dict[int, _Standing[Part]]
    ) -> None:
        message = await self._wire.send(reply, part, index)
        mark = _mark(part) if reply.is_final else ""
        standing[index] = _Standing(message, part, mark, is_noted=False)
        await self._note(reply, index, standing[index])

    async def _note(self, reply: Reply, index: int, standing: _Standing[Part]) -> None:
        await self._ledger.note(reply.id, index, standing.message, standing.mark)
        standing.is_noted = True

    async def _edit(
        self, reply: Reply, index: int, part: Part, standing: dict[int, _Standing[Part]]
    ) -> None:
        """Put a part in place of an older one; when that one is gone, it is to be sent."""
        try:
            await self._wire.edit(reply, part, index, standing[index].message)
        except ClosedError:
            raise
        except UndeliverableError:
            if not reply.is_final:
                raise
            del standing[index]
        else:
            old = standing[index]
            old.part = part
            if reply.is_final and old.mark:  # else it would seem to read as it did at first
                old.mark, old.is_noted = _mark(part), False
                await self._note(reply, index, old)


def _mark(part: object) -> str:
    """Return a digest of how a part reads."""
    return hashlib.blake2b(msgspec.json.encode(part), digest_size=8).hexdigest()


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
