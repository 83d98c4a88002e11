"""What people change after they wrote it: a message that waits for its turn is changed too."""

from __future__ import annotations

import msgspec

from core.message import Change, Edit, Message
from core.protocol import to_row, to_waiting
from core.store import Script, Store, key

_FIND = Script("""#!lua flags=allow-oom
-- KEYS mailbox ; ARGV id
local front = ARGV[1] .. '\0'
for _, row in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if string.sub(row, 2, #front + 1) == front then return row end
end
return false
""")

_SWAP = Script("""#!lua flags=allow-oom
-- KEYS mailbox lock ; ARGV old new
for i, row in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if row == ARGV[1] then
    redis.call('LSET', KEYS[1], i - 1, ARGV[2])
    redis.call('HINCRBY', KEYS[2], 'v', 1)
    return 1
  end
end
return 0
""")


async def apply(store: Store, change: Change) -> bool:
    """Change or drop a message that waits; one that is answered, or was not for us, stays.

    A turn that has begun with it begins anew, as long as nothing of its answer was shown.

    Raises:
        StoreError: It is not known whether it was changed; calling again is safe.
    """
    dialogue = (await store.get(key("seen", change.target))).decode()
    if not dialogue:
        return False
    mailbox = key("mailbox", dialogue)
    old: bytes = await store.run(_FIND, [mailbox], [change.target]) or b""
    waiting = to_waiting(old)
    if waiting is None:
        return False
    new = b"x%b\0" % change.target.encode()
    if isinstance(change, Edit):
        if not isinstance(waiting.request, Message) or _is_late(change, waiting.request):
            return False
        edited = msgspec.structs.replace(
            waiting.request, text=change.text, edited_at=change.sent_at
        )
        new = to_row(edited, old[:1], waiting.wait)
    return bool(await store.run(_SWAP, [mailbox, key("lock", dialogue)], [old, new]))


def _is_late(change: Edit, waiting: Message) -> bool:
    """Return whether a newer edit came first: told twice, or shuffled on the way."""
    return waiting.edited_at is not None and change.sent_at < waiting.edited_at
