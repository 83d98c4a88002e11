"""How a fan stands in a community: muted, banned, warned."""

from __future__ import annotations

import logging

import msgspec

from core.message import Conversation
from core.store import HOUSE, Write, key


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about one fan."""

    muted_until: float = 0.0
    """Unix time in seconds; `inf` for good. The bot answers nobody who is muted."""

    banned_until: float = 0.0
    warnings: int = 0
    case: str = ""
    """The newest case about them."""


_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Standing).decode
_place = msgspec.msgpack.Encoder().encode
_to_place = msgspec.msgpack.Decoder(Conversation).decode
_GOOD = Standing()


def to_standing(row: bytes) -> Standing:
    """Read it; what cannot be read counts as nothing."""
    if not row:
        return _GOOD
    try:
        return _decode(row)
    except msgspec.DecodeError as error:
        _log.error("a standing cannot be read and is forgotten: %s", error)
        return _GOOD


def standing_key(place: Conversation, user: str) -> str:
    """Return where it stands; in a private talk the channel is the fan."""
    whose = place.channel if place.is_direct else user
    return key("standing", f"{place.platform}:{place.community}:{whose}")


def set_standing(place: Conversation, user: str, standing: Standing) -> Write:
    """Set it with a turn."""
    return Write("SET", standing_key(place, user), (_encode(standing), "EX", HOUSE))


def remember_place(place: Conversation, user: str) -> Write:
    """Remember with a sanction where it holds: a fan may appeal from a private talk."""
    return Write("SET", sanctioned_key(place.platform, user), (_place(place), "EX", HOUSE))


def sanctioned_key(platform: str, user: str) -> str:
    """Return where the community stands in which a fan was last muted or banned."""
    return key("sanctioned", f"{platform}:{user}")


def to_place(row: bytes) -> Conversation | None:
    """Read what `remember_place` wrote."""
    return _to_place(row) if row else None
