"""What processes cost, from /proc; where there is none, nothing is measured."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

_PROC = Path("/proc")
_REDIS = ("redis-server", "valkey-server")


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What was used since the meter began; None where it cannot be known."""

    program_cpu: float | None = None
    """Seconds."""

    redis_cpu: float | None = None
    redis_reads: int | None = None
    """Reads from sockets, which is one for each request or pipeline."""

    memory: float | None = None
    """MiB resident now, all processes of the program together."""


class _Row(msgspec.Struct, frozen=True):
    parent: int
    name: str
    ticks: int
    pages: int
    started: str


class _Total(msgspec.Struct):
    """What one process was seen to have used; it stays when the process is gone."""

    is_redis: bool
    first: tuple[int, int]
    last: tuple[int, int]
    """Clock ticks and read calls."""


class Meter:
    """Adds up processes and all their children, those that were killed too."""

    def __init__(self) -> None:
        self._totals: dict[tuple[int, str], _Total] = {}
        self._is_fresh = True
        self.peak = 0.0
        """MiB."""

    def sample(self, roots: Iterable[int]) -> Usage:
        """Look at the processes with these ids and their children now."""
        if sys.platform != "linux":
            return Usage()
        rows = _read_all()
        alive = {pid for pid in roots if pid in rows} | {
            pid for (pid, started), total in self._totals.items()
            if total.is_redis and pid in rows and rows[pid].started == started
        }  # fmt: skip
        grown = True
        while grown:
            children = {pid for pid, row in rows.items() if row.parent in alive} - alive
            alive |= children
            grown = bool(children)
        for pid in alive:
            self._note(pid, rows[pid])
        self._is_fresh = False
        pages = sum(rows[pid].pages for pid in alive if rows[pid].name not in _REDIS)
        memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
        self.peak = max(self.peak, memory)
        ticks = os.sysconf("SC_CLK_TCK")
        redis = [total for total in self._totals.values() if total.is_redis]
        program = [total for total in self._totals.values() if not total.is_redis]
        return Usage(
            program_cpu=sum(t.last[0] - t.first[0] for t in program) / ticks,
            redis_cpu=sum(t.last[0] - t.first[0] for t in redis) / ticks,
            redis_reads=sum(t.last[1] - t.first[1] for t in redis),
            memory=memory,
        )

    def redis(self) -> list[int]:
        """Return the process ids of every Redis that was seen and is still there."""
        rows = _read_all()
        return [
            pid
            for (pid, started), total in self._totals.items()
            if total.is_redis and pid in rows and rows[pid].started == started
        ]

    def reset(self) -> None:
        """Begin to count anew."""
        for total in self._totals.values():
            total.first = total.last

    def _note(self, pid: int, row: _Row) -> None:
        is_redis = row.name in _REDIS
        now = (row.ticks, _reads(pid) if is_redis else 0)
        key = (pid, row.started)
        # What is there at the first look has a past of its own; what comes later begins at nought.
        total = self._totals.setdefault(
            key, _Total(is_redis, now if self._is_fresh else (0, 0), now)
        )
        total.last = now


def _read_all() -> dict[int, _Row]:
    rows: dict[int, _Row] = {}
    if sys.platform != "linux":
        return rows
    for folder in os.listdir(_PROC):  # noqa: PTH208 - this many times a second it matters
        if not folder.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError, IndexError):
            # man 5 proc_pid_stat: the name stands in brackets and may hold anything.
            text = (_PROC / folder / "stat").read_text()
            name, _, rest = text.partition("(")[2].rpartition(")")
            field = rest.split()
            ticks = int(field[11]) + int(field[12])
            rows[int(folder)] = _Row(int(field[1]), name, ticks, int(field[21]), field[19])
    return rows


def _reads(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = (_PROC / str(pid) / "io").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("syscr")).split()[1])
    return 0
