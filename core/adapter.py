"""The contract between the core and a chat platform: a name and three verbs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

import msgspec

from core.message import Action, Event, Reply, Result

Receive: TypeAlias = Callable[[Event], Awaitable[None]]
"""Takes an event; when it returns, the event is durable and the platform may forget it.
Raises `core.errors.StoreError` when it is not: then the platform must keep it."""

Deliver: TypeAlias = Callable[[Reply], Awaitable[None]]


class Done(msgspec.Struct, frozen=True):
    """What came of an action."""

    result: Result
    count: int = 0
    """Messages that a purge deleted, or would delete."""

    made: str = ""
    """The platform's id of the thread that was opened."""


Act: TypeAlias = Callable[[Action], Awaitable[Done]]


class Adapter(Protocol):
    """Speaks one platform.

    An adapter keeps no conversation state and takes no decision about content: it translates
    in, translates out, and paces its own edits.
    """

    @property
    def name(self) -> str:
        """Return the platform's name, equal to `Conversation.platform`."""
        ...

    async def run(self, receive: Receive) -> None:
        """Stay connected and hand over every event until cancelled.

        Raises:
            core.errors.AdapterError: The platform refused the token; trying again is useless.
        """
        ...

    async def deliver(self, reply: Reply) -> None:
        """Show a snapshot. Safe to call again with the same or a newer one.

        Returns at once for a snapshot on the way; for the final one, when all of it stands on
        the platform.

        Raises:
            core.errors.RetryLaterError: The platform wants us to wait.
            core.errors.UndeliverableError: It will never take this reply.
            core.errors.DeliveryError: It failed; the same call may work later.
        """
        ...

    async def act(self, action: Action) -> Done:
        """Carry out what a moderator, or a rule, wants done. Doing it twice does no harm.

        Whether the platform lets the bot do it, and to this person, is looked at before.

        Raises:
            core.errors.RetryLaterError: The platform wants us to wait.
            core.errors.DeliveryError: It failed; the same call may work later.
        """
        ...
