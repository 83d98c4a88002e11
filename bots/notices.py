"""`python -m bots notices` and `retry`: what went wrong, and another try at it."""

from __future__ import annotations

from datetime import UTC, datetime

from bots.outside import open_running
from core.aside import list_aside, restore
from core.message import Command, Message, Outcome, Press, Request
from core.notices import Notices
from core.settings import Settings

_SHOWN = 60  # characters of a question


async def show(settings: Settings) -> int:
    """Print what was set aside and what could not be shown; return the exit code 0.

    Raises:
        SettingsError: Redis cannot be reached.
        StoreError: It went away.
    """
    async with open_running(settings) as store:
        aside, notices = await list_aside(store), await Notices(store).recent()
    for kept in aside:
        first = kept.turn.requests[0]
        print(f"{kept.id}  {_when(kept.turn.at)}  {first.conversation.key}")
        print(f"    set aside: {kept.turn.reason}")
        print(f"    asked: {_words(first)}")
    for notice in notices:
        print(f"{_when(notice.at)}  {notice.conversation.key}")
        print(f"    {notice.text}")
    if aside:
        print("`python -m bots retry ID` answers one of them after all, `retry all` every one.")
    elif not notices:
        print("Nothing: every answer was shown.")
    return 0


async def retry(settings: Settings, wanted: str) -> int:
    """Put what was set aside back; return 0, or 1 when there is no such thing.

    Raises:
        SettingsError: Redis cannot be reached.
        StoreError: It went away.
    """
    async with open_running(settings) as store:
        chosen = [kept for kept in await list_aside(store) if wanted in ("all", kept.id)]
        count = sum([await restore(store, kept) for kept in chosen])
    if not chosen and wanted != "all":
        print(f"Nothing is set aside as {wanted}; `python -m bots notices` shows what is.")
        return 1
    print(f"{count} to be answered again.")
    return 0


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(" ", "seconds")


def _words(request: Request) -> str:
    match request:
        case Message():
            text = request.text
        case Command():
            text = f"/{request.name} {' '.join(request.options.values())}"
        case Press():
            text = f"pressed {request.button}"
        case Outcome():
            text = f"{request.action.verb}: {request.result}"
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
