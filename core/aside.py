"""Turns that were set aside: they failed again and again, and nothing else shall wait for them.

A turn lands here by its commit (`core.mailbox`); whoever looks after the bot sees why, and puts it
back when the cause is mended.
"""

from __future__ import annotations

import msgspec

from core.protocol import Aside, to_row
from core.store import Script, Store, key

_RESTORE = Script("""#!lua
-- KEYS mailbox lock ready aside ; ARGV dialogue entry row...
if redis.call('XDEL', KEYS[4], ARGV[2]) == 0 then return 0 end
for i = 3, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
if not redis.call('HGET', KEYS[2], 's') then
  redis.call('HSET', KEYS[2], 's', redis.call('XADD', KEYS[3], '*', 'd', ARGV[1]))
  redis.call('PERSIST', KEYS[2])
end
return 1
""")


class SetAside(msgspec.Struct, frozen=True):
    """A turn that is set aside, and where it came from."""

    id: str
    dialogue: str
    turn: Aside


_decode = msgspec.msgpack.Decoder(Aside).decode


async def list_aside(store: Store) -> list[SetAside]:
    """Return everything that is set aside, oldest first.

    Raises:
        StoreError: Redis is away.
    """
    entries = await store.read(key("aside"), after="0", count=1000)
    return [SetAside(e.id, e.fields[b"d"].decode(), _decode(e.fields[b"a"])) for e in entries]


async def restore(store: Store, kept: SetAside) -> bool:
    """Put what was set aside back into its mailbox. False: somebody else already did.

    Its answer takes the place of the apology that the fan was given.

    Raises:
        StoreError: It still is set aside.
    """
    dialogue = kept.dialogue
    done = await store.run(
        _RESTORE,
        [key("mailbox", dialogue), key("lock", dialogue), key("ready"), key("aside")],
        [dialogue, kept.id, *(to_row(request, b"r") for request in kept.turn.requests)],
    )
    return bool(done)
