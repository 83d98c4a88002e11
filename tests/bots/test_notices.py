"""What whoever runs the bot sees of answers that failed."""

from __future__ import annotations

from pathlib import Path

from core import mailbox
from core.aside import list_aside
from core.inbox import Inbox
from core.mailbox import Aside, Commit
from core.notices import Notices
from core.store import Store
from tests.bots.test_cli import bots
from tests.core.test_mailbox import claim, ready
from tests.fakes.redis import RedisServer
from tests.samples import direct, group, message


async def test_what_was_set_aside_is_shown_and_answered_after_all(
    store: Store, redis: RedisServer, tmp_path: Path
):
    event = message("what broke it?")
    await Inbox(store, limit=9).receive(event)
    held = await claim(store, (await ready(store))[0])
    aside = Aside(requests=(event,), reason="ZeroDivisionError", at=0.0)
    change = Commit(taken=1, memory=b"", aside=aside)
    await mailbox.commit(store, held, change, place=direct().key)
    await Notices(store).tell(group("club"), "an answer was not shown: kicked")

    code, said = await bots("notices", home=tmp_path, redis_url=redis.url)
    assert code == 0, said
    (kept,) = await list_aside(store)
    assert kept.id in said and "ZeroDivisionError" in said and "what broke it?" in said
    assert "kicked" in said and group("club").key in said

    code, said = await bots("retry", "17-0", home=tmp_path, redis_url=redis.url)
    assert code == 1 and "notices" in said
    code, said = await bots("retry", kept.id, home=tmp_path, redis_url=redis.url)
    assert code == 0, said
    assert await list_aside(store) == []
    assert (await claim(store, (await ready(store))[0])).waiting


async def test_nothing_wrong_is_said_so(redis: RedisServer, tmp_path: Path):
    code, said = await bots("notices", home=tmp_path, redis_url=redis.url)
    assert code == 0 and "every answer was shown" in said


async def test_a_worker_without_a_redis_to_meet_in_says_what_to_set(tmp_path: Path):
    for command in (["worker"], ["gateway", "web"]):
        code, said = await bots(*command, home=tmp_path)
        assert code == 1 and "TIFO_REDIS_URL" in said


async def test_a_gateway_without_a_token_says_what_to_set(redis: RedisServer, tmp_path: Path):
    code, said = await bots("gateway", "telegram", home=tmp_path, redis_url=redis.url)
    assert code == 1 and "TIFO_TELEGRAM_TOKEN" in said
