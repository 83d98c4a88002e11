"""Interactions in hand: acknowledged at once, answered within the quarter of an hour.

Discord gives three seconds for a first sign and fifteen minutes for the answer. The sign is
given when an interaction arrives; what is needed to answer is kept in memory and in the
ledger, so that a restart in between costs nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from adapters.discord.inbound import EPHEMERAL, InteractionPayload, time_of
from adapters.discord.outbound import nobody
from adapters.discord.refusals import ALREADY_ACKNOWLEDGED, RefusedError
from adapters.discord.rest import Rest
from core.commands import COMMANDS
from core.errors import DeliveryError, StoreError
from core.message import Reply

if TYPE_CHECKING:
    from core.outbox import Ledger

_LIFE = 14.5 * 60  # seconds; a token lives 15 minutes,
# discord.com/developers/docs/interactions/receiving-and-responding, read 2026-11-23
_FAREWELL = 1.0  # seconds
_DEFER = 5  # callback type "deferred channel message"; same page
_PREFIX = "discord:interaction:"

_log = logging.getLogger(__name__)


class Grip(msgspec.Struct, frozen=True):
    """What it takes to answer an interaction."""

    application: str
    token: str
    is_private: bool


class Interactions:
    """Acknowledges interactions and remembers how to answer them."""

    def __init__(self, rest: Rest, ledger: Ledger) -> None:
        self._rest = rest
        self._ledger = ledger
        self._held: dict[str, asyncio.Task[Grip | None]] = {}

    def take(self, payload: InteractionPayload, *, is_direct: bool) -> None:
        """Give the first sign, in the background; once for each interaction."""
        event_id = _PREFIX + payload.id
        if event_id not in self._held:
            self._prune()
            self._held[event_id] = asyncio.create_task(self._defer(payload, is_direct=is_direct))

    async def grip(self, reply: Reply) -> Grip | None:
        """Return how to answer the interaction that a reply is for, or None.

        None: the reply is not for an interaction, or it is too late to answer it as such.

        Raises:
            StoreError: The ledger cannot be read.
        """
        event_id = reply.reply_to or ""
        if not event_id.startswith(_PREFIX) or not _is_alive(event_id):
            return None
        task = self._held.get(event_id)
        return await asyncio.shield(task) if task is not None else await self._recall(event_id)

    async def close(self) -> None:
        """Finish what is being acknowledged, for a moment, and stop."""
        tasks = list(self._held.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_FAREWELL)
            for task in late:
                task.cancel()
            await asyncio.wait(tasks)
        self._held.clear()

    async def _defer(self, payload: InteractionPayload, *, is_direct: bool) -> Grip | None:
        is_private = not is_direct and _is_private(payload)
        grip = Grip(payload.application_id, payload.token, is_private)
        data = {"flags": EPHEMERAL if is_private else 0, "allowed_mentions": nobody()}
        try:
            await self._rest.call(
                "POST",
                "/interactions/{webhook_id}/{webhook_token}/callback?with_response=true",
                object,
                body={"type": _DEFER, "data": data},
                webhook_id=payload.id,
                webhook_token=payload.token,
            )
        except RefusedError as error:
            if error.code != ALREADY_ACKNOWLEDGED:
                _log.warning("interaction %s not acknowledged: %s", payload.id, error)
                return None
        except DeliveryError as error:
            _log.warning("interaction %s not acknowledged: %s", payload.id, error)
            return None
        try:
            await self._ledger.note(_key(payload.id), 0, msgspec.json.encode(grip).decode())
        except StoreError as error:
            _log.warning("interaction %s is kept in memory only: %s", payload.id, error)
        return grip

    async def _recall(self, event_id: str) -> Grip | None:
        """Look an interaction up that came before the last start."""
        kept = (await self._ledger.parts(_key(event_id.removeprefix(_PREFIX)))).get(0)
        return msgspec.json.decode(kept.message, type=Grip) if kept is not None else None

    def _prune(self) -> None:
        for event_id in list(itertools.takewhile(lambda held: not _is_alive(held), self._held)):
            del self._held[event_id]


def _key(interaction: str) -> str:
    """Name an interaction in the ledger, apart from the replies that are kept there."""
    return f"discord:token:{interaction}"


def _is_alive(event_id: str) -> bool:
    given = time_of(event_id.removeprefix(_PREFIX))
    return (datetime.now(UTC) - given).total_seconds() < _LIFE


def _is_private(payload: InteractionPayload) -> bool:
    """Say whether only the asker shall see the answer: by the command, or the old message."""
    if payload.message is not None:
        return bool(payload.message.flags & EPHEMERAL)
    return any(spec.name == payload.data.name and spec.is_private for spec in COMMANDS)
