"""Interactions in hand: acknowledged at once, answered within the quarter of an hour.

Discord gives three seconds for a first sign and fifteen minutes for the answer. The sign is
given when an interaction arrives, by the process that hears it; what is needed to answer is kept
in memory and in the ledger, so that another process, or the next start, can answer.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from adapters.discord.inbound import EPHEMERAL, InteractionPayload, time_of
from adapters.discord.outbound import nobody
from adapters.discord.refusals import ALREADY_ACKNOWLEDGED, RefusedError
from adapters.discord.rest import Rest
from core.commands import COMMANDS
from core.errors import DeliveryError, StoreError, UndeliverableError
from core.message import Reply

if TYPE_CHECKING:
    from core.outbox import Ledger

_LIFE = 14.5 * 60  # seconds; a token lives 15 minutes,
# discord.com/developers/docs/interactions/receiving-and-responding, read 2026-11-23
_FAREWELL = 1.0  # seconds
_DEFER = 5  # callback type "deferred channel message"; same page
_PREFIX = "discord:interaction:"
_SIGN = 4.0  # seconds that the process which heard an interaction has to note it down
_LOOK = 0.1  # seconds between two looks for that note

_log = logging.getLogger(__name__)


class Grip(msgspec.Struct, frozen=True):
    """What it takes to answer an interaction."""

    application: str
    token: str
    """"" where the first sign failed: then it cannot be answered as an interaction."""

    is_private: bool


class Interactions:
    """Acknowledges interactions and remembers how to answer them."""

    def __init__(self, rest: Rest, ledger: Ledger) -> None:
        self._rest = rest
        self._ledger = ledger
        self._held: dict[str, asyncio.Task[Grip | None]] = {}
        """By event, those that other processes heard among them."""

    def take(self, payload: InteractionPayload, *, is_direct: bool) -> bool:
        """Give the first sign, in the background; return whether the interaction is new."""
        event_id = _PREFIX + payload.id
        if event_id in self._held:
            return False
        self._prune()
        self._held[event_id] = asyncio.create_task(self._defer(payload, is_direct=is_direct))
        return True

    async def grip(self, reply: Reply) -> Grip | None:
        """Return how to answer the interaction that a reply is for, or None.

        None: the reply is not for an interaction, or it is too late to answer it as such and
        everybody may see the answer.

        Raises:
            UndeliverableError: It is too late to answer it so that only the asker sees it.
            StoreError: The ledger cannot be read.
        """
        event_id = reply.reply_to or ""
        if not event_id.startswith(_PREFIX):
            return None
        grip = await self._find(event_id)
        if grip is not None and grip.token and _is_alive(event_id):
            return grip
        is_private = reply.only_for is not None or (grip is not None and grip.is_private)
        if is_private and not reply.conversation.is_direct:
            raise UndeliverableError(
                "Discord: the time for an answer that only the asker sees is over"
            )
        return None

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
        except DeliveryError as error:
            if not (isinstance(error, RefusedError) and error.code == ALREADY_ACKNOWLEDGED):
                _log.warning("interaction %s not acknowledged: %s", payload.id, error)
                grip = msgspec.structs.replace(grip, token="")
        try:
            await self._ledger.note(_key(payload.id), 0, msgspec.json.encode(grip).decode())
        except StoreError as error:
            _log.warning("interaction %s is kept in memory only: %s", payload.id, error)
        return grip

    async def _find(self, event_id: str) -> Grip | None:
        task = self._held.get(event_id)
        if task is None:
            self._prune()
            task = self._held[event_id] = asyncio.create_task(self._recall(event_id))
        try:
            return await asyncio.shield(task)
        except StoreError:
            self._held.pop(event_id, None)
            raise

    async def _recall(self, event_id: str) -> Grip | None:
        """Look up an interaction that another process heard, or this one before it was started.

        Its reply may be here before the note is: then a moment is better than an answer that
        does not belong to the command.
        """
        end = time.monotonic() + _SIGN
        while True:
            kept = (await self._ledger.parts(_key(event_id.removeprefix(_PREFIX)))).get(0)
            if kept is not None:
                return msgspec.json.decode(kept.message, type=Grip)
            if time.monotonic() > end or not _is_alive(event_id):
                return None
            await asyncio.sleep(_LOOK)

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
    return any(spec.name == payload.data.command and spec.is_private for spec in COMMANDS)
