"""What a dialogue remembers between turns."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from core.language.contract import LanguageMemory


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a dialogue besides its words."""

    language: LanguageMemory = LanguageMemory()
    last_turn: datetime | None = None


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


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a turn needs to know of what went before."""

    memory: Memory = Memory()
    history: tuple[Line, ...] = ()
    place: tuple[Overheard, ...] = ()


_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_memory = msgspec.msgpack.Decoder(Memory).decode
_line = msgspec.msgpack.Decoder(Line).decode
_overheard = msgspec.msgpack.Decoder(Overheard).decode


def to_state(memory: bytes, history: Sequence[bytes], place: Sequence[bytes]) -> State:
    """Read a state as Redis keeps it; what cannot be read is as good as forgotten."""
    try:
        return _read(memory, history, place)
    except msgspec.DecodeError as error:
        _log.error("a dialogue's memory cannot be read and is forgotten: %s", error)
        return State()


def _read(memory: bytes, history: Sequence[bytes], place: Sequence[bytes]) -> State:
    return State(
        memory=_memory(memory) if memory else Memory(),
        history=tuple(_line(row) for row in history),
        place=tuple(_overheard(row) for row in place),
    )


def to_bytes(value: Memory | Line | Overheard) -> bytes:
    """Write one piece of a state as Redis keeps it."""
    return _encode(value)
