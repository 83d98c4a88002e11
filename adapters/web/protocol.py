"""What the page and the server say to each other: one JSON object a frame, told apart by `type`.

The page begins with `hello`; the server answers with `welcome` and everything that the page has
not seen. From then on the page sends `say` and `press` and repeats each, also over a new
connection and under the same id, until `ack` or a lasting `refused` comes. The server sends a
`growing` snapshot now and then while it writes, and ends with `bot` under the same id.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

SESSION = re.compile(r"[A-Za-z0-9_-]{22,64}")
"""A session: 128 random bits or more in base64url, made by the page; whoever knows it can read
along, so it is never logged and never part of a key."""

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a page may call what it sends."""

POSITION = re.compile(r"\d{1,20}(-\d{1,20})?")
LOCALE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,4}")

MAX_TEXT = 4000
"""Characters of one message; longer ones are refused."""

MAX_FRAME = 64 * 1024
"""Bytes of one frame from a page: the longest message, escaped, and room to spare."""


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """The first frame of a page."""

    session: str
    after: str = "0"
    """Position of the newest item that the page shows."""

    locale: str = ""
    """Language of the browser, BCP 47."""


class Say(msgspec.Struct, frozen=True, kw_only=True, tag="say"):
    """What the fan wrote; a slash at the start may make it a command."""

    id: str
    text: str


class Press(msgspec.Struct, frozen=True, kw_only=True, tag="press"):
    """A press on a button below an answer."""

    id: str
    button: str


FromPage: TypeAlias = Hello | Say | Press


Direction: TypeAlias = Literal["ltr", "rtl", "auto"]


class Fan(msgspec.Struct, frozen=True, kw_only=True, tag="fan"):
    """An item of the transcript: a message of the fan, from this page or another one."""

    id: str
    text: str
    sent_at: datetime
    position: str = ""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A source as the page shows it."""

    title: str
    url: str = ""
    as_of: str = ""
    """Words for the day on which it was last checked, or ""."""


class Button(msgspec.Struct, frozen=True, kw_only=True):
    """A button below an answer."""

    id: str
    label: str


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file below an answer, for the fan to keep."""

    name: str
    media_type: str
    """None that a browser would carry out."""

    content: bytes
    """In base64."""


class Bot(msgspec.Struct, frozen=True, kw_only=True, tag="bot"):
    """An item of the transcript: a whole answer."""

    id: str
    html: str
    """Safe to put into the page as it is."""

    language: str
    name: str
    """The language's name in that language."""

    direction: Direction
    sent_at: datetime
    sources: tuple[Source, ...] = ()
    buttons: tuple[Button, ...] = ()
    files: tuple[File, ...] = ()
    position: str = ""


Item: TypeAlias = Fan | Bot


class Growing(msgspec.Struct, frozen=True, kw_only=True, tag="growing"):
    """An answer as far as it is written."""

    id: str
    html: str
    """"" before the first word: the bot is writing."""

    language: str
    name: str
    direction: Direction


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag="welcome"):
    """Everything after the position that the page named, oldest first."""

    items: tuple[Item, ...]


class Ack(msgspec.Struct, frozen=True, kw_only=True, tag="ack"):
    """What the page sent is kept and will be answered."""

    id: str


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """What the page sent is not kept."""

    id: str
    text: str
    """Why, for the fan."""

    is_lasting: bool
    """False: the page should send it again later."""


class Cleared(msgspec.Struct, frozen=True, kw_only=True, tag="cleared"):
    """The fan asked to be forgotten: the page empties itself."""


ToPage: TypeAlias = Welcome | Item | Growing | Ack | Refused | Cleared


def to_frame(message: ToPage) -> str:
    """Write a frame for the page."""
    return msgspec.json.encode(message).decode()


def read_frame(frame: str) -> FromPage:
    """Read a frame of the page.

    Raises:
        msgspec.DecodeError: It is nothing that a page says, or a name in it is malformed.
    """
    message: FromPage = msgspec.json.decode(frame, type=FromPage)
    if isinstance(message, Hello):
        is_sound = SESSION.fullmatch(message.session) and POSITION.fullmatch(message.after)
    else:
        is_sound = ID.fullmatch(message.id)
    if not is_sound:
        raise msgspec.ValidationError("a malformed session, position or id")
    return message


def to_body(item: Item) -> bytes:
    """Write an item for the transcript, which knows its position itself."""
    return msgspec.json.encode(item)


def read_item(body: bytes) -> Item:
    """Read an item of the transcript or of the relay.

    Raises:
        msgspec.DecodeError: Another version wrote it otherwise.
    """
    item: Item = msgspec.json.decode(body, type=Item)
    return item


def read_rows(rows: Iterable[tuple[str, bytes]]) -> tuple[Item, ...]:
    """Read items of the transcript; one that another version wrote otherwise is left out."""
    items: list[Item] = []
    for position, body in rows:
        with contextlib.suppress(msgspec.DecodeError):
            items.append(at(position, read_item(body)))
    return tuple(items)


def at(position: str, item: Item) -> Item:
    """Return the item with its place in the transcript."""
    return msgspec.structs.replace(item, position=position)
