"""Who may come in: anybody can reach the page, so nobody gets more than a share of it.

Senders are told apart by their address. Where a proxy stands before us, all connections come
from a machine nearby, and only its `X-Forwarded-For` tells who is behind it; from elsewhere that
header is not believed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import resource
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from aiohttp import web

MAX_PAGES = 200
"""Open pages of one sender; a stadium's network or a phone carrier shares few addresses among
many fans, so no number suits everybody."""

_MAX_CONNECTIONS = 4000
"""Open connections in all, and at most half of the files that the process may open."""

_MAX_CONNECTIONS_EACH = 250

_PATIENCE = 10.0
"""Seconds for a whole request; also how long an idle connection is kept."""

BURST = 200
"""Messages that a sender may send at once; beyond it, `RATE` a second are taken."""

RATE = 5.0

_MAX_SENDERS = 10_000
"""Senders that are remembered; who has been silent the longest is forgotten first."""


def is_near(peer: str) -> bool:
    """Whether an address is of this machine or its own network: it may be a proxy."""
    address = _parse(peer)
    return address is None or not address.is_global


def to_sender(peer: str, forwarded: str = "") -> str:
    """Return whom to count: an IPv4 address, or an IPv6 network of 64 bits.

    Args:
        peer: The other end of the connection.
        forwarded: `X-Forwarded-For`, whose last address the proxy nearest to us wrote.
    """
    address = _parse(peer)
    if is_near(peer):
        address = _parse(forwarded.rpartition(",")[2].strip()) or address
    if isinstance(address, ipaddress.IPv6Address):
        # Every network has a whole /64, and one machine may use all of it.
        return f"{address.exploded[:19]}::"
    return peer if address is None else str(address)


def _parse(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return (address.version == 6 and address.ipv4_mapped) or address


class Crowd:
    """How many of each sender are in."""

    def __init__(self, *, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._inside: Counter[str] = Counter()

    def enter(self, sender: str) -> bool:
        """Let one in if there is room; "" has no share of its own."""
        if self._inside.total() >= self._most:
            return False
        if sender and self._inside[sender] >= self._most_each:
            return False
        self._inside[sender] += 1
        return True

    def leave(self, sender: str) -> None:
        """Count one out that came in."""
        self._inside[sender] -= 1
        if not self._inside[sender]:
            del self._inside[sender]


class Allowance:
    """How many messages each sender may still send."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        """Messages left and when that was so, the latest sender last."""

    def spend(self, sender: str) -> bool:
        """Take one message off; False: there is none left."""
        now = self._clock()
        left, then = self._left.pop(sender, (BURST, now))
        left = min(BURST, left + (now - then) * RATE)
        is_enough = left >= 1
        self._left[sender] = (left - is_enough, now)
        if len(self._left) > _MAX_SENDERS:
            del self._left[next(iter(self._left))]
        return is_enough


class _Connection(web.RequestHandler):
    """aiohttp's own, which is only there if there is room."""

    __slots__ = ("_crowd", "_sender")

    def __init__(self, server: web.Server, crowd: Crowd, patience: float) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            # aiohttp ends with it also who never sends a whole request.
            keepalive_timeout=patience,
            # Nothing about a fan goes into a log; aiohttp's type forgets that None is for that.
            access_log=cast("Any", None),
        )
        self._crowd = crowd
        self._sender: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer: str = (transport.get_extra_info("peername") or ("",))[0]
        sender = "" if is_near(peer) else to_sender(peer)
        if self._crowd.enter(sender):
            self._sender = sender
            super().connection_made(transport)
        else:
            cast("asyncio.Transport", transport).abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._sender is not None:
            self._crowd.leave(self._sender)
            self._sender = None
            super().connection_lost(exc)


async def listen(
    server: web.Server, host: str, port: int, *, patience: float = _PATIENCE
) -> asyncio.Server:
    """Take connections, as many as there is room for.

    Args:
        server: Answers them.
        host: Address to listen on.
        port: 0 takes a free one.
        patience: Seconds for a whole request.

    Raises:
        OSError: The address cannot be listened on.
    """
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MAX_CONNECTIONS if files < 0 else min(_MAX_CONNECTIONS, files // 2)
    crowd = Crowd(most=most, most_each=_MAX_CONNECTIONS_EACH)
    return await asyncio.get_running_loop().create_server(
        lambda: _Connection(server, crowd, patience), host, port
    )
