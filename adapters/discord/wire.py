"""What delivery needs of Discord: send, edit, remove, typing; by channel or interaction.

Messages that answer an interaction can only be changed through it, so their ids carry a mark
in the ledger.
"""

from __future__ import annotations

import contextlib
import random
import re
from typing import TYPE_CHECKING

import msgspec

from adapters.discord.interactions import Grip, Interactions
from adapters.discord.outbound import Part, nonce, render, to_body
from adapters.discord.refusals import CANNOT_READ_HISTORY, UNKNOWN_MESSAGE, RefusedError
from adapters.discord.rest import Rest
from adapters.discord.upload import with_files
from core.errors import RetryLaterError, UndeliverableError
from core.message import Conversation, Reply

if TYPE_CHECKING:
    from core.language.strings import Strings

INTERVAL = 1.0
"""Seconds between two edits: Discord allows 5 in 5 s per channel (observed in its headers)."""

_TIGHT = 2.0
"""Seconds between two edits of one message while the calls of a second are nearly used up."""

_HOOK = "hook:"
_MESSAGE = re.compile(r"discord:(\d+)")
_SENDS = "/channels/{channel_id}/messages"
_EDITS = "/channels/{channel_id}/messages/{message_id}"
_FOLLOWS = "/webhooks/{webhook_id}/{webhook_token}?wait=true"
_ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
_HOOK_EDITS = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"


class Sent(msgspec.Struct, frozen=True):
    """A message as Discord has it now."""

    id: str
    content: str = ""
    attachments: tuple[object, ...] = ()


class DiscordWire:
    """Shows parts on Discord."""

    def __init__(self, rest: Rest, interactions: Interactions, strings: Strings) -> None:
        self._rest = rest
        self._interactions = interactions
        self._strings = strings

    def render(self, reply: Reply) -> list[Part]:
        """See `adapters.delivery.Wire`."""
        return render(reply, self._strings)

    def interval(self, conversation: Conversation) -> float:
        """See `adapters.delivery.Wire`; longer where many answers are on their way at once."""
        return _TIGHT if self._rest.budget.is_tight else INTERVAL

    async def send(self, reply: Reply, part: Part, index: int) -> str:
        """See `adapters.delivery.Wire`.

        The first part of an answer to an interaction goes where Discord shows that the bot is
        thinking. The others are ordinary messages where everybody may see them: those carry a
        nonce, so a repeat is one message. Only what the asker alone may see, and what is said
        where the bot may only answer commands, must follow through the interaction, which knows
        no nonce: when the connection breaks after Discord took such a part and before we heard
        of it, it stands there twice.

        Raises:
            DeliveryError: Or one of its kinds.
        """
        grip = await self._interactions.grip(reply)
        if grip is None:
            return await self._post(reply, part, index)
        if index == 0:
            try:
                return _HOOK + (await self._answer(grip, "PATCH", _ORIGINAL, _to_body(part))).id
            except RefusedError as error:
                if error.is_over and grip.is_private:
                    raise
                if error.is_over:
                    return await self._post(reply, part, index)
                # Dismissed: the next way.
        if not grip.is_private:
            with contextlib.suppress(RefusedError):
                return await self._post(reply, part, index)
        body = _to_body(part, is_private=grip.is_private)
        return _HOOK + (await self._answer(grip, "POST", _FOLLOWS, body)).id

    async def edit(self, reply: Reply, part: Part, index: int, message: str) -> None:
        """See `adapters.delivery.Wire`.

        Raises:
            DeliveryError: Or one of its kinds; `UndeliverableError` when it is gone.
        """
        if not reply.is_final and self._rest.budget.is_tight:
            wait = random.uniform(0.5, 1.5) * INTERVAL  # noqa: S311 - only spreads load
            raise RetryLaterError("first and final texts go first", after=wait)
        grip = await self._interactions.grip(reply) if message.startswith(_HOOK) else None
        message_id = message.removeprefix(_HOOK)
        if grip is not None:
            try:
                body = _to_body(part)
                await self._answer(grip, "PATCH", _HOOK_EDITS, body, message_id=message_id)
            except RefusedError as error:
                if grip.is_private or error.code == UNKNOWN_MESSAGE:
                    raise
            else:
                return
        await self._edit(reply, part, message_id)

    async def remove(self, reply: Reply, message: str) -> None:
        """See `adapters.delivery.Wire`.

        Raises:
            DeliveryError: Or one of its kinds; never because it is gone already.
        """
        message_id = message.removeprefix(_HOOK)
        try:
            grip = await self._interactions.grip(reply) if message.startswith(_HOOK) else None
            if grip is not None:
                await self._answer(grip, "DELETE", _HOOK_EDITS, None, message_id=message_id)
            else:
                await self._rest.call(
                    "DELETE", _EDITS, object, channel_id=_target(reply), message_id=message_id
                )
        except UndeliverableError:  # gone, or not ours to take away any more: the end of it
            return

    async def show_typing(self, reply: Reply) -> None:
        """See `adapters.delivery.Wire`; a deferred interaction shows it by itself.

        It is the first thing to go without while the calls of a second are nearly used up.

        Raises:
            DeliveryError: Or one of its kinds.
        """
        if self._rest.budget.is_tight:
            return
        if await self._interactions.grip(reply) is None:
            await self._rest.call(
                "POST", "/channels/{channel_id}/typing", object, channel_id=_target(reply)
            )

    async def _answer(self, grip: Grip, method: str, path: str, body: object, **ids: str) -> Sent:
        shape = Sent if body is not None else object
        answer = await self._rest.call(
            method,
            path,
            shape,
            body=body,
            webhook_id=grip.application,
            webhook_token=grip.token,
            **ids,
        )
        return answer if isinstance(answer, Sent) else Sent(id="")

    async def _post(self, reply: Reply, part: Part, index: int) -> str:
        """Send to the channel, once: a repeat is known by its nonce."""
        body = to_body(part) | {"nonce": nonce(reply.id, index), "enforce_nonce": True}
        answered = _MESSAGE.fullmatch(reply.reply_to or "") if index == 0 else None
        if answered is not None:
            body["message_reference"] = {
                "message_id": answered[1],
                "fail_if_not_exists": False,
            }
        try:
            sent = await self._create(reply, with_files(body, part.files))
        except RefusedError as error:
            if error.code != CANNOT_READ_HISTORY or answered is None:
                raise
            del body["message_reference"]
            sent = await self._create(reply, with_files(body, part.files))
        if _is_equal(sent, part):
            return sent.id
        try:  # the nonce brought back what an earlier attempt had sent
            await self._edit(reply, part, sent.id)
        except RefusedError as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
            del body["nonce"], body["enforce_nonce"]
            sent = await self._create(reply, with_files(body, part.files))
        return sent.id

    async def _create(self, reply: Reply, body: object) -> Sent:
        return await self._rest.call("POST", _SENDS, Sent, body=body, channel_id=_target(reply))

    async def _edit(self, reply: Reply, part: Part, message_id: str) -> None:
        await self._rest.call(
            "PATCH",
            _EDITS,
            object,
            body=_to_body(part),
            channel_id=_target(reply),
            message_id=message_id,
        )


def _target(reply: Reply) -> str:
    """Return the channel to speak in: a thread is one of its own."""
    return reply.conversation.thread or reply.conversation.channel


def _to_body(part: Part, *, is_private: bool = False) -> object:
    return with_files(to_body(part, is_private=is_private), part.files)


def _is_equal(sent: Sent, part: Part) -> bool:
    """Return whether a message reads as it should and has its files."""
    has_files = len(sent.attachments) == len(part.files)
    return has_files and _letters(sent.content) == _letters(part.content)


def _letters(text: str) -> str:
    """Return a text as far as Discord leaves it alone: it trims white space."""
    return "".join(text.split())
