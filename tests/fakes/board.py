"""A platform in memory: a notice board with messages of at most ten characters.

It may have drafts, and a porter who gives calls their turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from adapters.wire import Urgency
from core.errors import DeliveryError, UndeliverableError
from core.message import Conversation, Reply

LIMIT = 10


class Board:
    """Speaks `adapters.delivery.Wire`, and shows what stands on it."""

    def __init__(self, *, interval: float = 0.0, delay: float = 0.0) -> None:
        self.messages: dict[str, str] = {}
        self.calls: list[str] = []
        self.faults: list[DeliveryError] = []
        """Raised one by one instead of the next sends and edits."""
        self.drafts: list[str] = []
        """What was shown as a draft, oldest first."""
        self.has_drafts = True
        self.asked: list[Urgency] = []
        """Of every call that asked for its turn."""
        self.gate = asyncio.Event()
        """While it is not set, nobody has a turn."""
        self.gate.set()
        self._last = 0
        self._interval = interval
        self._delay = delay  # seconds from a message standing to our hearing of it

    @property
    def shown(self) -> list[str]:
        return list(self.messages.values())

    def render(self, reply: Reply) -> Sequence[str]:
        text = reply.text
        return [text[i : i + LIMIT] for i in range(0, len(text), LIMIT)]

    def interval(self, conversation: Conversation) -> float:
        return self._interval

    async def turn(self, reply: Reply, urgency: Urgency) -> None:
        self.asked.append(urgency)
        await self.gate.wait()

    def can_draft(self, reply: Reply) -> bool:
        return self.has_drafts

    async def draft(self, reply: Reply, part: str, index: int) -> None:
        self._fail("draft")
        self.drafts.append(part)

    async def send(self, reply: Reply, part: str, index: int) -> str:
        self._fail("send")
        self._last += 1
        message = str(self._last)
        self.messages[message] = part
        await asyncio.sleep(self._delay)
        return message

    async def edit(self, reply: Reply, part: str, index: int, message: str) -> None:
        self._fail("edit")
        if message not in self.messages:
            raise UndeliverableError("gone")
        self.messages[message] = part

    async def remove(self, reply: Reply, message: str) -> None:
        self._fail("remove")
        self.messages.pop(message, None)

    async def show_typing(self, reply: Reply) -> None:
        self.calls.append("typing")

    def _fail(self, verb: str) -> None:
        self.calls.append(verb)
        if self.faults:
            raise self.faults.pop(0)
