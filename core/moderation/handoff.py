"""A person has taken over: how that is remembered."""

from __future__ import annotations

import logging

import msgspec

from core.message import Conversation
from core.store import Write, key

HANDOFF = 24 * 3600
"""Seconds that a handoff outlives the last word in it; then the bot answers again."""


class Handoff(msgspec.Struct, frozen=True, kw_only=True):
    """A dialogue in which moderators answer and the bot keeps silent."""

    case: str
    """Number of the case, "12"."""

    desk: Conversation
    """Where moderators read and answer: a thread, or the channel itself."""

    fan: str = ""
    """Id of the fan."""

    since: float = 0.0
    """Unix time, seconds."""


_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Handoff).decode


def to_handoff(row: bytes) -> Handoff | None:
    """Read it; what cannot be read counts as given back."""
    if not row:
        return None
    try:
        return _decode(row)
    except msgspec.DecodeError as error:
        _log.error("a handoff cannot be read and is forgotten: %s", error)
        return None


def set_handoff(dialogue: str, handoff: Handoff | None) -> Write:
    """Set it for a dialogue, by its key, or give the dialogue back to the bot."""
    name = key("handoff", dialogue)
    if handoff is None:
        return Write("DEL", name, ())
    return Write("SET", name, (_encode(handoff), "EX", HANDOFF))
