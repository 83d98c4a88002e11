"""Short storms; `python -m tests.chaos.storm` runs long ones.

What stands on the board counts. Times are printed there; here they only have to be in reason.
"""

from __future__ import annotations

import random

from tests.chaos import scenarios
from tests.chaos.arena import Tally, arena

SEED = 20261125


def clean(tally: Tally, what: object = "") -> None:
    assert tally.is_clean and not tally.apologies, f"{tally} {what}"


async def test_workers_may_be_killed_or_told_to_end_with_a_hundred_turns_in_hand():
    async with arena(SEED, workers=1) as a:
        tally, first, all_ = await scenarios.kill_while_holding(a, 100)
        clean(tally)
        assert first < 5 and all_ < 10
        tally, seconds = await scenarios.end_while_holding(a, 100, long=15.0)
        clean(tally)
        assert seconds < 10


async def test_workers_may_freeze_and_redis_may_die_or_hang_or_be_full():
    async with arena(SEED, workers=2) as a:
        clean(await scenarios.freeze_while_holding(a, 30, 2.0))
        for hangs in (False, True):
            tally, first = await scenarios.lose_redis(a, 1.0, hangs=hangs)
            clean(tally)
            assert first < 10
        tally, refused = await scenarios.fill_redis(a, 60)
        clean(tally)
        assert refused >= 25


async def test_updates_told_five_times_and_shuffled_and_a_storm_of_everything():
    async with arena(SEED, workers=2) as a:
        clean(await scenarios.shuffle(a, 100, times=5, chance=random.Random(SEED)))
        tally, told = await scenarios.storm(a, 5.0, chance=random.Random(SEED))
        clean(tally, told)
