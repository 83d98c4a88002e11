"""Redis, and the only file that imports it or spells a key.

redis-py types its answers as unions of every protocol version; here each command that tifo
uses gets one exact type, and every key its name, its shape and its time to live.

All keys begin with `tifo:{0}:`. The braces keep one shard's keys in one slot of a cluster, so
that a script may touch them together.

    key                      shape   what it holds                           lives
    seen:EVENT               string  this event was taken                    SEEN
    limit:PLATFORM:USER      string  how much this fan sent                  a minute
    mailbox:DIALOGUE         list    flag and event, oldest first            until answered
    lock:DIALOGUE            hash    s scheduled, e epoch, a attempts        until answered; LOCK
    ready                    stream  dialogues that wait for a worker        until answered
    alive                    zset    worker, time of its last sign of life   a day
    memory:DIALOGUE          string  what is remembered besides the words    MEMORY
    history:DIALOGUE         list    lines as they were sent to Qwen         MEMORY
    place:CONVERSATION       list    what was said there lately              PLACE
    outbox:PLATFORM          stream  final replies to deliver                until delivered
    speaker:PLATFORM         string  the process that delivers there         seconds
    recent:PLATFORM          hash    channel, and how far it was heard       a day
    turnstile:GATE           string  somebody went through just now          seconds
    ledger:REPLY             hash    part number, mark and message id        LEDGER
    transcript:ROOM          stream  what a page of the web adapter shows    MEMORY
    item:ROOM                hash    item of the page, place in transcript   MEMORY
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from typing import Any, TypeAlias, cast

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError

from core.errors import StoreError, StoreFullError

SEEN = 2 * 24 * 3600
"""Seconds. Telegram keeps an update for 24 hours; core.telegram.org/bots/api, read 2026-11-23."""

LOCK = 3600
"""Seconds that an epoch outlives its dialogue's last turn: a worker frozen for less is fenced."""

MEMORY = 30 * 24 * 3600
PLACE = 24 * 3600
LEDGER = 2 * 24 * 3600

_PREFIX = "tifo:{0}:"
_ANSWER = 5.0
"""Seconds that Redis may take to answer before it counts as away."""

_CONNECTIONS = 16

Value: TypeAlias = str | bytes | int | float


def key(kind: str, name: str = "") -> str:
    """Spell a key of the table above."""
    return f"{_PREFIX}{kind}:{name}" if name else _PREFIX + kind


class Script(msgspec.Struct, frozen=True):
    """A Lua script; `core.mailbox` wraps each in a typed function."""

    lua: str


class Entry(msgspec.Struct, frozen=True):
    """One entry of a stream."""

    id: str
    fields: dict[bytes, bytes]


class Store:
    """A typed view of the few Redis commands that tifo uses.

    Every method raises `StoreError` when Redis is away or refuses, `StoreFullError` when it is
    out of memory.
    """

    def __init__(self, url: str) -> None:
        pool: BlockingConnectionPool = cast("Any", BlockingConnectionPool).from_url(
            url,
            max_connections=_CONNECTIONS,
            timeout=_ANSWER,
            # redis-py >= 8 wraps each write in asyncio.wait_for, which on Python 3.11 swallows
            # cancellation (cpython#86296); asyncio.timeout below does the waiting instead.
            socket_timeout=None,
            socket_connect_timeout=None,
            retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 2),
        )
        self._redis = Redis(connection_pool=pool)
        self._scripts: dict[Script, AsyncScript] = {}

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()
        await self._redis.connection_pool.aclose()

    async def run(self, script: Script, keys: Sequence[str], args: Sequence[Value]) -> Any:  # noqa: ANN401 - each script has its own shape; the typed function around it knows
        """Run a script in one round trip."""
        registered = self._scripts.get(script)
        if registered is None:
            registered = self._redis.register_script(script.lua)
            self._scripts[script] = registered
        async with _asking():
            return await cast("Any", registered)(keys=list(keys), args=list(args))

    async def read(
        self, stream: str, *, after: str, wait: float = 0.0, count: int = 256
    ) -> list[Entry]:
        """Return entries after an id, waiting at most `wait` seconds for the first."""
        block = int(wait * 1000) or None
        async with _asking(wait):
            answer = await cast("Any", self._redis).xread({stream: after}, count=count, block=block)
        return _entries(answer)

    async def read_group(
        self, stream: str, *, group: str, consumer: str, wait: float, count: int
    ) -> list[Entry]:
        """Return entries that no consumer of the group has; makes the group if need be."""
        try:
            async with _asking(wait):
                answer = await cast("Any", self._redis).xreadgroup(
                    group, consumer, {stream: ">"}, count=count, block=max(1, int(wait * 1000))
                )
        except _MissingGroupError:
            with contextlib.suppress(_GroupExistsError):
                async with _asking():
                    await cast("Any", self._redis).xgroup_create(
                        stream, group, id="0", mkstream=True
                    )
            return []
        return _entries(answer)

    async def remove(self, stream: str, entry: str) -> None:
        """Delete one entry of a stream."""
        async with _asking():
            await cast("Any", self._redis).xdel(stream, entry)

    async def leave(self, sorted_set: str, member: str) -> None:
        """Take a member out of a sorted set."""
        async with _asking():
            await cast("Any", self._redis).zrem(sorted_set, member)

    async def push(self, name: str, value: bytes, *, keep: int, ttl: int) -> None:
        """Append to a list, keep its newest `keep` items, for `ttl` seconds."""
        async with _asking(), self._redis.pipeline(transaction=True) as pipe:
            queue = cast("Any", pipe)
            queue.rpush(name, value)
            queue.ltrim(name, -keep, -1)
            queue.expire(name, ttl)
            await queue.execute()

    async def fields(self, name: str) -> dict[bytes, bytes]:
        """Return a whole hash; empty when there is none."""
        async with _asking():
            return cast("dict[bytes, bytes]", await cast("Any", self._redis).hgetall(name))

    async def put_field(self, name: str, field: str, value: Value, *, ttl: int) -> None:
        """Set a field of a hash and the time to live of the hash, in seconds."""
        async with _asking(), self._redis.pipeline(transaction=True) as pipe:
            queue = cast("Any", pipe)
            queue.hset(name, field, value)
            queue.expire(name, ttl)
            await queue.execute()

    async def drop_field(self, name: str, field: str) -> None:
        """Delete a field of a hash."""
        async with _asking():
            await cast("Any", self._redis).hdel(name, field)

    async def delete(self, *names: str) -> None:
        """Delete keys."""
        async with _asking():
            await cast("Any", self._redis).delete(*names)

    async def ping(self) -> None:
        """Ask for a sign of life."""
        async with _asking():
            await cast("Any", self._redis).ping()

    async def setting(self, name: str) -> str:
        """Return a setting of the server, or "" where it does not tell."""
        try:
            async with _asking():
                answer = await cast("Any", self._redis).config_get(name)
        except StoreError:  # a hosted Redis often forbids CONFIG
            return ""
        return _text(answer.get(name) or answer.get(name.encode()) or "")


class _MissingGroupError(StoreError):
    """The consumer group is not there yet, or a flush took it away."""


class _GroupExistsError(StoreError):
    """Another worker was quicker."""


@contextlib.asynccontextmanager
async def _asking(wait: float = 0.0) -> AsyncGenerator[None]:
    """Translate what redis-py raises; `wait` seconds are added to the time for an answer."""
    try:
        async with asyncio.timeout(wait + _ANSWER):
            yield
    except TimeoutError as error:
        raise StoreError(f"Redis did not answer within {wait + _ANSWER:g} s.") from error
    except OutOfMemoryError as error:
        raise StoreFullError("Redis is out of memory; raise maxmemory.") from error
    except ResponseError as error:
        text = str(error)
        if "NOGROUP" in text:
            raise _MissingGroupError(text) from error
        if "BUSYGROUP" in text:
            raise _GroupExistsError(text) from error
        if text.startswith("OOM"):
            raise StoreFullError("Redis is out of memory; raise maxmemory.") from error
        raise StoreError(f"Redis refuses: {text}") from error
    except (RedisError, OSError) as error:
        raise StoreError(f"Redis is away: {error}") from error


def _entries(answer: Any) -> list[Entry]:  # noqa: ANN401 - redis-py's union of protocol versions
    """Read what XREAD and XREADGROUP answer for one stream: [[name, [(id, fields), ...]]]."""
    rows: list[tuple[Any, dict[bytes, bytes] | None]] = answer[0][1] if answer else []
    return [Entry(_text(entry), fields) for entry, fields in rows if fields]


def _text(value: Any) -> str:  # noqa: ANN401 - bytes or str, as the protocol has it
    return value.decode() if isinstance(value, bytes) else str(value)
