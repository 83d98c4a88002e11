"""What the process that hears a place can tell at once of what is said there.

Talk that is not for the bot is remembered and no more, unless a filter may have found something,
the bot is to answer everything, or many say the same at once: then it becomes a turn.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections import OrderedDict, deque
from typing import Literal, TypeAlias

import msgspec

from core.house.community import EVERYWHERE, community_key, to_community
from core.message import Action, Message, Outcome, User
from core.moderation.filters import Said, compile_all, judge
from core.moderation.folding import to_core
from core.store import PLACE, Script, Store, key

CROWD, SPAN = 8, 20.0
"""People who say nearly the same within so many seconds are a raid."""

SHIELD = 600
"""Seconds that the shield against a raid is up."""

LEAST = 20
"""Letters from which saying the same is no accident: whole stadiums write "goal"."""

_FEW = 3
"""People from which other processes are asked how many they heard."""

_MEMORY = 600.0  # seconds
_TEXTS, _EACH = 5_000, 64  # how much of it

Meaning: TypeAlias = Literal["nothing", "judge", "answer"]
"""What is to be done about talk that was not for the bot."""

_ECHO = Script("""#!lua
-- KEYS echo ; ARGV cutoff ttl (time user)...
for i = 3, #ARGV, 2 do redis.call('ZADD', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
""")

_read = functools.lru_cache(maxsize=2_000)(to_community)


class Heard(msgspec.Struct, frozen=True):
    """Who said it where."""

    at: float
    user: str
    place: str
    event: str


class Watch:
    """Remembers what was said lately, here in memory, and sees what stands out."""

    def __init__(self, store: Store, *, keep: int) -> None:
        """`keep`: messages of a place that are remembered for those who ask there next."""
        self._store = store
        self._keep = keep
        self._said: OrderedDict[tuple[str, str], deque[Heard]] = OrderedDict()

    async def overhear(self, message: Message, talk: bytes) -> Meaning:
        """Remember talk that was not for the bot, and say what it comes to.

        Raises:
            StoreError: It is not remembered.
        """
        place = message.conversation
        rows = await self._store.push(
            key("place", place.key),
            talk,
            keep=self._keep,
            ttl=PLACE,
            also=(community_key(place), key("community", EVERYWHERE)),
        )
        own, everywhere = map(_read, rows)
        heard = self._note(message)
        if not message.user.is_moderator:
            earlier = sum(
                one.user == message.user.id and one.place == place.key for one in heard[:-1]
            )
            rules = compile_all((*own.filters, *everywhere.filters))
            if judge(rules, Said(message.text, (message.text,) * earlier)):
                return "judge"
        return "answer" if own.reply_when == "always" else "nothing"

    async def find_raid(self, message: Message) -> Outcome | None:
        """Return what tells of a raid, when this message makes it one.

        Raises:
            StoreError: Redis is away.
        """
        if message.conversation.is_direct or message.user.is_moderator:
            return None
        core = to_core(message.text)
        if len(core) < LEAST:
            return None
        now = time.time()
        said = self._note(message)
        people = {one.user: one.at for one in said if one.at > now - SPAN}
        if len(people) < _FEW:
            return None
        place = message.conversation
        where = f"{place.platform}:{place.community}"
        digest = hashlib.sha256(core.encode()).hexdigest()[:16]
        told = [value for user, at in people.items() for value in (at, user)]
        count = await self._store.run(
            _ECHO, [key("echo", f"{where}:{digest}")], [now - SPAN, int(SPAN), *told]
        )
        if count < CROWD:
            return None
        # Told once for each time that the shield is put up: its id says so.
        number = f"{where}:{int(now // SHIELD)}"
        return Outcome(
            id=f"outcome:raid:{number}",
            conversation=place,
            user=User(id="", name=""),
            sent_at=message.sent_at,
            action=Action(
                id=f"action:raid:{number}",
                conversation=place,
                verb="slowmode",
                count=count,
                note=f"raid:{message.text[:500]}",
            ),
            result="done",
        )

    def _note(self, message: Message) -> list[Heard]:
        """Remember a message, once; return who said the same lately, this one last."""
        now, name = time.time(), _to_name(message, to_core(message.text))
        said = self._said.setdefault(name, deque(maxlen=_EACH))
        self._said.move_to_end(name)
        if len(self._said) > _TEXTS:
            self._said.popitem(last=False)
        heard = Heard(now, message.user.id, message.conversation.key, message.id)
        if all(one.event != message.id for one in said):
            said.append(heard)
        return [one for one in said if one.at > now - _MEMORY]


def _to_name(message: Message, core: str) -> tuple[str, str]:
    place = message.conversation
    return f"{place.platform}:{place.community}", core or message.text.strip()[:100]
