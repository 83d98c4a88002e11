"""When a call may go out: Telegram's limits kept by ourselves, so that it never has to refuse.

What a fan waits for goes first. Calls on the way leave room for the final text in every limit,
and a chat that Telegram refused is left alone for exactly as long as it said, without holding
up any other.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections import OrderedDict, deque

from adapters.wire import Urgency

PER_SECOND, CHAT_PER_SECOND, GROUP_PER_MINUTE = 30.0, 1.0, 20.0
"""core.telegram.org/bots/faq#my-bot-is-hitting-limits, read 2026-11-25; the page allows short
bursts in a chat and names no figures for them."""

BURST = 3
"""Calls that a chat which was quiet takes at once; what load tests of other bots assume."""

# What a call leaves free for those that matter more: of the burst of a chat in calls, of a minute
# in a chat and of all chats as a share. Final, first, on the way, typing. A bot that edited twice
# a second for as long as an answer grew was refused for two minutes when it came to the final
# text, so nobody uses up a minute on the way; github.com/letta-ai/lettabot/pull/433, read
# 2026-11-25.
_KEPT_IN_CHAT = (0, 1, 1, 2)
_KEPT_OF_MINUTE = (0.0, 0.3, 0.5, 0.75)
_KEPT_OF_ALL = (0.0, 0.2, 0.4, 0.6)

_MARGIN = 1.03  # calls drift together on their way to the server
_STORM = 1.0  # seconds in which refusals of several chats mean that all of it was too much
_STORM_CHATS, _STORM_SHARE = 3, 0.1  # so many chats, and of all calls in that time
_SLOWER, _SLOWEST = 1.25, 4.0  # times the length of the window over all chats
_FORGIVEN = 60.0  # seconds without another storm after which it goes faster again

_log = logging.getLogger(__name__)


class Window:
    """At most so many calls within a stretch of time, wherever the stretch begins."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self._times: deque[float] = deque()

    def count(self, now: float) -> int:
        """Return how many calls lie within the stretch that ends now."""
        while self._times and self._times[0] <= now - self.seconds:
            self._times.popleft()
        return len(self._times)

    def opens(self, now: float, kept: float) -> float:
        """Return from when on a call fits that leaves a share of the window free."""
        free = max(1, int(kept * self.most + 0.999)) if kept else 0
        allowed = max(1, self.most - free)
        over = self.count(now) - allowed
        return self._times[over] + self.seconds if over >= 0 else now

    def take(self, now: float) -> None:
        """Count a call."""
        self._times.append(now)

    def give_back(self) -> None:
        """Count the last call as not made."""
        if self._times:
            self._times.pop()


class _Chat:
    """What one chat has had lately."""

    def __init__(self, minute: Window) -> None:
        self.full_at = 0.0  # when its burst is whole again
        self.closed_until = 0.0
        self.minute = minute

    def is_idle(self, now: float) -> bool:
        return max(self.full_at, self.closed_until) <= now and self.minute.count(now) == 0


class Limits:
    """The limits and what was used of them; pure, the time comes from outside."""

    def __init__(
        self,
        *,
        per_second: float = PER_SECOND,
        chat_per_second: float = CHAT_PER_SECOND,
        group_per_minute: float = GROUP_PER_MINUTE,
    ) -> None:
        """Prepare.

        Args:
            per_second: Calls in all chats together, above 0.
            chat_per_second: Calls in one chat in the long run, above 0.
            group_per_minute: Calls in one group, which Telegram's negative ids stand for.
        """
        most = max(1, int(per_second))
        self._length = most / per_second * _MARGIN
        self._all = Window(most, self._length)
        self._interval = _MARGIN / chat_per_second
        # Of a private chat, of a group.
        self._per_minute = max(1, int(60 * chat_per_second)), max(1, int(group_per_minute))
        self._chats: OrderedDict[int, _Chat] = OrderedDict()
        self._closed_until = 0.0
        self._storm = 0.0  # when it was last
        self._refused: deque[tuple[float, int]] = deque()

    @property
    def known(self) -> int:
        """Return how many chats are remembered."""
        return len(self._chats)

    def opens_here(self, chat: int, urgency: Urgency, now: float) -> float:
        """Return from when on a chat takes a call."""
        known = self._chats.get(chat)
        if known is None:
            return now
        kept = min(_KEPT_IN_CHAT[urgency], BURST - 1)
        opens = known.full_at - (BURST - 1 - kept) * self._interval
        minute = known.minute.opens(now, _KEPT_OF_MINUTE[urgency])
        return max(now, opens, minute, known.closed_until)

    def opens(self, urgency: Urgency, now: float) -> float:
        """Return from when on all chats together leave room for a call."""
        if self._all.seconds > self._length and now - self._storm > _FORGIVEN:
            self._all.seconds = max(self._length, self._all.seconds / _SLOWER)
            self._storm = now
        return max(self._closed_until, self._all.opens(now, _KEPT_OF_ALL[urgency]))

    def take(self, chat: int, now: float) -> None:
        """Count a call."""
        self._all.take(now)
        known = self._know(chat, now)
        known.full_at = max(known.full_at, now) + self._interval
        known.minute.take(now)

    def give_back(self, chat: int) -> None:
        """Count the last call in a chat as not made."""
        self._all.give_back()
        known = self._chats.get(chat)
        if known is not None:
            known.full_at -= self._interval
            known.minute.give_back()

    def refuse(self, chat: int, after: float, now: float) -> None:
        """Send nothing more into a chat for some seconds; Telegram said so.

        When several chats are refused at once, it is not about the chats: then all of it pauses
        and goes on more slowly.
        """
        known = self._know(chat, now)
        known.closed_until = max(known.closed_until, now + after)
        self._refused.append((now, chat))
        while self._refused[0][0] <= now - _STORM:
            self._refused.popleft()
        chats = {chat for _, chat in self._refused}
        share = len(self._refused) / max(1, self._all.count(now))
        if len(chats) >= _STORM_CHATS and share >= _STORM_SHARE:
            self._refused.clear()
            self._closed_until = max(self._closed_until, now + after)
            self._storm = now
            self._all.seconds = min(self._length * _SLOWEST, self._all.seconds * _SLOWER)
            _log.warning("Telegram refuses %d chats at once; all wait %g s", len(chats), after)

    def _know(self, chat: int, now: float) -> _Chat:
        known = self._chats.get(chat)
        if known is None:
            self._forget(now)
            most = self._per_minute[chat < 0]
            known = self._chats[chat] = _Chat(Window(most, 60.0 * _MARGIN))
        else:
            self._chats.move_to_end(chat)
        return known

    def _forget(self, now: float) -> None:
        """Look at the two chats that were quiet for longest: so the memory never grows for long."""
        for chat in list(itertools.islice(self._chats, 2)):
            if self._chats[chat].is_idle(now):
                del self._chats[chat]
            else:
                self._chats.move_to_end(chat)


class _Waiter:
    """Somebody who waits for their turn."""

    __slots__ = ("chat", "turn", "urgency")

    def __init__(self, chat: int, urgency: Urgency) -> None:
        self.chat = chat
        self.urgency = urgency
        self.turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Pace:
    """Gives calls their turn, those that matter most first."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = Limits() if limits is None else limits
        self._later: list[tuple[float, int, _Waiter]] = []  # a heap: their chat opens then
        # Their chat is open; what is missing is room over all chats.
        self._ready = [OrderedDict[_Waiter, None]() for _ in Urgency]
        self._numbers = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    def take(self, chat: int, urgency: Urgency) -> bool:
        """Take a turn if there is one at this moment; return whether there was."""
        now = asyncio.get_running_loop().time()
        limits = self._limits
        if limits.opens_here(chat, urgency, now) > now or limits.opens(urgency, now) > now:
            return False
        limits.take(chat, now)
        return True

    async def turn(self, chat: int, urgency: Urgency) -> None:
        """Wait until a call may go out; it counts as made then."""
        if self.take(chat, urgency):
            return
        waiter = _Waiter(chat, urgency)
        self._later_or_ready(waiter, asyncio.get_running_loop().time())
        self._wake()
        try:
            await waiter.turn
        except asyncio.CancelledError:
            self._ready[urgency].pop(waiter, None)
            if waiter.turn.done() and not waiter.turn.cancelled():  # its turn came too late
                self._limits.give_back(chat)
                self._wake()
            raise

    def refuse(self, chat: int, after: float) -> None:
        """Send nothing more into a chat for some seconds; Telegram said so."""
        self._limits.refuse(chat, after, asyncio.get_running_loop().time())

    def _later_or_ready(self, waiter: _Waiter, now: float) -> None:
        opens = self._limits.opens_here(waiter.chat, waiter.urgency, now)
        if opens > now:
            heapq.heappush(self._later, (opens, next(self._numbers), waiter))
        else:
            self._ready[waiter.urgency][waiter] = None

    def _wake(self) -> None:
        """Give every turn that can be given, and set the alarm for the next."""
        now = asyncio.get_running_loop().time()
        while self._later and self._later[0][0] <= now:
            _, _, waiter = heapq.heappop(self._later)
            if not waiter.turn.done():
                self._later_or_ready(waiter, now)
        opens = min((self._serve(urgency, now) for urgency in Urgency), default=float("inf"))
        if self._later:
            opens = min(opens, self._later[0][0])
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if opens < float("inf"):
            self._alarm = asyncio.get_running_loop().call_at(opens, self._wake)

    def _serve(self, urgency: Urgency, now: float) -> float:
        """Give turns of one urgency; return when to go on, infinity when nobody is left."""
        queue = self._ready[urgency]
        while queue:
            opens = self._limits.opens(urgency, now)
            if opens > now:
                return opens
            waiter, _ = queue.popitem(last=False)
            if self._limits.opens_here(waiter.chat, urgency, now) > now:
                self._later_or_ready(waiter, now)  # another took the chat's turn meanwhile
            elif not waiter.turn.done():
                self._limits.take(waiter.chat, now)
                waiter.turn.set_result(None)
        return float("inf")
