"""Where Redis is: one server, or among several the one that is the master at the moment.

redis-py's own clients for Sentinel and Cluster are not used. All keys of tifo lie in one slot,
so both come down to one question: which server takes our writes now? Asking it ourselves gives
one shared connection whatever stands behind the address, and bounds what those clients leave
open: a frozen sentinel is asked for ever, a frozen master of a cluster is never looked up anew,
and a cluster's pool raises instead of waiting (redis-py 8.1.0, read 2026-11-25).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, TypeAlias, cast
from urllib.parse import SplitResult, urlsplit

import redis.asyncio.connection as wire
from redis.crc import key_slot
from redis.exceptions import AuthenticationError, RedisError
from redis.exceptions import ConnectionError as AwayError

from core.errors import SettingsError

Address: TypeAlias = tuple[str, int]
Connection: TypeAlias = Any
"""A connection of redis-py, whose types name every version of the protocol at once."""

_CONNECT = 2.0
"""Seconds that a server may take to accept a connection."""

_KNOCK = 0.7
"""Seconds that a sentinel or a node may take to say who is the master, before another is asked."""

_PORTS: Final = {"": 6379, "cluster": 6379, "sentinel": 26379}


class Route:
    """Opens connections to the server that takes our writes."""

    def __init__(self, url: str, *, prefix: str) -> None:
        """`prefix`: what all keys begin with, hash tag included.

        Raises:
            SettingsError: The address cannot be understood.
        """
        self._slot = key_slot(prefix.encode())
        try:
            parts = urlsplit(url)
            scheme, _, self._kind = parts.scheme.partition("+")
            seeds, plain, self._master = _take_apart(parts, scheme, self._kind)
            options = cast("Any", wire).parse_url(plain)
            self._make = options.pop("connection_class", wire.Connection)
            self._options: dict[str, Any] = options | {
                "protocol": 2,
                # redis-py >= 8 wraps each write in asyncio.wait_for, which on Python 3.11
                # swallows cancellation (cpython#86296); core.wire does the waiting instead.
                "socket_timeout": None,
                "socket_connect_timeout": _CONNECT,
                "driver_info": None,
            }
            self._make(**self._options)
        except (ValueError, TypeError, KeyError) as error:
            # Not the address itself: it may hold a password.
            raise SettingsError(f"TIFO_REDIS_URL cannot be understood: {error}.") from error
        self._seeds = seeds
        self._nodes = deque(seeds)

    async def open(self) -> Connection:
        """Connect to the server that takes our writes.

        Raises:
            RedisError: It is away, or it is not known who it is.
            OSError: The same.
        """
        if not self._kind:
            return await self._connect(self._options)
        host, port = await self._find()
        return await self._connect(self._options | {"host": host, "port": port})

    async def _connect(self, options: dict[str, Any]) -> Connection:
        connection = self._make(**options)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(connection.disconnect, nowait=True)
            await connection.connect()
            stack.pop_all()
        return connection

    async def _find(self) -> Address:
        """Ask one after the other, beginning with another each time, who is the master."""
        reason: object = "nobody knows"
        for _ in range(len(self._nodes)):
            node = self._nodes[0]
            self._nodes.rotate(-1)
            try:
                async with asyncio.timeout(_KNOCK):
                    found = await self._ask(node)
            except (RedisError, OSError) as error:  # a time-out is one too
                reason = str(error) or f"{node[0]}:{node[1]} does not answer"
            else:
                if found:
                    return found
        raise AwayError(f"no master is known: {reason}")

    async def _ask(self, node: Address) -> Address | None:
        options = self._options | {"host": node[0], "port": node[1], "db": 0}
        if self._kind == "cluster":
            return self._read_slots(await self._query(options, "CLUSTER", "SLOTS"), node)
        question = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._master)
        try:
            answer = await self._query(options, *question)
        except AuthenticationError:  # sentinels often know no users
            anonymous = options | {"username": None, "password": None}
            answer = await self._query(anonymous, *question)
        return (answer[0].decode(), int(answer[1])) if answer else None

    async def _query(self, options: dict[str, Any], *question: str) -> Any:  # noqa: ANN401 - each question has its own answer
        connection = await self._connect(options)
        try:
            await connection.send_command(*question)
            return await connection.read_response()
        finally:
            await connection.disconnect(nowait=True)

    def _read_slots(self, rows: Sequence[Any], node: Address) -> Address | None:
        """Read [[first, last, master, replica...]...], each server [host, port, id...]."""
        known: dict[Address, None] = dict.fromkeys(self._seeds)
        master = None
        for first, last, *servers in rows:
            addresses = [_to_address(server, node) for server in servers]
            known |= dict.fromkeys(addresses)
            if first <= self._slot <= last:
                master = addresses[0]
        # What the seeds no longer tell, the others do; in the order in which they were asked.
        self._nodes = deque(dict.fromkeys([*(n for n in self._nodes if n in known), *known]))
        return master


def _to_address(server: Sequence[Any], asked: Address) -> Address:
    """Return a server's address; one that does not know its own host is the one that we asked."""
    host = (server[0] or b"").decode()
    return (host if host not in ("", "?") else asked[0], int(server[1]))


def _take_apart(parts: SplitResult, scheme: str, kind: str) -> tuple[tuple[Address, ...], str, str]:
    """Return the servers of an address, the address as redis-py reads it, and the master's name."""
    if not kind:
        return (), parts.geturl(), ""
    login, at, hosts = parts.netloc.rpartition("@")
    path, master = parts.path, ""
    if kind == "sentinel":
        master, _, database = path.strip("/").partition("/")
        path = f"/{database}"
        if not master:
            raise ValueError("the master's name is missing, as in redis+sentinel://host:26379/NAME")
    seeds = [urlsplit(f"//{host}") for host in hosts.split(",")]
    plain = f"{scheme}://{login}{at}localhost{path}" + (f"?{parts.query}" if parts.query else "")
    return tuple((s.hostname or "localhost", s.port or _PORTS[kind]) for s in seeds), plain, master
