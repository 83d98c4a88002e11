"""When a call may go out; the limits by a clock of our own, the turns by the real one."""

from __future__ import annotations

import asyncio
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telegram.pace import Limits, Pace
from adapters.wire import Urgency

FINAL, FIRST, EDIT, TYPING = Urgency


def fits(limits: Limits, chat: int, urgency: Urgency, now: float) -> bool:
    return limits.opens_here(chat, urgency, now) <= now and limits.opens(urgency, now) <= now


def spend(limits: Limits, chat: int, urgency: Urgency, now: float, most: int = 999) -> int:
    """Make calls at one moment for as long as they fit; return how many did."""
    for count in range(most):
        if not fits(limits, chat, urgency, now):
            return count
        limits.take(chat, now)
    return most


def test_a_quiet_chat_takes_a_burst_and_then_one_a_second():
    limits = Limits()
    assert spend(limits, 1, FINAL, 100.0) == 3
    assert spend(limits, 1, FINAL, 100.9) == 0
    assert spend(limits, 1, FINAL, 101.1) == 1
    assert spend(limits, 1, FINAL, 200.0) == 3, "and a burst again after a while"


def test_whatever_was_shown_on_the_way_the_final_text_has_room_at_once():
    for chat in (1, -1):
        limits, now = Limits(), 0.0
        while now < 300.0:
            for urgency in (TYPING, EDIT, FIRST):
                spend(limits, chat, urgency, now)
            assert fits(limits, chat, FINAL, now), (chat, now)
            now += 0.25


def test_a_group_takes_twenty_in_any_minute_and_keeps_half_for_what_matters():
    limits, times = Limits(), list[float]()
    edits = 0
    for step in range(1200):
        now = step / 4
        if spend(limits, -1, EDIT, now, 1):
            edits += 1
            times.append(now)
        if step % 40 == 0 and spend(limits, -1, FINAL, now, 1):
            times.append(now)
    assert edits > 20
    for now in times:
        assert sum(now - 60 < time <= now for time in times) <= 20


def test_all_chats_together_take_thirty_a_second_and_less_on_the_way():
    limits = Limits()
    assert sum(spend(limits, chat, TYPING, 5.0, 1) for chat in range(100)) == 12
    assert sum(spend(limits, chat, EDIT, 5.0, 1) for chat in range(100)) == 6
    assert sum(spend(limits, chat, FIRST, 5.0, 1) for chat in range(100)) == 6
    assert sum(spend(limits, chat, FINAL, 5.0, 1) for chat in range(100)) == 6
    assert not any(fits(limits, chat, FINAL, 5.99) for chat in range(200, 300))
    assert sum(spend(limits, chat, FINAL, 6.1, 1) for chat in range(100)) == 30


def test_a_refused_chat_is_left_alone_for_as_long_as_told_and_no_other_is():
    limits = Limits()
    limits.take(1, 10.0)
    limits.refuse(1, 35.0, 10.0)
    assert not fits(limits, 1, FINAL, 44.9)
    assert fits(limits, 1, FINAL, 45.0)
    assert all(fits(limits, chat, TYPING, 10.0) for chat in range(2, 12))


def test_only_when_several_chats_are_refused_at_once_everything_pauses_and_slows_down():
    limits = Limits()
    for chat in range(30):
        limits.take(chat, 10.0)
    limits.refuse(1, 2.0, 10.1)
    limits.refuse(1, 2.0, 10.2)
    assert fits(limits, 50, FINAL, 11.2), "one chat, however often, is one chat"
    limits.refuse(2, 2.0, 10.3)
    limits.refuse(3, 2.0, 10.4)
    assert not fits(limits, 50, FINAL, 12.3)
    assert fits(limits, 50, FINAL, 12.5)

    def in_ten_seconds(start: float) -> int:
        moments = [start + step / 100 for step in range(1000)]
        return sum(spend(limits, 1000 + i, FINAL, now, 1) for i, now in enumerate(moments))

    assert 200 < in_ten_seconds(13.0) < 270
    assert in_ten_seconds(100.0) > 280, "until it went well for a minute"


def test_chats_that_are_quiet_are_forgotten():
    limits = Limits()
    for chat in range(20_000):
        limits.take(chat, chat * 1.0)
    assert limits.known < 200


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), group=st.booleans())
def test_a_server_with_the_same_limits_never_refuses(seed: int, group: bool):
    """The server counts in its own way, and calls reach it up to 20 ms late."""
    chance = random.Random(seed)
    limits, now, late = Limits(), 0.0, 0.02
    level = dict.fromkeys(range(-3, 4), (3.0, 0.0))
    minute: dict[int, list[float]] = {chat: [] for chat in level}
    for _ in range(600):
        now += chance.expovariate(8)
        chat = chance.randint(-3, -1) if group else chance.randint(1, 3)
        if not fits(limits, chat, chance.choice(list(Urgency)), now):
            continue
        limits.take(chat, now)
        arrived = now + chance.uniform(0, late)
        tokens, before = level[chat]
        tokens = min(3.0, tokens + max(0.0, arrived - before))
        assert tokens >= 1
        level[chat] = tokens - 1, max(arrived, before)
        minute[chat] = [time for time in minute[chat] if time > arrived - 60] + [arrived]
        assert chat > 0 or len(minute[chat]) <= 20


async def test_those_who_wait_go_by_what_matters_to_the_fan():
    pace = Pace(Limits(per_second=10))
    for chat in range(10):
        assert pace.take(chat, FINAL)
    order: list[Urgency] = []

    async def wait(chat: int, urgency: Urgency) -> None:
        await pace.turn(chat, urgency)
        order.append(urgency)

    async with asyncio.TaskGroup() as group:
        for chat, urgency in enumerate((EDIT, EDIT, FIRST, FINAL, FIRST, FINAL, FINAL), 100):
            group.create_task(wait(chat, urgency))
    assert order == [FINAL, FINAL, FINAL, FIRST, FIRST, EDIT, EDIT]


async def test_who_gives_up_waiting_takes_nobody_s_turn():
    pace = Pace(Limits(chat_per_second=20))
    loop = asyncio.get_running_loop()
    started = loop.time()
    for _ in range(3):
        assert pace.take(1, FINAL)
    waiting = [asyncio.create_task(pace.turn(1, EDIT)) for _ in range(50)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    await pace.turn(1, FINAL)
    assert loop.time() - started < 1.0


async def test_a_chat_that_is_shut_for_a_while_holds_up_nobody():
    pace = Pace()
    pace.refuse(1, 30.0)
    stuck = asyncio.create_task(pace.turn(1, FINAL))
    await asyncio.sleep(0)
    async with asyncio.timeout(1):
        for chat in range(2, 22):
            await pace.turn(chat, FINAL)
    assert not stuck.done()
    stuck.cancel()
