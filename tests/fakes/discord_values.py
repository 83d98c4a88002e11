"""What the fake Discord remembers: messages, requests, interactions, faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.fakes import discord_world as world

Json = dict[str, Any]


@dataclass
class Attached:
    """A file below a message."""

    id: str
    name: str
    content: bytes
    media_type: str


@dataclass
class Deed:
    """What the bot did to a place or a person."""

    what: str
    """"delete", "timeout", "release", "ban", "unban", "slowmode", "thread"."""

    whom: str
    """Id of the person, of the message, or of the place."""

    reason: str
    """As it stands in the audit log."""

    body: Json = field(default_factory=dict[str, Any])


@dataclass
class Shown:
    """A message as people in its channel see it."""

    id: str
    channel: str
    author: str
    content: str
    flags: int = 0
    reply_to: str | None = None
    components: list[Json] = field(default_factory=list[Json])
    edits: list[str] = field(default_factory=list[str])
    """What it read like before each edit."""

    is_deferred: bool = False
    """Shown as "is thinking ..."."""

    is_bot: bool = True
    is_for_bot: bool = False
    """Whether it mentions the bot, by name or by answering it."""

    attached: list[Attached] = field(default_factory=list[Attached])
    is_pinned: bool = False
    kind: int = 0
    """Its type; 0 for an ordinary one, or an answer."""

    more: Json = field(default_factory=dict[str, Any])
    """Further fields of its payload."""

    @property
    def files(self) -> dict[str, bytes]:
        """Return what is in the files below it, by their names."""
        return {file.name: file.content for file in self.attached}

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & world.EPHEMERAL)

    @property
    def buttons(self) -> list[Json]:
        return [button for row in self.components for button in row["components"]]


@dataclass
class Call:
    """A request of the bot's."""

    method: str
    path: str
    """As in Discord's description, with names in braces."""

    ids: dict[str, str]
    body: Json
    query: dict[str, str] = field(default_factory=dict[str, str])
    reason: str = ""
    """For the audit log."""

    files: dict[str, Attached] = field(default_factory=dict[str, Attached])
    """By the name of their field in the form."""

    status: int = 0


@dataclass
class Interaction:
    """A slash command or a press, from the fan's click to the bot's first sign."""

    id: str
    token: str
    channel: str
    started: float
    callback_after: float | None = None
    """Seconds until the bot's first sign; None before."""

    is_expired: bool = False
    original: Shown | None = None
    choices: list[Json] | None = None
    """What was suggested to who was typing."""


@dataclass
class Fault:
    """What goes wrong with the next matching requests."""

    pattern: str
    status: int
    code: int
    times: int
    retry_after: float
    has_via: bool


class Refusal(Exception):  # noqa: N818 - an answer, not an error of ours
    """What Discord answers to a request that it does not carry out."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, "code": code}
