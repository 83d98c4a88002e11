"""The figures of a rehearsal, as a table for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from bots.rehearsal.board import Board
from bots.rehearsal.judge import FAULTS, Verdict
from bots.rehearsal.model import Model
from bots.rehearsal.plan import Plan

_WIDTH = 24
_COLUMN = 12


class Spread(msgspec.Struct, frozen=True):
    """Milliseconds."""

    p50: float
    p95: float
    p99: float


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What followed a kill; seconds."""

    victim: str
    at: float
    """Since the first question."""

    waiting: int
    """Questions without an answer at that moment."""

    shown: float | None
    """Until the bot showed something again."""

    taken_up: tuple[float, float] | None
    """Until the first and the last answer that it broke off was asked for anew."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a rehearsal found out."""

    verdict: Verdict
    seconds: float
    """From the first question to the last change."""

    answers_per_second: float
    first: Spread | None
    """What the bot adds to the model's own time until a text can be seen."""

    final: Spread | None
    refused: dict[str, float]
    """Share of the calls that were answered with 429, by platform."""

    calls: dict[str, int]
    given_up: int
    cpu: float | None
    """Milliseconds a message, like the next."""

    redis_cpu: float | None
    redis_reads: float | None
    """Round trips a message."""

    idle: float | None
    """MiB."""

    peak: float | None
    start: float
    """Seconds until the bot was there."""

    cold: float | None
    """Seconds to the very first answer, which the figures above leave out."""

    rehearsal_load: float
    """Share of one core that the rehearsal itself took; near 1 it slows what it measures."""

    recoveries: tuple[Recovery, ...]
    faults: dict[str, int]
    """What the model was told to do wrong."""

    @property
    def is_good(self) -> bool:
        """Return whether nothing was lost, doubled, misplaced or broken."""
        return self.verdict.is_good


def measure(board: Board, model: Model, *, since: float) -> tuple[Spread | None, Spread | None]:
    """Return what was added to the first and to the final text of what was asked since then.

    Only answers for which the model was asked once: elsewhere its own time is not known.
    """
    first: list[float] = []
    final: list[float] = []
    stood = {mark: post.changed for post in board.posts.values() for mark in post.answers}
    for mark, asked in board.asked.items():
        spoken = model.spoken.get(mark)
        if asked.at < since:
            continue
        if spoken is None or len(spoken.asked) != 1 or not spoken.done or mark not in stood:
            continue
        waited = asked.at - spoken.asked[0]
        first.append((asked.first - spoken.first - waited) * 1000)
        final.append((stood[mark] - spoken.done - waited) * 1000)
    return _spread(first), _spread(final)


def render(plan: Plan, report: Report) -> str:
    """Write the table, at most 80 columns wide."""
    names = list(report.verdict.asked)
    columns = names if len(names) == 1 else [*names, "all"]
    rows = [
        f"{plan.shape}, {plan.fans} fans x {plan.questions} questions, seed {plan.seed}, "
        f"{report.seconds:.1f} s",
        _row("", columns),
        _row("asked", _counts(report.verdict.asked, columns)),
        *(_row(fault, _counts(report.verdict.faults[fault], columns)) for fault in FAULTS),
        _row("in the bot's own words", _counts(report.verdict.own_words, columns)),
        _row("refused with 429", [f"{report.refused.get(n, 0.0):.1%}" for n in names]),
        "",
        _row("added ms", ["p50", "p95", "p99"]),
        _row("to the first text", _figures(report.first)),
        _row("to the final text", _figures(report.final)),
        _row("answers a second", [f"{report.answers_per_second:.1f}"]),
        _row("CPU ms a message", [_number(report.cpu), f"Redis {_number(report.redis_cpu)}"]),
        _row("Redis round trips", [_number(report.redis_reads), "a message"]),
        _row("memory MiB", [f"idle {_number(report.idle)}", f"peak {_number(report.peak)}"]),
        _row("start, first answer", [f"{report.start:.2f} s", f"{_number(report.cold)} s"]),
        _row("the rehearsal's load", [f"{report.rehearsal_load:.0%}", "of a core"]),
    ]
    if report.faults:
        told = ", ".join(f"{kind} {count}" for kind, count in sorted(report.faults.items()))
        rows.append(f"{'model faults':<{_WIDTH}}  {told}")
    rows += [_recovery(recovery) for recovery in report.recoveries]
    rows += [f"  {example}" for example in report.verdict.examples]
    rows.append("all is well" if report.is_good else "NOT WELL: see the first seven rows")
    return "\n".join(rows)


def _recovery(recovery: Recovery) -> str:
    shown = "nothing was shown again" if recovery.shown is None else f"{recovery.shown:.2f} s"
    row = f"kill -9 {recovery.victim} at {recovery.at:.1f} s, {recovery.waiting} waiting: {shown}"
    if recovery.taken_up is not None:
        row += f", taken up {recovery.taken_up[0]:.2f}-{recovery.taken_up[1]:.2f} s"
    return row


def _counts(counts: dict[str, int], columns: Sequence[str]) -> list[str]:
    return [str(sum(counts.values()) if name == "all" else counts.get(name, 0)) for name in columns]


def _row(name: str, values: Sequence[str]) -> str:
    return f"{name:<{_WIDTH}}" + "".join(f"{value:>{_COLUMN}}" for value in values)


def _figures(spread: Spread | None) -> list[str]:
    return ["-"] if spread is None else [_number(v) for v in (spread.p50, spread.p95, spread.p99)]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _spread(values: list[float]) -> Spread | None:
    if not values:
        return None
    values = sorted(values)
    return Spread(*(values[int(share * (len(values) - 1))] for share in (0.5, 0.95, 0.99)))
