"""Who works: which workers are alive, and what the dead left behind.

A worker beats several times within its lease. Whoever is silent for a lease is dead to the others,
and what it held goes to them; the epoch of a turn (`core.mailbox`) fences off one that was only
slow or frozen.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.mailbox import GROUP
from core.store import Entry, Script, Store, key

_BEAT = Script("""#!lua flags=allow-oom
-- KEYS ready alive ; ARGV group worker lease count held...
-- count 0 only beats.
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local last = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[2]) or now)
redis.call('ZADD', KEYS[2], now, ARGV[2])
redis.call('EXPIRE', KEYS[2], 86400)
local found = {}
local count = tonumber(ARGV[4])
if count == 0 or redis.call('EXISTS', KEYS[1]) == 0 then return found end
local lease = tonumber(ARGV[3])
-- We were silent ourselves: Redis hung, and the beats of the others come right after this one.
if lease > 0 and now - last > lease then return found end
local held = {}
for i = 5, #ARGV do held[ARGV[i]] = true end
local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if consumers.err then return found end
for _, row in ipairs(consumers) do
  local consumer = {}
  for i = 1, #row, 2 do consumer[row[i]] = row[i + 1] end
  local mine = consumer.name == ARGV[2]
  local beat = tonumber(redis.call('ZSCORE', KEYS[2], consumer.name) or '0')
  if mine and consumer.pending > #ARGV - 4 or not mine and now - beat > lease then
    -- Our own entries whose delivery got lost on the wire count as orphans after a lease.
    local idle = mine and math.floor(lease * 1000) or 0
    local rows = redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', idle, '-', '+',
      count + #ARGV, consumer.name)
    for _, pending in ipairs(rows) do
      if not (mine and held[pending[1]]) and #found < count then
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


async def beat(
    store: Store, worker: str, *, lease: float = 0.0, count: int = 0, held: Sequence[str] = ()
) -> list[Entry]:
    """Say that a worker is alive, and take over entries of those that are not.

    Args:
        store: Where.
        worker: Its name.
        lease: Seconds without a sign of life after which a worker counts as dead; 0: all others
            are dead.
        count: Entries to take over at most; 0 takes none.
        held: Entries that this worker works on.

    Raises:
        StoreError: Redis is away.
    """
    rows = await store.run(
        _BEAT, [key("ready"), key("alive")], [GROUP, worker, lease, count, *held]
    )
    return [Entry(entry.decode(), {b"d": dialogue}) for entry, dialogue in rows]


async def leave(store: Store, worker: str) -> None:
    """Say that a worker ends: the others take over what it holds at once.

    Raises:
        StoreError: Redis is away; they find out by themselves.
    """
    await store.leave(key("alive"), worker)
