"""Telegram's updates as events: pure, and deaf to what nobody said."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import get_args

import msgspec

from adapters.telegram.payloads import (
    CallbackPayload,
    EntityPayload,
    MessagePayload,
    UpdatePayload,
    UserPayload,
)
from core.arguments import Words, split
from core.commands import BY_NAME
from core.message import (
    ANSWERED,
    Attachment,
    Command,
    Conversation,
    Edit,
    Event,
    Message,
    Press,
    Right,
    User,
)

PLATFORM = "telegram"

ALL_RIGHTS: frozenset[Right] = frozenset(get_args(Right))

GENERAL = 1
"""Thread of a forum's General topic: messages there carry it or none, and sending with it
fails; github.com/tdlib/telegram-bot-api/issues/798, read 2026-11-23."""

_START = "start"  # sent by the button that opens a chat; core.telegram.org/bots/features#commands
_COMMAND = re.compile(r"/(?P<name>\w+)(?:@(?P<bot>\w+))?\s*(?P<rest>.*)", re.DOTALL)
_NAMES = {name.replace("-", "_"): name for name in BY_NAME}
"""Commands by how Telegram writes them: without hyphens."""

_AROUND_MENTION = " \t,:;"


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who the bot is."""

    id: int
    username: str


class _Said(msgspec.Struct, frozen=True):
    """A text without the bot's mention, and whether there was one."""

    text: str
    is_mention: bool


def to_event(update: UpdatePayload, *, bot: Identity, now: datetime, words: Words) -> Event | None:
    """Return what a person did, or None when it is nothing for the bot.

    Args:
        update: As Telegram sent it.
        bot: Whose mentions and commands count.
        now: When it arrived; a press carries no time of its own.
        words: What people may write behind commands.
    """
    if update.callback_query is not None:
        return _to_press(update.callback_query, now)
    if update.edited_message is not None:
        return _to_edit(update.edited_message, bot)
    if update.message is not None:
        return _to_message(update.message, bot, words)
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


def _to_message(payload: MessagePayload, bot: Identity, words: Words) -> Message | Command | None:
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
        typed, addressee = found["name"].lower(), (found["bot"] or "").lower()
        is_known = typed in _NAMES or typed == _START
        is_ours = addressee == bot.username.lower() or (
            not addressee and (conversation.is_direct or is_known)
        )
        if not is_ours:
            return None
        name = _NAMES.get(typed, typed)
        about = _answered(payload) if name in BY_NAME and BY_NAME[name].is_about_message else None
        named = _named(payload)
        author = _to_author_of(about, bot) if about is not None else None
        return Command(
            id=event_id,
            conversation=conversation,
            user=user,
            name=name,
            sent_at=sent_at,
            options=_to_options(name, payload, named, about, words),
            people=(*named.values(), *((author,) if author is not None else ())),
            about=str(about.message_id) if about is not None else "",
            answered=_own_words(payload, bot),
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
        answered=_own_words(payload, bot),
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


def _to_options(
    name: str,
    payload: MessagePayload,
    named: dict[int, User],
    about: MessagePayload | None,
    words: Words,
) -> dict[str, str]:
    """Return what was written behind a command, and the message that it answers, as options."""
    spec = BY_NAME.get(name)
    if spec is None:
        return {}
    return split(
        spec,
        _behind_command(payload, named),
        words,
        people=tuple(named.values()),
        is_answer=about is not None,
        quoted=_quoted(payload, about) if about is not None else "",
    )


def _named(payload: MessagePayload) -> dict[int, User]:
    """Return the people whom a text links by where that stands: those without a user name.

    What an `@name` means bots are not told.
    """
    return {
        entity.offset: _to_user(entity.user)
        for entity in _entities(payload)
        if entity.type == "text_mention" and entity.user is not None
    }


def _behind_command(payload: MessagePayload, named: dict[int, User]) -> str:
    """Return the text behind a command; people whom it links stand in it by their ids."""
    units = (payload.text or payload.caption).encode("utf-16-le")
    for entity in sorted(_entities(payload), key=lambda entity: entity.offset, reverse=True):
        if entity.type == "text_mention" and entity.offset in named:
            start, end = entity.offset * 2, (entity.offset + entity.length) * 2
            units = units[:start] + named[entity.offset].id.encode("utf-16-le") + units[end:]
    found = _COMMAND.match(units.decode("utf-16-le", "replace"))
    return found["rest"].strip() if found else ""


def _to_author_of(payload: MessagePayload, bot: Identity) -> User | None:
    """Return who wrote a message that a command is about; another bot may be meant too."""
    author = payload.from_user
    if payload.sender_chat is not None:
        return _to_author(payload)
    return None if author is None or author.id == bot.id else _to_user(author)


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


def _own_words(payload: MessagePayload, bot: Identity) -> str:
    """Return how the bot's own message begins that this one answers, or ""."""
    answered = _answered(payload)
    if answered is None or answered.from_user is None or answered.from_user.id != bot.id:
        return ""
    return answered.text[:ANSWERED]


def _quoted(payload: MessagePayload, answered: MessagePayload) -> str:
    return payload.quote.text if payload.quote else answered.text or answered.caption
