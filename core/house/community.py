"""What moderators set in a community, and what operators set for all of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Literal

import msgspec

from core.bot import Term
from core.message import Conversation
from core.store import HOUSE, Script, Store, key

ReplyWhen = Literal["mentioned", "always", "threads", "never"]
FilterKind = Literal["words", "pattern", "links", "invites", "mentions", "capitals", "repeats"]
Then = Literal["flag", "delete", "warn", "mute", "ban"]

EVERYWHERE = "everywhere"


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """One rule for what is written in a community."""

    id: str
    """Short, for people: "3"."""

    kind: FilterKind
    text: str = ""
    """Words apart by commas, a pattern, or hosts that are allowed; by kind."""

    then: Then = "flag"
    """What happens besides a line in the review queue; `delete` and more only where the platform
    lets the bot."""

    seconds: float = 0.0
    """How long a mute or ban lasts; 0 for ever."""

    by: str = ""
    """Id of the moderator."""


class Community(msgspec.Struct, frozen=True, kw_only=True):
    """What is set in one community, or everywhere."""

    reply_when: ReplyWhen = "mentioned"
    languages: tuple[str, ...] = ()
    """BCP 47 tags to answer in; () means all of the bot."""

    tone: str = ""
    """A line for the model, at most 200 characters."""

    limit: int = 0
    """Messages of one fan a minute; 0 means the setting of the program."""

    tokens: int = 0
    """Tokens that answers here may cost in a day; 0 means the setting of the program."""

    desk: Conversation | None = None
    """Where moderators are told; None means only the queue."""

    language: str = ""
    """What moderators read; "" means the bot's default."""

    paused_until: float = 0.0
    """Unix time in seconds; `inf` for good."""

    paused: dict[str, float] = {}
    """The same for single channels, by id."""

    slow: dict[str, float] = {}
    """Seconds between two answers to one fan, by channel, where the platform has no slow mode."""

    raided_until: float = 0.0
    """Unix time in seconds; `inf` until a moderator ends it. Meanwhile the bot answers neither new
    accounts nor those who all say the same."""

    filters: tuple[Filter, ...] = ()
    terms: tuple[Term, ...] = ()
    """The glossary of the community, besides the bot's."""


_SWAP = Script("""#!lua flags=allow-oom
-- KEYS community ; ARGV old new ttl
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
""")

_log = logging.getLogger(__name__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Community).decode
_NOTHING = Community()


def to_community(row: bytes) -> Community:
    """Read what is set; what cannot be read counts as not set."""
    if not row:
        return _NOTHING
    try:
        return _decode(row)
    except msgspec.DecodeError as error:
        _log.error("what moderators set cannot be read and is forgotten: %s", error)
        return _NOTHING


def community_key(place: Conversation) -> str:
    """Return where the settings of a place's community stand."""
    return key("community", f"{place.platform}:{place.community}")


async def change_community(
    store: Store, place: Conversation | None, change: Callable[[Community], Community]
) -> Community:
    """Change what is set, at once, so that nothing that another moderator sets gets lost.

    It happens before the turn is committed, so the change must do no harm when it is made again.

    Args:
        store: Where.
        place: In whose community; None means everywhere.
        change: Makes of what is set what shall be set; called again if it changed meanwhile.

    Raises:
        StoreError: Redis is away.
    """
    name = key("community", EVERYWHERE) if place is None else community_key(place)
    while True:
        old = await store.get(name)
        new = change(to_community(old))
        if await store.run(_SWAP, [name], [old, _encode(new), HOUSE]):
            return new
