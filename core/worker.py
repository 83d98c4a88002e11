"""Works through the inbox: one turn at a time for each dialogue, many dialogues side by side."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from core import mailbox, roster
from core.conversation import State, to_state
from core.erasure import note_dialogue
from core.errors import FencedError, StoreError, TifoError, surviving
from core.limits import Used, Wait
from core.mailbox import Aside, Claim, Commit, Taken, Waiting
from core.message import Message, Request
from core.store import Entry, Store, key

LEASE = 0.7
"""Seconds without a sign of life after which a worker counts as dead. One that only stood still
for longer loses its turns to others, which costs answers begun twice and nothing else."""

CONCURRENCY = 100
"""Turns that one worker has in hand at once; nearly all of them wait for the model."""

ATTEMPTS = 3
"""Times that a turn is tried before it is set aside, whether it fails or takes its worker down."""

_BEATS = 5  # within a lease
_BATCH = 32  # dialogues taken at once
_ORPHANS = 4  # taken over at a beat by a worker that has no room
_PAUSE = 0.2  # seconds before a turn that failed is tried again; they double

_log = logging.getLogger(__name__)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The requests to be answered together, and what is known of the dialogue."""

    requests: tuple[Request, ...]
    """Messages that came in quick succession, or one command or press."""

    state: State
    epoch: int
    begun_at: float
    """For `Reply.begun_at`."""

    is_over_limit: bool
    wait: Wait = Wait()
    """Where it is over a limit: which one, and until when."""

    used: Used = Used()
    """What was spent today when the turn began."""

    refresh: Callable[[], Awaitable[tuple[Request, ...]]]
    """Asks for the requests of this turn as they are now: more may have come, and people may have
    changed or withdrawn what they wrote.

    Raises `FencedError` when another worker has the dialogue by now: then stop."""


Handle = Callable[[Turn], Awaitable[Commit]]
Apologise = Callable[[Turn], Commit]


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
        self._group: asyncio.TaskGroup | None = None
        self._is_draining = False
        self._last_beat = float("-inf")
        # After an outage every worker looks dead to every other: wait one lease, let all beat.
        self._connected_at = float("-inf") if is_alone else time.monotonic()

    @property
    def free_name(self) -> str:
        """See `core.inbox.Taker`."""
        is_alive = time.monotonic() - self._last_beat < self._lease / 2
        has_room = is_alive and self._group is not None and len(self._held) < CONCURRENCY
        return self._name if has_room and not self._is_draining else ""

    def start(self, taken: Taken) -> None:
        """See `core.inbox.Taker`."""
        self._begin(taken.entry, taken.dialogue, taken.claim)

    async def run(self) -> None:
        """Work until cancelled; then leave what is unfinished to the others, at once."""
        try:
            await _retrying(self._beat)
            async with asyncio.TaskGroup() as group:
                self._group = group
                try:
                    group.create_task(self._keep_alive())
                    await self._take()
                    await asyncio.Event().wait()  # what is in hand is finished meanwhile
                finally:
                    self._group = None  # from now on, what a push claims is for the others
        finally:
            with contextlib.suppress(StoreError):
                await roster.leave(self._store, self._name)

    async def drain(self, seconds: float) -> None:
        """Take nothing new and finish what is in hand, as far as that goes in some seconds."""
        self._is_draining = True
        if tasks := list(self._held.values()):
            _log.info("finishing %d turns", len(tasks))
            _, late = await asyncio.wait(tasks, timeout=seconds)
            if late:
                _log.warning("%d turns go on with another worker, or at the next start", len(late))

    async def _take(self) -> None:
        while not self._is_draining:
            await self._room.acquire()
            self._room.release()
            try:
                entries = await self._store.read_group(
                    key("ready"),
                    group=mailbox.GROUP,
                    consumer=self._name,
                    wait=1.0,
                    count=max(1, min(_BATCH, CONCURRENCY - len(self._held))),
                )
            except StoreError as error:
                _log.warning("%s", error)
                await asyncio.sleep(0.2)
                continue
            self._start_all(entries)

    async def _keep_alive(self) -> None:
        last = time.monotonic()
        while True:
            try:
                now = time.monotonic()
                if now - last > self._lease * 0.75:
                    self._connected_at = now
                orphans = await self._beat()
                last = now
                self._start_all(orphans)
                if len(orphans) == _BATCH:
                    continue
            except StoreError as error:
                _log.warning("%s", error)
            await asyncio.sleep(self._lease / _BEATS)

    async def _beat(self) -> list[Entry]:
        now = time.monotonic()
        is_settled = now - self._connected_at >= self._lease
        may_reap = is_settled and self._group is not None and not self._is_draining
        # With all hands full still a few: orphans must not wait until nothing new comes.
        room = max(_ORPHANS, min(_BATCH, CONCURRENCY - len(self._held)))
        if not may_reap or len(self._held) >= 2 * CONCURRENCY:
            room = 0
        orphans = await roster.beat(
            self._store,
            self._name,
            lease=self._lease,
            count=room,
            held=list(self._held) if may_reap else (),
        )
        self._last_beat = now
        return orphans

    def _start_all(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._begin(entry.id, entry.fields[b"d"].decode(), None)

    def _begin(self, entry: str, dialogue: str, held: Claim | None) -> None:
        if self._group is not None and entry not in self._held:
            self._held[entry] = self._group.create_task(self._turn(entry, dialogue, held))

    async def _turn(self, entry: str, dialogue: str, held: Claim | None) -> None:
        try:
            with surviving(f"the turn of {dialogue}"):
                async with self._room:
                    await self._hold(entry, dialogue, held)
        except FencedError:
            _log.info("%s goes on with another worker", dialogue)
        except TifoError as error:
            # The entry stays pending with us, and is reaped when Redis is back.
            _log.warning("%s", error)
        finally:
            del self._held[entry]

    async def _hold(self, entry: str, dialogue: str, held: Claim | None) -> None:
        """Run one turn from claim to commit."""
        place = dialogue.rpartition(":")[0]
        if held is None:
            held = await mailbox.claim(self._store, entry, dialogue, place=place, worker=self._name)
        claim = held
        rows = _Rows(self._store, claim)
        try:
            change = await self._change(claim, rows)
        except (asyncio.CancelledError, StoreError):
            # Told to end, or Redis is away: the next worker's attempt is the first again.
            await self._see_off(claim)
            raise
        noted = note_dialogue(rows.requests[0]) if rows.requests else ()
        change = msgspec.structs.replace(change, taken=rows.taken, writes=(*noted, *change.writes))
        await _retrying(lambda: mailbox.commit(self._store, claim, change, place=place))

    async def _change(self, held: Claim, rows: _Rows) -> Commit:
        turn = Turn(
            requests=rows.requests,
            state=to_state(held.memory, held.history, held.place, held.spoken, held.house),
            epoch=held.epoch,
            begun_at=0.0 if rows.is_restored else held.begun_at,
            is_over_limit=rows.wait is not None,
            wait=rows.wait or Wait(),
            used=held.used,
            refresh=rows.refresh,
        )
        attempt, reason = held.attempt, "it ended the program"
        while turn.requests and attempt <= ATTEMPTS:
            try:
                with surviving(f"attempt {attempt} at {turn.requests[0].id}"):
                    return await self._handle(turn)
            except StoreError:
                raise
            except TifoError as error:
                reason = str(error)
            await asyncio.sleep(_PAUSE * 2 ** (attempt - 1))
            attempt += 1
            # More may have joined, and is set aside too: the commit takes it off the mailbox.
            turn = msgspec.structs.replace(turn, requests=rows.requests)
        if not turn.requests:  # withdrawn, or not to be read by anybody
            return Commit(memory=held.memory)
        _log.error("set aside after %d attempts: %s", ATTEMPTS, turn.requests[0].id)
        aside = Aside(requests=turn.requests, reason=reason, at=time.time())
        return msgspec.structs.replace(self._apologise(turn), aside=aside)

    async def _see_off(self, held: Claim) -> None:
        with contextlib.suppress(StoreError):
            await mailbox.give_back(self._store, held)


class _Rows:
    """What waits in the mailbox of a turn, and which of it the turn answers."""

    def __init__(self, store: Store, held: Claim) -> None:
        self._store = store
        self._held = held
        self._version = held.version
        self._rows: list[Waiting | None] = list(held.waiting)
        self._read()

    async def refresh(self) -> tuple[Request, ...]:
        """See `Turn.refresh`.

        Raises:
            FencedError: This is no longer our turn.
            StoreError: Redis is away.
        """
        extension = await mailbox.extend(
            self._store, self._held, known=len(self._rows), version=self._version
        )
        if extension.rows or extension.is_whole:
            self._version = extension.version
            self._rows = extension.rows if extension.is_whole else self._rows + extension.rows
            self._read()
        return self.requests

    def _read(self) -> None:
        """Take the leading rows that are answered together; withdrawn ones fall out."""
        run: list[Waiting] = []
        self.taken = 0
        """Rows from the front that the turn answers."""

        for row in self._rows:
            if row is not None:
                if run and not _go_together(run[0], row):
                    break
                run.append(row)
            self.taken += 1
        self.requests = tuple(row.request for row in run)
        self.wait = run[0].wait if run else None
        self.is_restored = bool(run) and run[0].is_restored


def _go_together(one: Waiting, other: Waiting) -> bool:
    """Tell whether two rows are answered at once: both said to the bot, or both to others."""
    first, second = one.request, other.request
    return (
        isinstance(first, Message)
        and isinstance(second, Message)
        and one.wait is None
        and other.wait is None
        and first.is_mention == second.is_mention
    )


async def _retrying(call: Callable[[], Awaitable[object]]) -> None:
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
