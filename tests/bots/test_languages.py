"""What whoever runs the bot sees of the languages of answers."""

from __future__ import annotations

import json
from pathlib import Path

from core import mailbox
from core.inbox import Inbox
from core.language.tally import to_count
from core.mailbox import Commit
from core.store import Store
from tests.bots.test_cli import bots
from tests.core.test_mailbox import claim, ready
from tests.fakes.redis import RedisServer
from tests.samples import direct, message


async def answer(store: Store, *counts: str) -> None:
    await Inbox(store, limit=99).receive(message("hola"))
    held = await claim(store, (await ready(store))[0])
    change = Commit(taken=1, memory=b"m", counts=counts)
    assert await mailbox.commit(store, held, change, place=direct().key)
    assert not await mailbox.commit(store, held, change, place=direct().key)


async def test_answers_are_counted_once_by_language(
    store: Store, redis: RedisServer, tmp_path: Path
):
    await answer(store, to_count("es", "answers"))
    await answer(store, to_count("es", "answers"), to_count("es", "repaired"))
    await answer(store, to_count("sr-Latn", "answers"), to_count("sr-Latn", "wrong"))
    await answer(store)
    code, said = await bots("languages", home=tmp_path, redis_url=redis.url)
    assert code == 0, said
    rows = {row.split()[0]: row.split()[-4:] for row in said.splitlines()}
    assert rows["Spanish"] == ["2", "1", "0", "50.0%"]
    assert rows["Serbian"] == ["1", "0", "1", "100.0%"]
    assert rows["all"] == ["3", "1", "1", "66.7%"]
    code, said = await bots("languages", "--json", home=tmp_path, redis_url=redis.url)
    assert code == 0, said
    spanish = {"language": "es", "answers": 2, "repaired": 1, "wrong": 0, "share": 0.5}
    assert json.loads(said)[0] == spanish


async def test_before_the_first_answer_there_is_nothing_to_show(redis: RedisServer, tmp_path: Path):
    code, said = await bots("languages", home=tmp_path, redis_url=redis.url)
    assert code == 0 and said.startswith("Nothing yet")
