"""What flows through tifo: events in, replies out.

Every type is an immutable msgspec struct, so the same value serves in memory, in Redis and
in a test recording. Times are aware UTC; ids are text.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

ANSWERED = 20
"""Characters of its own post that the bot hears again: enough for the number at its beginning."""


class Conversation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A place where people talk; also the address for what the bot says unasked."""

    platform: str
    """Name of the adapter that can speak here, such as "discord"."""

    community: str
    """Guild, group or chat that moderators look after."""

    channel: str
    """Channel inside the community; equal to it where there are none."""

    thread: str = ""
    """Thread or forum topic, or "" outside of any."""

    is_direct: bool = False
    """True for a private talk between one person and the bot."""

    @property
    def key(self) -> str:
        """Name this place in one string, for Redis keys."""
        return f"{self.platform}:{self.community}:{self.channel}:{self.thread}"


class Dialogue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One fan in one place: the unit of order, memory, language and limits."""

    conversation: Conversation

    user: str = ""
    """The fan's id where several people talk, without colons; "" in a direct conversation."""

    @property
    def key(self) -> str:
        """Name this dialogue in one string, for Redis keys."""
        return f"{self.conversation.key}:{self.user}"


Right = Literal["manage", "restrict", "ban", "messages"]
"""What a platform lets somebody do in a community: change how it is set up, silence people for a
time, shut them out, delete what others wrote."""


class User(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The person who caused an event."""

    id: str
    """The platform's id, unique only together with the platform."""

    name: str
    """Display name; never trusted, never part of a key."""

    locale: str | None = None
    """BCP 47 tag that the platform reports; a hint, not the language."""

    rights: frozenset[Right] = frozenset()
    """What the platform lets this person do in the community of the event."""

    made_at: datetime | None = None
    """When the account was made, where the platform tells."""

    @property
    def is_moderator(self) -> bool:
        """Return whether the platform lets this person look after the community at all."""
        return bool(self.rights)


class Attachment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file that came with a message."""

    name: str
    media_type: str
    """MIME type as the platform tells it; never trusted."""

    size: int
    """Bytes."""

    url: str
    """Where the adapter can fetch it: an address or the platform's file id."""


class File(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A small file that the bot itself wrote and that goes with a reply."""

    name: str
    media_type: str
    content: bytes
    """At most a megabyte: it travels through Redis."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag="message"):
    """Text that a person wrote."""

    id: str
    """Unique over all platforms, and the same when the platform tells us twice; its adapter
    can read the platform's own ids back out of it."""

    conversation: Conversation
    user: User
    text: str
    """Without the mention of the bot itself."""

    sent_at: datetime
    edited_at: datetime | None = None
    """When the text last changed while it waited."""

    reply_to: str | None = None
    """The platform's id of the message that this one answers."""

    quoted: str = ""
    """Text of that message, where the platform tells it and another person wrote it."""

    answered: str = ""
    """How the bot's own post begins that this one answers, where the platform tells: at most
    `ANSWERED` characters."""

    is_mention: bool = False
    """True when it is meant for the bot: direct, mentioning it, or answering it."""

    attachments: tuple[Attachment, ...] = ()


class Command(msgspec.Struct, frozen=True, kw_only=True, tag="command"):
    """A slash command; its options are still to be checked against `core.commands`."""

    id: str
    conversation: Conversation
    user: User
    name: str
    """As `core.commands` spells it, without slash, bot name or translation."""

    sent_at: datetime
    options: dict[str, str] = {}
    """By the names that `core.commands` gives them; a person is the platform's id of the user."""

    people: tuple[User, ...] = ()
    """Whom the options name, and who wrote the message that it is about, as far as known."""

    about: str = ""
    """The platform's id of the message that it is about: answered, or chosen from its menu."""

    answered: str = ""
    """As in `Message`."""


class Press(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="press"):
    """A press on a button that an earlier reply carried."""

    id: str
    conversation: Conversation
    user: User
    button: str
    """`Button.id`."""

    sent_at: datetime


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag="outcome"):
    """What came of an `Action`: told to the dialogue that asked for it."""

    id: str
    """Of the action, so that one done twice is told once."""

    conversation: Conversation
    """`Action.answer_to`."""

    user: User
    """`Action.asked_by`."""

    sent_at: datetime
    action: Action
    result: Result
    count: int = 0
    """Messages that a purge deleted, or would delete."""

    made: str = ""
    """The platform's id of the thread that was opened."""


class Edit(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="edit"):
    """A person changed a message: one that is not yet answered is answered as it reads now."""

    id: str
    """Unique like every event's: the same message may be edited again."""

    conversation: Conversation
    target: str
    """`Message.id` of what was changed."""

    text: str
    """As it reads now, without the mention of the bot itself."""

    sent_at: datetime


class Delete(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag="delete"):
    """A message was taken away: one that is not yet answered is dropped.

    Platforms do not tell by whom.
    """

    id: str
    conversation: Conversation
    target: str
    """`Message.id` of what is gone."""

    sent_at: datetime


Verb = Literal["delete", "timeout", "release", "ban", "unban", "slowmode", "purge", "open_thread"]
"""What the bot does to a place besides speaking there. `release` ends a timeout."""

Result = Literal["done", "forbidden", "above", "missing", "unsupported", "failed"]
"""`forbidden`: the platform does not let the bot; `above`: the person stands above the bot or
looks after the place; `missing`: no such person or message; `unsupported`: the platform has no
such thing."""


class Action(msgspec.Struct, frozen=True, kw_only=True, tag="action"):
    """What the bot shall do at a platform, in the name of a moderator or of a rule.

    It goes through the outbox like a reply, in order with what is said in the same place, and may
    be carried out twice.
    """

    id: str
    """Begins with "action:"."""

    conversation: Conversation
    """Where it is done."""

    verb: Verb
    user: str = ""
    """The platform's id of whom it is done to; of a purge: whose messages, "" for anybody's."""

    messages: tuple[str, ...] = ()
    """The platform's ids of the messages to delete; of `open_thread`: the one that it hangs on."""

    seconds: float = 0.0
    """How long it lasts; of slowmode: between two messages of one person; 0 for ever or off."""

    count: int = 0
    """Messages that a purge looks at, the newest ones."""

    name: str = ""
    """Of a thread."""

    reason: str = ""
    """For the platform's own audit log."""

    is_trial: bool = False
    """Only say what would be done."""

    asked_by: User | None = None
    """Who hears what came of it; None for what a rule did."""

    answer_to: Conversation | None = None
    """Where the `Outcome` is told; None where nobody waits for it."""

    note: str = ""
    """Comes back with the outcome: for who asked."""


Request: TypeAlias = Message | Command | Press | Outcome
"""What a turn answers."""

Change: TypeAlias = Edit | Delete
"""What happens to a message that waits for its turn."""

Event: TypeAlias = Request | Change


def dialogue_of(event: Request) -> Dialogue:
    """Return the dialogue that a request belongs to."""
    place = event.conversation
    return Dialogue(conversation=place, user="" if place.is_direct else event.user.id)


def in_order(messages: Iterable[Message]) -> list[Message]:
    """Sort messages of one conversation as they were written: webhooks may tell them shuffled.

    Within one second the ids decide, which count up on every platform.
    """
    return sorted(messages, key=lambda message: (message.sent_at, len(message.id), message.id))


class Button(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A button below a reply; `id` comes back in a `Press`."""

    id: str
    """At most 64 bytes; core.telegram.org/bots/api#inlinekeyboardbutton, read 2026-11-23."""

    label: str


class Source(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a statement in a reply comes from."""

    title: str
    url: str = ""
    """Only http and https; "" where the source is no page."""

    checked: str = ""
    """Date on which a person last checked it, ISO 8601, or ""."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The whole reply as it stands now, not a piece of it.

    The core sends a growing series of snapshots with one `id`; the adapter shows the newest
    and may skip any but the final one, so pacing is the adapter's business and a snapshot
    delivered twice does no harm.
    """

    id: str
    """Chosen by the core from the event it answers, the same for every snapshot and for a
    turn that is done again after a crash."""

    conversation: Conversation
    text: str
    """Markdown (what `adapters.markdown` renders). "" on a first snapshot means: being
    written, show that the bot is typing."""

    is_final: bool = True
    """True on the last snapshot only."""

    reply_to: str | None = None
    """Id of the event that it answers; None for what the bot says unasked."""

    buttons: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()
    """Shown with the final snapshot, below its text."""

    only_for: str | None = None
    """Id of the one user who may see it, where the platform can hide it from others."""

    language: str = ""
    """BCP 47 tag of the text, or ""."""

    sources: tuple[Source, ...] = ()
    """Shown below the text of the final snapshot."""

    shows_mentions: bool = False
    """Its mentions and emoji are those of a person's message and nothing that a model thought of:
    they are shown as what they are. They ring nobody all the same."""

    epoch: int = 0
    """Which attempt at the turn this is; a snapshot of an older attempt is dropped."""

    begun_at: float = 0.0
    """Redis' clock, in seconds, when the turn began; 0 where an earlier attempt may have shown
    something of it."""
