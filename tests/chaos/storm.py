"""Long storms, for a person to watch: `python -m tests.chaos.storm --seed 7 --seconds 60`.

Prints its seed, what was done, and one line a row of the scoreboard. With the same seed it strikes
the same things in the same order; what the machine makes of that is its own affair.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Awaitable, Callable

from tests.chaos import scenarios
from tests.chaos.arena import Arena, Tally, arena

Outcome = tuple[Tally, str]


class Rows:
    """Each row of the scoreboard that is measured here."""

    def __init__(self, seed: int, seconds: float) -> None:
        self._seed = seed
        self._seconds = seconds

    def _chance(self) -> random.Random:
        return random.Random(self._seed)

    async def killed(self, a: Arena) -> Outcome:
        tally, told = await scenarios.storm(
            a, self._seconds, chance=self._chance(), strikes=["kill a worker"]
        )
        return tally, f"{len(told)} kills"

    async def everything(self, a: Arena) -> Outcome:
        tally, told = await scenarios.storm(a, self._seconds, chance=self._chance())
        print("\n".join(told))
        return tally, f"{len(told)} strikes"

    async def holding(self, a: Arena) -> Outcome:
        tally, first, all_ = await scenarios.kill_while_holding(a, 100)
        return tally, f"first pickup {first:.2f} s, all running {all_:.2f} s"

    async def frozen(self, a: Arena) -> Outcome:
        tally = await scenarios.freeze_while_holding(a, 100, 10.0)
        return tally, "frozen for 10 s"

    async def away(self, a: Arena) -> Outcome:
        tally, first = await scenarios.lose_redis(a, 30.0, hangs=False)
        return tally, f"first answer {first:.2f} s after its return"

    async def hanging(self, a: Arena) -> Outcome:
        tally, first = await scenarios.lose_redis(a, 30.0, hangs=True)
        return tally, f"first answer {first:.2f} s after its return"

    async def full(self, a: Arena) -> Outcome:
        tally, refused = await scenarios.fill_redis(a, 500)
        return tally, f"{refused} refused"

    async def ended(self, a: Arena) -> Outcome:
        tally, seconds = await scenarios.end_while_holding(a, 100, long=30.0)
        return tally, f"exit after {seconds:.2f} s"

    async def shuffled(self, a: Arena) -> Outcome:
        return await scenarios.shuffle(a, 2000, times=5, chance=self._chance()), "each told 5 times"


# row of the scoreboard, what it is about, workers or 0 for as many as asked for, what to run
ROWS: tuple[tuple[str, str, int, Callable[[Rows, Arena], Awaitable[Outcome]]], ...] = (
    ("2", "worker kill -9", 0, Rows.killed),
    ("3", "everything at once", 0, Rows.everything),
    ("4", "kill -9 holding 100", 1, Rows.holding),
    ("5", "frozen worker", 2, Rows.frozen),
    ("6", "Redis killed, 30 s", 2, Rows.away),
    ("6", "Redis hangs, 30 s", 2, Rows.hanging),
    ("8", "Redis full", 1, Rows.full),
    ("10", "SIGTERM with 100", 1, Rows.ended),
    ("13", "told 5 times, shuffled", 1, Rows.shuffled),
)


async def main() -> int:
    """Run the rows that are asked for; 1 when one is not clean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--seconds", type=float, default=60.0, help="of a storm")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rows", default="", help="such as 2,3; all of them unless given")
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    rows, is_clean = Rows(asked.seed, asked.seconds), True
    for number, name, workers, run in ROWS:
        if asked.rows and number not in asked.rows.split(","):
            continue
        async with arena(asked.seed, workers=workers or asked.workers) as a:
            tally, figures = await run(rows, a)
        is_clean = is_clean and tally.is_clean
        print(f"{number:>3}  {name:<24}{tally}; {figures}", flush=True)
    return 0 if is_clean else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
