"""A small rehearsal of the real program, and one of a program that loses what it holds."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest

from bots.cli import main
from bots.rehearsal.plan import Plan
from bots.rehearsal.rehearse import rehearse, run
from bots.rehearsal.report import render

BOT = Path(__file__).parents[2] / "bots" / "winter_games"
SMALL = Plan(fans=8, questions=2, tokens=30, rate=60.0, ttft=0.1, kills=1, is_cold=True)


@pytest.mark.timeout(120)
async def test_nothing_goes_wrong_although_redis_is_killed():
    plan = msgspec.structs.replace(SMALL, kill="redis")
    report = await rehearse(plan, BOT)
    text = render(plan, report)
    assert report.is_good, text
    assert report.verdict.asked["telegram"] and report.verdict.asked["discord"]
    assert len(report.recoveries) == 1 and report.recoveries[0].shown is not None
    assert report.first is not None and report.final is not None
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.timeout(120)
async def test_a_program_that_loses_answers_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    plan = msgspec.structs.replace(
        SMALL,
        platforms=("telegram",),
        kill="gateway",
        patience=3.0,
        groups=0.0,
        program=(sys.executable, "-m", "tests.bench.floor"),
        json=tmp_path / "figures.json",
    )
    assert await run(plan, BOT) == 1
    said = capsys.readouterr()
    assert "NOT WELL" in said.out
    assert "answered" in said.err
    figures = msgspec.json.decode((tmp_path / "figures.json").read_bytes())
    faults = figures["verdict"]["faults"]
    assert faults["lost"] or faults["half-written"]


@pytest.mark.timeout(120)
async def test_limits_are_enforced_and_refusals_counted():
    plan = msgspec.structs.replace(
        SMALL,
        platforms=("telegram",),
        has_limits=True,
        is_instant=True,
        questions=5,
        fans=1,
        groups=0.0,
        patience=2.0,
        program=(sys.executable, "-m", "tests.bench.floor"),
    )
    report = await rehearse(plan, BOT)
    assert report.refused["telegram"] > 0


def test_an_unknown_platform_is_told_in_a_sentence():
    with pytest.raises(SystemExit, match="telegram"):
        main(["rehearse", "--platform", "icq"])
