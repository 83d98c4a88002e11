"""How often answers were in the language asked for: counts by day, of no fan in particular.

A turn's commit adds to them (`core.protocol.Commit.counts`), so that all processes share them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Literal

import msgspec

from core.store import TALLY, Store, key

Outcome = Literal["answers", "repaired", "wrong"]
"""answers: a model's answers that were checked; repaired: those of them that began in a wrong
language or script and came right when asked once more; wrong: those that did not, so that the
guide answered instead."""

_DAY = 24 * 3600


class Row(msgspec.Struct, kw_only=True):
    """The counts of one language."""

    language: str
    """BCP 47 tag that the answers were asked for in."""

    answers: int = 0
    repaired: int = 0
    wrong: int = 0

    @property
    def share(self) -> float:
        """Return the part of the answers that began in a wrong language, from 0 to 1."""
        return (self.repaired + self.wrong) / max(self.answers, 1)


def to_count(language: str, outcome: Outcome) -> str:
    """Spell what a commit counts."""
    return f"{language}:{outcome}"


async def read_tally(store: Store, *, days: int = TALLY // _DAY - 1) -> list[Row]:
    """Return the counts of the last days, seven at most, and today, most answers first.

    Raises:
        StoreError: Redis is away.
    """
    rows: dict[str, Row] = {}
    now = time.time()
    for age in range(days + 1):
        day = time.strftime("%Y-%m-%d", time.gmtime(now - age * _DAY))
        _add(rows, await store.fields(key("tally", day)))
    return sorted(rows.values(), key=lambda row: (-row.answers, row.language))


def _add(rows: dict[str, Row], fields: Mapping[bytes, bytes]) -> None:
    for field, count in fields.items():
        language, _, outcome = field.decode().partition(":")
        row = rows.setdefault(language, Row(language=language))
        match outcome:
            case "answers":
                row.answers += int(count)
            case "repaired":
                row.repaired += int(count)
            case "wrong":
                row.wrong += int(count)
            case _:  # of a newer version
                pass
