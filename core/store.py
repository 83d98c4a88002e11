"""What tifo keeps in Redis, and the only file that spells a key.

Each command that tifo uses gets one exact type, and every key its name, its shape and its time
to live. How commands get to Redis is the matter of `core.wire`, where Redis is of `core.route`.

All keys begin with `tifo:{0}:`. The braces keep one shard's keys in one slot of a cluster, so
that a script may touch them together.

    key                      shape   what it holds                           lives
    seen:EVENT               string  the dialogue that took this event       SEEN
    limit:PLATFORM:USER      list    when this fan sent something            a minute
    crowd:PLATFORM:NAME      list    the same of a community; without a      a minute
                                     name, of all
    told:PLATFORM:USER       string  this fan knows that it is too much      a minute
    spent:DAY                hash    tokens that answers cost, by whom and   two days
                                     where; who was told of it
    mailbox:DIALOGUE         list    flag, id, event, oldest first           until answered
    lock:DIALOGUE            hash    s its entry in ready, e epoch,          until answered; LOCK
                                     a attempts, w worker, b begun at,
                                     v version of what waits
    ready                    stream  dialogues that wait for a worker        until answered
    alive                    zset    worker, time of its last sign of life   a day
    aside                    stream  turns that failed again and again       ASIDE
    memory:DIALOGUE          string  what is remembered besides the words    MEMORY
    history:DIALOGUE         list    lines as they were sent to Qwen         MEMORY
    place:CONVERSATION       list    what was said there lately              PLACE
    spoken:CONVERSATION      hash    language, turns in it lately            PLACE
    tally:DAY                hash    language and outcome, how many answers  TALLY
    outbox:PLATFORM          stream  final replies and actions to carry out  until done
    community:PLATFORM:NAME  string  what moderators set there; `everywhere` HOUSE
                                     is what holds in all of them
    fan:PLATFORM:USER        hash    dialogue of a fan, when it was spoken   MEMORY
    erase                    stream  erasures that are ordered               until done
    standing:PLATFORM:       string  whether a fan is muted or banned there  HOUSE
        COMMUNITY:USER
    cases:COMMUNITY:USER     stream  what was decided about a fan there      as set; trimmed
    case-number:COMMUNITY    string  the newest case's number                HOUSE
    due                      zset    bans, when each ends                    HOUSE
    told:WHAT:DIALOGUE       string  somebody was told, and is not again     an hour; MEMORY
    audit:COMMUNITY          stream  what moderators did there               HOUSE; trimmed
    flags:COMMUNITY          hash    what waits for moderators, who took it  HOUSE; the newest
    again:COMMUNITY:WHAT     hash    number of a flag, who says the same     a week
    echo:COMMUNITY:DIGEST    zset    who just said nearly the same, and when seconds
    desk:CODE                string  the desk that a code links to           an hour
    sanctioned:PLATFORM:USER string  where a fan was last muted or banned    HOUSE
    handoff:DIALOGUE         string  the person who has taken over           HANDOFF
    handoffs:DESK            hash    number, whose dialogue and whose care   HANDOFF
    handoff-number:DESK      string  the newest one's number                 HOUSE
    thread:CONVERSATION      string  the dialogue that is in that thread     HANDOFF
    original:CHANNEL:ID      string  what was said, before its translation   ORIGINAL
    live:PLATFORM            stream  snapshots on the way, the newest ones   a minute
    notices                  stream  what moderators should know             ASIDE
    speaker:PLATFORM         string  the process that delivers there         seconds
    recent:PLATFORM          hash    channel, and how far it was heard       a day
    turnstile:GATE           string  somebody went through just now          seconds
    ledger:REPLY             hash    part number, mark and message id        LEDGER
    transcript:ROOM          stream  what a page of the web adapter shows    MEMORY
    item:ROOM                hash    item of the page, place in transcript   MEMORY
    translation:DIGEST       string  a translation; of what, by its digest   TRANSLATION
    words:LANGUAGE:DIGEST    string  our own texts, translated by a model    WORDS
    relay                    stream  what pages on other gateways must see   an hour; trimmed
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

import msgspec

from core.errors import StoreError
from core.route import Route
from core.wire import MissingGroupError, UnknownScriptError, Value, Wire

SEEN = 2 * 24 * 3600
"""Seconds. Telegram keeps an update for 24 hours; core.telegram.org/bots/api, read 2026-11-23."""

LOCK = 3600
"""Seconds that an epoch outlives its dialogue's last turn: a worker frozen for less is fenced."""

MEMORY = 30 * 24 * 3600
HOUSE = 400 * 24 * 3600
"""Seconds that what moderators set outlives its last change: longer than from one season to the
same time in the next."""

PLACE = 24 * 3600
ORIGINAL = 2 * 24 * 3600
LEDGER = 2 * 24 * 3600
ASIDE = 7 * 24 * 3600
TALLY = 8 * 24 * 3600
TRANSLATION = 24 * 3600
WORDS = 90 * 24 * 3600

PATIENCE = 5.0
"""Seconds that Redis may take to answer before it counts as away."""

_SCANNED = 500  # keys that Redis looks at before it lets others speak

_PREFIX = "tifo:{0}:"


def key(kind: str, name: str = "") -> str:
    """Spell a key of the table above."""
    return f"{_PREFIX}{kind}:{name}" if name else _PREFIX + kind


class Script(msgspec.Struct, frozen=True):
    """A Lua script; `core.mailbox` wraps each in a typed function."""

    lua: str
    digest: str = ""
    """What Redis calls it by; made from the script."""

    def __post_init__(self) -> None:
        """Compute the digest, once."""
        digest = hashlib.sha1(self.lua.encode(), usedforsecurity=False).hexdigest()
        msgspec.structs.force_setattr(self, "digest", digest)


class Write(msgspec.Struct, frozen=True):
    """One command that changes one key; `core.mailbox.commit` does it together with a turn."""

    command: str
    key: str
    args: tuple[Value, ...]


class Entry(msgspec.Struct, frozen=True):
    """One entry of a stream."""

    id: str
    fields: dict[bytes, bytes]


# What fans said to each other is taken only while there is room, like what they said to us.
_APPEND = Script("""#!lua
-- KEYS list strings... ; ARGV value keep ttl
redis.call('RPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], -ARGV[2], -1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
return KEYS[2] and redis.call('MGET', unpack(KEYS, 2)) or {}
""")

# What could be made again is taken only while there is room, too.
_KEEP_ALL = Script("""#!lua
-- KEYS strings ; ARGV ttl values
for i, name in ipairs(KEYS) do redis.call('SET', name, ARGV[i + 1], 'EX', ARGV[1]) end
return 1
""")
_GET_ALL = Script("""#!lua flags=no-writes,allow-oom
local found = {}
for i, name in ipairs(KEYS) do found[i] = redis.call('GET', name) end
return found
""")

# What follows must go on when Redis is full: plain HSET and XGROUP CREATE are refused then.
_PUT_FIELD = Script("""#!lua flags=allow-oom
-- KEYS hash ; ARGV field value ttl
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
""")
_ROWS = Script("""#!lua flags=no-writes,allow-oom
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'list' then return redis.call('LRANGE', KEYS[1], 0, -1) end
if kind == 'stream' then
  local rows = {}
  for i, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', '+')) do rows[i] = entry[2][2] end
  return rows
end
local found = redis.call('GET', KEYS[1])
return found and {found} or {}
""")
_SHORTEN = Script("""#!lua flags=allow-oom
-- KEYS name ; ARGV seconds
return redis.call('EXPIRE', KEYS[1], ARGV[1], redis.call('TTL', KEYS[1]) < 0 and 'NX' or 'LT')
""")
_MAKE_GROUP = Script("""#!lua flags=allow-oom
-- KEYS stream ; ARGV group
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
if made.err and not string.find(made.err, 'BUSYGROUP', 1, true) then return made end
return 1
""")


class Store:
    """A typed view of the few Redis commands that tifo uses.

    Every method raises `StoreError` when Redis is away or refuses, `StoreFullError` when it is
    out of memory; a write that was refused or may be lost is never taken for done.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        """`url`: any that `TIFO_REDIS_URL` may be.

        Raises:
            SettingsError: The address cannot be understood.
        """
        self._wire = Wire(Route(url, prefix=_PREFIX), patience=patience)

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def run(self, script: Script, keys: Sequence[str], args: Sequence[Value]) -> Any:  # noqa: ANN401 - each script has its own shape; the typed function around it knows
        """Run a script in one round trip."""
        try:
            return await self._wire.ask("EVALSHA", script.digest, len(keys), *keys, *args)
        except UnknownScriptError:  # a server started anew, or a new master
            return await self._wire.ask("EVAL", script.lua, len(keys), *keys, *args)

    async def read(
        self, stream: str, *, after: str, wait: float = 0.0, count: int = 256
    ) -> list[Entry]:
        """Return entries after an id, waiting at most `wait` seconds for the first."""
        if not int(wait * 1000):
            return _entries(await self._wire.ask("XREAD", "COUNT", count, "STREAMS", stream, after))
        return _entries(
            await self._wire.wait(
                *("XREAD", "COUNT", count, "BLOCK", int(wait * 1000), "STREAMS", stream, after),
                seconds=wait,
            )
        )

    async def read_group(
        self, stream: str, *, group: str, consumer: str, wait: float, count: int
    ) -> list[Entry]:
        """Return entries that no consumer of the group has; makes the group if need be."""
        try:
            return _entries(
                await self._wire.wait(
                    *("XREADGROUP", "GROUP", group, consumer, "COUNT", count),
                    *("BLOCK", max(1, int(wait * 1000)), "STREAMS", stream, ">"),
                    seconds=wait,
                )
            )
        except MissingGroupError:
            await self.run(_MAKE_GROUP, [stream], [group])
            return []

    async def remove(self, stream: str, *entries: str) -> None:
        """Delete entries of a stream."""
        await self._wire.ask("XDEL", stream, *entries)

    async def get(self, name: str) -> bytes:
        """Return a string; b"" when there is none."""
        return await self._wire.ask("GET", name) or b""

    async def get_all(self, names: Sequence[str]) -> list[bytes]:
        """Return strings in one round trip; b"" for each that is not there."""
        return [value or b"" for value in await self.run(_GET_ALL, names, [])]

    async def keep_all(self, values: Mapping[str, bytes], *, ttl: int) -> None:
        """Set strings in one round trip, for `ttl` seconds, while there is room for them."""
        await self.run(_KEEP_ALL, list(values), [ttl, *values.values()])

    async def leave(self, sorted_set: str, member: str) -> None:
        """Take a member out of a sorted set."""
        await self._wire.ask("ZREM", sorted_set, member)

    async def push(
        self, name: str, value: bytes, *, keep: int, ttl: int, also: Sequence[str] = ()
    ) -> list[bytes]:
        """Append to a list, keep its newest `keep` items, for `ttl` seconds.

        Returns the strings `also`, in the same round trip; b"" for each that is not there.
        """
        rows = await self.run(_APPEND, [name, *also], [value, keep, ttl])
        return [row or b"" for row in rows]

    async def fields(self, name: str) -> dict[bytes, bytes]:
        """Return a whole hash; empty when there is none."""
        return pairs(await self._wire.ask("HGETALL", name))

    async def put_field(self, name: str, field: str, value: Value, *, ttl: int) -> None:
        """Set a field of a hash and the time to live of the hash, in seconds."""
        await self.run(_PUT_FIELD, [name], [field, value, ttl])

    async def drop_field(self, name: str, field: str) -> None:
        """Delete a field of a hash."""
        await self._wire.ask("HDEL", name, field)

    async def delete(self, *names: str) -> None:
        """Delete keys."""
        await self._wire.ask("DEL", *names)

    async def shorten(self, name: str, seconds: int) -> None:
        """Let a key live for so many seconds more at most; a shorter life stays."""
        await self.run(_SHORTEN, [name], [seconds])

    async def rows(self, name: str) -> list[bytes]:
        """Return a list, a stream's first fields, or a string as a list of one."""
        found: list[bytes] = await self.run(_ROWS, [name], [])
        return found

    async def scan(self) -> AsyncGenerator[list[str], None]:
        """Yield the names of all our keys, some hundred at a time; one may come twice."""
        cursor = b"0"
        while True:
            cursor, names = await self._wire.ask(
                "SCAN", cursor, "MATCH", _PREFIX + "*", "COUNT", _SCANNED
            )
            yield [name.decode() for name in names]
            if cursor == b"0":
                return

    async def ping(self) -> None:
        """Ask whether the server that our keys belong to is there."""
        await self._wire.ask("EXISTS", key("ready"))

    async def setting(self, name: str) -> str:
        """Return a setting of the server that takes our writes, or "" where it does not tell."""
        try:
            answer = await self._wire.ask("CONFIG", "GET", name)
        except StoreError:  # a hosted Redis often forbids CONFIG
            return ""
        return answer[1].decode() if answer else ""


def _entries(answer: Any) -> list[Entry]:  # noqa: ANN401 - as Redis has it
    """Read what XREAD and XREADGROUP answer for one stream: [[name, [(id, fields), ...]]]."""
    rows: list[tuple[bytes, list[bytes] | None]] = answer[0][1] if answer else []
    return [Entry(entry.decode(), pairs(fields)) for entry, fields in rows if fields]


def pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    """Read a hash as Redis tells it: fields and values in turn."""
    return dict(zip(flat[::2], flat[1::2], strict=True))
