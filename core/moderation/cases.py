"""Cases: what was decided about a fan, by whom and why, numbered within a community.

They stand by fan, so that all of one person's are read, and erased, at once.
"""

from __future__ import annotations

import time
from typing import Literal

import msgspec

from core.message import Conversation
from core.store import HOUSE, Script, Store, Write, key

Sanction = Literal["warn", "mute", "unmute", "ban", "unban", "delete"]

KEEP = 200
"""Cases of one fan in one community, the newest ones."""

_DAY = 24 * 3600
_COUNT = Script("""#!lua flags=allow-oom
-- KEYS number ; ARGV ttl
local number = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
return number
""")


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One decision about one fan."""

    number: int
    """Within the community."""

    what: Sanction
    whom: str
    """The platform's id of the fan."""

    name: str
    """What the fan was called then."""

    by: str = ""
    """Id of the moderator; "" for a rule."""

    by_name: str = ""
    why: str = ""
    at: float
    """Unix time, seconds."""

    seconds: float = 0.0
    """How long a mute or ban lasts; 0 for good."""

    message: str = ""
    """The platform's id of the message that it is about, where there is one."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Case).decode


async def next_number(store: Store, place: Conversation) -> int:
    """Return a number that no case of the community has; one that is not used is no harm.

    Raises:
        StoreError: Redis is away.
    """
    name = key("case-number", f"{place.platform}:{place.community}")
    return int(await store.run(_COUNT, [name], [HOUSE]))


def cases_key(place: Conversation, user: str) -> str:
    """Return where the cases of a fan in a place's community stand."""
    return key("cases", f"{place.platform}:{place.community}:{user}")


def add_case(place: Conversation, case: Case, *, days: int) -> tuple[Write, Write]:
    """Keep a case with a turn, for some days."""
    name = cases_key(place, case.whom)
    return (
        Write("XADD", name, ("MAXLEN", KEEP, "*", "c", _encode(case))),
        Write("EXPIRE", name, (days * _DAY,)),
    )


async def read_cases(store: Store, place: Conversation, user: str, *, days: int) -> list[Case]:
    """Return the cases of a fan in a community, oldest first; older ones than `days` are erased.

    Raises:
        StoreError: Redis is away.
    """
    name = cases_key(place, user)
    since = time.time() - days * _DAY
    cases, old = list[Case](), list[str]()
    for entry in await store.read(name, after="0", count=KEEP):
        case = _decode(entry.fields[b"c"])
        if case.at > since:
            cases.append(case)
        else:
            old.append(entry.id)
    if old:
        await store.remove(name, *old)
    return cases
