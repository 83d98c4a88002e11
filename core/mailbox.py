"""The protocol of the inbox: what happens to a dialogue's events in Redis, step by step.

    push       an event is taken, once, and its dialogue put on the ready stream if it is not there
    claim      a worker begins a turn: the epoch rises, everything it needs comes in one answer
    extend     has anything come since? and is this still our turn?
    commit     the turn ends, in one step: all of it happened, or nothing
    give_back  a turn ends unfinished, through no fault of its own
    beat       a worker is alive
    reap       entries of workers that are not go to a living one

A dialogue is on the ready stream at most once, so one worker has it at a time. The epoch fences
off a worker that was slow or frozen and was thought dead. Every script may be repeated when its
answer got lost on the way. All but `push` run when Redis is full, so that it can drain.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec

from core.errors import FencedError
from core.message import Reply, Request
from core.store import LOCK, MEMORY, PLACE, SEEN, Entry, Script, Store, key

GROUP = "workers"
CAPACITY = 200
"""Events that may wait in one mailbox; the fan's limit is far below."""

TURN = 50
"""Events that one turn may take."""

OVERHEARD = 40
"""Messages of a place that are kept for those who ask there next."""

_log = logging.getLogger(__name__)

_PUSH = Script("""#!lua
-- KEYS mailbox lock ready seen limit place
-- ARGV dialogue event seen_ttl limit overheard overheard_keep overheard_ttl capacity
if redis.call('EXISTS', KEYS[4]) == 1 then return 'twice' end
local sent = redis.call('INCR', KEYS[5])
if sent == 1 then redis.call('EXPIRE', KEYS[5], 60) end
redis.call('SET', KEYS[4], '1', 'EX', ARGV[3])
local limit = tonumber(ARGV[4])
if sent > limit + 1 or redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[8]) then return 'silent' end
if ARGV[5] ~= '' then
  redis.call('RPUSH', KEYS[6], ARGV[5])
  redis.call('LTRIM', KEYS[6], -ARGV[6], -1)
  redis.call('EXPIRE', KEYS[6], ARGV[7])
end
redis.call('RPUSH', KEYS[1], (sent > limit and '1' or '0') .. ARGV[2])
if redis.call('HSETNX', KEYS[2], 's', '1') == 1 then
  redis.call('PERSIST', KEYS[2])
  redis.call('XADD', KEYS[3], '*', 'd', ARGV[1])
end
return 'taken'
""")

_CLAIM = Script("""#!lua flags=allow-oom
-- KEYS lock mailbox memory history place ; ARGV turn
local epoch = redis.call('HINCRBY', KEYS[1], 'e', 1)
local attempt = redis.call('HINCRBY', KEYS[1], 'a', 1)
return {epoch, attempt, redis.call('LRANGE', KEYS[2], 0, ARGV[1] - 1),
  redis.call('GET', KEYS[3]) or '', redis.call('LRANGE', KEYS[4], 0, -1),
  redis.call('LRANGE', KEYS[5], 0, -1)}
""")

_EXTEND = Script("""#!lua flags=allow-oom
-- KEYS lock mailbox ; ARGV epoch known turn
if redis.call('HGET', KEYS[1], 'e') ~= ARGV[1] then return false end
return redis.call('LRANGE', KEYS[2], ARGV[2], ARGV[3] - 1)
""")

_COMMIT = Script("""#!lua flags=allow-oom
-- KEYS lock mailbox ready memory history place outbox
-- ARGV dialogue epoch taken entry group lock_ttl memory memory_ttl drop lines
--      retracted line... talk... reply...
if redis.call('HGET', KEYS[1], 'e') ~= ARGV[2] then return 0 end
redis.call('LTRIM', KEYS[2], ARGV[3], -1)
if ARGV[7] == '' then
  redis.call('DEL', KEYS[4], KEYS[5])
else
  redis.call('SET', KEYS[4], ARGV[7], 'EX', ARGV[8])
  redis.call('LTRIM', KEYS[5], ARGV[9], -1)
end
local lines = 11 + tonumber(ARGV[10])
local talk = lines + tonumber(ARGV[11])
for i = 12, lines do redis.call('RPUSH', KEYS[5], ARGV[i]) end
redis.call('EXPIRE', KEYS[5], ARGV[8])
for i = lines + 1, talk do redis.call('LREM', KEYS[6], 0, ARGV[i]) end
for i = talk + 1, #ARGV do redis.call('XADD', KEYS[7], '*', 'd', ARGV[1], 'r', ARGV[i]) end
redis.call('XACK', KEYS[3], ARGV[5], ARGV[4])
redis.call('XDEL', KEYS[3], ARGV[4])
-- The epoch rises here too: this commit, sent twice, must not end the next turn.
redis.call('HINCRBY', KEYS[1], 'e', 1)
redis.call('HDEL', KEYS[1], 'a')
if redis.call('LLEN', KEYS[2]) > 0 then
  redis.call('XADD', KEYS[3], '*', 'd', ARGV[1])
else
  redis.call('HDEL', KEYS[1], 's')
  redis.call('EXPIRE', KEYS[1], ARGV[6])
end
return 1
""")

_GIVE_BACK = Script("""#!lua flags=allow-oom
-- KEYS lock ; ARGV epoch
if redis.call('HGET', KEYS[1], 'e') == ARGV[1] then redis.call('HINCRBY', KEYS[1], 'a', -1) end
return 1
""")

_BEAT = Script("""#!lua flags=allow-oom
-- KEYS alive ; ARGV worker
local time = redis.call('TIME')
redis.call('ZADD', KEYS[1], time[1] + time[2] / 1000000, ARGV[1])
redis.call('EXPIRE', KEYS[1], 86400)
return 1
""")

_REAP = Script("""#!lua flags=allow-oom
-- KEYS ready alive ; ARGV group worker lease count held...
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local lease = tonumber(ARGV[3])
local held = {}
for i = 5, #ARGV do held[ARGV[i]] = true end
local found = {}
if redis.call('EXISTS', KEYS[1]) == 0 then return found end
for _, row in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = {}
  for i = 1, #row, 2 do consumer[row[i]] = row[i + 1] end
  local mine = consumer.name == ARGV[2]
  local beat = tonumber(redis.call('ZSCORE', KEYS[2], consumer.name) or '0')
  if mine or now - beat > lease then
    -- Our own entries whose delivery got lost on the wire count as orphans after a lease.
    local idle = mine and math.floor(lease * 1000) or 0
    local rows = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', idle, '-', '+', ARGV[4],
      consumer.name)
    for _, pending in ipairs(rows) do
      if not (mine and held[pending[1]]) and #found < tonumber(ARGV[4]) then
        local got = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, pending[1])
        if got[1] then table.insert(found, {got[1][1], got[1][2][2]}) end
      end
    end
    if not mine and #rows == 0 then
      redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
      redis.call('ZREM', KEYS[2], consumer.name)
    end
  end
end
return found
""")


class Waiting(msgspec.Struct, frozen=True):
    """One event in a mailbox."""

    event: Request
    is_over_limit: bool
    """The first event beyond the fan's limit: to be told so; the ones after it are dropped."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker holds when it begins a turn."""

    entry: str
    dialogue: str
    epoch: int
    attempt: int
    """1 unless an earlier attempt died on the way."""

    waiting: list[Waiting | None]
    """None is an event that nobody can read any more."""

    memory: bytes
    history: list[bytes]
    place: list[bytes]


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn changes."""

    taken: int
    """Events that it answered, from the front of the mailbox."""

    memory: bytes
    """b"" forgets memory and history."""

    drop: int = 0
    """Lines to drop from the front of the history."""

    lines: Sequence[bytes] = ()
    retracted: Sequence[bytes] = ()
    """Talk to take out of what the place remembers, as it stands there."""

    replies: Sequence[Reply] = ()


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Request).decode


async def push(
    store: Store, event: Request, *, dialogue: str, fan: str, limit: int, overheard: bytes
) -> bool:
    """Take an event; when this returns, it is in Redis. False: dropped, over the limit.

    Raises:
        StoreError: It is not in Redis; the platform must keep it.
    """
    place = event.conversation.key
    answer = await store.run(
        _PUSH,
        [key("mailbox", dialogue), key("lock", dialogue), key("ready"), key("seen", event.id),
         key("limit", fan), key("place", place)],
        [dialogue, _encode(event), SEEN, limit, overheard, OVERHEARD, PLACE, CAPACITY],
    )  # fmt: skip
    return answer != b"silent"


async def claim(store: Store, entry: str, dialogue: str, place: str) -> Claim:
    """Begin a turn.

    Raises:
        StoreError: Redis is away; the entry stays with this worker.
    """
    epoch, attempt, waiting, memory, history, overheard = await store.run(
        _CLAIM,
        [key("lock", dialogue), key("mailbox", dialogue), key("memory", dialogue),
         key("history", dialogue), key("place", place)],
        [TURN],
    )  # fmt: skip
    return Claim(
        entry=entry,
        dialogue=dialogue,
        epoch=epoch,
        attempt=attempt,
        waiting=_waiting(waiting),
        memory=memory,
        history=history,
        place=overheard,
    )


async def extend(store: Store, held: Claim, known: int) -> list[Waiting | None]:
    """Return events that came after the first `known` ones.

    Raises:
        FencedError: This is no longer our turn.
        StoreError: Redis is away.
    """
    answer = await store.run(
        _EXTEND,
        [key("lock", held.dialogue), key("mailbox", held.dialogue)],
        [held.epoch, known, TURN],
    )
    if answer is None:
        raise FencedError(f"Another worker has {held.dialogue}.")
    return _waiting(answer)


async def commit(store: Store, held: Claim, change: Commit, *, platform: str, place: str) -> bool:
    """End a turn. False: it was not ours any more, or this very commit already happened.

    Raises:
        StoreError: Redis is away; calling again is safe.
    """
    dialogue = held.dialogue
    done = await store.run(
        _COMMIT,
        [key("lock", dialogue), key("mailbox", dialogue), key("ready"), key("memory", dialogue),
         key("history", dialogue), key("place", place), key("outbox", platform)],
        [dialogue, held.epoch, change.taken, held.entry, GROUP, LOCK, change.memory, MEMORY,
         change.drop, len(change.lines), len(change.retracted), *change.lines,
         *change.retracted, *(_encode(reply) for reply in change.replies)],
    )  # fmt: skip
    return bool(done)


async def give_back(store: Store, held: Claim) -> None:
    """Make a turn that ends unfinished, but not by its own fault, count as not tried.

    Raises:
        StoreError: Redis is away.
    """
    await store.run(_GIVE_BACK, [key("lock", held.dialogue)], [held.epoch])


async def beat(store: Store, worker: str) -> None:
    """Say that a worker is alive.

    Raises:
        StoreError: Redis is away.
    """
    await store.run(_BEAT, [key("alive")], [worker])


async def reap(
    store: Store, worker: str, *, lease: float, held: Sequence[str], count: int
) -> list[Entry]:
    """Take over entries of workers without a sign of life for `lease` seconds.

    Raises:
        StoreError: Redis is away.
    """
    rows = await store.run(
        _REAP, [key("ready"), key("alive")], [GROUP, worker, lease, count, *held]
    )
    return [Entry(entry.decode(), {b"d": dialogue}) for entry, dialogue in rows]


def _waiting(rows: Sequence[bytes]) -> list[Waiting | None]:
    return [_to_waiting(row) for row in rows]


def _to_waiting(row: bytes) -> Waiting | None:
    try:
        return Waiting(_decode(row[1:]), row[:1] == b"1")
    except msgspec.DecodeError as error:
        _log.error("an event cannot be read and is dropped: %s", error)
        return None
