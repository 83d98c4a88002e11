"""What was written while nobody listened, found again in the channels' history.

Discord has no acknowledgement. What a session missed is sent again when it is resumed; when it
cannot be (a process was killed, an outage took longer than some minutes), a new one begins with
a gap. It is closed channel by channel, where the bot was spoken to lately: meanwhile what comes
live into such a channel is held, so that the older is taken before the newer.

Not found is what was said first where the bot had never been spoken to before, or not for a day,
and what a fan deleted or changed meanwhile is found as it reads now.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec

from adapters.discord.gateway import Shards
from adapters.discord.inbound import DIRECT, DeletePayload, MessagePayload, Told, snowflake_at
from adapters.discord.refusals import RefusedError
from adapters.discord.rest import Rest
from adapters.patience import keep_trying
from core.errors import DeliveryError
from core.seen import LIVE, Seen, Spot

CHANNELS = 200
"""Channels read after one gap, those where the bot was spoken to last."""

PAGES = 10
"""Pages read of one channel. Most of what is said in a busy one is not for the bot, so a page
is soon full; 1,000 messages are an hour of lively talk."""

_PAGE = 100  # messages; discord.com/developers/docs/resources/message#get-channel-messages, 2026-11
_READERS = 2  # channels read at once: most calls of a second are left to answers
_PATIENCE = 10.0  # seconds that live messages wait for older ones
_ACQUAINTANCE = 5.0  # seconds until a new session has been told of its guilds
_MESSAGES = "/channels/{channel_id}/messages?after={after}&limit=" + str(_PAGE)

_log = logging.getLogger(__name__)


class Missed(msgspec.Struct, frozen=True):
    """A message found in a channel's history."""

    payload: MessagePayload


class _Unread(msgspec.Struct, frozen=True):
    """A message that is skipped."""

    id: str = "0"


@dataclass(slots=True)
class _Gap:
    spot: Spot
    opened: float
    held: list[Told] = field(default_factory=list[Told])
    """What came live."""

    is_late: bool = False
    """What is live waits no longer."""

    is_reopened: bool = False
    """Another session began before this gap was closed: what was read is not all."""


class History:
    """Closes the gaps of one adapter's sessions."""

    def __init__(
        self, rest: Rest, seen: Seen, put: Callable[[Told | Missed], Awaitable[None]]
    ) -> None:
        """`put` takes what was found, and after it what was held."""
        self._rest = rest
        self._seen = seen
        self._put = put
        self._gaps: dict[str, _Gap] = {}
        self._waiting: list[str] = []
        self._news = asyncio.Semaphore(0)

    def open(self, shards: Shards) -> None:
        """Begin to look for what the shards missed: a session began that was not resumed."""
        spots = [spot for spot in self._seen.recent() if shards.holds(spot.community)]
        for spot in spots[:CHANNELS]:
            gap = self._gaps.get(spot.channel)
            if gap is not None:
                gap.is_reopened = True
                continue
            self._gaps[spot.channel] = _Gap(spot, time.monotonic())
            self._waiting.append(spot.channel)
            self._news.release()

    def hold(self, payload: Told) -> bool:
        """Hold what came live until the gap before it is closed; False where there is none."""
        channel = payload.channel_id
        gap = self._gaps.get(channel)
        if gap is None or gap.is_late:
            return False
        gap.held.append(payload)
        if channel in self._waiting:  # somebody waits there: it is next
            self._waiting.remove(channel)
            self._waiting.insert(0, channel)
        return True

    def is_open(self, channel: str) -> bool:
        """Return whether older messages of a channel may still come."""
        return channel in self._gaps

    def is_late(self, channel: str) -> bool:
        """Return whether newer messages of a channel are taken although older ones may come."""
        gap = self._gaps.get(channel)
        return gap is not None and gap.is_late

    async def run(self, knows: Callable[[str], bool]) -> None:
        """Read what gaps there are until cancelled.

        Args:
            knows: Says whether a guild's channels and roles are known.
        """
        # What an earlier run had begun to read is read anew.
        begun = [channel for channel in self._gaps if channel not in self._waiting]
        self._waiting += begun
        for _ in begun:
            self._news.release()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            for _ in range(_READERS):
                group.create_task(self._read_all(knows))

    async def _read_all(self, knows: Callable[[str], bool]) -> None:
        while True:
            await self._news.acquire()
            channel = self._waiting.pop(0)
            gap = self._gaps[channel]
            is_closed = False
            while not is_closed:
                gap.is_reopened = False
                found = await self._read(gap, knows)
                if not gap.is_reopened:
                    held, gap.held = gap.held, []
                    for item in _merge(found, held):
                        await self._put(item)
                    is_closed = not (gap.is_reopened or gap.held)
            # Nothing is awaited between the last look at what is held and this line.
            del self._gaps[channel]

    async def _read(self, gap: _Gap, knows: Callable[[str], bool]) -> list[MessagePayload]:
        """Return what a channel holds beyond what was heard, oldest first."""
        spot = gap.spot
        guild = None if spot.community == DIRECT else spot.community
        # The library has no event to wait for: its own come after the pause that it makes.
        while guild and not knows(guild) and time.monotonic() < gap.opened + _ACQUAINTANCE:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        after = max(int(spot.last), snowflake_at(datetime.now(UTC) - timedelta(seconds=LIVE)))
        found: list[MessagePayload] = []
        for _ in range(PAGES):
            try:
                page = await self._ask(spot.channel, after)
            except RefusedError as error:
                _log.info("channel %s is not read any more: %s", spot.channel, error)
                self._seen.forget(spot.channel)
                return []
            found += [row for row in page if isinstance(row, MessagePayload)]
            if len(page) < _PAGE:
                break
            after = max(int(row.id) for row in page)
        # The REST interface does not name the guild. Nor does it show the author as a member:
        # who writes there is taken for no moderator.
        found = [msgspec.structs.replace(payload, guild_id=guild) for payload in found]
        return sorted(found, key=lambda payload: int(payload.id))

    async def _ask(self, channel: str, after: int) -> list[MessagePayload | _Unread]:
        async def ask() -> list[dict[str, object]]:
            return await self._rest.call(
                "GET",
                _MESSAGES,
                list[dict[str, object]],
                channel_id=channel,
                after=str(after),
            )

        rows = await keep_trying(ask, what=f"the history of {channel}", against=DeliveryError)
        return [_to_payload(row) for row in rows]

    async def _watch(self) -> None:
        """Let live messages go on where a history cannot be read for long."""
        while True:
            await asyncio.sleep(1.0)
            for gap in list(self._gaps.values()):
                if not gap.is_late and time.monotonic() > gap.opened + _PATIENCE:
                    gap.is_late = True
                    while gap.held:
                        await self._put(gap.held.pop(0))


def _merge(found: list[MessagePayload], held: list[Told]) -> list[Told | Missed]:
    """Return what was found and what came live in the order in which it was written.

    Both may be mixed where a second session was lost before the gap of the first was closed. A
    change comes behind its message and behind what came live before it.
    """
    live = {payload.id for payload in held if isinstance(payload, MessagePayload)}
    rows: list[tuple[int, Told | Missed]] = [
        (int(payload.id), Missed(payload)) for payload in found if payload.id not in live
    ]
    place = 0
    for payload in held:
        ids = payload.ids if isinstance(payload, DeletePayload) else ()
        place = max(place, *(int(id) for id in (*ids, payload.id) if id))
        rows.append((place, payload))
    return [item for _, item in sorted(rows, key=lambda row: row[0])]


def _to_payload(row: dict[str, object]) -> MessagePayload | _Unread:
    try:
        return msgspec.convert(row, MessagePayload)
    except msgspec.ValidationError as error:
        _log.warning("a message in a history cannot be read: %s", error)
        return msgspec.convert(row, _Unread)
