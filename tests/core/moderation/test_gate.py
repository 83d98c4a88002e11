from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec

from core.house.community import Community, change_community, community_key, to_community
from core.store import Store
from tests.core.moderation.stage import ANA, BOSS, MOD, PLACE, Stage, stage
from tests.core.moderation.test_sanctions import answer

__all__ = ["stage"]

QUESTION = "When do the gates open?"
THREAD = msgspec.structs.replace(PLACE, thread="t1")
OTHER = msgspec.structs.replace(PLACE, channel="bar")
ELSEWHERE = msgspec.structs.replace(PLACE, community="rivals", channel="x")


async def test_who_is_muted_is_told_once_and_what_they_have_a_right_to_still_works(stage: Stage):
    await stage.order("mute", person="11", duration="2h")
    said = await stage.say(QUESTION)
    assert said.startswith("The moderators have muted you here until") and "/appeal" in said
    assert await stage.say(QUESTION) == ""
    assert "muted you" in answer(await stage.order("ask", by=ANA, question=QUESTION))
    for name in ("help", "language"):
        assert "muted" not in answer(await stage.order(name, by=ANA)), name
    await stage.order("unmute", person="11")
    assert "90" in await stage.say(QUESTION)
    await stage.order("ban", person="11")
    assert (await stage.say(QUESTION)).startswith("The moderators have muted you here. I do not")
    assert await stage.say(QUESTION) == ""


async def test_a_pause_is_for_a_channel_a_community_or_everywhere(stage: Stage):
    said = answer(await stage.order("pause", where="here", duration="10m"))
    assert said.startswith("I am silent in this channel until")
    assert (await stage.say(QUESTION)).startswith("The moderators have paused me here until")
    assert await stage.say(QUESTION) == "", "once an hour"
    assert "90" in await stage.say(QUESTION, place=OTHER)
    assert "whole community until somebody" in answer(await stage.order("pause"))
    assert "paused me here. I will" in await stage.say(QUESTION, place=OTHER)
    assert "90" in await stage.say(QUESTION, place=ELSEWHERE)
    assert "still paused" in answer(await stage.order("resume", where="here"))
    assert answer(await stage.order("resume")) == "I answer here again."
    assert "90" in await stage.say(QUESTION)


async def test_everywhere_is_for_who_runs_the_bot(stage: Stage):
    assert "Only who runs" in answer(await stage.order("pause", where="everywhere"))
    assert "everywhere" in answer(await stage.order("pause", by=BOSS, where="everywhere"))
    assert "paused" in await stage.say(QUESTION, place=ELSEWHERE)
    assert "Only who runs" in answer(await stage.order("resume", where="everywhere"))
    assert "still paused" in answer(await stage.order("resume"))
    assert "again" in answer(await stage.order("resume", by=BOSS, where="everywhere"))


async def test_moderators_commands_work_while_the_bot_is_paused(stage: Stage):
    await stage.order("pause")
    assert "muted" in answer(await stage.order("mute", person="11"))
    assert "paused me" in await stage.say(QUESTION, by=MOD)


async def test_the_bot_answers_when_it_is_set_to(stage: Stage):
    await stage.order("settings", setting="reply", value="threads")
    assert await stage.say(QUESTION) == "Here I only answer in threads."
    assert await stage.say(QUESTION) == ""
    assert "90" in await stage.say(QUESTION, place=THREAD)
    await stage.order("settings", setting="reply", value="never")
    assert await stage.say(QUESTION, place=THREAD) == ""
    await stage.order("settings", setting="reply", value="mentioned")
    assert "90" in await stage.say(QUESTION)


async def test_the_bot_is_slow_itself_where_the_platform_knows_no_slow_mode(stage: Stage):
    commit = await stage.order("slowmode", duration="5m")
    assert "90" in await stage.say(QUESTION)
    assert "90" in await stage.say(QUESTION), "not before the platform has said so"
    heard = await stage.hear(commit.actions[0], "unsupported")
    assert answer(heard).endswith("Web has no such thing: it only holds for me.")
    assert "Please wait: 5 minutes" in await stage.say(QUESTION)
    assert await stage.say(QUESTION) == ""
    assert "90" in await stage.say(QUESTION, by=MOD)
    stage.later = timedelta(minutes=6)
    assert "90" in await stage.say(QUESTION)
    await stage.order("slowmode", duration="off")
    assert "90" in await stage.say(QUESTION)


async def test_moderators_who_set_something_at_once_lose_nothing(store: Store):
    def raise_limit(community: Community) -> Community:
        return msgspec.structs.replace(community, limit=community.limit + 1)

    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(change_community(store, PLACE, raise_limit))
    assert to_community(await store.get(community_key(PLACE))).limit == 20
