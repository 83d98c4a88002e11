"""What delivery needs of Telegram: send, edit, remove, typing; its refusals as our errors."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from typing import TYPE_CHECKING

import msgspec
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from adapters.telegram.inbound import message_of
from adapters.telegram.outbound import Part, render
from adapters.telegram.transport import FloodError
from core.errors import DeliveryError, RetryLaterError, UndeliverableError
from core.message import Conversation, Reply

if TYPE_CHECKING:
    from telegram import Bot

    from core.language.strings import Strings

_PRIVATE, _GROUP = 1.0, 3.0
"""Seconds between two edits: about one message a second in a chat and twenty a minute in a
group; telegram.constants.FloodLimit of python-telegram-bot 22.8, read 2026-11-23."""

# Wordings of the Bot API's error descriptions, which are all it tells them apart by.
_NOT_MODIFIED = "message is not modified"
_ABOUT_ENTITIES = ("entit", "parse", "url")


class TelegramWire:
    """Shows parts on Telegram."""

    def __init__(self, bot: Bot, strings: Strings) -> None:
        self._bot = bot
        self._strings = strings
        self._moved: dict[int, int] = {}

    def render(self, reply: Reply) -> list[Part]:
        """See `adapters.delivery.Wire`."""
        return render(reply, self._strings)

    def interval(self, conversation: Conversation) -> float:
        """See `adapters.delivery.Wire`."""
        return _PRIVATE if conversation.is_direct else _GROUP

    async def send(self, reply: Reply, part: Part, index: int) -> str:
        """See `adapters.delivery.Wire`.

        Raises:
            DeliveryError: Or one of its kinds.
        """
        with translating():
            try:
                return await self._send(reply, part, index)
            except ChatMigrated as error:
                self._follow(reply, error)
                return await self._send(reply, part, index)
            except BadRequest as error:
                if not _is_about_entities(error):
                    raise
                return await self._send(reply, _plain(part), index)

    async def edit(self, reply: Reply, part: Part, index: int, message: str) -> None:
        """See `adapters.delivery.Wire`.

        Raises:
            DeliveryError: Or one of its kinds; `UndeliverableError` when it is gone.
        """
        with translating():
            try:
                await self._edit(reply, part, message)
            except ChatMigrated as error:
                self._follow(reply, error)
                raise UndeliverableError("the message stayed in the old group") from error
            except BadRequest as error:
                if _NOT_MODIFIED in error.message.lower():
                    return
                if not _is_about_entities(error):
                    raise
                await self._edit(reply, _plain(part), message)

    async def remove(self, reply: Reply, message: str) -> None:
        """See `adapters.delivery.Wire`.

        Raises:
            DeliveryError: Or one of its kinds; never because it is gone already.
        """
        with contextlib.suppress(UndeliverableError), translating():
            await self._bot.delete_message(self._chat(reply), int(message))

    async def show_typing(self, reply: Reply) -> None:
        """See `adapters.delivery.Wire`.

        Raises:
            DeliveryError: Or one of its kinds.
        """
        with translating():
            await self._bot.send_chat_action(
                self._chat(reply), ChatAction.TYPING, message_thread_id=_thread(reply)
            )

    async def _send(self, reply: Reply, part: Part, index: int) -> str:
        answered = message_of(reply.reply_to) if index == 0 else None
        sent = await self._bot.send_message(
            self._chat(reply),
            part.text,
            entities=_to_entities(part),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            message_thread_id=_thread(reply),
            reply_markup=_to_keyboard(part),
            reply_parameters=ReplyParameters(answered, allow_sending_without_reply=True)
            if answered is not None
            else None,
        )
        return str(sent.message_id)

    async def _edit(self, reply: Reply, part: Part, message: str) -> None:
        await self._bot.edit_message_text(
            part.text,
            chat_id=self._chat(reply),
            message_id=int(message),
            entities=_to_entities(part),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=_to_keyboard(part),
        )

    def _follow(self, reply: Reply, error: ChatMigrated) -> None:
        self._moved[int(reply.conversation.channel)] = error.new_chat_id

    def _chat(self, reply: Reply) -> int:
        """Return where to speak: a group that became a supergroup has a new id."""
        chat = int(reply.conversation.channel)
        return self._moved.get(chat, chat)


@contextlib.contextmanager
def translating() -> Generator[None]:
    """Turn the library's errors into ours.

    Raises:
        RetryLaterError: Telegram wants us to wait.
        UndeliverableError: The same call will be refused again.
        DeliveryError: Telegram failed, or cannot be reached.
    """
    try:
        yield
    except FloodError as error:
        raise RetryLaterError(error.message, after=error.after) from error
    except (BadRequest, Forbidden) as error:
        raise UndeliverableError(f"Telegram refuses: {error.message}") from error
    except TelegramError as error:
        raise DeliveryError(f"Telegram failed: {error.message}") from error


def _thread(reply: Reply) -> int | None:
    return int(reply.conversation.thread) if reply.conversation.thread else None


def _plain(part: Part) -> Part:
    return msgspec.structs.replace(part, entities=())


def _is_about_entities(error: BadRequest) -> bool:
    return any(word in error.message.lower() for word in _ABOUT_ENTITIES)


def _to_entities(part: Part) -> list[MessageEntity]:
    return [
        MessageEntity(
            entity.type,
            entity.offset,
            entity.length,
            url=entity.url or None,
            language=entity.language or None,
        )
        for entity in part.entities
    ]


def _to_keyboard(part: Part) -> InlineKeyboardMarkup | None:
    if not part.buttons:
        return None
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button.label, callback_data=button.id) for button in row]
            for row in part.buttons
        ]
    )
