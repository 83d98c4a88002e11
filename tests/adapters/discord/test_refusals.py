"""What Discord refuses for good ends a reply, says why, and costs next to nothing."""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
import pytest

from adapters.discord.budget import Budget
from core.errors import AdapterError, DeliveryError, RetryLaterError, UndeliverableError
from core.message import Request
from core.store import Store
from tests.adapters.discord.bench import Bench, make
from tests.fakes.discord import FakeDiscord


def tries(discord: FakeDiscord) -> list[str]:
    """Return the requests that were refused."""
    return [f"{call.method} {call.path}" for call in discord.calls if call.status >= 400]


async def see_through(bench: Bench, event: Request, text: str) -> None:
    """Deliver as the outbox does: until it stands."""
    while True:
        try:
            await bench.answer(event, text)
        except RetryLaterError as error:
            await asyncio.sleep(error.after)
        except DeliveryError:
            await asyncio.sleep(0.05)
        else:
            return


@pytest.mark.parametrize(
    ("status", "code", "why"),
    [
        (403, 50001, "View Channel"),
        (403, 50013, "Send Messages"),
        (403, 50007, "no direct messages"),
        (403, 50278, "no server with the bot"),
        (404, 10003, "channel is gone"),
        (400, 50083, "archived"),
        (403, 160005, "locked"),
        (400, 160002, "Read Message History"),
        (400, 200000, "AutoMod"),
        (400, 50035, "made to fail"),
    ],
)
async def test_a_reply_that_is_refused_ends_with_the_reason(
    discord: FakeDiscord, bench: Bench, status: int, code: int, why: str
):
    await discord.say(guild="club", text="hello", mention=True)
    event = await bench.next()
    discord.fail("POST .*/messages", status=status, code=code, times=100)
    with pytest.raises(UndeliverableError, match=why):
        await bench.answer(event, "Hello.")
    assert len(tries(discord)) <= 2


@pytest.mark.parametrize(("status", "code"), [(403, 50013), (404, 10003), (400, 50083)])
async def test_a_reply_that_is_refused_half_way_ends_after_two_requests(
    discord: FakeDiscord, bench: Bench, status: int, code: int
):
    await discord.say(guild="club", text="hello", mention=True)
    event = await bench.next()
    await bench.answer(event, "Hel", is_final=False)
    await discord.wait_for("general", "Hel")
    discord.fail("(POST|PATCH) .*/messages", status=status, code=code, times=100)
    for text in ("Hell", "Hello", "Hello a", "Hello ag"):
        await bench.answer(event, text, is_final=False)
    with pytest.raises(UndeliverableError):
        await bench.answer(event, "Hello again.")
    assert len(tries(discord)) <= 2


async def test_a_typing_that_is_refused_is_not_repeated(discord: FakeDiscord, bench: Bench):
    await discord.say(guild="club", text="hello", mention=True)
    event = await bench.next()
    discord.fail("typing|messages", status=403, code=50001, times=100)
    for text in ("", "H", "He", "Hel"):
        await bench.answer(event, text, is_final=False)
        await asyncio.sleep(0.05)
    with pytest.raises(UndeliverableError):
        await bench.answer(event, "Hello.")
    assert len(tries(discord)) == 2


async def test_a_token_that_was_taken_back_turns_discord_off_and_keeps_the_reply(
    discord: FakeDiscord, store: Store
):
    adapter = make(discord, store)
    bench = Bench(adapter)
    task = asyncio.create_task(adapter.run(bench.receive))
    await discord.say(text="hello")
    event = await bench.next()
    discord.fail("messages|users/@me", status=401, times=100)
    for _ in range(5):
        with pytest.raises(DeliveryError) as caught:
            await bench.answer(event, "Hello.")
        assert not isinstance(caught.value, UndeliverableError)
    with pytest.raises(AdapterError, match="TIFO_DISCORD_TOKEN"):
        await task
    assert len(tries(discord)) == 2


async def test_a_single_refusal_of_the_token_does_not_turn_discord_off(
    discord: FakeDiscord, bench: Bench
):
    await discord.say(text="hello")
    event = await bench.next()
    discord.fail("messages", status=401)
    await see_through(bench, event, "Hello.")
    await discord.wait_for("@Ken", "Hello.")


async def test_a_private_answer_that_is_too_late_is_shown_to_nobody(
    discord: FakeDiscord, bench: Bench
):
    interaction = await discord.command("help", guild="club")
    event = await bench.next()
    thinking = await discord.wait_for("general", lambda shown: shown.is_deferred)
    interaction.is_expired = True
    with pytest.raises(UndeliverableError, match="time"):
        await bench.answer(event, "Here is help.")
    assert discord.channel("general") == [thinking]
    assert len(tries(discord)) <= 2


async def test_a_private_answer_after_a_quarter_of_an_hour_costs_no_request(
    discord: FakeDiscord, bench: Bench
):
    await discord.command("help", guild="club", age=1000)
    event = await bench.next()
    await discord.wait_for("general", lambda shown: shown.is_deferred)
    with pytest.raises(UndeliverableError, match="only the asker"):
        await bench.answer(event, "Here is help.")
    assert not tries(discord)


async def test_a_direct_answer_that_is_too_late_is_an_ordinary_message(
    discord: FakeDiscord, bench: Bench
):
    await discord.command("help", age=1000)
    await bench.answer(await bench.next(), "Here is help.")
    await discord.wait_for("@Ken", "Here is help.")


async def test_the_rest_of_a_long_answer_to_a_command_stands_once_whatever_breaks(
    discord: FakeDiscord, bench: Bench
):
    await discord.command("ask", guild="club", options={"question": "?"})
    event = await bench.next()
    await discord.wait_for("general", lambda shown: shown.is_deferred)
    discord.fail("POST /channels/\\d+/messages", status=0)  # taken, but the bot never hears
    text = "word " * 900
    await see_through(bench, event, text)
    shown = [message.content for message in discord.channel("general")]
    assert " ".join(shown).split() == text.split()
    assert len(shown) == 3


async def test_a_long_answer_where_the_bot_may_only_answer_commands_follows_through_them(
    discord: FakeDiscord, bench: Bench
):
    await discord.command("ask", guild="club", options={"question": "?"})
    event = await bench.next()
    await discord.wait_for("general", lambda shown: shown.is_deferred)
    discord.fail("POST /channels/\\d+/messages", status=403, code=50013, times=100)
    text = "word " * 900
    await bench.answer(event, text)
    shown = [message.content for message in discord.channel("general")]
    assert " ".join(shown).split() == text.split()


@pytest.mark.parametrize("has_via", [True, False])
async def test_after_a_storm_of_limits_every_answer_is_whole(
    discord: FakeDiscord, bench: Bench, has_via: bool
):
    fans = [f"fan{number}" for number in range(8)]
    for fan in fans:
        await discord.say(user=fan, text="hello")
    await bench.next(len(fans))
    discord.fail("channels", status=429, times=40, retry_after=0.05, has_via=has_via)
    text = "Whole. " * 500
    events = bench.requests
    async with asyncio.TaskGroup() as group:
        for event in events:
            with contextlib.suppress(DeliveryError):
                await bench.answer(event, "Wh", is_final=False)
            group.create_task(see_through(bench, event, text))
    for fan in fans:
        shown = [message.content for message in discord.channel(f"@{fan}") if message.is_bot]
        assert " ".join(shown).split() == text.split()


async def test_when_many_answers_are_on_their_way_edits_wait_and_final_texts_do_not(
    discord: FakeDiscord, bench: Bench
):
    fans = [f"fan{number}" for number in range(60)]
    for fan in fans:
        await discord.say(user=fan, text="hello")
    await bench.next(len(fans))
    events = bench.requests
    for event in events:
        await bench.answer(event, "On the way", is_final=False)
    await asyncio.sleep(0.3)
    for event in events:
        await bench.answer(event, "On the way there", is_final=False)
    async with asyncio.TaskGroup() as group:
        for event in events:
            group.create_task(see_through(bench, event, "There."))
    for fan in fans:
        assert [m.content for m in discord.channel(f"@{fan}") if m.is_bot] == ["There."]
    edits = [call for call in discord.calls if call.method == "PATCH"]
    assert len(edits) <= len(fans) + 35


async def test_no_more_calls_begin_within_a_second_than_the_budget_has():
    clock = asyncio.get_running_loop()
    budget = Budget(calls=5)
    begun: list[float] = []

    async def call() -> None:
        await budget.wait()
        begun.append(clock.time())

    async with asyncio.TaskGroup() as group:
        for _ in range(12):
            group.create_task(call())
    assert all(later - earlier > 0.95 for earlier, later in zip(begun, begun[5:], strict=False))


async def test_after_too_many_refusals_nothing_is_sent_any_more(discord: FakeDiscord):
    budget = Budget(refusals=2)
    async with aiohttp.ClientSession(trace_configs=[budget.trace]) as stranger:
        for _ in range(2):
            budget.check()
            async with stranger.get(f"{discord.api}/users/@me") as answer:
                assert answer.status == 401
    assert budget.rate == 2
    with pytest.raises(RetryLaterError) as caught:
        budget.check()
    assert 590 < caught.value.after <= 600
