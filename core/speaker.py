"""The right to speak on a platform: one process at a time has it.

Platforms allow so many calls a second to a bot, not to a process, and order holds only where one
process sends. So of all processes that could, one delivers, and another takes over when it falls
silent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import secrets
import time

from core.errors import StoreError
from core.store import Script, Store, key

LEASE = 4.0
"""Seconds without a sign of life after which another process may speak."""

_AGAIN = 0.1  # seconds between two attempts while Redis is away

_TAKE = Script("""#!lua flags=allow-oom
-- KEYS lease ; ARGV process lease_ms is_alone
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] and ARGV[3] == '0' then return false end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
return {holder == ARGV[1] and 1 or 0, time[1] + 0, time[2] + 0}
""")
_LET_GO = Script("""#!lua flags=allow-oom
-- KEYS lease ; ARGV process
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
""")

_log = logging.getLogger(__name__)


class Speaker:
    """Takes the right to speak on one platform, keeps it, and lets go of it at the end."""

    def __init__(self, store: Store, *, platform: str, is_alone: bool = False) -> None:
        """`is_alone`: no other process can be alive, so none is waited for."""
        self._store = store
        self._lease = key("speaker", platform)
        self._platform = platform
        self._name = secrets.token_hex(8)
        self._is_alone = is_alone
        self._renewed = -math.inf
        self._since = math.inf
        self._changed = asyncio.Event()

    @property
    def is_speaking(self) -> bool:
        """Return whether the right is ours at this moment.

        Asked right before each message: a process that was frozen for longer than the lease
        must not send what another has sent meanwhile.
        """
        return time.monotonic() - self._renewed < LEASE * 0.9

    @property
    def since(self) -> float:
        """Return from when on nobody else can have spoken: Redis' clock, seconds; else infinity."""
        return self._since if self.is_speaking else math.inf

    async def wait(self) -> None:
        """Return as soon as the right is ours."""
        while not self.is_speaking:
            self._changed.clear()
            await self._changed.wait()

    async def run(self) -> None:
        """Hold the right until cancelled."""
        try:
            while True:
                try:
                    while await self._take() and not self.is_speaking:
                        pass  # the answer took longer than a lease: Redis hung, and is back
                except StoreError as error:
                    _log.warning("%s", error)
                    await asyncio.sleep(_AGAIN)  # fans wait for what Redis being back brings
                else:
                    await asyncio.sleep(LEASE / 4)
        finally:
            self._renewed = -math.inf
            with contextlib.suppress(StoreError):
                await self._store.run(_LET_GO, [self._lease], [self._name])

    async def _take(self) -> bool:
        """Ask for the right; return whether it was given, from when we asked."""
        asked = time.monotonic()
        answer = await self._store.run(
            _TAKE, [self._lease], [self._name, int(LEASE * 1000), int(self._is_alone)]
        )
        if answer is None:
            return False
        was_ours, seconds, micros = answer
        if not was_ours or not self.is_speaking:
            self._since = seconds + micros / 1_000_000
            _log.info("this process speaks on %s now", self._platform)
        # From when we asked: the answer may have taken its time.
        self._renewed = asked
        self._changed.set()
        return True
