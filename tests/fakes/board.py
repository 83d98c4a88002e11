"""A platform in memory: a notice board with messages of at most ten characters."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

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
