"""Bans that end: a platform that knows no end of a ban is told when it has come."""

from __future__ import annotations

import asyncio
import logging
import time

import msgspec

from core.errors import StoreError
from core.message import Action, Conversation
from core.store import HOUSE, Script, Store, Write, key

_TICK = 5.0  # seconds between two looks
_BATCH = 100  # bans ended at one look

_LOOK = Script("""#!lua flags=allow-oom
-- KEYS due ; ARGV now count ttl
-- It outlives its last ban as long as somebody looks.
redis.call('EXPIRE', KEYS[1], ARGV[3])
return redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[2])
""")
# Whichever process comes first ends a ban; the others find it gone.
_END = Script("""#!lua flags=allow-oom
-- KEYS due outbox ; ARGV ban lane action
if redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[2], '*', 'd', ARGV[2], 'a', ARGV[3])
return 1
""")

_log = logging.getLogger(__name__)


class _Ban(msgspec.Struct, frozen=True, array_like=True):
    platform: str
    community: str
    user: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Ban).decode


def plan_unban(place: Conversation, user: str, at: float) -> tuple[Write, Write]:
    """Lift a ban at a time (Unix, seconds), with a turn; an earlier plan for it is forgotten."""
    return (
        Write("ZADD", key("due"), (at, _to_member(place, user))),
        Write("EXPIRE", key("due"), (HOUSE,)),
    )


def drop_unban(place: Conversation, user: str) -> Write:
    """Let a ban be as it is now, with a turn."""
    return Write("ZREM", key("due"), (_to_member(place, user),))


def _to_member(place: Conversation, user: str) -> bytes:
    return _encode(_Ban(place.platform, place.community, user))


class Due:
    """Ends bans whose time has come; any number of processes may have one."""

    def __init__(self, store: Store, *, tick: float = _TICK) -> None:
        """`tick`: seconds between two looks."""
        self._store = store
        self._tick = tick

    async def run(self) -> None:
        """End bans until cancelled."""
        while True:
            try:
                await self.look()
            except StoreError as error:
                _log.info("no ban ends for now: %s", error)
            await asyncio.sleep(self._tick)

    async def look(self) -> None:
        """End every ban whose time has come.

        Raises:
            StoreError: Redis is away.
        """
        for row in await self._store.run(_LOOK, [key("due")], [time.time(), _BATCH, HOUSE]):
            ban = _decode(row)
            place = Conversation(
                platform=ban.platform, community=ban.community, channel=ban.community
            )
            action = Action(
                id=f"action:due:{place.platform}:{place.community}:{ban.user}:{int(time.time())}",
                conversation=place,
                verb="unban",
                user=ban.user,
            )
            keys = [key("due"), key("outbox", ban.platform)]
            if await self._store.run(_END, keys, [row, place.key, _encode(action)]):
                _log.info("the ban of %s in %s has ended", ban.user, place.key)
