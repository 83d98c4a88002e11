"""A person has taken over: how that is remembered, and how moderators find it again."""

from __future__ import annotations

import logging
import time

import msgspec

from core.message import Conversation, Dialogue
from core.store import HOUSE, Script, Store, Write, key

HANDOFF = 24 * 3600
"""Seconds that a handoff outlives the last word in it; then the bot answers again."""


class Handoff(msgspec.Struct, frozen=True, kw_only=True):
    """A dialogue in which moderators answer and the bot keeps silent."""

    case: str
    """Number of the case, "12"; counted for each desk."""

    desk: Conversation
    """Where moderators read and answer: a thread, or the channel itself."""

    place: Conversation
    """Where the fan is."""

    fan: str
    """Id of the fan."""

    name: str = ""
    """What the fan was called then."""

    reads: str = ""
    """BCP 47 tag of what the fan reads."""

    language: str = ""
    """BCP 47 tag of what the moderators read."""

    since: float = 0.0
    """Unix time, seconds."""

    @property
    def dialogue(self) -> str:
        """Return the key of the dialogue."""
        user = "" if self.place.is_direct else self.fan
        return Dialogue(conversation=self.place, user=user).key


class _Open(msgspec.Struct, frozen=True, kw_only=True):
    """A handoff as its desk knows it."""

    dialogue: str
    fan: str = ""
    """The id, by which what is known of a fan is found when it shall go."""

    by: str = ""
    """Name of the moderator who takes care of it; "" for nobody yet."""


# As `INCR` and `EXPIRE`, in one step, and when Redis is full.
_COUNT = Script("""#!lua flags=allow-oom
-- KEYS number ; ARGV ttl
local number = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
return number
""")

_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Handoff).decode
_decode_case = msgspec.msgpack.Decoder(_Open).decode


def to_handoff(row: bytes) -> Handoff | None:
    """Read it; what cannot be read counts as given back."""
    if not row:
        return None
    try:
        return _decode(row)
    except msgspec.DecodeError as error:
        _log.error("a handoff cannot be read and is forgotten: %s", error)
        return None


def set_handoff(dialogue: str, handoff: Handoff | None, *, is_change: bool = False) -> Write:
    """Set it for a dialogue, by its key, or give the dialogue back to the bot.

    `is_change`: only where it was not given back meanwhile.
    """
    name = key("handoff", dialogue)
    if handoff is None:
        return Write("DEL", name, ())
    only = ("XX",) if is_change else ()
    return Write("SET", name, (_encode(handoff), *only, "EX", HANDOFF))


def begin(handoff: Handoff) -> tuple[Write, ...]:
    """Begin a handoff with a turn."""
    return (
        set_handoff(handoff.dialogue, handoff),
        Write("HSET", _cases(handoff.desk), (handoff.case, _to_row(handoff, ""))),
        *keep(handoff),
    )


def change(handoff: Handoff) -> tuple[Write, ...]:
    """Change one with a turn of its own dialogue: others would overwrite each other."""
    return (set_handoff(handoff.dialogue, handoff, is_change=True), *keep(handoff))


def take(handoff: Handoff, by: str) -> tuple[Write, ...]:
    """Note with a turn who takes care of it."""
    return (
        Write("HSET", _cases(handoff.desk), (handoff.case, _to_row(handoff, by))),
        *keep(handoff),
    )


def keep(handoff: Handoff) -> tuple[Write, ...]:
    """Make it last longer with a turn: something was said in it. One that ended stays ended."""
    writes = [
        Write("EXPIRE", key("handoff", handoff.dialogue), (HANDOFF,)),
        Write("EXPIRE", _cases(handoff.desk), (HANDOFF,)),
    ]
    if handoff.desk.thread:
        row = (handoff.dialogue, "EX", HANDOFF)
        writes.append(Write("SET", key("thread", handoff.desk.key), row))
    return tuple(writes)


def end(handoff: Handoff) -> tuple[Write, ...]:
    """Give a dialogue back to the bot with a turn."""
    writes = [
        set_handoff(handoff.dialogue, None),
        Write("HDEL", _cases(handoff.desk), (handoff.case,)),
    ]
    if handoff.desk.thread:
        writes.append(Write("DEL", key("thread", handoff.desk.key), ()))
    return tuple(writes)


class Handoffs:
    """Finds handoffs by what a moderator can name: a number, a thread, a fan."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def next_number(self, desk: Conversation) -> str:
        """Count up the cases of a desk; a number that is never used does no harm.

        Raises:
            StoreError: Redis is away.
        """
        name = key("handoff-number", _name(desk))
        return str(await self._store.run(_COUNT, [name], [HOUSE]))

    async def of_dialogue(self, dialogue: str) -> Handoff | None:
        """Return the handoff of a dialogue, by its key.

        Raises:
            StoreError: Redis is away.
        """
        return to_handoff(await self._store.get(key("handoff", dialogue)))

    async def in_thread(self, thread: Conversation) -> Handoff | None:
        """Return the handoff whose thread in the desk this is.

        Raises:
            StoreError: Redis is away.
        """
        if not thread.thread:
            return None
        dialogue = await self._store.get(key("thread", thread.key))
        return await self.of_dialogue(dialogue.decode()) if dialogue else None

    async def numbered(self, desk: Conversation, case: str) -> Handoff | None:
        """Return one by its number; `desk` may be a thread of the desk.

        Raises:
            StoreError: Redis is away.
        """
        found = [one for one, _ in await self.at(desk) if one.case == case]
        return found[0] if found else None

    async def taken_by(self, handoff: Handoff) -> str:
        """Return the name of the moderator who takes care of one, or "".

        Raises:
            StoreError: Redis is away.
        """
        cases = await self.at(handoff.desk)
        return next((by for one, by in cases if one.case == handoff.case), "")

    async def at(self, desk: Conversation) -> list[tuple[Handoff, str]]:
        """Return all that are open at a desk, oldest first, and who takes care of each.

        Raises:
            StoreError: Redis is away.
        """
        rows = await self._store.fields(_cases(desk))
        cases = {number.decode(): case for number, row in rows.items() if (case := _to_case(row))}
        if not cases:
            return []
        names = [key("handoff", case.dialogue) for case in cases.values()]
        found = [to_handoff(row) for row in await self._store.get_all(names)]
        open_: list[tuple[Handoff, str]] = []
        for number, case, handoff in zip(cases, cases.values(), found, strict=True):
            if handoff is not None and handoff.case == number:
                open_.append((handoff, case.by))
            else:  # a day went by without a word
                await self._store.drop_field(_cases(desk), number)
        return sorted(open_, key=lambda one: int(one[0].case))


def to_new(handoff: Handoff) -> Handoff:
    """Return a handoff that begins now."""
    return msgspec.structs.replace(handoff, since=time.time())


def _to_row(handoff: Handoff, by: str) -> bytes:
    return _encode(_Open(dialogue=handoff.dialogue, fan=handoff.fan, by=by))


def _to_case(row: bytes) -> _Open | None:
    try:
        return _decode_case(row)
    except msgspec.DecodeError as error:
        _log.error("a case cannot be read and is passed over: %s", error)
        return None


def _cases(desk: Conversation) -> str:
    return key("handoffs", _name(desk))


def _name(desk: Conversation) -> str:
    """Name a desk, whichever of its threads it is seen from."""
    return f"{desk.platform}:{desk.community}:{desk.channel}"
