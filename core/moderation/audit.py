"""What moderators did, and what was refused: who, what, whom, where, when and why."""

from __future__ import annotations

import time

import msgspec

from core.message import Conversation, User
from core.store import HOUSE, Store, Write, key

KEEP = 10_000
"""Lines of one community, the newest ones."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit."""

    who: str
    """Id of the moderator; "" for a rule."""

    name: str
    """What the moderator was called then."""

    what: str
    """Name of a command, or of what a button does."""

    whom: str = ""
    """Id of the fan."""

    where: str
    """Key of the conversation."""

    why: str = ""
    result: str = "done"
    """`core.message.Result`, or "refused"."""

    at: float
    """Unix time, seconds."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Act).decode


def note(
    place: Conversation,
    who: User,
    what: str,
    *,
    whom: str = "",
    why: str = "",
    result: str = "done",
) -> tuple[Write, Write]:
    """Note it with a turn."""
    act = Act(
        who=who.id,
        name=who.name,
        what=what,
        whom=whom,
        where=place.key,
        why=why,
        result=result,
        at=time.time(),
    )
    name = key("audit", f"{place.platform}:{place.community}")
    return (
        Write("XADD", name, ("MAXLEN", "~", KEEP, "*", "a", _encode(act))),
        Write("EXPIRE", name, (HOUSE,)),
    )


async def read_acts(store: Store, place: Conversation, *, since: float = 0.0) -> list[Act]:
    """Return the audit of a community from a time on (Unix, seconds), oldest first.

    Raises:
        StoreError: Redis is away.
    """
    name = key("audit", f"{place.platform}:{place.community}")
    entries = await store.read(name, after=str(int(since * 1000)), count=KEEP * 2)
    return [_decode(entry.fields[b"a"]) for entry in entries]
