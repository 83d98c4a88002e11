"""Takes events from adapters, and works through them: one turn at a time for each dialogue."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from core import mailbox
from core.conversation import Overheard, State, to_bytes, to_state
from core.errors import FencedError, StoreError, TifoError, UnexpectedError, surviving
from core.guard import clean, shorten
from core.mailbox import Claim, Commit
from core.message import Delete, Edit, Event, Message, Request, dialogue_of
from core.store import PLACE, Entry, Store, key

LEASE = 1.5
"""Seconds without a sign of life after which a worker counts as dead."""

CONCURRENCY = 100
"""Turns that one worker has in hand at once; nearly all of them wait for the model."""

ATTEMPTS = 3
"""Times that a turn is tried when it takes its worker down with it."""

_OVERHEARD = 500
"""Characters kept of a message that was said to others."""

_log = logging.getLogger(__name__)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The events to be answered together, and what is known of the dialogue."""

    events: tuple[Request, ...]
    """Messages that came in quick succession, or one command or press."""

    state: State
    epoch: int
    is_over_limit: bool
    more: Callable[[int], Awaitable[tuple[Request, ...]]]
    """Asks for events beyond the first n that belong into this turn too.

    Raises `FencedError` when another worker has the dialogue by now: then stop."""


Handle = Callable[[Turn], Awaitable[Commit]]
Apologise = Callable[[Turn], Commit]


class Inbox:
    """Where adapters put events; when `receive` returns, an event is in Redis."""

    def __init__(self, store: Store, *, limit: int) -> None:
        self._store = store
        self._limit = limit

    async def receive(self, event: Event) -> None:
        """Take an event, once. What was not said to the bot is only remembered as talk.

        Raises:
            StoreError: It is not durable; the platform must keep it.
        """
        if isinstance(event, Edit | Delete):
            await self._change(event)
            return
        place = event.conversation
        talk = b""
        if isinstance(event, Message) and not place.is_direct:
            talk = _to_talk(event)
            if not event.is_mention:
                await self._store.push(
                    key("place", place.key), talk, keep=mailbox.OVERHEARD, ttl=PLACE
                )
                return
        is_taken = await mailbox.push(
            self._store,
            event,
            dialogue=dialogue_of(event).key,
            fan=f"{place.platform}:{event.user.id}",
            limit=self._limit,
            overheard=talk,
        )
        if not is_taken:
            _log.info("over the limit, dropped: %s", event.id)

    async def _change(self, event: Edit | Delete) -> None:
        """Change or drop a message that waits for its turn."""


class Worker:
    """Takes ready dialogues and runs their turns.

    Any number of workers may run, here or elsewhere; one that dies is noticed within `lease`
    seconds and its dialogues go on with another.
    """

    def __init__(
        self,
        store: Store,
        handle: Handle,
        apologise: Apologise,
        *,
        lease: float = LEASE,
        is_alone: bool = False,
    ) -> None:
        """`is_alone`: no other worker can be alive, so orphans are taken over at once."""
        self._store = store
        self._handle = handle
        self._apologise = apologise
        self._lease = lease
        self._name = secrets.token_hex(8)
        self._held: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(CONCURRENCY)
        # After an outage every worker looks dead to every other: wait one lease, let all beat.
        self._connected_at = float("-inf") if is_alone else time.monotonic()

    async def run(self) -> None:
        """Work until cancelled; then leave what is unfinished to the others, at once."""
        try:
            await self._retrying(lambda: mailbox.beat(self._store, self._name))
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_alive(group))
                group.create_task(self._take(group))
        finally:
            with contextlib.suppress(StoreError):
                await self._store.leave(key("alive"), self._name)

    async def _take(self, group: asyncio.TaskGroup) -> None:
        while True:
            await self._room.acquire()
            self._room.release()
            try:
                entries = await self._store.read_group(
                    key("ready"),
                    group=mailbox.GROUP,
                    consumer=self._name,
                    wait=1.0,
                    count=max(1, min(32, CONCURRENCY - len(self._held))),
                )
            except StoreError as error:
                _log.warning("%s", error)
                await asyncio.sleep(0.2)
                continue
            self._start(group, entries)

    async def _keep_alive(self, group: asyncio.TaskGroup) -> None:
        last = time.monotonic()
        while True:
            try:
                await mailbox.beat(self._store, self._name)
                now = time.monotonic()
                if now - last > self._lease * 0.75:
                    self._connected_at = now
                last = now
                if now - self._connected_at >= self._lease and len(self._held) < CONCURRENCY:
                    orphans = await mailbox.reap(
                        self._store,
                        self._name,
                        lease=self._lease,
                        held=list(self._held),
                        count=32,
                    )
                    self._start(group, orphans)
            except StoreError as error:
                _log.warning("%s", error)
            await asyncio.sleep(self._lease / 4)

    def _start(self, group: asyncio.TaskGroup, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.id not in self._held:
                self._held[entry.id] = group.create_task(self._turn(entry))

    async def _turn(self, entry: Entry) -> None:
        dialogue = entry.fields[b"d"].decode()
        try:
            with surviving(f"the turn of {dialogue}"):
                async with self._room:
                    await self._hold(entry.id, dialogue)
        except FencedError:
            _log.info("%s goes on with another worker", dialogue)
        except TifoError as error:
            # The entry stays pending with us, and is reaped when Redis is back.
            _log.warning("%s", error)
        finally:
            del self._held[entry.id]

    async def _hold(self, entry: str, dialogue: str) -> None:
        """Run one turn from claim to commit."""
        place = dialogue.rpartition(":")[0]
        held = await mailbox.claim(self._store, entry, dialogue, place)
        try:
            change = await self._change(held)
        except (asyncio.CancelledError, StoreError):
            # Told to end, or Redis is away: the next worker's attempt is the first again.
            await self._see_off(held)
            raise
        await self._retrying(
            lambda: mailbox.commit(
                self._store,
                held,
                change,
                platform=dialogue.partition(":")[0],
                place=place,
            )
        )

    async def _change(self, held: Claim) -> Commit:
        unreadable = sum(1 for _ in itertools.takewhile(lambda row: row is None, held.waiting))
        if unreadable or not held.waiting:
            return Commit(taken=unreadable, memory=held.memory)
        return await self._answer(held)

    async def _see_off(self, held: Claim) -> None:
        with contextlib.suppress(StoreError):
            await mailbox.give_back(self._store, held)

    async def _answer(self, held: Claim) -> Commit:
        turn = self._to_turn(held)
        if held.attempt > ATTEMPTS:
            _log.error("gave up after %d attempts: %s", ATTEMPTS, turn.events[0].id)
            return self._apologise(turn)
        try:
            with surviving(f"the turn of {turn.events[0].id}"):
                return await self._handle(turn)
        except UnexpectedError:
            return self._apologise(turn)

    def _to_turn(self, held: Claim) -> Turn:
        first = held.waiting[0]
        assert first is not None

        async def more(known: int) -> tuple[Request, ...]:
            rows = await mailbox.extend(self._store, held, known)
            return tuple(row.event for row in _run_of(rows, first))

        return Turn(
            events=tuple(row.event for row in _run_of(held.waiting, first)),
            state=to_state(held.memory, held.history, held.place),
            epoch=held.epoch,
            is_over_limit=first.is_over_limit,
            more=more,
        )

    async def _retrying(self, call: Callable[[], Awaitable[object]]) -> None:
        """Call until Redis answers; for calls that may be repeated."""
        pause = 0.1
        while True:
            try:
                await call()
            except FencedError:
                raise
            except StoreError as error:
                _log.warning("%s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)
            else:
                return


def _run_of(
    rows: Sequence[mailbox.Waiting | None], first: mailbox.Waiting
) -> list[mailbox.Waiting]:
    """Return the leading rows that are answered together with the first event of the turn."""
    if not isinstance(first.event, Message) or first.is_over_limit:
        return [first] if first in rows[:1] else []
    run: list[mailbox.Waiting] = []
    for row in rows:
        if row is None or not isinstance(row.event, Message) or row.is_over_limit:
            break
        run.append(row)
    return run


def _to_talk(event: Message) -> bytes:
    return to_bytes(
        Overheard(
            user=event.user.id,
            name=shorten(clean(event.user.name), 60),
            text=shorten(clean(event.text), _OVERHEARD),
            sent_at=event.sent_at,
        )
    )
