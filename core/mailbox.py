"""The protocol of the inbox: what happens to a dialogue's events in Redis, step by step.

    push       an event is taken, once, and its dialogue put on the ready stream if it is not there
    claim      a worker begins a turn: the epoch rises, everything it needs comes in one answer
    extend     has anything come or changed since? and is this still our turn?
    commit     the turn ends, in one step: all of it happened, or nothing
    give_back  a turn ends unfinished, through no fault of its own

A dialogue is on the ready stream at most once, and its lock names that entry, so one worker has it
at a time; whoever comes with another entry is late and is sent away. The epoch fences off a worker
that was slow or frozen and was thought dead (`core.roster`). Where gateway and worker are one
process, a push is a claim too: one round trip less. Every script may be repeated when its answer
got lost on the way. All but `push` run when Redis is full, so that it can drain.

What waits in a mailbox is a flag, the event's id, a zero byte and the event. Flags: 0 as it came,
f, c, b the first one over a limit of the fan, the community, the bot (until when stands before the
event), r put back after it was set aside, x dropped by who wrote it; it keeps its place, since a
worker counts from the front.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from core.errors import FencedError
from core.limits import OWN_LIMIT, TAKE_ROOM, Crowd, fields_of, to_micros, to_used, windows_of
from core.message import Action, Reply, Request, dialogue_of
from core.protocol import (
    Aside,
    Claim,
    Commit,
    Extension,
    House,
    Taken,
    Waiting,
    house_keys,
    to_waiting,
)
from core.store import (
    ASIDE,
    LOCK,
    PLACE,
    SEEN,
    TALLY,
    Script,
    Store,
    Value,
    Write,
    key,
    pairs,
)

__all__ = [
    "Aside",
    "Claim",
    "Commit",
    "Extension",
    "Taken",
    "Waiting",
    "claim",
    "commit",
    "extend",
    "give_back",
    "push",
]

GROUP = "workers"
CAPACITY = 200
"""Events that may wait in one mailbox; the fan's limit is far below."""

TURN = 50
"""Events that one turn may take."""

OVERHEARD = 40
"""Messages of a place that are kept for those who ask there next."""

SPOKEN = 12
"""Turns in one language after which what a place spoke before counts half: a place that changes
its language is followed within about as many turns."""

_CLAIM_BODY = """
local function claim(lock, mailbox, memory, history, place, spoken, spent, house, fields, turn,
  worker)
  local time = redis.call('TIME')
  redis.call('HSETNX', lock, 'b', string.format('%d.%06d', time[1], time[2]))
  -- A worker that claims again has not died of it: its answer was lost, or Redis was away.
  if redis.call('HGET', lock, 'w') ~= worker then
    redis.call('HSET', lock, 'w', worker)
    redis.call('HINCRBY', lock, 'a', 1)
  end
  return {redis.call('HINCRBY', lock, 'e', 1), redis.call('HGET', lock, 'a'),
    redis.call('HGET', lock, 'b'), redis.call('HGET', lock, 'v') or '0',
    redis.call('LRANGE', mailbox, 0, turn - 1), redis.call('GET', memory) or '',
    redis.call('LRANGE', history, 0, -1), redis.call('LRANGE', place, 0, -1),
    redis.call('HGETALL', spoken), redis.call('MGET', unpack(house)),
    redis.call('HMGET', spent, unpack(fields))}
end
"""
_PUSH = Script(
    """#!lua
-- KEYS mailbox lock ready seen limit place memory history spoken crowd crowd_of_all told spent
--      house...
-- ARGV dialogue id event seen_ttl limit overheard overheard_keep overheard_ttl capacity turn
--      group taker crowd crowd_of_all window field...
"""
    + _CLAIM_BODY
    + TAKE_ROOM
    + OWN_LIMIT
    + """
if redis.call('EXISTS', KEYS[4]) == 1 then return {'twice'} end
redis.call('SET', KEYS[4], ARGV[1], 'EX', ARGV[4])
if redis.call('LLEN', KEYS[1]) >= tonumber(ARGV[9]) then return {'silent'} end
local front, limit, window = '0', tonumber(ARGV[5]), tonumber(ARGV[15])
if limit > 0 then
  local which, wait, now = take_room({KEYS[5], KEYS[10], KEYS[11]},
    {own_limit({KEYS[14], KEYS[15]}, limit), tonumber(ARGV[13]), tonumber(ARGV[14])}, window)
  if which > 0 then
    if not redis.call('SET', KEYS[12], which, 'NX', 'EX', math.ceil(window / 1000000)) then
      return {'silent'}
    end
    front = string.sub('fcb', which, which)
    ARGV[3] = string.format('%013.0f', math.ceil((now + wait) / 1000)) .. ARGV[3]
  end
end
if ARGV[6] ~= '' then
  redis.call('RPUSH', KEYS[6], ARGV[6])
  redis.call('LTRIM', KEYS[6], -ARGV[7], -1)
  redis.call('EXPIRE', KEYS[6], ARGV[8])
end
redis.call('RPUSH', KEYS[1], front .. ARGV[2] .. '\0' .. ARGV[3])
if redis.call('HGET', KEYS[2], 's') then return {'taken'} end
redis.call('HSET', KEYS[2], 's', redis.call('XADD', KEYS[3], '*', 'd', ARGV[1]))
redis.call('PERSIST', KEYS[2])
if ARGV[12] == '' then return {'taken'} end
-- The oldest that waits goes first; as a rule that is what was just added.
local got = redis.pcall('XREADGROUP', 'GROUP', ARGV[11], ARGV[12], 'COUNT', 1,
  'STREAMS', KEYS[3], '>')
if not got or got.err then return {'taken'} end
local entry = got[1][2][1]
if entry[2][2] ~= ARGV[1] then return {'taken', entry[1], entry[2][2]} end
return {'taken', entry[1], ARGV[1],
  claim(KEYS[2], KEYS[1], KEYS[7], KEYS[8], KEYS[6], KEYS[9], KEYS[13], {unpack(KEYS, 14)},
    {unpack(ARGV, 16)}, tonumber(ARGV[10]), ARGV[12])}
"""
)

_CLAIM = Script(
    """#!lua flags=allow-oom
-- KEYS lock mailbox memory history place ready spoken spent house...
-- ARGV turn worker entry group field...
"""
    + _CLAIM_BODY
    + """
if redis.call('HGET', KEYS[1], 's') ~= ARGV[3] then
  redis.call('XACK', KEYS[6], ARGV[4], ARGV[3])
  redis.call('XDEL', KEYS[6], ARGV[3])
  return false
end
return claim(KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[7], KEYS[8],
  {unpack(KEYS, 9)}, {unpack(ARGV, 5)}, tonumber(ARGV[1]), ARGV[2])
"""
)

_EXTEND = Script("""#!lua flags=allow-oom
-- KEYS lock mailbox ; ARGV epoch version known turn
if redis.call('HGET', KEYS[1], 'e') ~= ARGV[1] then return false end
local version = redis.call('HGET', KEYS[1], 'v') or '0'
local from = version == ARGV[2] and ARGV[3] or 0
return {version, redis.call('LRANGE', KEYS[2], from, ARGV[4] - 1)}
""")

_COMMIT = Script("""#!lua flags=allow-oom
-- KEYS lock mailbox ready memory history place aside tally spoken written...
-- ARGV dialogue epoch taken entry group lock_ttl memory memory_ttl drop aside aside_ttl lines
--      retracted counts tally_ttl language most place_ttl line... talk... count...
--      (command key arguments argument...)...
if redis.call('HGET', KEYS[1], 'e') ~= ARGV[2] then return 0 end
redis.call('LTRIM', KEYS[2], ARGV[3], -1)
if ARGV[7] == '' then
  redis.call('DEL', KEYS[4], KEYS[5])
else
  redis.call('SET', KEYS[4], ARGV[7], 'EX', ARGV[8])
  redis.call('LTRIM', KEYS[5], ARGV[9], -1)
end
if ARGV[10] ~= '' then
  redis.call('XADD', KEYS[7], 'MAXLEN', 1000, '*', 'd', ARGV[1], 'a', ARGV[10])
  redis.call('EXPIRE', KEYS[7], ARGV[11])
end
local lines = 18 + tonumber(ARGV[12])
local talk = lines + tonumber(ARGV[13])
local counts = talk + tonumber(ARGV[14])
for i = 19, lines do redis.call('RPUSH', KEYS[5], ARGV[i]) end
redis.call('EXPIRE', KEYS[5], ARGV[8])
for i = lines + 1, talk do redis.call('LREM', KEYS[6], 0, ARGV[i]) end
for i = talk + 1, counts do redis.call('HINCRBY', KEYS[8], ARGV[i], 1) end
redis.call('EXPIRE', KEYS[8], ARGV[15])
if ARGV[16] ~= '' then
  if redis.call('HINCRBY', KEYS[9], ARGV[16], 1) >= tonumber(ARGV[17]) then
    local spoken = redis.call('HGETALL', KEYS[9])
    for i = 1, #spoken, 2 do
      local half = math.floor(spoken[i + 1] / 2)
      if half > 0 then redis.call('HSET', KEYS[9], spoken[i], half)
      else redis.call('HDEL', KEYS[9], spoken[i]) end
    end
  end
  redis.call('EXPIRE', KEYS[9], ARGV[18])
end
local i = counts + 1
while ARGV[i] do
  local last = i + 2 + ARGV[i + 2]
  redis.call(ARGV[i], KEYS[tonumber(ARGV[i + 1])], unpack(ARGV, i + 3, last))
  i = last + 1
end
redis.call('XACK', KEYS[3], ARGV[5], ARGV[4])
redis.call('XDEL', KEYS[3], ARGV[4])
-- The epoch rises here too: this commit, sent twice, must not end the next turn.
redis.call('HINCRBY', KEYS[1], 'e', 1)
redis.call('HDEL', KEYS[1], 'a', 'b', 'w')
if redis.call('LLEN', KEYS[2]) > 0 then
  redis.call('HSET', KEYS[1], 's', redis.call('XADD', KEYS[3], '*', 'd', ARGV[1]))
else
  redis.call('HDEL', KEYS[1], 's')
  redis.call('EXPIRE', KEYS[1], ARGV[6])
end
return 1
""")

_GIVE_BACK = Script("""#!lua flags=allow-oom
-- KEYS lock ; ARGV epoch
if redis.call('HGET', KEYS[1], 'e') ~= ARGV[1] then return 0 end
redis.call('HINCRBY', KEYS[1], 'e', 1)
redis.call('HINCRBY', KEYS[1], 'a', -1)
redis.call('HDEL', KEYS[1], 'w')
return 1
""")


_encode = msgspec.msgpack.Encoder().encode
_UNLIMITED = Crowd()


async def push(
    store: Store,
    request: Request,
    *,
    limit: int,
    crowd: Crowd = _UNLIMITED,
    overheard: bytes,
    taker: str = "",
) -> Taken:
    """Take an event; when this returns, it is in Redis.

    Args:
        store: Where to.
        request: What came.
        limit: Events that one fan may send in a minute, unless moderators set another; 0: this
            event is let in whatever came before, and not counted.
        crowd: How many may come from all together.
        overheard: The same as talk of the place, or b"".
        taker: A worker of this process that has room, or "": it begins the turn at once.

    Raises:
        StoreError: It is not in Redis; the platform must keep it.
    """
    dialogue, where = dialogue_of(request).key, request.conversation
    place = where.key
    fan, here, everywhere, told = windows_of(where.platform, where.community, request.user.id)
    answer = await store.run(
        _PUSH,
        [key("mailbox", dialogue), key("lock", dialogue), key("ready"), key("seen", request.id),
         fan, key("place", place), key("memory", dialogue), key("history", dialogue),
         key("spoken", place), here, everywhere, told, key("spent", today()),
         *house_keys(dialogue)],
        [dialogue, request.id, _encode(request), SEEN, limit, overheard, OVERHEARD, PLACE,
         CAPACITY, TURN, GROUP, taker, 0 if where.is_direct else crowd.community, crowd.bot,
         to_micros(crowd.window), *fields_of(dialogue)],
    )  # fmt: skip
    what, *more = answer
    if not more:
        return Taken(is_kept=what != b"silent")
    entry, whose = more[0].decode(), more[1].decode()
    held = _to_claim(entry, whose, more[2]) if len(more) > 2 else None
    return Taken(True, entry, whose, held)


async def claim(store: Store, entry: str, dialogue: str, *, place: str, worker: str) -> Claim:
    """Begin a turn.

    Raises:
        FencedError: This entry is no longer the dialogue's; it is gone.
        StoreError: Redis is away; the entry stays with this worker.
    """
    rows = await store.run(
        _CLAIM,
        [key("lock", dialogue), key("mailbox", dialogue), key("memory", dialogue),
         key("history", dialogue), key("place", place), key("ready"), key("spoken", place),
         key("spent", today()), *house_keys(dialogue)],
        [TURN, worker, entry, GROUP, *fields_of(dialogue)],
    )  # fmt: skip
    if rows is None:
        raise FencedError(f"What was to be done for {dialogue} is done.")
    return _to_claim(entry, dialogue, rows)


async def extend(store: Store, held: Claim, *, known: int, version: bytes) -> Extension:
    """Return what came after the first `known` rows, or all rows when something changed.

    Raises:
        FencedError: This is no longer our turn.
        StoreError: Redis is away.
    """
    answer = await store.run(
        _EXTEND,
        [key("lock", held.dialogue), key("mailbox", held.dialogue)],
        [held.epoch, version, known, TURN],
    )
    if answer is None:
        raise FencedError(f"Another worker has {held.dialogue}.")
    return Extension(answer[0], _waiting(answer[1]), answer[0] != version)


async def commit(store: Store, held: Claim, change: Commit, *, place: str) -> bool:
    """End a turn. False: it was not ours any more, or this very commit already happened.

    Raises:
        StoreError: Redis is away; calling again is safe.
    """
    dialogue = held.dialogue
    writes = [
        *change.writes,
        *(_to_outbox(dialogue, "r", reply) for reply in change.replies),
        *(_to_outbox(dialogue, "a", action) for action in change.actions),
    ]
    written = list(dict.fromkeys(write.key for write in writes))
    aside: Value = b"" if change.aside is None else _encode(change.aside)
    done = await store.run(
        _COMMIT,
        [key("lock", dialogue), key("mailbox", dialogue), key("ready"), key("memory", dialogue),
         key("history", dialogue), key("place", place), key("aside"), key("tally", today()),
         key("spoken", place), *written],
        [dialogue, held.epoch, change.taken, held.entry, GROUP, LOCK, change.memory, change.keep,
         change.drop, aside, ASIDE, len(change.lines), len(change.retracted),
         len(change.counts), TALLY, change.spoken, SPOKEN, PLACE, *change.lines,
         *change.retracted, *change.counts,
         *(word for write in writes for word in (
             write.command, written.index(write.key) + 10, len(write.args), *write.args))],
    )  # fmt: skip
    return bool(done)


async def give_back(store: Store, held: Claim) -> None:
    """Make a turn that ends unfinished, but not by its own fault, count as not tried.

    Raises:
        StoreError: Redis is away.
    """
    await store.run(_GIVE_BACK, [key("lock", held.dialogue)], [held.epoch])


def _to_claim(entry: str, dialogue: str, rows: Sequence[Any]) -> Claim:
    epoch, attempt, begun_at, version, waiting, memory, history, overheard, *more = rows
    spoken, house, spent = more
    return Claim(
        entry=entry,
        dialogue=dialogue,
        epoch=epoch,
        attempt=int(attempt),
        begun_at=float(begun_at),
        version=version,
        waiting=_waiting(waiting),
        memory=memory,
        history=history,
        place=overheard,
        spoken={tag.decode(): int(count) for tag, count in pairs(spoken).items()},
        house=House(*(value or b"" for value in house)),
        used=to_used(spent),
    )


def _to_outbox(dialogue: str, field: str, item: Reply | Action) -> Write:
    """Write what goes out, in order with whatever else is said there."""
    place = item.conversation
    lane = dialogue if dialogue.rpartition(":")[0] == place.key else place.key
    row = ("*", "d", lane, field, _encode(item))
    return Write("XADD", key("outbox", place.platform), row)


def today() -> str:
    """Return the day whose counts a turn adds to, in UTC: "2026-11-25"."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def _waiting(rows: Sequence[bytes]) -> list[Waiting | None]:
    return [to_waiting(row) for row in rows]
