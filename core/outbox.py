"""Final replies on their way to a platform, and the ledger of what already stands there."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque

import msgspec

from core.adapter import Deliver
from core.errors import (
    DeliveryError,
    RetryLaterError,
    StoreError,
    UndeliverableError,
    UnexpectedError,
    surviving,
)
from core.message import Reply
from core.store import LEDGER, Entry, Store, key

PATIENCE = 24 * 3600.0
"""Seconds after which a reply that its platform keeps failing to take is given up."""

_SLOWEST = 60.0
"""Seconds between two attempts at most, unless the platform asks for more."""

_log = logging.getLogger(__name__)
_decode = msgspec.msgpack.Decoder(Reply).decode


class Ledger:
    """Which part of a reply became which message of the platform.

    Without it a repeat after a crash would post again instead of editing.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def parts(self, reply_id: str) -> dict[int, str]:
        """Return the platform's message id for each part that stands there.

        Raises:
            StoreError: Redis is away.
        """
        rows = await self._store.fields(key("ledger", reply_id))
        return {int(index): message.decode() for index, message in rows.items()}

    async def note(self, reply_id: str, index: int, message: str) -> None:
        """Remember that a part stands on the platform.

        Raises:
            StoreError: Redis is away.
        """
        await self._store.put_field(key("ledger", reply_id), str(index), message, ttl=LEDGER)

    async def drop(self, reply_id: str, index: int) -> None:
        """Forget a part that was removed.

        Raises:
            StoreError: Redis is away.
        """
        await self._store.drop_field(key("ledger", reply_id), str(index))


class Outbox:
    """Delivers the final replies of one platform: in order per dialogue, each until it stands.

    One process reads a platform's outbox: the one that speaks it.
    """

    def __init__(self, store: Store, *, platform: str, deliver: Deliver) -> None:
        self._store = store
        self._stream = key("outbox", platform)
        self._deliver = deliver
        self._lanes: dict[bytes, deque[Entry]] = {}

    async def run(self) -> None:
        """Deliver until cancelled; what is unfinished stays in Redis for the next start."""
        position = "0"
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    entries = await self._store.read(self._stream, after=position, wait=5.0)
                except StoreError as error:
                    _log.warning("%s", error)
                    await asyncio.sleep(0.2)
                    continue
                for entry in entries:
                    position = entry.id
                    dialogue = entry.fields[b"d"]
                    lane = self._lanes.get(dialogue)
                    if lane is None:
                        lane = self._lanes[dialogue] = deque[Entry]()
                        group.create_task(self._empty(dialogue, lane))
                    lane.append(entry)

    async def _empty(self, dialogue: bytes, lane: deque[Entry]) -> None:
        while lane:
            await self._finish(lane.popleft())
        del self._lanes[dialogue]

    async def _finish(self, entry: Entry) -> None:
        try:
            reply = _decode(entry.fields[b"r"])
        except msgspec.DecodeError as error:
            _log.error("a reply cannot be read and is dropped: %s", error)
            await self._forget(entry)
            return
        started, pause = time.monotonic(), 1.0
        while time.monotonic() - started < PATIENCE:
            try:
                with surviving(f"the delivery of {reply.id}"):
                    await self._deliver(reply)
                break
            except (UndeliverableError, UnexpectedError) as error:
                _log.info("%s will not be shown: %s", reply.id, error)
                break
            except RetryLaterError as error:
                await asyncio.sleep(error.after)
            except (DeliveryError, StoreError) as error:
                _log.warning("%s not delivered yet: %s", reply.id, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _SLOWEST)
        else:
            _log.error("%s given up after %g s", reply.id, PATIENCE)
        await self._forget(entry)

    async def _forget(self, entry: Entry) -> None:
        while True:
            try:
                await self._store.remove(self._stream, entry.id)
            except StoreError as error:
                _log.warning("%s", error)
                await asyncio.sleep(1.0)
            else:
                return
