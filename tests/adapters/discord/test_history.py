"""What was written while the bot was away, found again."""

from __future__ import annotations

import asyncio
import random

import pytest

from core.message import Message
from core.seen import Seen
from core.store import Store
from tests.adapters.discord.bench import Bench, running
from tests.fakes import discord_world as world
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_values import Call
from tests.waiting import wait_until


def texts(bench: Bench) -> list[str]:
    return [event.text for event in bench.events if isinstance(event, Message)]


def looks(discord: FakeDiscord) -> list[Call]:
    return [
        call
        for call in discord.calls
        if (call.method, call.path) == ("GET", "/channels/{channel_id}/messages")
    ]


@pytest.fixture
async def away(discord: FakeDiscord, store: Store) -> FakeDiscord:
    """A Discord where Ken spoke to the bot, directly and in a channel, before it went away."""
    async with running(discord, store) as bench:
        await discord.say(user="Ken", text="before")
        await discord.say(user="Ken", guild="club", text="before", mention=True)
        await bench.next(2)
    await discord.server.forget()
    return discord


async def test_what_was_written_while_the_bot_was_away_is_found_again(
    away: FakeDiscord, store: Store
):
    await away.say(user="Ken", text="are you there?", is_heard=False)
    await away.say(guild="club", text="among us", is_heard=False)
    asked = await away.say(user="Ana", guild="club", text="and?", mention=True, is_heard=False)
    async with running(away, store) as bench:
        await bench.next(2)
        assert sorted(texts(bench)) == ["and?", "are you there?"]
        event = next(e for e in bench.events if isinstance(e, Message) and e.text == "and?")
        assert event.id == f"discord:{asked}"
        assert event.conversation.community == world.snowflake("club")
        assert event.user.name == "Ana"
        await bench.answer(event, "And now.")
        assert (await away.wait_for("general", "And now.")).reply_to == asked
    assert {call.query["limit"] for call in looks(away)} == {"100"}


async def test_a_thread_is_read_as_the_thread_that_it_is(discord: FakeDiscord, store: Store):
    async with running(discord, store) as bench:
        await discord.say(guild="club", thread="trip", text="before", mention=True)
        await bench.next()
    await discord.server.forget()
    await discord.say(guild="club", thread="trip", text="bus?", mention=True, is_heard=False)
    async with running(discord, store) as bench:
        event = await bench.next_message()
        assert event.text == "bus?"
        assert event.conversation.channel == world.snowflake("general")
        assert event.conversation.thread == world.snowflake("trip")


async def test_a_command_makes_a_channel_one_to_come_back_to(discord: FakeDiscord, store: Store):
    async with running(discord, store) as bench:
        await discord.command("help", guild="club")
        await bench.next()
        await discord.wait_for("general", lambda shown: shown.is_deferred)
    await discord.server.forget()
    await discord.say(guild="club", text="hello?", mention=True, is_heard=False)
    async with running(discord, store) as bench:
        assert (await bench.next_message()).text == "hello?"


async def test_a_session_that_was_lost_while_the_bot_ran_leaves_no_gap(
    discord: FakeDiscord, bench: Bench
):
    await discord.say(text="one")
    await bench.next()
    await discord.server.forget()  # the next attempt to resume is refused
    await discord.say(text="two", is_heard=False)
    await discord.say(text="three")
    await bench.next(3)
    assert texts(bench) == ["one", "two", "three"]


async def test_older_messages_come_before_newer_ones_and_other_channels_do_not_wait(
    away: FakeDiscord, store: Store
):
    for number in range(3):
        await away.say(user="Ken", text=f"missed {number}", is_heard=False)
    away.fail(f"GET /channels/{world.direct('Ken')}/messages", status=429, retry_after=1.5)
    async with running(away, store) as bench:
        await away.say(user="Ken", text="live")
        await away.say(user="Ana", text="elsewhere")
        await bench.next(5)
        assert texts(bench) == ["elsewhere", "missed 0", "missed 1", "missed 2", "live"]


async def test_an_edit_that_comes_meanwhile_waits_behind_its_message(
    away: FakeDiscord, store: Store
):
    asked = await away.say(user="Ken", text="missed", is_heard=False)
    away.fail(f"GET /channels/{world.direct('Ken')}/messages", status=429, retry_after=1.0)
    async with running(away, store) as bench:
        await away.server.connected.wait()
        await away.edit(asked, "changed")
        await wait_until(lambda: len(bench.events) == 2)
        assert [event.id.split(":")[1] for event in bench.events] == [asked, "edit"]


async def test_a_history_that_cannot_be_read_for_long_does_not_hold_live_messages(
    away: FakeDiscord, store: Store
):
    await away.say(user="Ken", text="missed", is_heard=False)
    away.fail(f"GET /channels/{world.direct('Ken')}/messages", status=503, times=4)
    async with running(away, store) as bench:
        await away.say(user="Ken", text="live")
        assert (await bench.next_message()).text == "live"
        # However late: what was missed is taken, too.
        await wait_until(lambda: "missed" in texts(bench), timeout=25)


@pytest.mark.parametrize(("status", "code"), [(403, 50001), (404, 10003)])
async def test_a_channel_that_is_gone_is_dropped(
    away: FakeDiscord, store: Store, status: int, code: int
):
    away.fail(f"GET /channels/{world.snowflake('general')}/messages", status=status, code=code)
    await away.say(user="Ken", text="missed", is_heard=False)
    async with running(away, store) as bench:
        await bench.next()
        await wait_until(lambda: len(looks(away)) == 2)
    seen = Seen(store, platform="discord")
    await seen.load()
    assert [spot.channel for spot in seen.recent()] == [world.direct("Ken")]
    assert texts(bench) == ["missed"]


async def test_a_busy_channel_is_read_page_by_page(away: FakeDiscord, store: Store):
    await away.say(guild="club", text="first", mention=True, is_heard=False)
    for number in range(150):
        await away.say(guild="club", text=str(number), is_heard=False)
    await away.say(guild="club", text="last", mention=True, is_heard=False)
    async with running(away, store) as bench:
        await bench.next(2)
    assert texts(bench) == ["first", "last"]


async def test_what_was_taken_is_not_asked_for_again(away: FakeDiscord, store: Store):
    await away.say(user="Ken", text="missed", is_heard=False)
    async with running(away, store) as bench:
        await bench.next()
    count = len(looks(away))
    async with running(away, store) as bench:
        await wait_until(lambda: len(looks(away)) == count + 2)
        await away.say(user="Ken", text="live")
        await bench.next()
        assert texts(bench) == ["live"]


async def test_a_resumed_session_reads_no_history(discord: FakeDiscord, bench: Bench):
    await discord.say(text="one")
    await bench.next()
    await discord.server.ask_to_reconnect()
    await discord.server.connected.wait()
    await discord.say(text="two")
    await bench.next(2)
    assert not looks(discord)


async def test_a_kill_loses_nothing_that_redis_had_not_taken(discord: FakeDiscord, store: Store):
    """As if killed: what the process held in memory is gone, nothing was drained."""
    async with running(discord, store) as bench:
        await discord.say(user="Ken", text="one")
        await bench.next()
        await asyncio.sleep(1.2)  # as long as until the next write of what was heard
        bench.outages = 10_000
        await discord.say(user="Ken", text="two")
        await asyncio.sleep(0.2)
    await discord.server.forget()
    async with running(discord, store) as bench:
        assert (await bench.next_message()).text == "two"


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_becomes_of_the_sessions_everything_is_taken_once_and_in_order(
    discord: FakeDiscord, bench: Bench, seed: int
):
    dice = random.Random(seed)
    fans = ["Ken", "Ana", "Bo"]
    for fan in fans:
        await discord.say(user=fan, text="0")
    await bench.next(3)
    said = dict.fromkeys(fans, 0)
    for _ in range(4):
        is_lost = dice.random() < 0.6
        if is_lost:
            await discord.server.forget()
        else:
            await discord.server.ask_to_reconnect()
        for is_heard in (not is_lost, True):
            for _ in range(dice.randrange(6)):
                fan = dice.choice(fans)
                said[fan] += 1
                await discord.say(user=fan, text=str(said[fan]), is_heard=is_heard)
    await wait_until(
        lambda: len({event.id for event in bench.events}) == sum(said.values()) + 3, timeout=30
    )
    for fan in fans:
        # The inbox keeps an event once, the first time that it comes.
        told = dict.fromkeys(
            event.text
            for event in bench.requests
            if isinstance(event, Message) and event.user.name == fan
        )
        assert list(told) == [str(number) for number in range(said[fan] + 1)], f"seed {seed}"
