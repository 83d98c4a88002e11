from __future__ import annotations

import asyncio
import io
import logging
import tempfile
from pathlib import Path

import pytest

from bots.log import _KINDS, Calm  # pyright: ignore[reportPrivateUsage] - the bound is the test
from core.errors import StoreError, StoreFullError
from core.speaker import Speaker
from core.store import Store
from core.worker import Worker
from tests.core.fans import Fans


class Written:
    """A logger whose records pass through the filter, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calm = Calm(lambda: self.now)
        self._stream = io.StringIO()
        handler = logging.StreamHandler(self._stream)
        handler.addFilter(self.calm)
        self.handler = handler
        self.log = logging.Logger("core.test")
        self.log.addHandler(handler)

    @property
    def lines(self) -> list[str]:
        return self._stream.getvalue().splitlines()


@pytest.fixture
def written() -> Written:
    return Written()


def test_the_first_is_written_at_once_and_the_rest_once_in_ten_seconds(written: Written):
    for second in range(60):
        written.now = float(second)
        for _ in range(100):
            written.log.warning("Redis is away: %d", second)
    assert written.lines == [
        "Redis is away: 0",
        *(
            f"Redis is away: {second} (999 more like this since the last)"
            for second in (10, 20, 30, 40, 50)
        ),
    ]


def test_different_texts_and_different_errors_do_not_hide_each_other(written: Written):
    written.log.warning("%s", StoreError("away"))
    written.log.warning("%s", StoreFullError("full"))
    written.log.warning("%s", StoreError("still away"))
    written.log.warning("something else")
    written.log.error("something else")
    assert written.lines == ["away", "full", "something else", "something else"]


def test_tracebacks_of_different_places_are_different(written: Written):
    def here() -> None:
        raise ValueError("here")

    def there() -> None:
        raise ValueError("there")

    for _ in range(3):
        for fault in (here, there):
            try:
                fault()
            except ValueError:
                written.log.exception("failed: %s", "a turn")
    assert [line for line in written.lines if line.startswith("ValueError")] == [
        "ValueError: here",
        "ValueError: there",
    ]


def test_numbers_that_a_library_writes_into_its_text_make_no_difference(written: Written):
    for number in range(50):
        written.log.warning(f"connection {number} lost")  # noqa: G004 - as libraries do
    assert written.lines == ["connection 0 lost"]


def test_a_few_infos_of_a_kind_are_written(written: Written):
    for number in range(50):
        written.log.info("this process speaks on %s now", number)
    assert len(written.lines) == 10


def test_what_is_remembered_is_bounded(written: Written):
    words = ["".join(chr(97 + int(digit)) for digit in str(number)) for number in range(5000)]
    for word in words:
        written.log.warning(word)
    assert len(written.lines) == len(words)
    assert len(written.calm._kinds) == _KINDS  # pyright: ignore[reportPrivateUsage]


async def test_a_program_without_its_redis_says_so_and_then_little(written: Written):
    root = logging.getLogger("core")
    root.addHandler(written.handler)
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        store = Store(f"unix://{Path(folder)}/nobody")
        fans = Fans(store)
        tasks = [
            asyncio.create_task(Worker(store, fans.handle, fans.apologise).run()),
            *(
                asyncio.create_task(Speaker(store, platform=name).run())
                for name in ("web", "telegram", "discord")
            ),
        ]
        for _ in range(60):
            written.now += 1.0  # a minute, in a twentieth of the time
            await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await store.close()
    root.removeHandler(written.handler)
    assert 1 <= len(written.lines) <= 40
