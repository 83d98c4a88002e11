"""Snapshots on the way, from the worker that thinks to the process that speaks.

They may be skipped and nothing waits for them, so they travel apart from final replies: in a short
stream for each platform, of which the oldest fall out. Where worker and gateway are one process,
they do not go through Redis at all.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable

import msgspec

from core.errors import StoreError
from core.message import Dialogue, Reply
from core.speaker import Speaker
from core.store import Script, Store, Value, key

INTERVAL = 0.5
"""Seconds between two snapshots of a reply; platforms show one a second."""

KEEP = 2000
"""Snapshots of a platform that wait at most."""

_TICK = 0.03  # seconds in which snapshots of all replies are gathered into one call
_LIFE = 60  # seconds that a stream outlives its last snapshot

_ADD = Script("""#!lua
-- KEYS live ; ARGV keep ttl (dialogue reply)...
for i = 3, #ARGV, 2 do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'd', ARGV[i], 'r', ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
""")

ShowKey = Callable[[str, Reply], Awaitable[None]]
"""Shows a snapshot of the dialogue with a key; may skip it, never fails."""

_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Reply).decode


class Live:
    """Sends snapshots to whoever speaks on their platform."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: dict[str, tuple[str, Reply]] = {}
        self._sent: dict[str, float] = {}
        self._changed = asyncio.Event()

    def show(self, dialogue: Dialogue, reply: Reply) -> None:
        """Send a snapshot when its time comes; a newer one takes its place until then."""
        self._waiting[reply.id] = (dialogue.key, reply)
        self._changed.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._waiting:
                try:
                    await self._send()
                except StoreError as error:  # the final reply makes good for it
                    _log.info("snapshots are skipped: %s", error)
                await asyncio.sleep(_TICK)

    async def _send(self) -> None:
        now = time.monotonic()
        for reply_id in list(itertools.takewhile(self._is_old(now), self._sent)):
            del self._sent[reply_id]
        batches: defaultdict[str, list[Value]] = defaultdict(list)
        for reply_id, (dialogue, reply) in list(self._waiting.items()):
            if now - self._sent.get(reply_id, -INTERVAL) >= INTERVAL:
                del self._waiting[reply_id]
                if reply.text:  # the first text goes out at once, also right after "is typing"
                    self._sent.pop(reply_id, None)
                    self._sent[reply_id] = now
                batches[reply.conversation.platform] += [dialogue, _encode(reply)]
        for platform, batch in batches.items():
            await self._store.run(_ADD, [key("live", platform)], [KEEP, _LIFE, *batch])

    def _is_old(self, now: float) -> Callable[[str], bool]:
        return lambda reply_id: now - self._sent[reply_id] > INTERVAL


async def watch(store: Store, *, platform: str, speaker: Speaker, show: ShowKey) -> None:
    """Show what workers send, whenever this process speaks on a platform, until cancelled."""
    position, since = "0", 0.0
    while True:
        if not speaker.is_speaking:
            await speaker.wait()
        if speaker.since != since:
            since = speaker.since
            position = f"{int(since * 1000)}-0"
        try:
            entries = await store.read(key("live", platform), after=position, wait=1.0)
        except StoreError as error:
            _log.warning("%s", error)
            await asyncio.sleep(0.2)
            continue
        for entry in entries:
            position = entry.id
            try:
                reply = _decode(entry.fields[b"r"])
            except msgspec.DecodeError as error:
                _log.error("a snapshot cannot be read: %s", error)
                continue
            await show(entry.fields[b"d"].decode(), reply)
