"""What a page shows again after it was away: kept for platforms that keep no messages.

Where several gateways serve pages, each passes on what it writes, and every one of them hears of
everything in one order, its own entries among it: pages on all of them see the same.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable

import msgspec

from core.errors import StoreError
from core.store import MEMORY, Entry, Script, Store, key

KEEP = 500
"""Items of a room."""

PASSED = 2000
"""Entries on the relay: a gateway that is further behind looks into the transcripts instead."""

RELAY = 3600
"""Seconds that the relay outlives its last entry."""

_WAIT = 5.0
"""Seconds of one read of the relay; ends at once when something comes."""

_PAUSE = 0.5
"""Seconds between two attempts to follow the relay while Redis is away."""

_POSITION = re.compile(r"(\d+)(?:-(\d+))?")
_LAST = 2**64 - 1
"""Highest number that Redis counts to within one millisecond."""

_ADD = """
-- KEYS transcript items relay ; ARGV item body keep ttl clears room passed relay_ttl
local position = redis.call('HGET', KEYS[2], ARGV[1])
if not position then
  if ARGV[5] == '1' then
    redis.call('DEL', KEYS[2])
    -- Not deleted: positions go on where they were.
    position = redis.call('XADD', KEYS[1], 'MAXLEN', 1, '*', 'i', ARGV[1], 'b', ARGV[2])
  else
    position = redis.call('XADD', KEYS[1], '*', 'i', ARGV[1], 'b', ARGV[2])
  end
  redis.call('HSET', KEYS[2], ARGV[1], position)
  local excess = redis.call('XLEN', KEYS[1]) - ARGV[3]
  if excess > 0 then
    local oldest = redis.call('XREAD', 'COUNT', excess, 'STREAMS', KEYS[1], '0')[1][2]
    for _, row in ipairs(oldest) do
      redis.call('XDEL', KEYS[1], row[1])
      redis.call('HDEL', KEYS[2], row[2][2])
    end
  end
  if KEYS[3] then
    redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[7], '*',
      'r', ARGV[6], 'b', ARGV[2], 'p', position, 'c', ARGV[5])
    redis.call('EXPIRE', KEYS[3], ARGV[8])
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return {position, redis.call('XLEN', KEYS[1])}
"""
_ADD_ALWAYS = Script("#!lua flags=allow-oom" + _ADD)
_ADD_IF_ROOM = Script("#!lua" + _ADD)

_TELL = """
-- KEYS relay ; ARGV room body passed ttl
local entry = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '*', 'r', ARGV[1], 'b', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return entry
"""
_MARK = Script("#!lua flags=allow-oom" + _TELL)
_TELL_IF_ROOM = Script("#!lua" + _TELL)

_log = logging.getLogger(__name__)


class Added(msgspec.Struct, frozen=True):
    """An item that stands in the transcript."""

    position: str
    is_only: bool
    """Nothing else stands there."""


class Missed(msgspec.Struct, frozen=True):
    """What a page has not seen, as position and body, oldest first."""

    rows: tuple[tuple[str, bytes], ...]
    is_afresh: bool = False
    """What the page has seen last is gone: it must forget all it shows; these are all items."""


class Passed(msgspec.Struct, frozen=True):
    """What a gateway passed on to all of them."""

    room: str
    body: bytes
    position: str = ""
    """"" for what is kept nowhere: an answer on its way."""

    clears: bool = False
    """Everything before it is forgotten."""


class Transcript:
    """The items of every room in the order in which they came, each once."""

    def __init__(self, store: Store, *, is_shared: bool = False) -> None:
        """`is_shared`: other processes serve pages too, so what is written is passed on."""
        self.is_shared = is_shared
        self._store = store
        self._relay = key("relay")

    async def add(
        self, room: str, item: str, body: bytes, *, is_wanted: bool = True, clears: bool = False
    ) -> Added:
        """Keep an item; one that is there already stays as it is.

        Args:
            room: Whose transcript.
            item: Its id.
            body: What is shown.
            is_wanted: Keep it also where Redis is full: it was long in coming.
            clears: Forget everything before it, in the same step.

        Raises:
            StoreError: Redis is away; calling again is safe.
            StoreFullError: Redis is full, and it is not wanted that much.
        """
        keys = [key("transcript", room), key("item", room)]
        if self.is_shared:
            keys.append(self._relay)
        position, count = await self._store.run(
            _ADD_ALWAYS if is_wanted else _ADD_IF_ROOM,
            keys,
            [item, body, KEEP, MEMORY, int(clears), room, PASSED, RELAY],
        )
        return Added(position.decode(), count == 1)

    async def after(self, room: str, position: str = "0") -> Missed:
        """Return every item after a position.

        Raises:
            StoreError: Redis is away.
        """
        before = _before(position)
        if before is None:
            return Missed(await self._rows(room, "0"))
        rows = await self._rows(room, before)
        if rows and rows[0][0] == position:
            return Missed(rows[1:])
        return Missed(await self._rows(room, "0"), is_afresh=True)

    async def pass_on(self, room: str, body: bytes) -> None:
        """Tell all gateways of what is not kept.

        Raises:
            StoreError: Redis is away or full.
        """
        await self._store.run(_TELL_IF_ROOM, [self._relay], [room, body, PASSED, RELAY])

    async def follow(
        self,
        show: Callable[[Passed], Awaitable[None]],
        catch_up: Callable[[], Awaitable[None]],
    ) -> None:
        """Hear of everything that any gateway passes on, until cancelled.

        Args:
            show: Called with each entry in the order in which they were written.
            catch_up: Called where entries may have been missed, and at the beginning: what is
                not in the transcripts by then will come. May raise `StoreError`.
        """
        is_told = False
        while True:
            try:
                place = await self._store.run(_MARK, [self._relay], ["", b"", PASSED, RELAY])
                await catch_up()
                is_told = False
                await self._follow(place.decode(), show)
            except StoreError as error:
                if not is_told:
                    _log.warning("pages do not see what other gateways write: %s", error)
                is_told = True
                await asyncio.sleep(_PAUSE)

    async def _follow(self, place: str, show: Callable[[Passed], Awaitable[None]]) -> None:
        """Show what comes after a place, until so much came that some may be gone unread."""
        while True:
            entries = await self._store.read(self._relay, after=place, wait=_WAIT, count=PASSED)
            if len(entries) >= PASSED:
                return
            for entry in entries:
                place = entry.id
                await show(_to_passed(entry))

    async def _rows(self, room: str, after: str) -> tuple[tuple[str, bytes], ...]:
        rows = await self._store.read(key("transcript", room), after=after, count=KEEP * 2)
        return tuple((row.id, row.fields[b"b"]) for row in rows)


def to_place(position: str) -> tuple[int, int]:
    """Return a position as what can be compared; nonsense comes before everything."""
    found = _POSITION.fullmatch(position)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def _before(position: str) -> str | None:
    """Return the last position before one; None for the very beginning."""
    time, number = to_place(position)
    if number:
        return f"{time}-{number - 1}"
    return f"{time - 1}-{_LAST}" if time else None


def _to_passed(entry: Entry) -> Passed:
    fields = entry.fields
    return Passed(
        room=fields[b"r"].decode(),
        body=fields[b"b"],
        position=fields.get(b"p", b"").decode(),
        clears=fields.get(b"c") == b"1",
    )
