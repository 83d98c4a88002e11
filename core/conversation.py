"""What a dialogue remembers between turns."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeVar

import msgspec

from core.house.community import Community, to_community
from core.house.handoff import Handoff, to_handoff
from core.house.standing import Standing, to_standing
from core.language.contract import LanguageMemory
from core.protocol import House


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a dialogue besides its words."""

    language: LanguageMemory = LanguageMemory()
    last_turn: datetime | None = None
    unsure: int = 0
    """Answers in a row, the last ones, that the bot did not know."""


class Line(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One message of the history, exactly as Qwen got it: a changed byte costs the prefix cache."""

    role: Literal["user", "assistant"]
    content: str
    tokens: int
    """Counted once, with what the chat template puts around a message."""


class Overheard(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What somebody said in a place where several people talk."""

    user: str
    name: str
    text: str
    sent_at: datetime
    message: str = ""
    """The platform's id of the message."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a turn needs to know of what went before."""

    memory: Memory = Memory()
    history: tuple[Line, ...] = ()
    lost: int = 0
    """Lines in Redis that cannot be read; the next commit drops them."""

    place: tuple[Overheard, ...] = ()
    spoken: Mapping[str, int] = {}
    """How often each language was spoken in the place lately, by BCP 47 tag."""

    community: Community = Community()
    everywhere: Community = Community()
    standing: Standing = Standing()
    handoff: Handoff | None = None


Piece = TypeVar("Piece")

_EMPTY = House()

_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_memory = msgspec.msgpack.Decoder(Memory).decode
_line = msgspec.msgpack.Decoder(Line).decode
_overheard = msgspec.msgpack.Decoder(Overheard).decode


def to_state(
    memory: bytes,
    history: Sequence[bytes],
    place: Sequence[bytes],
    spoken: Mapping[str, int] | None = None,
    house: House = _EMPTY,
) -> State:
    """Read a state as Redis keeps it; what cannot be read counts as forgotten."""
    lines = _read_all(_line, history)
    is_whole = None not in lines
    return State(
        memory=to_memory(memory),
        history=tuple(line for line in lines if line is not None) if is_whole else (),
        lost=0 if is_whole else len(history),
        place=tuple(talk for talk in _read_all(_overheard, place) if talk is not None),
        spoken=spoken or {},
        community=to_community(house.community),
        everywhere=to_community(house.everywhere),
        standing=to_standing(house.standing),
        handoff=to_handoff(house.handoff),
    )


def _read_all(decode: Callable[[bytes], Piece], rows: Sequence[bytes]) -> list[Piece | None]:
    return [_read(decode, row) for row in rows]


def _read(decode: Callable[[bytes], Piece], row: bytes) -> Piece | None:
    try:
        return decode(row)
    except msgspec.DecodeError as error:
        _log.error("a piece of memory cannot be read and is forgotten: %s", error)
        return None


def to_memory(row: bytes) -> Memory:
    """Read a memory as Redis keeps it; what cannot be read counts as forgotten."""
    return (_read(_memory, row) if row else None) or Memory()


def to_bytes(value: Memory | Line | Overheard) -> bytes:
    """Write one piece of a state as Redis keeps it."""
    return _encode(value)
