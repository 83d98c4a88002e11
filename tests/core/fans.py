"""Fans who write through Redis while something happens to it, and what became of each message."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections import defaultdict
from collections.abc import AsyncGenerator

import msgspec

from core.conversation import Memory, to_bytes
from core.errors import StoreError
from core.inbox import Inbox
from core.mailbox import Commit
from core.message import Reply
from core.store import Store, key
from core.worker import Turn, Worker
from tests.samples import direct, fan, message
from tests.waiting import wait_until

_decode = msgspec.msgpack.Decoder(Reply).decode


class Fans:
    """Write without end, each in an own dialogue; what Redis refuses is sent again."""

    def __init__(self, store: Store, *, count: int = 20, pause: float = 0.05) -> None:
        self._store = store
        self._count = count
        self._pause = pause
        self._inbox = Inbox(store, limit=100_000)
        self._numbers = itertools.count()
        self.sent: dict[str, list[str]] = defaultdict(list)
        """What was taken, by dialogue, in the order in which it was written."""

        self.turned_at: list[float] = []
        self.refused = 0
        self.is_writing = True

    @property
    def count(self) -> int:
        """Return how many messages were taken."""
        return sum(map(len, self.sent.values()))

    async def write(self) -> None:
        """Write until told to stop."""
        async with asyncio.TaskGroup() as group:
            for number in range(self._count):
                group.create_task(self._write(str(number)))

    async def _write(self, name: str) -> None:
        place = direct(name)
        while self.is_writing:
            event = message("?", id=f"web:{next(self._numbers)}", place=place, user=fan(name))
            while True:
                try:
                    await self._inbox.receive(event)
                    break
                except StoreError:
                    self.refused += 1
                    await asyncio.sleep(0.1)
            self.sent[name].append(event.id)
            await asyncio.sleep(self._pause)

    async def handle(self, turn: Turn) -> Commit:
        """Answer with the ids of what is answered."""
        await asyncio.sleep(0.02)
        self.turned_at.append(time.monotonic())
        ids = " ".join(event.id for event in turn.requests)
        return Commit(
            taken=len(turn.requests),
            memory=to_bytes(Memory()),
            replies=[
                Reply(
                    id=turn.requests[0].id,
                    conversation=turn.requests[0].conversation,
                    text=ids,
                    is_final=True,
                    epoch=turn.epoch,
                )
            ],
        )

    def apologise(self, turn: Turn) -> Commit:
        """Fail: nobody should have to."""
        raise AssertionError(turn)

    @contextlib.asynccontextmanager
    async def answered_by(self, *workers: Store) -> AsyncGenerator[None]:
        """Write, and run a worker on each of the doors to Redis."""
        tasks = [
            asyncio.create_task(Worker(store, self.handle, self.apologise).run())
            for store in workers
        ]
        writing = asyncio.create_task(self.write())
        try:
            yield
            self.is_writing = False
            await writing
            await wait_until(self._is_answered, timeout=20)
        finally:
            for task in (*tasks, writing):
                task.cancel()
            await asyncio.wait([*tasks, writing])

    async def answered(self) -> dict[str, list[str]]:
        """Return what was answered, by dialogue, in the order in which it stands in the outbox."""
        found: dict[str, list[str]] = defaultdict(list)
        position = "0"
        while entries := await self._store.read(key("outbox", "web"), after=position):
            for entry in entries:
                reply = _decode(entry.fields[b"r"])
                found[reply.conversation.channel] += reply.text.split()
            position = entries[-1].id
        return found

    async def _is_answered(self) -> bool:
        return sum(map(len, (await self.answered()).values())) >= self.count
