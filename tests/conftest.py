"""What every test may ask for."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.store import Store
from tests.fakes.redis import RedisServer, redis_server

# Without a time to live only while there is work; see the table in core/store.py.
UNFINISHED = ("tifo:{0}:ready", "tifo:{0}:mailbox:", "tifo:{0}:lock:", "tifo:{0}:outbox:")


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    """A real server of its own; afterwards every key that it holds must expire some day."""
    # pytest's own folders have paths too long for a Unix socket.
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        async with redis_server(Path(folder)) as server:
            yield server
            leaks = [
                name
                for name, ttl in (await server.keys()).items()
                if ttl == -1 and not name.startswith(UNFINISHED)
            ]
            assert not leaks, f"keys that never expire: {leaks}"


@pytest.fixture
async def store(redis: RedisServer) -> AsyncIterator[Store]:
    """Our door to that server."""
    store = Store(redis.url)
    yield store
    await store.close()
