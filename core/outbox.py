"""Final replies on their way to a platform, and the ledger of what already stands there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
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
from core.store import LEDGER, Entry, Script, Store, key

PATIENCE = 24 * 3600.0
"""Seconds after which a reply that its platform keeps failing to take is given up."""

LEASE_MS = 4000
"""Milliseconds without a sign of life after which another process may deliver."""

_LEASE = Script("""#!lua flags=allow-oom
-- KEYS lease ; ARGV process lease_ms is_alone
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and ARGV[3] == '0' then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
""")
_RELEASE = Script("""#!lua flags=allow-oom
-- KEYS lease ; ARGV process
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
""")

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

    Any number of processes may have one for the same platform; one of them delivers, and
    another takes over when it is silent.
    """

    def __init__(
        self, store: Store, *, platform: str, deliver: Deliver, is_alone: bool = False
    ) -> None:
        """`is_alone`: no other process can be alive, so none is waited for."""
        self._store = store
        self._stream = key("outbox", platform)
        self._lease = key("speaker", platform)
        self._name = secrets.token_hex(8)
        self._deliver = deliver
        self._is_alone = is_alone
        self._lanes: dict[bytes, deque[Entry]] = {}
        self._taken: set[str] = set()

    def is_delivering(self, dialogue: str) -> bool:
        """Return whether a final reply of a dialogue is on its way: what follows must wait."""
        return dialogue.encode() in self._lanes

    async def run(self) -> None:
        """Deliver until cancelled; what is unfinished stays in Redis for the next start."""
        position = "0"
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    try:
                        position = await self._read(position, group)
                    except StoreError as error:
                        _log.warning("%s", error)
                        await asyncio.sleep(0.2)
        finally:
            with contextlib.suppress(StoreError):
                await self._store.run(_RELEASE, [self._lease], [self._name])

    async def _read(self, position: str, group: asyncio.TaskGroup) -> str:
        """Put what came after a position into its lanes; return the position to go on from."""
        is_ours = await self._store.run(
            _LEASE, [self._lease], [self._name, LEASE_MS, int(self._is_alone)]
        )
        if not is_ours:
            await asyncio.sleep(LEASE_MS / 4000)
            return "0"
        for entry in await self._store.read(self._stream, after=position, wait=1.0):
            position = entry.id
            if entry.id in self._taken:
                continue
            self._taken.add(entry.id)
            dialogue = entry.fields[b"d"]
            lane = self._lanes.get(dialogue)
            if lane is None:
                lane = self._lanes[dialogue] = deque[Entry]()
                group.create_task(self._empty(dialogue, lane))
            lane.append(entry)
        return position

    async def _empty(self, dialogue: bytes, lane: deque[Entry]) -> None:
        while lane:
            entry = lane.popleft()
            await self._finish(entry)
            self._taken.discard(entry.id)
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
