"""What tifo costs against the floor and against a plain bot, in one run: `-m tests.bench.load`."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import sys
from pathlib import Path

import msgspec

from bots.rehearsal.plan import Plan
from bots.rehearsal.rehearse import rehearse
from bots.rehearsal.report import Report

_BOT = Path(__file__).parents[2] / "bots" / "winter_games"
_ALONE = Plan(platforms=("telegram",), groups=0.0)
_CASES = {
    "one fan, instant model": msgspec.structs.replace(
        _ALONE, fans=1, questions=50, is_instant=True, ttft=0.0
    ),
    "100 fans, 80 tokens at 40/s": msgspec.structs.replace(_ALONE, fans=100, questions=3),
    "200 fans x 5, instant model": msgspec.structs.replace(
        _ALONE, fans=200, questions=5, is_instant=True, ttft=0.0
    ),
}
_PROGRAMS = {
    "floor": (sys.executable, "-m", "tests.bench.floor"),
    "plain": (sys.executable, "-m", "tests.bench.plain"),
    "tifo": (),
}
_HEAD = (
    f"{'':8}{'CPU ms':>8}{'x floor':>9}{'x plain':>9}{'answers/s':>11}"
    f"{'first p50/p95':>17}{'final p95':>11}{'MiB':>7}"
)


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.load")
    parser.add_argument("--quick", action="store_true", help="a fifth of the fans")
    options = parser.parse_args()
    programs = dict(_PROGRAMS)
    if importlib.util.find_spec("openai") is None:
        del programs["plain"]
        print("The plain bot is left out: it needs the package openai.")
    is_good = True
    for case, plan in _CASES.items():
        if options.quick:
            plan = msgspec.structs.replace(plan, fans=max(1, plan.fans // 5))
        print(f"\n{case}{' (a fifth of the fans)' if options.quick else ''}\n{_HEAD}", flush=True)
        reports: dict[str, Report] = {}
        for name, command in programs.items():
            report = await rehearse(msgspec.structs.replace(plan, program=command), _BOT)
            reports[name] = report
            print(_row(name, reports), flush=True)
            is_good = is_good and report.is_good
    return 0 if is_good else 1


def _row(name: str, reports: dict[str, Report]) -> str:
    report = reports[name]
    cpu = report.cpu or 0.0
    ratios = [
        f"{cpu / other.cpu:.2f}" if (other := reports.get(to)) and other.cpu else "-"
        for to in ("floor", "plain")
    ]
    first, final = report.first, report.final
    firsts = f"{first.p50:.0f}/{first.p95:.0f}" if first else "-"
    wrong = "" if report.is_good else "  NOT WELL"
    return (
        f"{name:8}{cpu:>8.1f}{ratios[0]:>9}{ratios[1]:>9}{report.answers_per_second:>11.1f}"
        f"{firsts:>17}{final.p95 if final else 0:>11.0f}{report.peak or 0:>7.0f}{wrong}"
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
