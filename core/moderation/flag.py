"""What waits for a moderator, and how the queue of a community stands in Redis."""

from __future__ import annotations

import logging
from typing import Literal, TypeAlias

import msgspec

from core.message import Conversation, User
from core.store import HOUSE, Script, Store, Write, key

FlagKind = Literal["report", "filter", "guard", "appeal", "handoff", "raid", "budget"]
FlagVerb = Literal["dismiss", "warn", "mute", "ban", "delete", "release"]

KEEP = 500
"""Flags of one community, the newest ones."""

AGAIN = 7 * 24 * 3600
"""Seconds in which what is reported again counts with the flag that it raised first."""

_SLACK = 10
"""Numbers that a turn done again may have skipped are swept away with their neighbours."""

# One hash holds it all: "last" the newest number, "12" a flag that waits, "t12" who took it.
_NUMBER = Script("""#!lua
-- KEYS flags ; ARGV ttl
local number = redis.call('HINCRBY', KEYS[1], 'last', 1)
redis.call('EXPIRE', KEYS[1], ARGV[1])
return number
""")
_COUNT = Script("""#!lua
-- KEYS again flags ; ARGV who again_ttl flags_ttl
local number = redis.call('HGET', KEYS[1], 'n')
if not number then
  number = redis.call('HINCRBY', KEYS[2], 'last', 1)
  redis.call('EXPIRE', KEYS[2], ARGV[3])
  redis.call('HSET', KEYS[1], 'n', number)
end
if redis.call('HSETNX', KEYS[1], 'u:' .. ARGV[1], 1) == 1 then
  redis.call('HINCRBY', KEYS[1], 'c', 1)
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {tostring(number), tonumber(redis.call('HGET', KEYS[1], 'c')),
  redis.call('HGET', KEYS[2], number) or '', redis.call('HGET', KEYS[2], 't' .. number) or ''}
""")
_LOOK = Script("""#!lua flags=no-writes,allow-oom
-- KEYS flags ; ARGV number
return {redis.call('HGET', KEYS[1], ARGV[1]) or '',
  redis.call('HGET', KEYS[1], 't' .. ARGV[1]) or ''}
""")
_TAKE = Script("""#!lua flags=allow-oom
-- KEYS flags ; ARGV number taken
if redis.call('HGET', KEYS[1], ARGV[1]) then
  redis.call('HSETNX', KEYS[1], 't' .. ARGV[1], ARGV[2])
end
return redis.call('HGET', KEYS[1], 't' .. ARGV[1]) or ''
""")

_log = logging.getLogger(__name__)


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a moderator should look at."""

    kind: FlagKind
    place: Conversation
    """Where it happened."""

    at: float
    """Unix time, seconds."""

    id: str = ""
    """Number in its community; the queue gives it."""

    user: str = ""
    """Id of the fan, or "" where it is about nobody."""

    name: str = ""
    message: str = ""
    """The platform's id of the message, or ""."""

    text: str = ""
    """As the fan wrote it."""

    rule: str = ""
    """What it goes against, for people."""

    sure: float = 1.0
    """From 0 to 1."""

    context: tuple[str, ...] = ()
    """What was said before it."""

    reason: str = ""
    """What somebody who reported it says of it; of an appeal, what was decided."""

    by: str = ""
    """What the fan is called who reported it."""

    count: int = 1
    """How many people, or messages, say the same."""

    language: str = ""
    """BCP 47 tag of what the fan reads."""

    answer_to: Conversation | None = None
    """Where the fan waits for an answer; None where nobody does."""

    can_release: bool = False
    """Whether there is something to take back: a mute or a ban."""

    translation: str = ""
    """Of the text, into what moderators read; "" where it is the same or none was to be had."""

    source: str = ""
    """BCP 47 tag of the text, or ""."""

    desk: Conversation | None = None
    """Where it was posted."""


class Same(msgspec.Struct, frozen=True):
    """What makes two flags one."""

    what: str
    """Names what both are about, within the community."""

    who: str
    """Who, or which event, says so: counted once."""

    seconds: int = AGAIN


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Who decided, and what."""

    event: str
    user: str
    name: str
    verb: str


class Counted(msgspec.Struct, frozen=True):
    """A flag that may stand already."""

    id: str
    count: int
    standing: Flag | None
    taken: Taken | None


Key: TypeAlias = tuple[str, str]
"""Platform and community."""

_encode = msgspec.msgpack.Encoder().encode
_flag = msgspec.msgpack.Decoder(Flag).decode
_taken = msgspec.msgpack.Decoder(Taken).decode


def _name(place: Key) -> str:
    return key("flags", ":".join(place))


def key_of(place: Conversation) -> Key:
    """Return the community of a place."""
    return place.platform, place.community


async def next_number(store: Store, place: Key) -> str:
    """Return a number that no flag of the community has.

    Raises:
        StoreError: Redis is away.
    """
    return str(await store.run(_NUMBER, [_name(place)], [HOUSE]))


async def count_in(store: Store, place: Key, same: Same) -> Counted:
    """Return the flag that this one is the same as, or the number that it is to have.

    Raises:
        StoreError: Redis is away.
    """
    again = key("again", f"{':'.join(place)}:{same.what}")
    number, count, row, taken = await store.run(
        _COUNT, [again, _name(place)], [same.who, same.seconds, HOUSE]
    )
    return Counted(number.decode(), count, _to_flag(row), _taken(taken) if taken else None)


async def look(store: Store, place: Key, number: str) -> tuple[Flag | None, Taken | None]:
    """Return a flag, if it waits, and who took it.

    Raises:
        StoreError: Redis is away.
    """
    row, taken = await store.run(_LOOK, [_name(place)], [number])
    return _to_flag(row), _taken(taken) if taken else None


async def take(store: Store, place: Key, number: str, taken: Taken) -> Taken | None:
    """Take a flag unless somebody has it; return who has it now, None where there is no such flag.

    The same press takes it as often as it likes.

    Raises:
        StoreError: Redis is away.
    """
    row = await store.run(_TAKE, [_name(place)], [number, _encode(taken)])
    return _taken(row) if row else None


async def read_open(store: Store, place: Key) -> list[Flag]:
    """Return what waits in a community, oldest first.

    Raises:
        StoreError: Redis is away.
    """
    rows = await store.fields(_name(place))
    numbers = sorted(int(name) for name in rows if name.isdigit())
    found = [
        _to_flag(rows[str(number).encode()])
        for number in numbers
        if f"t{number}".encode() not in rows
    ]
    return [flag for flag in found if flag is not None]


def put(flag: Flag) -> tuple[Write, ...]:
    """Put a flag into its queue, or write it anew."""
    name, newest = _name(key_of(flag.place)), int(flag.id)
    gone = [
        field
        for number in range(max(1, newest - KEEP - _SLACK), newest - KEEP + 1)
        for field in (str(number), f"t{number}")
    ]
    return (
        Write("HSET", name, (flag.id, _encode(flag))),
        Write("HDEL", name, (*gone, "t0")),
        Write("EXPIRE", name, (HOUSE,)),
    )


def close(flag: Flag) -> Write:
    """Keep of a flag that is decided only what it was about: no word that anybody wrote."""
    bare = msgspec.structs.replace(
        flag, text="", translation="", context=(), reason="", by="", name="", answer_to=None
    )
    return Write("HSET", _name(key_of(flag.place)), (flag.id, _encode(bare)))


def to_taken(event: str, who: User, verb: str) -> Taken:
    """Return what a press says."""
    return Taken(event=event, user=who.id, name=who.name, verb=verb)


def _to_flag(row: bytes) -> Flag | None:
    if not row:
        return None
    try:
        return _flag(row)
    except msgspec.DecodeError as error:
        _log.error("a flag cannot be read and is left out: %s", error)
        return None
