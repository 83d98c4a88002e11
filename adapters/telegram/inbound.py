"""Telegram's updates as events: pure, and deaf to what nobody said.

Only what tifo reads of a payload is described here; core.telegram.org/bots/api#update,
read 2026-11-23.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import get_args

import msgspec

from core.commands import COMMANDS
from core.message import Attachment, Command, Conversation, Edit, Event, Message, Press, Right, User

PLATFORM = "telegram"

ALL_RIGHTS: frozenset[Right] = frozenset(get_args(Right))

GENERAL = 1
"""Thread of a forum's General topic: messages there carry it or none, and sending with it
fails; github.com/tdlib/telegram-bot-api/issues/798, read 2026-11-23."""

_START = "start"  # sent by the button that opens a chat; core.telegram.org/bots/features#commands
_COMMAND = re.compile(r"/(?P<name>\w+)(?:@(?P<bot>\w+))?\s*(?P<rest>.*)", re.DOTALL)
_OPTIONS = {spec.name: spec.options for spec in COMMANDS}
_ABOUT_MESSAGE = frozenset(spec.name for spec in COMMANDS if spec.is_about_message)
_AROUND_MENTION = " \t,:;"


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


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who the bot is."""

    id: int
    username: str


class _Said(msgspec.Struct, frozen=True):
    """A text without the bot's mention, and whether there was one."""

    text: str
    is_mention: bool


def to_event(update: UpdatePayload, *, bot: Identity, now: datetime) -> Event | None:
    """Return what a person did, or None when it is nothing for the bot.

    Args:
        update: As Telegram sent it.
        bot: Whose mentions and commands count.
        now: When it arrived; a press carries no time of its own.
    """
    if update.callback_query is not None:
        return _to_press(update.callback_query, now)
    if update.edited_message is not None:
        return _to_edit(update.edited_message, bot)
    if update.message is not None:
        return _to_message(update.message, bot)
    return None


def to_move(update: UpdatePayload) -> tuple[int, int] | None:
    """Return the ids of a group and of the supergroup that it became, if an update tells so."""
    payload = update.message
    if payload is None:
        return None
    if payload.migrate_to_chat_id is not None:
        return payload.chat.id, payload.migrate_to_chat_id
    if payload.migrate_from_chat_id is not None:
        return payload.migrate_from_chat_id, payload.chat.id
    return None


def message_of(event_id: str | None) -> int | None:
    """Return Telegram's own message id from the id of a message or command, else None."""
    kind, *place = (event_id or "").split(":")
    if kind == PLATFORM and len(place) == 2 and place[0] != "press":
        return int(place[1])
    return None


def _to_press(callback: CallbackPayload, now: datetime) -> Press | None:
    if callback.message is None or not callback.data:
        return None
    return Press(
        id=f"{PLATFORM}:press:{callback.id}",
        conversation=_to_conversation(callback.message),
        user=_to_user(callback.from_user),
        button=callback.data,
        sent_at=now,
    )


def _to_message(payload: MessagePayload, bot: Identity) -> Message | Command | None:
    user = _to_author(payload)
    attachments = _to_attachments(payload)
    said = _without_mention(payload, bot)
    if user is None or not (said.text or said.is_mention or attachments or _is_wordless(payload)):
        return None
    conversation = _to_conversation(payload)
    event_id = _id(payload)
    sent_at = datetime.fromtimestamp(payload.date, UTC)
    found = _command(payload)
    if found is not None:
        name, addressee = found["name"].lower(), (found["bot"] or "").lower()
        is_ours = addressee == bot.username.lower() or (
            not addressee and (conversation.is_direct or name in _OPTIONS or name == _START)
        )
        if not is_ours:
            return None
        return Command(
            id=event_id,
            conversation=conversation,
            user=user,
            name=name,
            sent_at=sent_at,
            options=_to_options(name, found["rest"].strip(), payload),
        )
    answered = _answered(payload)
    author = answered.from_user if answered else None
    is_other = author is not None and author.id != bot.id and str(author.id) != user.id
    return Message(
        id=event_id,
        conversation=conversation,
        user=user,
        text=said.text,
        sent_at=sent_at,
        reply_to=str(answered.message_id) if answered else None,
        quoted=_quoted(payload, answered) if answered and is_other else "",
        is_mention=conversation.is_direct
        or said.is_mention
        or (author is not None and author.id == bot.id),
        attachments=attachments,
    )


def _to_edit(payload: MessagePayload, bot: Identity) -> Edit | None:
    """Return how a message reads now; a moving location counts as edited all the time."""
    if _to_author(payload) is None or payload.location is not None:
        return None
    return Edit(
        id=f"{PLATFORM}:edit:{payload.chat.id}:{payload.message_id}:{payload.edit_date}",
        conversation=_to_conversation(payload),
        target=_id(payload),
        text=_without_mention(payload, bot).text,
        sent_at=datetime.fromtimestamp(payload.edit_date, UTC),
    )


def _id(payload: MessagePayload) -> str:
    return f"{PLATFORM}:{payload.chat.id}:{payload.message_id}"


def _to_author(payload: MessagePayload) -> User | None:
    """Return who wrote it: a person, or a chat in whose name a person writes.

    Anonymous administrators write in the name of their group, others of their channel; both
    come from a bot of Telegram's own.
    """
    if payload.chat.type == "channel" or payload.is_automatic_forward:
        return None
    chat = payload.sender_chat
    if chat is not None:
        # An anonymous administrator; Telegram does not tell which.
        rights = ALL_RIGHTS if chat.id == payload.chat.id else frozenset[Right]()
        return User(id=str(chat.id), name=chat.title, rights=rights)
    if payload.from_user is None or payload.from_user.is_bot:
        return None
    return _to_user(payload.from_user)


def _to_user(payload: UserPayload) -> User:
    return User(
        id=str(payload.id),
        name=f"{payload.first_name} {payload.last_name}".strip(),
        locale=payload.language_code,
    )


def _to_conversation(payload: MessagePayload) -> Conversation:
    # Outside of topics a thread is only a chain of answers.
    thread = payload.message_thread_id if payload.is_topic_message else None
    return Conversation(
        platform=PLATFORM,
        community=str(payload.chat.id),
        channel=str(payload.chat.id),
        thread="" if thread in (None, GENERAL) else str(thread),
        is_direct=payload.chat.type == "private",
    )


def _is_wordless(payload: MessagePayload) -> bool:
    """Tell what a person sent without words from what the chat tells about itself."""
    return any(
        content is not None
        for content in (
            payload.contact,
            payload.dice,
            payload.location,
            payload.poll,
            payload.rich_message,
            payload.story,
        )
    )


def _to_attachments(payload: MessagePayload) -> tuple[Attachment, ...]:
    # An animation comes as a document once more, a photo in growing sizes.
    files = {
        "photo.jpg": (payload.photo[-1] if payload.photo else None, "image/jpeg"),
        "animation.mp4": (payload.animation, "video/mp4"),
        "audio": (payload.audio, "audio/mpeg"),
        "document": (None if payload.animation else payload.document, "application/octet-stream"),
        "sticker.webp": (payload.sticker, "image/webp"),
        "video.mp4": (payload.video, "video/mp4"),
        "video_note.mp4": (payload.video_note, "video/mp4"),
        "voice.ogg": (payload.voice, "audio/ogg"),
    }
    return tuple(
        Attachment(
            name=file.file_name or name,
            media_type=file.mime_type or media_type,
            size=file.file_size,
            url=file.file_id,
        )
        for name, (file, media_type) in files.items()
        if file is not None
    )


def _without_mention(payload: MessagePayload, bot: Identity) -> _Said:
    """Take the mention of the bot out of a text."""
    units = (payload.text or payload.caption).encode("utf-16-le")
    is_mention = False
    for entity in sorted(_entities(payload), key=lambda entity: entity.offset, reverse=True):
        start, end = entity.offset * 2, (entity.offset + entity.length) * 2
        name = units[start:end].decode("utf-16-le", "replace").lower()
        is_named = entity.type == "mention" and name == f"@{bot.username}".lower()
        is_meant = entity.type == "text_mention" and entity.user and entity.user.id == bot.id
        if is_named or is_meant:
            is_mention = True
            before, after = units[:start].decode("utf-16-le"), units[end:].decode("utf-16-le")
            after = after.lstrip(_AROUND_MENTION) if not before.strip() else after
            gap = "" if not before or before[-1].isspace() else " "
            units = f"{before}{gap}{after.lstrip(' ')}".encode("utf-16-le")
    return _Said(units.decode("utf-16-le").strip(), is_mention)


def _entities(payload: MessagePayload) -> tuple[EntityPayload, ...]:
    return payload.entities if payload.text else payload.caption_entities


def _command(payload: MessagePayload) -> re.Match[str] | None:
    """Return the command that a message begins with."""
    begins = any(e.type == "bot_command" and e.offset == 0 for e in _entities(payload))
    return _COMMAND.match(payload.text or payload.caption) if begins else None


def _to_options(name: str, rest: str, payload: MessagePayload) -> dict[str, str]:
    """Return everything after a command as its first option, or as what to do with a message."""
    options = _OPTIONS.get(name, ())
    answered = _answered(payload)
    if name in _ABOUT_MESSAGE and answered is not None:
        values = (_quoted(payload, answered), rest)
        return {o.name: value for o, value in zip(options, values, strict=True) if value}
    return {options[0].name: rest} if options and rest else {}


def _answered(payload: MessagePayload) -> MessagePayload | None:
    """Return the message that this one answers.

    In a topic, what answers nothing seems to answer the note that opened the topic.
    """
    answered = payload.reply_to_message
    is_opening = (
        answered is not None
        and payload.is_topic_message
        and answered.message_id == payload.message_thread_id
    )
    return None if is_opening else answered


def _quoted(payload: MessagePayload, answered: MessagePayload) -> str:
    return payload.quote.text if payload.quote else answered.text or answered.caption
