from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.conversation import Overheard
from core.moderation.recent import recent_messages

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def said(*rows: tuple[str, str]) -> list[Overheard]:
    return [Overheard(user=u, name=u, text="hi", sent_at=NOW, message=m) for u, m in rows]


TALK = said(("ana", "1"), ("ken", "2"), ("ana", "3"), ("old", ""), ("ken", "4"), ("ken", "4"))


@pytest.mark.parametrize(
    ("count", "user", "ids"),
    [
        (100, "", ("1", "2", "3", "4")),
        (3, "", ("3", "4")),
        (1, "", ("4",)),
        (100, "ana", ("1", "3")),
        (2, "ana", ()),
        (100, "zoe", ()),
    ],
)
def test_the_newest_messages_are_named_and_whose_they_are(
    count: int, user: str, ids: tuple[str, ...]
):
    assert recent_messages(TALK, count, user) == ids


def test_where_nothing_is_remembered_nothing_is_named():
    assert recent_messages([], 10) == ()
