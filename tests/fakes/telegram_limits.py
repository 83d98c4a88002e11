"""How much the fake Telegram takes before it refuses, as a test wants it."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, field

COUNTED = (
    "sendMessage", "sendMessageDraft", "editMessageText", "deleteMessage", "sendChatAction",
)  # fmt: skip


@dataclass
class Bucket:
    """Fills steadily; a call takes one out."""

    rate: float
    burst: float
    level: float = field(init=False)
    at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.level = self.burst

    def lacks(self, now: float) -> float:
        """Return the seconds until a call fits."""
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1 - self.level) / self.rate)


@dataclass
class FloodLimits:
    """Of one chat, of one group and of all; who asks too much is told how long to wait."""

    per_second: float = 30.0
    chat_per_second: float = 1.0
    chat_burst: float = 3.0
    group_per_minute: int = 20
    counted: tuple[str, ...] = COUNTED
    accepted: int = 0
    refused: int = 0
    """Calls that were answered with 429."""
    early: int = 0
    """Of these: calls into a chat that had been told to wait."""
    _all: Bucket | None = None
    _chats: dict[int, Bucket] = field(default_factory=dict[int, Bucket])
    _groups: dict[int, deque[float]] = field(default_factory=dict[int, "deque[float]"])
    _closed: dict[int, float] = field(default_factory=dict[int, float])

    def refuse(self, method: str, chat: int) -> int | None:
        """Count a call; return the seconds to wait when it is one too many."""
        if method not in self.counted:
            return None
        now = time.monotonic()
        if self._all is None:
            self._all = Bucket(self.per_second, self.per_second)
        bucket = self._chats.setdefault(chat, Bucket(self.chat_per_second, self.chat_burst))
        minute = self._groups.setdefault(chat, deque[float]())
        while minute and minute[0] <= now - 60:
            minute.popleft()
        lacks = max(self._all.lacks(now), bucket.lacks(now), self._closed.get(chat, 0) - now)
        if chat < 0 and len(minute) >= self.group_per_minute:
            lacks = max(lacks, minute[0] + 60 - now)
        if lacks <= 0:
            self._all.level -= 1
            bucket.level -= 1
            minute.append(now)
            self.accepted += 1
            return None
        self.refused += 1
        self.early += now < self._closed.get(chat, 0)
        wait = max(1, math.ceil(lacks))
        self._closed[chat] = now + wait
        return wait
