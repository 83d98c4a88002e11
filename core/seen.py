"""Where the bot was spoken to lately, and how far each place was heard.

For platforms that tell us everything once and never again: what was said while nobody listened
is found from here in the platform's own history.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

import msgspec

from core.errors import StoreError
from core.store import Script, Store, key

LIVE = 24 * 3600
"""Seconds after which a place where nobody spoke to the bot any more is let go."""

KEEP = 500
"""Places remembered for a platform, those of its other processes among them."""

_PAUSE = 1.0
"""Seconds between two writes."""

_WRITE = Script("""#!lua flags=allow-oom
-- KEYS recent ; ARGV ttl keep (channel row)...  ; a row of '' drops the channel
for i = 3, #ARGV, 2 do
  if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i])
  else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
local all = redis.call('HGETALL', KEYS[1])
local surplus = #all / 2 - ARGV[2]
if surplus > 0 then
  local order = {}
  for i = 1, #all, 2 do order[#order + 1] = all[i + 1] .. ' ' .. all[i] end
  table.sort(order)
  for i = 1, surplus do redis.call('HDEL', KEYS[1], string.match(order[i], '%S+$')) end
end
return 1
""")


class Spot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A place where the bot was spoken to, and how far it was heard."""

    channel: str
    """The platform's id of where messages stand: a channel, a thread, a direct talk."""

    community: str

    last: str
    """Id of the newest message that was taken, in digits."""

    spoken_at: int
    """When the bot was last spoken to here; seconds since 1970, this machine's clock."""


class Seen:
    """The places of one platform.

    Kept in memory and written once a second, with no call to Redis for a message. What a crash
    takes away makes us read a little more of a history: an event that comes twice is kept once
    (`seen:EVENT` in the table of keys, which lives longer than `LIVE`).
    """

    def __init__(self, store: Store, *, platform: str) -> None:
        self._store = store
        self._name = key("recent", platform)
        self._spots: dict[str, Spot] = {}
        self._unwritten: dict[str, str] = {}

    async def load(self) -> None:
        """Learn what was noted before this start, or by other processes.

        Raises:
            StoreError: Redis is away.
        """
        for channel, row in (await self._store.fields(self._name)).items():
            spot = _to_spot(channel.decode(), row.decode())
            self._spots.setdefault(spot.channel, spot)

    def recent(self) -> list[Spot]:
        """Return where the bot was spoken to in the last `LIVE` seconds, the latest first."""
        self._prune()
        return sorted(self._spots.values(), key=lambda spot: spot.spoken_at, reverse=True)

    def note(self, channel: str, message: str, *, community: str, is_for_us: bool) -> None:
        """Note that a message was taken: that its event is in Redis, or that there is none.

        Args:
            channel: Where it stands.
            message: Its id in digits; later ones are greater.
            community: Where the channel belongs.
            is_for_us: Whether it was said to the bot. What was not counts only in a place where
                the bot was spoken to before.
        """
        known = self._spots.get(channel)
        if known is None and not is_for_us:
            return
        spot = Spot(
            channel=channel,
            community=community,
            last=str(max(int(message), int(known.last) if known is not None else 0)),
            spoken_at=int(time.time()) if known is None or is_for_us else known.spoken_at,
        )
        self._spots[channel] = spot
        self._unwritten[channel] = _to_row(spot)
        if len(self._spots) > 2 * KEEP:
            self._prune()

    def forget(self, channel: str) -> None:
        """Let go of a place that the bot cannot see any more."""
        if self._spots.pop(channel, None) is not None:
            self._unwritten[channel] = ""

    async def run(self) -> None:
        """Write down what was noted, until cancelled and then once more."""
        try:
            while True:
                await asyncio.sleep(_PAUSE)
                with contextlib.suppress(StoreError):  # the next write has it all
                    await self.write()
        finally:
            with contextlib.suppress(StoreError):
                await self.write()

    async def write(self) -> None:
        """Write down what was noted since the last time.

        Raises:
            StoreError: Redis is away; it is kept for the next time.
        """
        rows, self._unwritten = self._unwritten, {}
        if not rows:
            return
        flat = [text for row in rows.items() for text in row]
        try:
            await self._store.run(_WRITE, [self._name], [LIVE, KEEP, *flat])
        except StoreError:
            self._unwritten = rows | self._unwritten
            raise

    def _prune(self) -> None:
        oldest = time.time() - LIVE
        alive = [spot for spot in self._spots.values() if spot.spoken_at >= oldest]
        alive.sort(key=lambda spot: spot.spoken_at)
        self._spots = {spot.channel: spot for spot in alive[-KEEP:]}


def _to_row(spot: Spot) -> str:
    """Write a place so that rows sort by when the bot was spoken to."""
    return f"{spot.spoken_at:012d} {spot.last} {spot.community}"


def _to_spot(channel: str, row: str) -> Spot:
    spoken_at, last, community = row.split(" ", 2)
    return Spot(channel=channel, community=community, last=last, spoken_at=int(spoken_at))
