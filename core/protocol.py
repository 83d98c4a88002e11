"""What the steps of the inbox take and give, and how a row of a mailbox is written."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec

from core.limits import KINDS, Kind, Used, Wait
from core.message import Action, Reply, Request
from core.store import MEMORY, Write, key


class Waiting(msgspec.Struct, frozen=True):
    """One event in a mailbox."""

    request: Request
    wait: Wait | None = None
    """It is the first event beyond a limit: to be told so; the ones after it are dropped."""

    is_restored: bool = False
    """It was set aside before, so an apology may stand where its answer belongs."""


class House(msgspec.Struct, frozen=True):
    """What a turn must know of who may speak, as Redis keeps it; b"" where there is nothing."""

    community: bytes = b""
    everywhere: bytes = b""
    standing: bytes = b""
    handoff: bytes = b""


def house_keys(dialogue: str) -> tuple[str, str, str, str]:
    """Return the keys of what `House` holds, in its order, by the key of a dialogue."""
    platform, community, channel, _, user = dialogue.split(":")
    return (
        key("community", f"{platform}:{community}"),
        key("community", "everywhere"),
        key("standing", f"{platform}:{community}:{user or channel}"),
        key("handoff", dialogue),
    )


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker holds when it begins a turn."""

    entry: str
    dialogue: str
    epoch: int
    attempt: int
    """Workers that began this turn, this one included; 1 unless one died on the way."""

    begun_at: float
    """Redis' clock when the first attempt began, seconds; 0 if that is not known."""

    version: bytes
    """Rises whenever something that waits is changed."""

    waiting: list[Waiting | None]
    """None is an event that is withdrawn, or that nobody can read any more."""

    memory: bytes
    history: list[bytes]
    place: list[bytes]
    spoken: dict[str, int] = {}
    """How often each language was spoken there lately; empty in a private talk."""

    house: House = House()
    used: Used = Used()


class Taken(msgspec.Struct, frozen=True):
    """What came of a push."""

    is_kept: bool
    """False: dropped, over the limit."""

    entry: str = ""
    """What the taker holds now, or ""; its dialogue may be another than that of the push."""

    dialogue: str = ""
    claim: Claim | None = None
    """None where the entry is still to be claimed."""


class Extension(msgspec.Struct, frozen=True):
    """What came or changed since a claim."""

    version: bytes
    rows: list[Waiting | None]
    is_whole: bool
    """The rows are all of the turn, because something changed; else those that came after."""


class Aside(msgspec.Struct, frozen=True, kw_only=True):
    """A turn that failed again and again: set aside, so that nothing else waits for it."""

    requests: tuple[Request, ...]
    reason: str
    at: float
    """Unix time, seconds."""


class Commit(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn changes."""

    memory: bytes
    """b"" forgets memory and history."""

    keep: int = MEMORY
    """Seconds that both are kept."""

    taken: int = 0
    """Rows that it answered, from the front of the mailbox; the worker fills it in."""

    drop: int = 0
    """Lines to drop from the front of the history."""

    lines: Sequence[bytes] = ()
    retracted: Sequence[bytes] = ()
    """Talk to take out of what the place remembers, as it stands there."""

    replies: Sequence[Reply] = ()
    """Also to other places than that of the turn."""

    actions: Sequence[Action] = ()
    writes: Sequence[Write] = ()
    """Whatever else becomes true with the turn."""

    aside: Aside | None = None
    counts: Sequence[str] = ()
    """What to count once for today, such as "es:answers"; `core.language.tally` reads it."""

    spoken: str = ""
    """Tag of the language that was surely spoken, to remember of a place of several people."""


_KIND: dict[bytes, Kind] = {kind[:1].encode(): kind for kind in KINDS}
"""By the flag of a row."""

_UNTIL = 13
"""Digits of a time in milliseconds, until the year 2286."""

_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Request).decode


def to_row(request: Request, flag: bytes, wait: Wait | None = None) -> bytes:
    """Write an event as it waits in a mailbox."""
    until = b"" if wait is None else b"%0*d" % (_UNTIL, round(wait.until * 1000))
    return b"%b%b\0%b%b" % (flag, request.id.encode(), until, _encode(request))


def to_waiting(row: bytes) -> Waiting | None:
    """Read a row of a mailbox; None is an event that is withdrawn, or that nobody can read."""
    flag, body = row[:1], row.partition(b"\0")[2]
    if flag in (b"", b"x"):
        return None
    try:
        if kind := _KIND.get(flag):
            wait = Wait(kind, int(body[:_UNTIL]) / 1000)
            return Waiting(_decode(body[_UNTIL:]), wait)
        return Waiting(_decode(body), is_restored=flag == b"r")
    except ValueError as error:  # msgspec's are such too
        _log.error("an event cannot be read and is dropped: %s", error)
        return None
