from __future__ import annotations

import asyncio
import logging
import random
import threading

import pytest
from discord.gateway import KeepAliveHandler

from core.errors import AdapterError
from core.inbox import Inbox
from core.message import Message
from core.store import Store
from tests.adapters.discord.bench import Bench, make, running
from tests.fakes import discord_world as world
from tests.fakes.discord import FakeDiscord
from tests.fakes.redis import RedisServer
from tests.waiting import wait_until


async def test_a_thread_that_no_event_told_about_is_asked_for(discord: FakeDiscord, bench: Bench):
    await discord.server.connected.wait()
    discord.world.open("club", "general", "old trip")  # the bot hears nothing of it
    await discord.say(guild="club", thread="old trip", text="bus?", mention=True)
    event = await bench.next_message()
    assert event.conversation.channel == world.snowflake("general")
    assert event.conversation.thread == world.snowflake("old trip")


async def test_talk_among_fans_is_read_only_where_discord_allows_it(
    discord: FakeDiscord, store: Store
):
    async with running(discord, store) as bench:
        await discord.say(guild="club", text="anyone going?")
        await discord.say(guild="club", text="ping", mention=True)
        assert (await bench.next_message()).text == "ping"
    async with running(discord, store, message_content=True) as bench:
        await wait_until(lambda: discord.server.identified == 2)
        await discord.say(guild="club", text="anyone going?")
        event = await bench.next_message()
        assert (event.text, event.is_mention) == ("anyone going?", False)


async def test_an_event_waits_until_the_store_is_back_and_keeps_its_place(
    discord: FakeDiscord, bench: Bench
):
    bench.outages = 3
    for text in ("one", "two", "three"):
        await discord.say(text=text)
    await bench.next(3)
    assert [e.text for e in bench.events if isinstance(e, Message)] == [
        "one",
        "two",
        "three",
    ]


async def test_a_reconnection_loses_nothing(discord: FakeDiscord, bench: Bench):
    await discord.say(text="one")
    await bench.next(1)
    await discord.server.ask_to_reconnect()
    await discord.server.dispatch(
        "MESSAGE_CREATE",
        discord.rest.payload(discord.channel("@Ken")[0]) | {"id": "77", "content": "meanwhile"},
    )
    event = await bench.next_message(2)
    assert event.text == "meanwhile"
    assert (discord.server.resumed, discord.server.identified) == (1, 1)


async def test_a_gateway_that_is_down_at_the_start_is_waited_for(
    discord: FakeDiscord, store: Store
):
    await discord.server.stop()
    async with running(discord, store) as bench:
        await wait_until(lambda: any(call.path == "/gateway/bot" for call in discord.calls))
        await discord.server.start()
        await discord.say(text="hello")
        await bench.next()


async def test_an_event_that_cannot_be_read_does_no_harm(discord: FakeDiscord, bench: Bench):
    await discord.say(text="one")
    await bench.next()
    await discord.server.dispatch("GUILD_CREATE", {})
    await discord.server.dispatch("MESSAGE_CREATE", {"id": "5"})
    await discord.server.dispatch("INTERACTION_CREATE", {"id": "5"})
    await discord.server.dispatch("MESSAGE_REACTION_ADD", {})
    await discord.say(text="two")
    await bench.next(2)
    assert discord.server.identified == 1


async def test_a_connection_that_dies_is_made_anew(discord: FakeDiscord, bench: Bench):
    await discord.say(text="one")
    await bench.next()
    discord.server.broken_hellos = 1  # ends the library's client, not ours
    await discord.server.hang_up()
    await discord.say(text="two")
    await bench.next(2)
    assert discord.server.identified == 2


async def test_an_api_that_is_down_at_the_start_is_waited_for(discord: FakeDiscord, store: Store):
    discord.fail("/gateway/bot", status=503, times=1)
    discord.rest.broken_answers = 1
    discord.fail("/users/@me", status=503, times=1)
    async with running(discord, store) as bench:
        await discord.say(text="hello")
        await bench.next()


@pytest.mark.parametrize("token", ["wrong.token", "wrong\ntoken"])
async def test_a_refused_token_ends_with_one_sentence_that_does_not_tell_it(
    discord: FakeDiscord, store: Store, token: str
):
    wrong = make(discord, store, token=token)
    bench = Bench(wrong)
    with pytest.raises(AdapterError, match="TIFO_DISCORD_TOKEN") as caught:
        await wrong.run(bench.receive)
    assert "wrong" not in str(caught.value)
    assert len(discord.calls) <= 3


async def test_a_missing_intent_is_named(discord: FakeDiscord, store: Store):
    discord.server.close_code = 4014
    adapter = make(discord, store, message_content=True)
    with pytest.raises(AdapterError, match="Message Content"):
        await adapter.run(Bench(adapter).receive)


async def test_the_token_is_in_no_log_line(
    discord: FakeDiscord, store: Store, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG):
        async with running(discord, store) as bench:
            await discord.say(text="hello")
            await bench.answer(await bench.next(), "Hello.")
            await discord.server.ask_to_reconnect()
            await discord.say(text="again")
            await bench.next(2)
    assert "Hello." in caplog.text
    assert discord.token not in caplog.text


async def test_many_fans_are_heard_in_order(discord: FakeDiscord, bench: Bench):
    async with asyncio.TaskGroup() as group:
        for fan in range(10):
            group.create_task(discord.say(user=f"fan{fan}", text="0"))
    for number in range(1, 5):
        await discord.say(user="fan3", text=str(number))
    await bench.next(14)
    said = [e.text for e in bench.events if isinstance(e, Message) and e.user.name == "fan3"]
    assert said == ["0", "1", "2", "3", "4"]


async def test_events_that_come_five_times_and_shuffled_are_kept_once(
    discord: FakeDiscord, store: Store, redis: RedisServer
):
    adapter = make(discord, store)
    task = asyncio.create_task(adapter.run(Inbox(store, limit=1000).receive))
    fans = [f"fan{number}" for number in range(10)]
    for fan in fans:
        await discord.say(user=fan, text="hello")
    interaction = await discord.command("ask", options={"question": "?"})
    session = next(iter(discord.server.sessions.values()))
    told = [frame for frame in session.sent if frame["t"].endswith("_CREATE")] * 4
    random.Random(1).shuffle(told)
    for frame in told:
        await discord.server.dispatch(frame["t"], frame["d"])

    async def waiting() -> list[int]:
        names = [name for name in await redis.keys() if ":mailbox:" in name]
        return [await redis.inspector.llen(name) for name in names]

    async def is_all_there() -> bool:
        return len(await waiting()) == 11

    await wait_until(is_all_there, timeout=15)
    assert await waiting() == [1] * 11
    assert interaction.callback_after is not None
    callbacks = [call for call in discord.calls if call.path.endswith("callback")]
    assert len(callbacks) == 1
    task.cancel()
    await asyncio.wait([task])


async def test_a_session_that_discord_ends_for_a_bad_token_turns_discord_off(
    discord: FakeDiscord, store: Store
):
    adapter = make(discord, store)
    discord.server.close_code = 4004
    with pytest.raises(AdapterError, match="TIFO_DISCORD_TOKEN"):
        await adapter.run(Bench(adapter).receive)


async def test_an_address_that_is_not_discords_turns_discord_off(
    discord: FakeDiscord, store: Store
):
    discord.fail("users/@me", status=404)
    adapter = make(discord, store)
    with pytest.raises(AdapterError, match="TIFO_DISCORD_API"):
        await adapter.run(Bench(adapter).receive)


async def test_an_adapter_that_is_run_again_goes_on_where_it_was(
    discord: FakeDiscord, store: Store
):
    adapter = make(discord, store)
    bench = Bench(adapter)
    for number, text in enumerate(("one", "two"), 1):
        task = asyncio.create_task(adapter.run(bench.receive))
        await discord.say(text=text)
        await bench.next(number)
        task.cancel()
        await asyncio.wait([task])
        await discord.server.forget()
    assert [event.text for event in bench.requests if isinstance(event, Message)] == ["one", "two"]


async def test_an_adapter_that_is_told_to_stop_while_it_identifies_anew_stops(
    discord: FakeDiscord, store: Store
):
    adapter = make(discord, store, identify=30.0)
    task = asyncio.create_task(adapter.run(Bench(adapter).receive))
    await discord.server.connected.wait()
    await discord.server.forget()
    # By now it is connected again and waits for its turn to identify.
    await wait_until(lambda: discord.server.refused_resumes == 1)
    await asyncio.sleep(0.3)
    task.cancel()
    await asyncio.wait([task], timeout=8)
    assert task.done()
    hearts = [t for t in threading.enumerate() if isinstance(t, KeepAliveHandler)]
    await wait_until(lambda: not any(heart.is_alive() for heart in hearts))
