"""What delivery needs of a platform."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeAlias, TypeVar

from core.errors import UndeliverableError
from core.message import Conversation, Reply

Part = TypeVar("Part")
"""One platform message of a reply: whatever the platform's `render` makes; compared by `==`."""

Shown = TypeVar("Shown", contravariant=True)
"""The same, where it only goes in."""


class ClosedError(UndeliverableError):
    """The place takes nothing from the bot: blocked, kicked, gone, not permitted.

    Whatever else a reply wants of it would be refused as well, so nothing else is asked.
    """


class Urgency(enum.IntEnum):
    """What a call is for; where few are allowed, these go first to last."""

    FINAL = 0
    FIRST = 1
    """The first text that the fan sees."""

    ON_THE_WAY = 2
    TYPING = 3


Turn: TypeAlias = Callable[[Reply, Urgency], Awaitable[None]]
"""Waits until the platform's limits leave room for one call."""


class Wire(Protocol[Part]):
    """What delivery needs of a platform.

    Every verb that talks to the platform raises `RetryLaterError`, `UndeliverableError`,
    `ClosedError` or `DeliveryError`, nothing else of its library.
    """

    def render(self, reply: Reply) -> Sequence[Part]:
        """Translate a snapshot to parts within the platform's limits; pure, never empty."""
        ...

    def interval(self, conversation: Conversation) -> float:
        """Return the least time between two edits of one message here, in seconds."""
        ...

    async def send(self, reply: Reply, part: Part, index: int) -> str:
        """Post a part and return the platform's id of the message."""
        ...

    async def edit(self, reply: Reply, part: Part, index: int, message: str) -> None:
        """Put a part in place of an earlier one; "not modified" counts as done.

        Raises:
            core.errors.UndeliverableError: The message is gone and may be posted anew.
            ClosedError: It may not.
        """
        ...

    async def remove(self, reply: Reply, message: str) -> None:
        """Delete a part that the final snapshot no longer has; gone already counts as done."""
        ...

    async def show_typing(self, reply: Reply) -> None:
        """Show that the bot is writing, for the few seconds that the platform keeps it up."""
        ...


class Drafts(Protocol[Shown]):
    """A preview that vanishes by itself, where a platform has one: nothing of it needs a note."""

    def can_draft(self, reply: Reply) -> bool:
        """Return whether the last part of a snapshot on the way may be a draft here."""
        ...

    async def draft(self, reply: Reply, part: Shown, index: int) -> None:
        """Show a part in place of the draft before.

        When drafts turn out not to work here, `can_draft` says so from then on.
        """
        ...
