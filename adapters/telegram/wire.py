"""What delivery needs of Telegram: send, edit, remove, drafts, typing, each in its turn."""

from __future__ import annotations

import contextlib
import logging
import zlib
from collections.abc import Generator
from typing import TYPE_CHECKING

import msgspec

from adapters.files import to_safe_name
from adapters.telegram.inbound import message_of
from adapters.telegram.moves import Moves
from adapters.telegram.outbound import Part, render
from adapters.telegram.pace import Pace
from adapters.telegram.refusals import Kind, meaning, to_error, translating
from adapters.telegram.transport import RefusedError, Sent
from adapters.wire import ClosedError, Urgency
from core.errors import RetryLaterError, UndeliverableError
from core.message import Conversation, File, Reply

if TYPE_CHECKING:
    from adapters.telegram.client import Client
    from core.language.strings import Strings

_PRIVATE, _GROUP = 1.0, 3.0
"""Seconds between two edits: about one message a second in a chat and twenty a minute in a
group; telegram.constants.FloodLimit of python-telegram-bot 22.8, read 2026-11-23."""

_log = logging.getLogger(__name__)


class TelegramWire:
    """Shows parts on Telegram."""

    def __init__(self, client: Client, strings: Strings, *, pace: Pace, moves: Moves) -> None:
        self._client = client
        self._strings = strings
        self._pace = pace
        self._moves = moves
        self._has_drafts = True

    def render(self, reply: Reply) -> list[Part]:
        """See `adapters.wire.Wire`."""
        return render(reply, self._strings)

    def interval(self, conversation: Conversation) -> float:
        """See `adapters.wire.Wire`."""
        return _PRIVATE if conversation.is_direct else _GROUP

    async def turn(self, reply: Reply, urgency: Urgency) -> None:
        """See `adapters.wire.Turn`."""
        await self._pace.turn(self._chat(reply), urgency)

    def can_draft(self, reply: Reply) -> bool:
        """See `adapters.wire.Drafts`."""
        return self._has_drafts and reply.conversation.is_direct

    async def draft(self, reply: Reply, part: Part, index: int) -> None:
        """See `adapters.wire.Drafts`.

        Raises:
            DeliveryError: Or one of its kinds.
        """
        chat = self._chat(reply)
        body = {
            "chat_id": chat,
            # Never 0, and the same after a restart, so that the draft goes on growing.
            "draft_id": zlib.crc32(f"{reply.id} {index}".encode()) or 1,
            **_thread(reply),
            **_dressed(part),
        }
        try:
            await self._call(chat, "sendMessageDraft", body)
        except RefusedError as refusal:
            if meaning(refusal)[0] is Kind.CLOSED:
                raise to_error(refusal) from refusal
            self._has_drafts = False
            _log.info("no drafts, messages are edited instead: %s", refusal.message)

    async def send(self, reply: Reply, part: Part, index: int) -> str:
        """See `adapters.wire.Wire`.

        Raises:
            DeliveryError: Or one of its kinds.
        """
        chat = self._chat(reply)
        body = _to_body(part) | _thread(reply)
        answered = message_of(reply.reply_to) if index == 0 else None
        # In another chat the same number is another message.
        if answered is not None and chat == int(reply.conversation.channel):
            body["reply_parameters"] = {
                "message_id": answered,
                "allow_sending_without_reply": True,
            }
        while True:
            try:
                sent = await self._post(chat, body, part.file)
            except RefusedError as refusal:
                chat = await self._mend(chat, body, refusal)
                await self._pace.turn(chat, Urgency.FINAL)
            else:
                return f"{chat}:{sent.message_id if isinstance(sent, Sent) else 0}"

    async def edit(self, reply: Reply, part: Part, index: int, message: str) -> None:
        """See `adapters.wire.Wire`.

        Raises:
            DeliveryError: Or one of its kinds; `UndeliverableError` when it is gone.
        """
        if part.file is not None:
            await self.remove(reply, message)
            raise UndeliverableError("a file is not changed but sent anew")
        chat, message_id = _place(reply, message)
        body = {"chat_id": chat, "message_id": message_id, **_to_body(part)}
        while True:
            try:
                await self._call(chat, "editMessageText", body)
            except RefusedError as refusal:
                kind, _ = meaning(refusal)
                if kind is Kind.SAME:
                    return
                if kind is Kind.ENTITIES and "entities" in body:
                    del body["entities"]
                    await self._pace.turn(chat, Urgency.FINAL)
                    continue
                if await self._has_moved(chat, refusal):
                    raise UndeliverableError("the message stayed in the old group") from refusal
                raise to_error(refusal) from refusal
            else:
                return

    async def remove(self, reply: Reply, message: str) -> None:
        """See `adapters.wire.Wire`.

        Raises:
            DeliveryError: Or one of its kinds; never because it is gone already.
        """
        chat, message_id = _place(reply, message)
        with contextlib.suppress(RefusedError):
            await self._call(chat, "deleteMessage", {"chat_id": chat, "message_id": message_id})

    async def show_typing(self, reply: Reply) -> None:
        """See `adapters.wire.Wire`; left out where there is little room.

        Raises:
            DeliveryError: Or one of its kinds.
        """
        chat = self._chat(reply)
        if not self._pace.take(chat, Urgency.TYPING):
            return
        body = {"chat_id": chat, "action": "typing", **_thread(reply)}
        try:
            await self._call(chat, "sendChatAction", body)
        except RefusedError as refusal:
            raise to_error(refusal) from refusal

    async def _post(self, chat: int, body: dict[str, object], file: File | None) -> bool | Sent:
        """Send a message, or a file as one; raises what `_call` does."""
        if file is None:
            return await self._call(chat, "sendMessage", {"chat_id": chat, **body})
        named = msgspec.structs.replace(file, name=to_safe_name(file.name))
        with self._translating(chat):
            return await self._client.upload(
                "sendDocument", {"chat_id": chat, **body}, "document", named
            )

    async def _call(self, chat: int, method: str, body: dict[str, object]) -> bool | Sent:
        """Make a call.

        Raises:
            RefusedError: Telegram refuses this call.
            RetryLaterError: It wants us to wait.
            DeliveryError: It failed, or cannot be reached.
        """
        with self._translating(chat):
            return await self._client.call(method, body)

    @contextlib.contextmanager
    def _translating(self, chat: int) -> Generator[None]:
        try:
            with translating(lets_refusals=True):
                yield
        except RetryLaterError as error:
            self._pace.refuse(chat, error.after)
            raise

    async def _mend(self, chat: int, body: dict[str, object], refusal: RefusedError) -> int:
        """Change a message so that it may be taken; return the chat to send it to.

        Raises:
            DeliveryError: Or one of its kinds: it cannot be mended.
        """
        kind, _ = meaning(refusal)
        if await self._has_moved(chat, refusal):
            body.pop("reply_parameters", None)
            return self._moves.find(chat)
        if kind is Kind.REFERENCE and body.pop("reply_parameters", None):
            return chat
        if kind is Kind.ENTITIES and body.pop("entities", None):
            return chat
        raise to_error(refusal) from refusal

    async def _has_moved(self, chat: int, refusal: RefusedError) -> bool:
        """Return whether a chat refuses because it is a supergroup by now."""
        if refusal.moved_to is not None:
            await self._moves.follow(chat, refusal.moved_to)
            return True
        is_closed = isinstance(to_error(refusal), ClosedError)
        return is_closed and await self._moves.recall(chat) is not None

    def _chat(self, reply: Reply) -> int:
        return self._moves.find(int(reply.conversation.channel))


def _place(reply: Reply, message: str) -> tuple[int, int]:
    """Return chat and id of a message as `send` named it."""
    chat, _, message_id = message.rpartition(":")
    return int(chat or reply.conversation.channel), int(message_id)


def _thread(reply: Reply) -> dict[str, object]:
    thread = reply.conversation.thread
    return {"message_thread_id": int(thread)} if thread else {}


def _dressed(part: Part) -> dict[str, object]:
    dressed: dict[str, object] = {"text": part.text}
    if part.entities:
        dressed["entities"] = part.entities
    return dressed


def _to_body(part: Part) -> dict[str, object]:
    if part.file is not None:
        return {}
    body = _dressed(part) | {"link_preview_options": {"is_disabled": True}}
    if part.buttons:
        rows = [[{"text": b.label, "callback_data": b.id} for b in row] for row in part.buttons]
        body["reply_markup"] = {"inline_keyboard": rows}
    return body
