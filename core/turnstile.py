"""Turnstiles: what a platform allows only so often to all processes together."""

from __future__ import annotations

import asyncio
import logging
import random

from core.errors import StoreError
from core.store import Script, Store, key

_ENTER = Script("""#!lua flags=allow-oom
-- KEYS turnstile ; ARGV pause_ms
return redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) and 1 or 0
""")
_LOOK = 0.25  # seconds between two looks, about

_log = logging.getLogger(__name__)


class Turnstile:
    """Lets one through every so many seconds, whichever process it comes from."""

    def __init__(self, store: Store, *, pause: float) -> None:
        """`pause`: seconds."""
        self._store = store
        self._pause = pause

    async def enter(self, gate: str) -> None:
        """Return when it is our turn at a gate; while Redis is away, after one pause."""
        while True:
            try:
                if await self._store.run(
                    _ENTER, [key("turnstile", gate)], [int(self._pause * 1000)]
                ):
                    return
            except StoreError as error:
                _log.warning("the turnstile %s asks nobody: %s", gate, error)
                await asyncio.sleep(self._pause)
                return
            longest = min(_LOOK, self._pause / 4) * 2
            await asyncio.sleep(random.uniform(0, longest))  # noqa: S311 - only spreads load
