"""`python -m bots languages`: how often answers were in the language asked for."""

from __future__ import annotations

import msgspec

from bots.outside import open_running
from core.language.names import find_name
from core.language.tally import Row, read_tally
from core.settings import Settings

_HEADING = ("language", "answers", "repaired", "wrong", "share")


async def show(settings: Settings, *, as_json: bool) -> int:
    """Print the counts of the last eight days by language; return the exit code 0.

    Raises:
        SettingsError: Redis cannot be reached.
        StoreError: It went away.
    """
    async with open_running(settings) as store:
        rows = await read_tally(store)
    if as_json:
        print(msgspec.json.encode([_to_dict(row) for row in rows]).decode())
        return 0
    if not rows:
        print("Nothing yet: no model answered in the last eight days.")
        return 0
    total = Row(language="all")
    for row in rows:
        total.answers += row.answers
        total.repaired += row.repaired
        total.wrong += row.wrong
    print(_line(*_HEADING))
    for row in (*rows, total):
        name = row.language
        if row is not total:
            name = f"{find_name(row.language, 'en')} ({row.language})"
        counts = (row.answers, row.repaired, row.wrong)
        print(_line(name, *map(str, counts), f"{row.share:.1%}"))
    return 0


def _to_dict(row: Row) -> dict[str, object]:
    return {**msgspec.structs.asdict(row), "share": round(row.share, 4)}


def _line(name: str, *cells: str) -> str:
    return f"{name:<32}" + "".join(f"{cell:>10}" for cell in cells)
