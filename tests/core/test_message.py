from __future__ import annotations

from datetime import timedelta

import msgspec

from core.message import in_order
from tests.samples import NOW, message


def test_messages_are_read_as_they_were_written_however_they_came():
    first = message("1", id="telegram:5:9")
    second = message("2", id="telegram:5:10")
    later = msgspec.structs.replace(
        message("3", id="telegram:5:8"), sent_at=NOW + timedelta(seconds=1)
    )
    assert in_order([later, second, first]) == [first, second, later]
