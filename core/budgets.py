"""What answers may cost in a day, and the cheaper way on when that is spent: never silence."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

import msgspec

from core.ability import Ability
from core.limits import SPENT, Used, count, fields_of
from core.mailbox import today
from core.message import dialogue_of
from core.moderation.flag import Flag
from core.notices import note
from core.qwen.meter import Spent
from core.store import Script, Store, Write, key
from core.voice import with_effects

if TYPE_CHECKING:
    from core.answer.asked import Answer, Asked, Thrift
    from core.moderation.desk import Desk
    from core.protocol import Commit
    from core.voice import Voice
    from core.worker import Turn

Scope = Literal["community", "bot"]

WARNS = 0.8
"""Share of a budget from which who looks after it is told, once a day."""

STEPS: tuple[tuple[float, Thrift], ...] = ((1.2, "guide"), (1.0, "small"))
"""What answers from which share of a budget on. The small model costs a fraction and may take a
fifth of the budget more; where there is none, the guide answers in its place."""

_NOTHING = Spent()

_TELL = Script("""#!lua flags=allow-oom
-- KEYS spent ; ARGV field turn ttl
redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return redis.call('HGET', KEYS[1], ARGV[1])
""")


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """What may be spent in a day, in UTC; 0 means as much as wanted."""

    fan: int = 0
    """Tokens of one fan."""

    community: int = 0
    """Tokens of one community, where moderators set nothing else."""

    bot: int = 0
    """Tokens of all."""

    money: float = 0.0
    """Of all, in the money of the prices."""

    price_in: float = 0.0
    """Of a million tokens that are read; the small model's count as if they cost as much."""

    price_out: float = 0.0
    """Of a million tokens that are written."""

    def shares(self, turn: Turn, spent: Spent = _NOTHING) -> dict[Scope, float]:
        """Return which shares of the budgets are spent, with what a turn spent itself; 1 is all."""
        used, state = turn.used, turn.state
        tokens = state.community.tokens or state.everywhere.tokens or self.community
        if turn.requests[0].conversation.is_direct:
            tokens = 0  # all private talks of a platform may be one community
        bot = used.bot + spent
        money = (bot.prompt * self.price_in + bot.completion * self.price_out) / 1_000_000
        return {
            "community": (used.community + spent.total) / tokens if tokens else 0.0,
            "bot": max(
                bot.total / self.bot if self.bot else 0.0,
                money / self.money if self.money else 0.0,
            ),
        }

    def choose(self, turn: Turn) -> Thrift:
        """Return who answers."""
        if self.is_own_spent(turn.used):
            return "guide"
        share = max(self.shares(turn).values())
        for least, thrift in STEPS:
            if share >= least:
                return thrift
        return "full"

    def is_own_spent(self, used: Used) -> bool:
        """Tell whether a fan has used up what is theirs."""
        return 0 < self.fan <= used.fan


class Budgets:
    """Counts what models cost, makes them cheaper in time, and tells who looks after the bot."""

    def __init__(self, budget: Budget, voice: Voice, store: Store, desk: Desk) -> None:
        """`desk`: where moderators are told of the budget of their community."""
        self._budget = budget
        self._voice = voice
        self._store = store
        self._desk = desk
        self.ability = Ability(prepare=self._prepare, finish=self._finish, close=self._close)

    def _prepare(self, turn: Turn, asked: Asked) -> Asked:
        """Choose who answers."""
        thrift = self._budget.choose(turn)
        note = "answer.spent_own" if self._budget.is_own_spent(turn.used) else "answer.spent"
        is_news = thrift != "full" and not turn.used.has_told_fan
        return msgspec.structs.replace(asked, thrift=thrift, note=note if is_news else "")

    async def _finish(self, turn: Turn, answer: Answer, commit: Commit) -> Commit:
        """Remember that the fan was told why the answer is a cheap one."""
        if self._budget.choose(turn) == "full" or turn.used.has_told_fan:
            return commit
        name, fan = key("spent", today()), fields_of(dialogue_of(turn.requests[0]).key)[-1]
        writes = (Write("HSET", name, (fan, 1)), Write("EXPIRE", name, (SPENT,)))
        return with_effects(commit, writes=writes)

    async def _close(self, turn: Turn, spent: Spent, commit: Commit) -> Commit:
        """Count what a turn cost, and tell who looks after the budgets.

        Raises:
            StoreError: Redis is away.
        """
        request = turn.requests[0]
        dialogue = dialogue_of(request).key
        *_, bot, community, _ = fields_of(dialogue)
        writes = count(
            dialogue,
            today(),
            spent,
            counts_fan=self._budget.fan > 0,
            counts_community=not request.conversation.is_direct,
        )
        commit = with_effects(commit, writes=writes)
        known = {"bot": turn.used.has_told_bot, "community": turn.used.has_told_community}
        fields = {"bot": bot, "community": community}
        for scope, share in self._budget.shares(turn, spent).items():
            if share >= WARNS and not known[scope] and await self._is_first(turn, fields[scope]):
                commit = await self._tell(turn, scope, share, commit)
        return commit

    async def _is_first(self, turn: Turn, field: str) -> bool:
        """Tell whether this turn is the one that tells; done again, it still is."""
        name = turn.requests[0].id
        args = (field, name, SPENT)
        return await self._store.run(_TELL, [key("spent", today())], args) == name.encode()

    async def _tell(self, turn: Turn, scope: Scope, share: float, commit: Commit) -> Commit:
        place, percent = turn.requests[0].conversation, int(share * 100)
        say = self._voice.strings.text
        if scope == "bot":  # the matter of who runs it, not of the community where it came up
            return with_effects(
                commit, writes=note(place, say("budget.bot", "en", percent=percent))
            )
        community = await self._desk.community(turn, place)
        text = say("budget.community", community.language, percent=percent)
        flag = Flag(kind="budget", place=place, at=time.time(), rule=text)
        writes, replies = await self._desk.raise_flag(turn, flag)
        return with_effects(commit, writes=writes, replies=replies)
