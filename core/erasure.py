"""What is kept of one fan, where, and how all of it goes away.

Every dialogue that a fan had is noted under `fan:PLATFORM:USER`, so that what they ask for in one
place reaches what they said in another. An erasure has two steps. With the turn that asks for it,
memory and history are gone. A few seconds later, when the answer to that turn stands, one worker
looks at every key of tifo for what is left of the fan's ids, in names and in rows.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec
from msgspec.msgpack import Decoder

from core.conversation import Line, Memory, Overheard
from core.errors import StoreError
from core.house.standing import Standing
from core.message import Request, dialogue_of
from core.store import MEMORY, Script, Store, Write, key

DELAY = 5.0
"""Seconds until the second step: the answer to who asked for it is delivered meanwhile."""

FENCE = 45
"""Seconds that what guards against repeats stays: the lock of a dialogue, and which of its events
were taken."""

_WAIT = 5.0
_CLAIM = 120
"""Seconds that one worker has for an erasure before another takes it."""

_GUARDS = ("lock", "seen", "ledger", "limit", "told")
_LEFT = frozenset(
    ("ready", "alive", "outbox", "live", "relay", "mailbox", "community", "erase", "words",
     "translation", "tally", "crowd", "spent", "speaker", "turnstile", "transcript", "item")
)  # fmt: skip
"""Not looked into: what is on its way, what holds no person, and the page's transcripts, which are
cleared when the answer is shown."""

_DECIDED = frozenset(("audit", "cases", "standing", "due", "sanctioned"))
"""What moderators decided: kept as far as the operator says so."""

_NO_WORD = re.compile(r"([^A-Za-z0-9])")

_SWEEP = Script("""#!lua flags=allow-oom
-- KEYS name ; ARGV pattern
local function hits(row) return string.find(row, ARGV[1]) ~= nil end
local name, kind = KEYS[1], redis.call('TYPE', KEYS[1]).ok
if kind == 'string' then
  if hits(redis.call('GET', name)) then redis.call('DEL', name) end
elseif kind == 'list' then
  for _, row in ipairs(redis.call('LRANGE', name, 0, -1)) do
    if hits(row) then redis.call('LREM', name, 0, row) end
  end
elseif kind == 'hash' then
  local rows = redis.call('HGETALL', name)
  for i = 1, #rows, 2 do
    if hits(rows[i]) or hits(rows[i + 1]) then redis.call('HDEL', name, rows[i]) end
  end
elseif kind == 'set' then
  for _, row in ipairs(redis.call('SMEMBERS', name)) do
    if hits(row) then redis.call('SREM', name, row) end
  end
elseif kind == 'zset' then
  for _, row in ipairs(redis.call('ZRANGE', name, 0, -1)) do
    if hits(row) then redis.call('ZREM', name, row) end
  end
elseif kind == 'stream' then
  for _, entry in ipairs(redis.call('XRANGE', name, '-', '+')) do
    for _, value in ipairs(entry[2]) do
      if hits(value) then redis.call('XDEL', name, entry[1]) break end
    end
  end
end
return 1
""")
_TAKE = Script("""#!lua flags=allow-oom
-- KEYS claim ; ARGV seconds
return redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) and 1 or 0
""")

Decode: TypeAlias = Callable[[bytes], object]

_log = logging.getLogger(__name__)


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """Whose traces shall go."""

    platform: str
    user: str
    community: str = ""
    """Only what is kept of them there; "" for all there is."""

    keeps_cases: bool = True
    """Whether what moderators decided about them stays."""

    dialogues: tuple[str, ...] = ()
    """Their dialogues, by key: private ones are not named after the fan everywhere."""

    at: float
    """Unix time in seconds when it was asked for."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Erasure).decode
_read_fields = Decoder(dict[str, object]).decode


def note_dialogue(request: Request) -> tuple[Write, Write]:
    """Note with a turn that a fan has this dialogue."""
    name = _fan_key(request.conversation.platform, request.user.id)
    row = (dialogue_of(request).key, int(time.time()))
    return Write("HSET", name, row), Write("EXPIRE", name, (MEMORY,))


async def find_dialogues(store: Store, platform: str, user: str, community: str = "") -> list[str]:
    """Return the keys of a fan's dialogues, all or those of one community.

    Raises:
        StoreError: Redis is away.
    """
    rows = await store.fields(_fan_key(platform, user))
    found = [name.decode() for name in rows]
    return [name for name in found if not community or name.split(":")[1] == community]


def erase(erasure: Erasure) -> tuple[Write, ...]:
    """Forget with a turn what is said in a fan's dialogues, and order the rest of it."""
    stream = key("erase")
    noted = _fan_key(erasure.platform, erasure.user)
    return (
        *(
            Write("DEL", key(kind, dialogue), ())
            for dialogue in erasure.dialogues
            for kind in ("memory", "history")
        ),
        *(Write("HDEL", noted, erasure.dialogues) for _ in erasure.dialogues[:1]),
        Write("XADD", stream, ("MAXLEN", 10_000, "*", "e", _encode(erasure))),
        Write("EXPIRE", stream, (MEMORY,)),
    )


class Eraser:
    """Carries out what was ordered, in whichever worker comes first."""

    def __init__(self, store: Store, *, delay: float = DELAY) -> None:
        """`delay`: seconds."""
        self._store = store
        self._delay = delay

    async def run(self) -> None:
        """Erase until cancelled."""
        position = "0"
        while True:
            try:
                for entry in await self._store.read(key("erase"), after=position, wait=_WAIT):
                    await self._carry_out(entry.id, _decode(entry.fields[b"e"]))
                    position = entry.id
            except StoreError as error:
                _log.warning("%s", error)
                await asyncio.sleep(1.0)

    async def _carry_out(self, entry: str, erasure: Erasure) -> None:
        await asyncio.sleep(max(0.0, erasure.at + self._delay - time.time()))
        if not await self._store.run(_TAKE, [key("turnstile", f"erase:{entry}")], [_CLAIM]):
            return
        count = await sweep(self._store, erasure)
        await self._store.remove(key("erase"), entry)
        _log.info("an erasure looked at %d keys", count)


async def sweep(store: Store, erasure: Erasure) -> int:
    """Take away what is left of a fan in all of Redis; return how many keys were looked at.

    Raises:
        StoreError: Redis is away; calling again is safe.
    """
    count, left = 0, _LEFT | _DECIDED if erasure.keeps_cases else _LEFT
    async for names in store.scan():
        count += len(names)
        looked = [name for name in names if _is_place(name, erasure) and _kind(name) not in left]
        for name in looked:
            await _sweep_key(store, name, erasure)
        await _sweep_taken(store, [name for name in looked if _kind(name) == "seen"], erasure)
    return count


async def _sweep_key(store: Store, name: str, erasure: Erasure) -> None:
    if _ids(erasure).isdisjoint(_to_parts(name)[1:]):
        if _kind(name) not in _GUARDS:
            await store.run(_SWEEP, [name], [_to_pattern(erasure.user)])
    elif _kind(name) in _GUARDS:
        await store.shorten(name, FENCE)
    else:
        await store.delete(name)


async def _sweep_taken(store: Store, names: Sequence[str], erasure: Erasure) -> None:
    """Let go of which events of a fan were taken: their keys name the event, not the fan."""
    for name, row in zip(names, await store.get_all(names) if names else (), strict=True):
        if not _ids(erasure).isdisjoint(row.decode().split(":")):
            await store.shorten(name, FENCE)


def _ids(erasure: Erasure) -> set[str]:
    """Return what a fan is called in keys: by the id, and by channels that nobody else is in."""
    return {
        erasure.user,
        *(name.split(":")[2] for name in erasure.dialogues if name.endswith(":")),
    }


def _is_place(name: str, erasure: Erasure) -> bool:
    return not erasure.community or erasure.community in _to_parts(name)


def _kind(name: str) -> str:
    return _to_parts(name)[0]


def _fan_key(platform: str, user: str) -> str:
    return key("fan", f"{platform}:{user}")


def _to_parts(name: str) -> list[str]:
    return name.removeprefix(key("")).split(":")


def _to_pattern(user: str) -> str:
    """Write an id as a Lua pattern that finds it as a word of its own."""
    return "%f[%w]" + _NO_WORD.sub(r"%\1", user) + "%f[%W]"


def _to_decision(row: bytes) -> dict[str, object]:
    """Return a case without who decided it: that is the moderator's data."""
    case = _read_fields(row)
    return {name: value for name, value in case.items() if name not in ("by", "by_name")}


_SHOWN: dict[str, Decode] = {
    "memory": Decoder(Memory).decode,
    "history": Decoder(Line).decode,
    "place": Decoder(Overheard).decode,
    "standing": Decoder(Standing).decode,
    "cases": _to_decision,
}
"""What of a fan is handed over, and how it is read."""


async def gather(
    store: Store, platform: str, user: str, dialogues: Sequence[str]
) -> dict[str, list[object]]:
    """Return what is kept of a fan, by the name of the key, for people and machines to read.

    Raises:
        StoreError: Redis is away.
    """
    names = {key(kind, dialogue) for dialogue in dialogues for kind in ("memory", "history")}
    async for some in store.scan():
        for name in some:
            kind, *parts = _to_parts(name)
            is_theirs = kind == "place" or user in parts
            if kind in _SHOWN and is_theirs and parts[0] == platform:
                names.add(name)
    found: dict[str, list[object]] = {}
    for name in sorted(names):
        kind = _to_parts(name)[0]
        rows = [_SHOWN[kind](row) for row in await store.rows(name)]
        kept = [r for r in rows if not isinstance(r, Overheard) or r.user == user]
        if kept:
            found[name.removeprefix(key(""))] = [_to_plain(row) for row in kept]
    return found


def _to_plain(row: object) -> object:
    """Write a row with the names of its fields, also one that is kept without them."""
    if isinstance(row, msgspec.Struct):
        return msgspec.structs.asdict(row)
    return row
