"""Final replies on their way to a platform, and the ledger of what already stands there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from core.adapter import Act, Deliver, Done, Receive
from core.errors import (
    DeliveryError,
    RetryLaterError,
    StoreError,
    UndeliverableError,
    UnexpectedError,
    surviving,
)
from core.message import Action, Outcome, Reply
from core.notices import Notices
from core.speaker import Speaker
from core.store import LEDGER, Entry, Store, key

PATIENCE = 24 * 3600.0
"""Seconds after which a reply that its platform keeps failing to take is given up."""

_TICK = 0.05  # seconds in which what stands is gathered into one call

_SLOWEST = 60.0
"""Seconds between two attempts at most, unless the platform asks for more."""

Got = TypeVar("Got")

_log = logging.getLogger(__name__)
_decode = msgspec.msgpack.Decoder(Reply).decode
_decode_action = msgspec.msgpack.Decoder(Action).decode


async def cannot(action: Action) -> Done:
    """Act where a platform has nothing to act on."""
    return Done("unsupported")


async def _ignore(event: object) -> None: ...


class Noted(msgspec.Struct, frozen=True):
    """A part that stands on the platform."""

    message: str
    """The platform's id."""

    mark: str = ""
    """What the platform last accepted as final, as a digest without spaces; "" if not known."""


class Ledger:
    """Which part of a reply became which message of the platform.

    Without it a repeat after a crash would post again instead of editing.
    """

    def __init__(self, store: Store, speaker: Speaker | None = None) -> None:
        """`speaker`: whose right to speak is asked for; None for a platform nobody else serves."""
        self._store = store
        self._speaker = speaker

    @property
    def since(self) -> float:
        """Return from when on nobody else can have changed what stands; see `Speaker.since`."""
        return 0.0 if self._speaker is None else self._speaker.since

    def is_blank(self, reply: Reply) -> bool:
        """Return whether nobody before this process can have shown anything of a reply.

        Then there is nothing to look up: all that stands of it was sent from here.
        """
        return self._speaker is not None and reply.begun_at > self._speaker.since

    def check(self) -> None:
        """Say whether we may still send; to be asked right before anything new is posted.

        Raises:
            DeliveryError: Another process speaks by now.
        """
        if self._speaker is not None and not self._speaker.is_speaking:
            raise DeliveryError("another process may speak here by now")

    async def parts(self, reply_id: str) -> dict[int, Noted]:
        """Return what stands of a reply, by part.

        Raises:
            StoreError: Redis is away.
        """
        rows = await self._store.fields(key("ledger", reply_id))
        return {int(index): _to_noted(row) for index, row in rows.items()}

    async def note(self, reply_id: str, index: int, message: str, mark: str = "") -> None:
        """Remember that a part stands on the platform.

        Raises:
            StoreError: Redis is away.
        """
        row = f"{mark} {message}"
        await self._store.put_field(key("ledger", reply_id), str(index), row, ttl=LEDGER)

    async def drop(self, reply_id: str, index: int) -> None:
        """Forget a part that was removed.

        Raises:
            StoreError: Redis is away.
        """
        await self._store.drop_field(key("ledger", reply_id), str(index))


class Outbox:
    """Delivers the final replies of one platform: in order per dialogue, each until it stands.

    Any number of processes may have one for the same platform; the one that has the right to
    speak delivers.
    """

    def __init__(
        self,
        store: Store,
        *,
        platform: str,
        deliver: Deliver,
        speaker: Speaker,
        notices: Notices,
        act: Act = cannot,
    ) -> None:
        self._store = store
        self._act = act
        self._report: Receive = _ignore
        self._stream = key("outbox", platform)
        self._speaker = speaker
        self._deliver = deliver
        self._notices = notices
        self._lanes: dict[bytes, deque[Entry]] = {}
        self._emptying: set[asyncio.Task[None]] = set()
        self._taken: set[str] = set()
        self._done: list[str] = []
        self._changed = asyncio.Event()

    def is_delivering(self, dialogue: str) -> bool:
        """Return whether a final reply of a dialogue is on its way: what follows must wait."""
        return dialogue.encode() in self._lanes

    async def run(self, report: Receive = _ignore) -> None:
        """Deliver until cancelled; what is unfinished stays in Redis for the next start.

        `report` hears what came of actions, where somebody waits for it.
        """
        self._report = report
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._sweep())
                await self._follow(group)
        finally:
            with contextlib.suppress(StoreError):
                await self._remove_done()

    async def drain(self, seconds: float) -> None:
        """Wait until all that is on its way stands, for some seconds at most."""
        await asyncio.sleep(_TICK)  # what was committed last is being read
        if self._emptying:
            await asyncio.wait(self._emptying, timeout=seconds)

    async def _follow(self, group: asyncio.TaskGroup) -> None:
        position, since = "0", 0.0
        while True:
            if not self._speaker.is_speaking:
                await self._let_go()
                await self._speaker.wait()
            if self._speaker.since != since:
                # Another may have spoken meanwhile: what it left is for us now, the rest is not.
                await self._let_go()
                position, since = "0", self._speaker.since
            try:
                position = await self._read(position, group)
            except StoreError as error:
                _log.warning("%s", error)
                await asyncio.sleep(0.2)

    async def _let_go(self) -> None:
        """Drop what is on its way: whoever speaks now sees it through."""
        if emptying := list(self._emptying):
            for task in emptying:
                task.cancel()
            await asyncio.wait(emptying)
        self._lanes.clear()
        self._taken = set(self._done)

    async def _read(self, position: str, group: asyncio.TaskGroup) -> str:
        """Put what came after a position into its lanes; return the position to go on from."""
        for entry in await self._store.read(self._stream, after=position, wait=1.0):
            position = entry.id
            if entry.id in self._taken:
                continue
            self._taken.add(entry.id)
            dialogue = entry.fields[b"d"]
            lane = self._lanes.get(dialogue)
            if lane is None:
                lane = self._lanes[dialogue] = deque[Entry]()
                task = group.create_task(self._empty(dialogue, lane))
                self._emptying.add(task)
                task.add_done_callback(self._emptying.discard)
            lane.append(entry)
        return position

    async def _empty(self, dialogue: bytes, lane: deque[Entry]) -> None:
        while lane:
            entry = lane[0]
            await self._finish(entry)
            lane.popleft()
            self._done.append(entry.id)
            self._changed.set()
        del self._lanes[dialogue]

    async def _finish(self, entry: Entry) -> None:
        try:
            if action := entry.fields.get(b"a"):
                await self._finish_action(_decode_action(action))
            else:
                await self._finish_reply(_decode(entry.fields[b"r"]))
        except msgspec.DecodeError as error:
            _log.error("what goes out cannot be read and is dropped: %s", error)
        except UnexpectedError:  # already logged
            return

    async def _finish_reply(self, reply: Reply) -> None:
        try:
            await _insist(lambda: self._deliver(reply), reply.id)
        except UndeliverableError as error:
            await self._give_up(reply, str(error))

    async def _finish_action(self, action: Action) -> None:
        try:
            done = await _insist(lambda: self._act(action), action.id)
        except UndeliverableError as error:
            _log.warning("%s was not carried out: %s", action.id, error)
            done = Done("failed")
        _log.info("%s %s of %s: %s", action.id, action.verb, action.user or "all", done.result)
        if action.answer_to is None or action.asked_by is None:
            return
        outcome = Outcome(
            id=f"outcome:{action.id}",
            conversation=action.answer_to,
            user=action.asked_by,
            sent_at=datetime.now(UTC),
            action=action,
            result=done.result,
            count=done.count,
            made=done.made,
        )
        await _insist(lambda: self._report(outcome), outcome.id)

    async def _give_up(self, reply: Reply, why: str) -> None:
        """Let go of a reply; who looks after a place hears of it, a fan who left does not."""
        if reply.conversation.is_direct:
            _log.info("%s will not be shown: %s", reply.id, why)
        else:
            await self._notices.tell(reply.conversation, f"an answer was not shown: {why}")

    async def _sweep(self) -> None:
        """Take what stands out of Redis, many at a time; a repeat after a crash only edits."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._remove_done()
            except StoreError as error:
                _log.warning("%s", error)
                self._changed.set()
                await asyncio.sleep(1.0)
            await asyncio.sleep(_TICK)

    async def _remove_done(self) -> None:
        if done := self._done[:]:
            await self._store.remove(self._stream, *done)
            del self._done[: len(done)]
            self._taken.difference_update(done)


async def _insist(call: Callable[[], Awaitable[Got]], what: str) -> Got:
    """Call until it works, at the pace that the platform asks for.

    Raises:
        UndeliverableError: It never will, or failed for `PATIENCE`.
        UnexpectedError: A fault of ours.
    """
    started, pause = time.monotonic(), 1.0
    while time.monotonic() - started < PATIENCE:
        try:
            with surviving(f"the delivery of {what}"):
                return await call()
        except UndeliverableError:
            raise
        except RetryLaterError as error:
            await asyncio.sleep(error.after)
        except (DeliveryError, StoreError) as error:
            _log.warning("%s not delivered yet: %s", what, error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _SLOWEST)
    raise UndeliverableError(f"it failed for {PATIENCE:g} s")


def _to_noted(row: bytes) -> Noted:
    mark, _, message = row.decode().partition(" ")
    return Noted(message, mark)
