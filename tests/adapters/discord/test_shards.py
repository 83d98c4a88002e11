"""One bot, several processes: each hears its part, any of them may speak."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from core.message import Message
from core.store import Store
from tests.adapters.discord.bench import Bench, running
from tests.fakes.discord import FakeDiscord
from tests.fakes.redis import RedisServer
from tests.waiting import wait_until

GUILDS = [str((number << 22) + 5) for number in range(1, 9)]
"""Two of each of four shards."""


def texts(bench: Bench) -> set[str]:
    return {event.text for event in bench.events if isinstance(event, Message)}


async def test_every_guild_is_heard_by_the_process_that_holds_its_shard(
    discord: FakeDiscord, store: Store
):
    async with (
        running(discord, store, shards=(range(2), 4)) as low,
        running(discord, store, shards=(range(2, 4), 4)) as high,
    ):
        for guild in GUILDS:
            shard = (int(guild) >> 22) % 4
            await discord.say(
                guild=guild, channel=f"9{guild}", text=f"{shard}/{guild}", mention=True
            )
        await discord.say(user="Ken", text="0/direct")
        await wait_until(lambda: len(low.events) == 5 and len(high.events) == 4)
        assert {text[0] for text in texts(low)} == {"0", "1"}
        assert {text[0] for text in texts(high)} == {"2", "3"}
        assert "0/direct" in texts(low)
        # REST knows no shard: either of them may speak everywhere.
        event = await high.next()
        await low.answer(event, "From the other process.")
        await discord.wait_for(event.conversation.channel, "From the other process.")
    assert sorted(shard for _, shard in discord.server.identifications) == [0, 1, 2, 3]


async def test_processes_do_not_identify_at_once(discord: FakeDiscord, store: Store):
    async with (
        running(discord, store, shards=(range(2), 4), identify=0.5),
        running(discord, store, shards=(range(2, 4), 4), identify=0.5),
    ):
        await wait_until(lambda: discord.server.identified == 4, timeout=10)
    times = sorted(moment for moment, _ in discord.server.identifications)
    assert all(later - earlier > 0.4 for earlier, later in itertools.pairwise(times))


async def test_what_one_process_missed_is_found_by_it_alone(discord: FakeDiscord, store: Store):
    shards = ((range(2), 4), (range(2, 4), 4))
    async with (
        running(discord, store, shards=shards[0]) as low,
        running(discord, store, shards=shards[1]) as high,
    ):
        for guild in GUILDS[:4]:
            await discord.say(guild=guild, channel=f"9{guild}", text="before", mention=True)
        await wait_until(lambda: len(low.events) == 2 and len(high.events) == 2)
    await discord.server.forget()
    for guild in GUILDS[:4]:
        text = f"{(int(guild) >> 22) % 4}"
        await discord.say(guild=guild, channel=f"9{guild}", text=text, mention=True, is_heard=False)
    async with (
        running(discord, store, shards=shards[0]) as low,
        running(discord, store, shards=shards[1]) as high,
    ):
        await wait_until(lambda: len(low.events) == 2 and len(high.events) == 2, timeout=10)
        assert (texts(low), texts(high)) == ({"0", "1"}, {"2", "3"})


async def test_a_command_that_one_process_heard_is_answered_by_another(
    discord: FakeDiscord, store: Store
):
    async with running(discord, store, shards=(range(1), 2)) as hears:
        async with running(discord, store, shards=(range(1, 2), 2)) as speaks:
            await discord.command("help")
            event = await hears.next()
            await speaks.answer(event, "Here", is_final=False)
            await speaks.answer(event, "Here is help.")
            (shown,) = discord.channel("@Ken")
            assert shown.content == "Here is help."
            assert not any(call.method == "POST" and call.path.endswith("/messages")
                           for call in discord.calls)  # fmt: skip


async def test_an_answer_that_is_quicker_than_the_first_sign_waits_for_it(
    discord: FakeDiscord, store: Store
):
    discord.fail("callback", status=429, retry_after=1.0)
    async with running(discord, store, shards=(range(1), 2)) as hears:
        async with running(discord, store, shards=(range(1, 2), 2)) as speaks:
            interaction = await discord.command("ask", options={"question": "?"})
            event = await hears.next()
            assert interaction.callback_after is None
            await speaks.answer(event, "Quick.")
            (shown,) = discord.channel("@Ken")
            assert shown.content == "Quick."
            assert not shown.is_deferred
            assert interaction.callback_after is not None
            assert interaction.callback_after < 3


@pytest.mark.parametrize("is_private", [False, True])
async def test_a_command_that_got_no_sign_is_answered_where_everybody_may_see_it(
    discord: FakeDiscord, store: Store, is_private: bool
):
    discord.fail("callback", status=503, times=5)
    async with running(discord, store, shards=(range(1), 2)) as hears:
        async with running(discord, store, shards=(range(1, 2), 2)) as speaks:
            name = "help" if is_private else "ask"
            await discord.command(name, guild=str(2 << 22))
            event = await hears.next()
            answer = asyncio.create_task(speaks.answer(event, "Here."))
            await asyncio.wait([answer], timeout=10)
            assert (answer.exception() is not None) == is_private
            assert len(discord.channel("general")) == (0 if is_private else 1)


async def test_a_command_whose_process_died_before_its_note_is_answered_all_the_same(
    discord: FakeDiscord, store: Store, redis: RedisServer
):
    async with running(discord, store, shards=(range(1), 2)) as hears:
        async with running(discord, store, shards=(range(1, 2), 2)) as speaks:
            await discord.command("ask", options={"question": "?"})
            event = await hears.next()
            note = f"tifo:{{0}}:ledger:discord:token:{event.id.rpartition(':')[2]}"

            async def is_noted() -> bool:
                return bool(await redis.inspector.delete(note))

            await wait_until(is_noted)
            await speaks.answer(event, "Here.")
            await discord.wait_for("@Ken", "Here.")
