"""Discord's payloads as events: pure, on what the gateway sends, without a library's objects.

Working on the payload keeps an event independent of caches: a message counts even when its
guild has not been announced yet.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import msgspec

from adapters.discord.commanded import (
    Author,
    InteractionData,
    Member,
    Snapshot,
    to_options,
    to_people,
)
from core.message import (
    ANSWERED,
    Attachment,
    Command,
    Conversation,
    Delete,
    Edit,
    Message,
    Press,
    Right,
    User,
)

DIRECT = "@me"
"""Community of a direct conversation, as Discord's own addresses call it."""

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
"""Zero of the time in ids; discord.com/developers/docs/reference#snowflakes, read 2026-11-23."""

_TEXT_TYPES = (0, 19)  # default and reply; .../resources/message#message-types, 2026-11-23
_THREAD_TYPES = (10, 11, 12)  # .../resources/channel#channel-object-channel-types, 2026-11-23
_FORWARD = 1  # message_reference.type; .../resources/message, read 2026-11-23
_COMMAND, _COMPONENT = 2, 3  # .../interactions/receiving-and-responding, read 2026-11-23
_BOT_DM = 1  # interaction context; .../interactions/receiving-and-responding, read 2026-11-23
EPHEMERAL = 1 << 6  # message flag; .../resources/message#message-flags, read 2026-11-23
ADMINISTRATOR = 1 << 3
RIGHTS: dict[Right, int] = {
    "manage": 1 << 5,
    "restrict": 1 << 40,
    "ban": 1 << 2,
    "messages": 1 << 13,
}
"""Manage guild, moderate members, ban members, manage messages, as bits of permissions;
discord.com/developers/docs/topics/permissions, read 2026-11-25."""

_MENTION = re.compile(r"<@!?(\d+)>")


class File(msgspec.Struct, frozen=True):
    """An attachment of a message."""

    filename: str
    url: str
    size: int = 0
    content_type: str = ""


class Reference(msgspec.Struct, frozen=True):
    """The message that another one answers or forwards."""

    message_id: str | None = None
    type: int = 0


class Quoted(msgspec.Struct, frozen=True):
    """The answered message itself."""

    author: Author
    content: str = ""


class MessagePayload(msgspec.Struct, frozen=True):
    """What MESSAGE_CREATE carries, as far as it matters here."""

    id: str
    channel_id: str
    author: Author
    timestamp: datetime
    type: int = 0
    content: str = ""
    guild_id: str | None = None
    webhook_id: str | None = None
    member: Member = Member()
    mentions: tuple[Author, ...] = ()
    mention_roles: tuple[str, ...] = ()
    attachments: tuple[File, ...] = ()
    message_reference: Reference | None = None
    referenced_message: Quoted | None = None
    message_snapshots: tuple[Snapshot, ...] = ()


class EditPayload(msgspec.Struct, frozen=True):
    """What MESSAGE_UPDATE carries, as far as it matters here; it may be a part of a message."""

    id: str
    channel_id: str
    author: Author | None = None
    content: str = ""
    edited_timestamp: datetime | None = None
    """None when the text stayed: Discord added a preview, or somebody pinned it."""

    guild_id: str | None = None
    mentions: tuple[Author, ...] = ()


class DeletePayload(msgspec.Struct, frozen=True):
    """What MESSAGE_DELETE and MESSAGE_DELETE_BULK carry."""

    channel_id: str
    id: str = ""
    ids: tuple[str, ...] = ()
    guild_id: str | None = None


Told: TypeAlias = MessagePayload | EditPayload | DeletePayload
"""What the gateway tells of messages."""


class Channel(msgspec.Struct, frozen=True):
    """A channel as interactions and the REST interface show it."""

    id: str
    type: int = 0
    parent_id: str | None = None

    @property
    def parent(self) -> str:
        """Return the channel that this thread or forum post belongs to, or ""."""
        return (self.parent_id or "") if self.type in _THREAD_TYPES else ""


class Pressed(msgspec.Struct, frozen=True):
    """The message whose button was pressed."""

    id: str
    flags: int = 0


class InteractionPayload(msgspec.Struct, frozen=True):
    """What INTERACTION_CREATE carries, as far as it matters here."""

    id: str
    application_id: str
    type: int
    token: str
    data: InteractionData = InteractionData()
    guild_id: str | None = None
    channel_id: str | None = None
    channel: Channel | None = None
    context: int | None = None
    member: Member | None = None
    user: Author | None = None
    locale: str | None = None
    message: Pressed | None = None


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a message's payload does not say about where it was written, and by whom."""

    parent: str = ""
    """The channel that the thread or forum post belongs to, or ""."""

    own_role: str = ""
    """The role that the guild keeps for the bot alone: mentioning it means the bot."""

    permissions: int = 0
    """Of the author in this guild, as bits."""


def to_message(payload: MessagePayload, *, bot: str, place: Place) -> Message | None:
    """Return what a person wrote, or None for what is not for us to read.

    None: bots, webhooks and the system, service messages, and channel talk that came without
    text because the bot may not read it.

    Args:
        payload: As the gateway sent it.
        bot: The bot's user id.
        place: What the payload leaves out.
    """
    author = payload.author
    if author.bot or author.system or payload.webhook_id or payload.type not in _TEXT_TYPES:
        return None
    is_mention = payload.guild_id is None or _is_for(payload, bot, place.own_role)
    text = _plain(payload, bot, place.own_role)
    if not (is_mention or text or payload.attachments):
        return None
    reply_to, quoted = _quotation(payload, bot)
    return Message(
        id=_event_id(payload.id),
        conversation=_conversation(payload, place.parent),
        user=_user(author, payload.member, permissions=place.permissions),
        text=text,
        sent_at=payload.timestamp.astimezone(UTC),
        reply_to=reply_to,
        quoted=quoted,
        answered=_own_words(payload, bot),
        is_mention=is_mention,
        attachments=tuple(
            Attachment(
                name=file.filename, media_type=file.content_type, size=file.size, url=file.url
            )
            for file in payload.attachments
        ),
    )


def to_edit(payload: EditPayload, *, bot: str, place: Place) -> Edit | None:
    """Return how a message reads now; None where a person changed nothing that we may read.

    A message whose edit takes the mention of the bot away comes without text to a bot that may
    only read what is said to it: it is answered as it was.
    """
    author = payload.author
    if payload.edited_timestamp is None or not payload.content:
        return None
    if author is not None and (author.bot or author.system):
        return None
    edited_at = payload.edited_timestamp.astimezone(UTC)
    return Edit(
        # Discord tells of the same edit again when it adds a preview to the message.
        id=f"discord:edit:{payload.id}:{int(edited_at.timestamp() * 1000)}",
        conversation=_conversation(payload, place.parent),
        target=_event_id(payload.id),
        text=_plain(payload, bot, place.own_role),
        sent_at=edited_at,
    )


def to_deletes(payload: DeletePayload, *, now: datetime, place: Place) -> list[Delete]:
    """Return an event for each message that was taken away; Discord does not say when."""
    conversation = _conversation(payload, place.parent)
    return [
        Delete(
            id=f"discord:delete:{message}",
            conversation=conversation,
            target=_event_id(message),
            sent_at=now,
        )
        for message in ([payload.id] if payload.id else payload.ids)
    ]


def to_interaction(payload: InteractionPayload) -> Command | Press | None:
    """Return a slash command or a press on a button; None for any other interaction."""
    member = payload.member or Member()
    author = member.user or payload.user
    if author is None or not (payload.channel or payload.channel_id):
        return None
    is_direct = payload.context == _BOT_DM or (payload.context is None and not payload.guild_id)
    channel = payload.channel or Channel(id=payload.channel_id or "")
    conversation = Conversation(
        platform="discord",
        community=payload.guild_id or DIRECT,
        channel=channel.parent or channel.id,
        thread=channel.id if channel.parent else "",
        is_direct=is_direct,
    )
    event_id = f"discord:interaction:{payload.id}"
    user = _user(author, member, permissions=int(member.permissions), locale=payload.locale)
    if payload.type == _COMMAND and payload.data.is_command:
        return Command(
            id=event_id,
            conversation=conversation,
            user=user,
            name=payload.data.command,
            sent_at=time_of(payload.id),
            options=to_options(payload.data),
            people=tuple(
                _user(person, known, permissions=int(known.permissions))
                for person, known in to_people(payload.data, bot=payload.application_id)
            ),
            about=payload.data.about,
        )
    if payload.type == _COMPONENT and payload.data.custom_id:
        return Press(
            id=event_id,
            conversation=conversation,
            user=user,
            button=payload.data.custom_id,
            sent_at=time_of(payload.id),
        )
    return None


def time_of(snowflake: str) -> datetime:
    """Return when an id was given out."""
    return EPOCH + timedelta(milliseconds=int(snowflake) >> 22)


def snowflake_at(moment: datetime) -> int:
    """Return the smallest id that can be given out at a moment."""
    return int((moment - EPOCH).total_seconds() * 1000) << 22


def _is_for(payload: MessagePayload, bot: str, own_role: str) -> bool:
    answered = payload.referenced_message
    return (
        any(user.id == bot for user in payload.mentions)
        or (own_role != "" and own_role in payload.mention_roles)
        or (answered is not None and answered.author.id == bot)
    )


def _event_id(message: str) -> str:
    """Return the id by which the rest of the program knows a message."""
    return f"discord:{message}"


def _plain(payload: MessagePayload | EditPayload, bot: str, own_role: str) -> str:
    """Take the mention of the bot out of the text and write others' mentions as names."""
    own = f"<@!?{bot}>|<@&{own_role}>" if own_role else f"<@!?{bot}>"
    text = re.sub(
        rf"(?:^|(?<=\s))(?:{own})[ \t]*|(?:{own})", "", payload.content, flags=re.MULTILINE
    )
    names = {user.id: user.global_name or user.username for user in payload.mentions}
    return _MENTION.sub(lambda m: f"@{names[m[1]]}" if m[1] in names else m[0], text).strip()


def _quotation(payload: MessagePayload, bot: str) -> tuple[str | None, str]:
    """Return the id of the answered message and, if another person wrote it, its text."""
    reference = payload.message_reference
    if reference is None:
        return None, ""
    if reference.type == _FORWARD:
        return None, "\n".join(snapshot.message.content for snapshot in payload.message_snapshots)
    answered = payload.referenced_message
    is_foreign = answered is not None and answered.author.id != bot
    return reference.message_id, answered.content if answered is not None and is_foreign else ""


def _own_words(payload: MessagePayload, bot: str) -> str:
    """Return how the bot's own message begins that this one answers, or ""."""
    answered = payload.referenced_message
    is_own = answered is not None and answered.author.id == bot
    return answered.content[:ANSWERED] if answered is not None and is_own else ""


def _conversation(payload: Told, parent: str) -> Conversation:
    return Conversation(
        platform="discord",
        community=payload.guild_id or DIRECT,
        channel=parent or payload.channel_id,
        thread=payload.channel_id if parent else "",
        is_direct=payload.guild_id is None,
    )


def _user(author: Author, member: Member, *, permissions: int, locale: str | None = None) -> User:
    return User(
        id=author.id,
        name=member.nick or author.global_name or author.username,
        locale=locale,
        rights=to_rights(permissions),
        made_at=time_of(author.id),
    )


def to_rights(permissions: int) -> frozenset[Right]:
    """Return what a bit field of permissions lets somebody do."""
    return frozenset(right for right, bit in RIGHTS.items() if permissions & (bit | ADMINISTRATOR))
