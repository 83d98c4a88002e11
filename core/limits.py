"""Who may ask how much: messages in a minute, and what is counted of tokens in a day.

A window remembers when each event that it let in came, so it never lets in one more than allowed
in any stretch of its length, and never one less. It is looked at and counted in one script, under
one clock (Redis'), whichever process asks. What is refused is not counted: who keeps on writing
does not wait longer for it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec

from core.qwen.meter import Spent
from core.store import Script, Store, Write, key

Kind = Literal["fan", "community", "bot"]
"""Whose limit it is. "fan" also is the rule for floods."""

KINDS: tuple[Kind, ...] = get_args(Kind)

MINUTE = 60.0
"""Seconds of a window."""

SPENT = 2 * 24 * 3600
"""Seconds that the counts of a day live: the day, and a look back at it."""

TAKE_ROOM = """
-- Let one event into all windows, or into none: returns 0, or the number of the window that is full
-- longest and microseconds until it has room. 0 as the most means that there is no limit.
local function take_room(names, mosts, window)
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local which, wait = 0, 0
  for i, name in ipairs(names) do
    local first = mosts[i] > 0 and redis.call('LRANGE', name, -mosts[i], -mosts[i])[1]
    -- Later than now: the clock was set back, and nobody shall wait until it is there again.
    if first and now >= tonumber(first) and window - (now - first) > wait then
      which, wait = i, window - (now - first)
    end
  end
  if which > 0 then return which, wait, now end
  for i, name in ipairs(names) do
    if mosts[i] > 0 then
      redis.call('RPUSH', name, string.format('%.0f', now))
      -- Two that are over for each that comes: the list shrinks, and no call is a long one.
      for _ = 1, 2 do
        if now - redis.call('LRANGE', name, 0, 0)[1] < window then break end
        redis.call('LTRIM', name, 1, -1)
      end
      redis.call('EXPIRE', name, math.ceil(window / 1000000))
    end
  end
  return 0, 0, now
end
"""

OWN_LIMIT = """
-- What moderators set as the limit of a fan: here, else everywhere, else `usual`.
local function own_limit(names, usual)
  for _, name in ipairs(names) do
    local raw = redis.call('GET', name)
    local is_read, set = pcall(function() return cmsgpack.unpack(raw) end)
    local most = is_read and type(set) == 'table' and tonumber(set.limit) or 0
    if most > 0 then return most end
  end
  return usual
end
"""

_CHECK = Script(
    """#!lua
-- KEYS window... ; ARGV microseconds most...
"""
    + TAKE_ROOM
    + """
local mosts = {}
for i = 2, #ARGV do mosts[i - 1] = tonumber(ARGV[i]) end
local which, wait = take_room(KEYS, mosts, tonumber(ARGV[1]))
return {which, wait}
"""
)


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """How much may come in from many at once; 0 means as much as wants."""

    community: int = 0
    """Events of one community within a window."""

    bot: int = 0
    """Events of all within a window."""

    window: float = MINUTE
    """Seconds."""


class Wait(msgspec.Struct, frozen=True):
    """Why an event was not let in, and until when there is no room."""

    kind: Kind = "fan"
    until: float = 0.0
    """Unix time by Redis' clock, seconds."""

    def seconds(self, now: float) -> int:
        """Return how long that still is, as people say it; a whole window where nobody knows."""
        if not now or not self.until:
            return math.ceil(MINUTE)
        return max(1, math.ceil(self.until - now))


class Limit(msgspec.Struct, frozen=True):
    """How often something may happen within a window."""

    window: str
    """Key of the window, from `core.store.key`."""

    most: int
    """0 means as often as wanted."""


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens that today's answers have cost so far, and who was told of it."""

    bot: Spent = Spent()
    community: int = 0
    fan: int = 0
    has_told_bot: bool = False
    """Whoever runs the bot knows that its budget comes to an end."""

    has_told_community: bool = False
    has_told_fan: bool = False
    """The fan knows that answers are shorter today."""


async def check(store: Store, limits: Sequence[Limit], *, window: float = MINUTE) -> float:
    """Let one thing happen within all limits, or not at all.

    Args:
        store: Where the windows are.
        limits: All of them must have room.
        window: Seconds; the same for one key always.

    Returns:
        0.0 when it may happen and is counted; else the seconds until there is room.

    Raises:
        StoreError: Nobody knows.
    """
    answer = await store.run(
        _CHECK,
        [limit.window for limit in limits],
        [to_micros(window), *(limit.most for limit in limits)],
    )
    which, wait = answer
    return wait / 1_000_000 if which else 0.0


def windows_of(platform: str, community: str, user: str) -> tuple[str, str, str, str]:
    """Return the keys of the windows of `KINDS`, and where it stands that the fan was told."""
    fan = f"{platform}:{user}"
    return (
        key("limit", fan),
        key("crowd", f"{platform}:{community}"),
        key("crowd"),
        key("told", fan),
    )


def to_micros(seconds: float) -> int:
    """Return seconds as scripts take them."""
    return round(seconds * 1_000_000)


def fields_of(dialogue: str) -> tuple[str, ...]:
    """Return the fields of a day's counts that belong to a dialogue, by its key.

    A fan stands there by a digest. In a private talk the channel is the fan, as in
    `core.house.standing`.
    """
    platform, community, channel, _, user = dialogue.split(":")
    fan = hashlib.sha256(f"{platform}:{user or channel}".encode()).hexdigest()[:16]
    here = f"at:{platform}:{community}"
    return "in", "out", here, f"by:{fan}", "told:bot", f"told:{here}", f"told:by:{fan}"


def to_used(row: Sequence[Any]) -> Used:
    """Read what Redis tells of these fields."""
    prompt, completion, community, fan, *told = row
    bot, here, by = (value is not None for value in told)
    return Used(
        bot=Spent(prompt=int(prompt or 0), completion=int(completion or 0)),
        community=int(community or 0),
        fan=int(fan or 0),
        has_told_bot=bot,
        has_told_community=here,
        has_told_fan=by,
    )


def count(
    dialogue: str, day: str, spent: Spent, *, counts_fan: bool, counts_community: bool
) -> tuple[Write, ...]:
    """Count with a turn what it cost.

    Args:
        dialogue: Its key.
        day: As in `core.mailbox.today`.
        spent: By the answer.
        counts_fan: Also for the fan alone.
        counts_community: Also for the community alone.
    """
    if not spent.total:
        return ()
    name = key("spent", day)
    prompt, completion, here, fan, *_ = fields_of(dialogue)
    rows = {prompt: spent.prompt, completion: spent.completion}
    rows |= {fan: spent.total} if counts_fan else {}
    rows |= {here: spent.total} if counts_community else {}
    return (
        *(Write("HINCRBY", name, (field, number)) for field, number in rows.items() if number),
        Write("EXPIRE", name, (SPENT,)),
    )
