"""The newest messages of a place: what a purge deletes where bots are given no history."""

from __future__ import annotations

from collections.abc import Sequence

from core.conversation import Overheard


def recent_messages(said: Sequence[Overheard], count: int, user: str = "") -> tuple[str, ...]:
    """Return the platform's ids of the newest messages of a place, oldest first.

    Args:
        said: What is remembered of the place, in the order in which it came.
        count: Messages to look at, 1 or more; fewer are known where the bot came late or has
            forgotten.
        user: The platform's id of whose messages; "" for anybody's.
    """
    known = [talk for talk in said if talk.message][-count:]
    return tuple(dict.fromkeys(talk.message for talk in known if user in ("", talk.user)))
