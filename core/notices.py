"""What whoever looks after a place should know: answers that could not be shown, and why."""

from __future__ import annotations

import logging
import time

import msgspec

from core.errors import StoreError
from core.message import Conversation
from core.store import ASIDE, Script, Store, Write, key

KEEP = 1000
"""Notices, the newest ones."""

_ADD = Script("""#!lua flags=allow-oom
-- KEYS notices ; ARGV keep ttl notice
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1], '*', 'n', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
""")

_log = logging.getLogger(__name__)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that went wrong in a place."""

    conversation: Conversation
    text: str
    """For moderators, in English; a reason, never a fan's words."""

    at: float
    """Unix time, seconds."""


def note(conversation: Conversation, text: str) -> tuple[Write, Write]:
    """Keep a notice with a turn."""
    notice = Notice(conversation=conversation, text=text, at=time.time())
    name = key("notices")
    return (
        Write("XADD", name, ("MAXLEN", KEEP, "*", "n", _encode(notice))),
        Write("EXPIRE", name, (ASIDE,)),
    )


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Notice).decode


class Notices:
    """Keeps notices for a week."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def tell(self, conversation: Conversation, text: str) -> None:
        """Keep a notice; one that cannot be kept is only logged."""
        _log.warning("%s: %s", conversation.key, text)
        notice = Notice(conversation=conversation, text=text, at=time.time())
        try:
            await self._store.run(_ADD, [key("notices")], [KEEP, ASIDE, _encode(notice)])
        except StoreError as error:
            _log.warning("a notice is not kept: %s", error)

    async def recent(self) -> list[Notice]:
        """Return what is kept, oldest first.

        Raises:
            StoreError: Redis is away.
        """
        entries = await self._store.read(key("notices"), after="0", count=KEEP * 2)
        return [_decode(entry.fields[b"n"]) for entry in entries]
