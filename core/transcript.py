"""What a page shows again after it was away: kept for platforms that keep no messages."""

from __future__ import annotations

from core.store import MEMORY, Script, Store, key

KEEP = 500
"""Items of a room."""

_ADD = Script("""#!lua flags=allow-oom
-- KEYS transcript items ; ARGV item body keep ttl
local position = redis.call('HGET', KEYS[2], ARGV[1])
if not position then
  position = redis.call('XADD', KEYS[1], '*', 'i', ARGV[1], 'b', ARGV[2])
  redis.call('HSET', KEYS[2], ARGV[1], position)
  local excess = redis.call('XLEN', KEYS[1]) - ARGV[3]
  if excess > 0 then
    local oldest = redis.call('XREAD', 'COUNT', excess, 'STREAMS', KEYS[1], '0')[1][2]
    for _, row in ipairs(oldest) do
      redis.call('XDEL', KEYS[1], row[1])
      redis.call('HDEL', KEYS[2], row[2][2])
    end
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return position
""")


class Transcript:
    """The items of every room in the order in which they came, each once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, room: str, item: str, body: bytes) -> str:
        """Keep an item and return its position; an item that is there already stays as it is.

        Raises:
            StoreError: Redis is away; calling again is safe.
        """
        position = await self._store.run(
            _ADD, [key("transcript", room), key("item", room)], [item, body, KEEP, MEMORY]
        )
        return position.decode()

    async def after(self, room: str, position: str = "0") -> list[tuple[str, bytes]]:
        """Return position and body of every item after a position, oldest first.

        Raises:
            StoreError: Redis is away.
        """
        rows = await self._store.read(key("transcript", room), after=position, count=KEEP * 2)
        return [(row.id, row.fields[b"b"]) for row in rows]

    async def clear(self, room: str) -> None:
        """Forget a room.

        Raises:
            StoreError: Redis is away.
        """
        await self._store.delete(key("transcript", room), key("item", room))
