"""What tifo reads of Telegram's updates; core.telegram.org/bots/api#update, read 2026-11-23."""

from __future__ import annotations

import msgspec


class UserPayload(msgspec.Struct, frozen=True):
    """A person or a bot."""

    id: int
    first_name: str = ""
    last_name: str = ""
    is_bot: bool = False
    language_code: str | None = None


class ChatPayload(msgspec.Struct, frozen=True):
    """A private chat, a group, a supergroup or a channel."""

    id: int
    type: str
    title: str = ""


class EntityPayload(msgspec.Struct, frozen=True):
    """A stretch of text that means more; counted in UTF-16 units."""

    type: str
    offset: int
    length: int
    user: UserPayload | None = None


class FilePayload(msgspec.Struct, frozen=True):
    """A file of any kind."""

    file_id: str
    file_size: int = 0
    file_name: str = ""
    mime_type: str = ""


class QuotePayload(msgspec.Struct, frozen=True):
    """What a person picked out of the message that they answer."""

    text: str = ""


class MessagePayload(msgspec.Struct, frozen=True, rename={"from_user": "from"}):
    """A message; one without any of the contents below is about the chat itself."""

    message_id: int
    chat: ChatPayload
    date: int = 0
    edit_date: int = 0
    from_user: UserPayload | None = None
    sender_chat: ChatPayload | None = None
    is_automatic_forward: bool = False
    is_topic_message: bool = False
    message_thread_id: int | None = None
    reply_to_message: MessagePayload | None = None
    quote: QuotePayload | None = None
    text: str = ""
    caption: str = ""
    entities: tuple[EntityPayload, ...] = ()
    caption_entities: tuple[EntityPayload, ...] = ()
    photo: tuple[FilePayload, ...] = ()
    animation: FilePayload | None = None
    audio: FilePayload | None = None
    document: FilePayload | None = None
    sticker: FilePayload | None = None
    video: FilePayload | None = None
    video_note: FilePayload | None = None
    voice: FilePayload | None = None
    contact: object = None
    dice: object = None
    location: object = None
    poll: object = None
    rich_message: object = None
    story: object = None
    migrate_to_chat_id: int | None = None
    migrate_from_chat_id: int | None = None


class CallbackPayload(msgspec.Struct, frozen=True, rename={"from_user": "from"}):
    """A press on an inline button."""

    id: str
    from_user: UserPayload
    message: MessagePayload | None = None
    data: str = ""


class MembershipPayload(msgspec.Struct, frozen=True):
    """The bot itself was made something else in a chat."""

    chat: ChatPayload


class UpdatePayload(msgspec.Struct, frozen=True):
    """One update."""

    update_id: int
    message: MessagePayload | None = None
    edited_message: MessagePayload | None = None
    callback_query: CallbackPayload | None = None
    my_chat_member: MembershipPayload | None = None
