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


async def test_what_a_killed_worker_held_goes_on_with_another():
    async with arena(SEED, workers=1) as a:
        tally, first, all_ = await scenarios.kill_while_holding(a, 100)
    clean(tally)
    assert first < 5 and all_ < 10


async def test_a_worker_told_to_end_hands_over_what_it_cannot_finish():
    async with arena(SEED, workers=1) as a:
        tally, seconds = await scenarios.end_while_holding(a, 100, long=20.0)
    clean(tally)
    assert seconds < 10


async def test_a_frozen_worker_doubles_nothing():
    async with arena(SEED, workers=2) as a:
        clean(await scenarios.freeze_while_holding(a, 30, 2.5))


async def test_redis_away_loses_and_doubles_nothing():
    async with arena(SEED, workers=2) as a:
        for hangs in (False, True):
            tally, first = await scenarios.lose_redis(a, 1.5, hangs=hangs)
            clean(tally)
            assert first < 10


async def test_a_full_redis_answers_all_that_it_took():
    async with arena(SEED, workers=1) as a:
        tally, refused = await scenarios.fill_redis(a, 60)
    clean(tally)
    assert refused >= 25


async def test_updates_told_five_times_and_shuffled_are_answered_once_and_in_order():
    async with arena(SEED, workers=1) as a:
        clean(await scenarios.shuffle(a, 200, times=5, chance=random.Random(SEED)))


async def test_a_storm_of_everything_loses_doubles_and_disorders_nothing():
    async with arena(SEED, workers=2) as a:
        tally, told = await scenarios.storm(a, 6.0, chance=random.Random(SEED))
    clean(tally, told)
