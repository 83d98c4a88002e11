from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from core.adapter import Done
from core.errors import DeliveryError, RetryLaterError
from core.message import Action, Conversation, Result, User, Verb
from core.store import Store
from tests.adapters.discord.bench import Bench, running
from tests.fakes import discord_members as m
from tests.fakes import discord_world as world
from tests.fakes.discord import FakeDiscord
from tests.waiting import wait_until

KEN = world.snowflake("Ken")
PLACE = Conversation(
    platform="discord", community=world.snowflake("club"), channel=world.snowflake("general")
)
DONE = Done("done")
OLD = 15 * 24 * 3600.0


@pytest.fixture
async def bench(discord: FakeDiscord, store: Store) -> AsyncIterator[Bench]:
    async with running(discord, store) as bench:
        await meet(discord, bench)
        yield bench


async def meet(discord: FakeDiscord, bench: Bench) -> None:
    """Let the bot hear of the guild."""
    await discord.say(guild="club", text="hello", user="Ann", mention=True)
    await bench.next()
    discord.rest.shown.clear()


def action(verb: Verb, **fields: object) -> Action:
    given = {"user": KEN} if verb in ("timeout", "release", "ban", "unban") else {}
    return Action(**{  # pyright: ignore[reportArgumentType]
        "id": f"action:{verb}", "conversation": PLACE, "verb": verb, "reason": "Spam", **given,
        **fields,
    })  # fmt: skip


def asked(name: str) -> User:
    return User(id=world.snowflake(name), name=name)


async def write(discord: FakeDiscord, count: int, user: str = "Ken") -> list[str]:
    """Return the ids of messages that somebody wrote, the oldest first."""
    return [
        await discord.say(guild="club", text=f"{user} {n}", user=user, is_heard=False)
        for n in range(count)
    ]


def age(discord: FakeDiscord, *messages: str) -> list[str]:
    """Make messages fifteen days old; return their new ids."""
    every = [discord.rest.find(message) for message in messages]
    for shown in every:
        assert shown is not None
        shown.id = discord.rest.new_id(OLD)
    return [shown.id for shown in every if shown is not None]


def calls(discord: FakeDiscord, ending: str) -> int:
    return sum(f"{call.method} {call.path}".endswith(ending) for call in discord.calls)


async def test_a_timeout_lasts_as_long_as_asked_and_says_why(discord: FakeDiscord, bench: Bench):
    done = await bench.adapter.act(action("timeout", seconds=600, reason="Über: 騒音\n"))
    assert done == DONE
    (deed,) = discord.done_to("Ken")
    assert (deed.what, deed.reason) == ("timeout", "Über: 騒音\n")
    until = datetime.fromisoformat(deed.body["communication_disabled_until"])
    assert timedelta(seconds=500) < until - datetime.now(UTC) <= timedelta(seconds=600)


@pytest.mark.parametrize("seconds", [0.0, 1e18])
async def test_a_timeout_without_an_end_lasts_as_long_as_discord_allows(
    discord: FakeDiscord, bench: Bench, seconds: float
):
    assert await bench.adapter.act(action("timeout", seconds=seconds, reason="x" * 600)) == DONE
    (deed,) = discord.done_to("Ken")
    until = datetime.fromisoformat(deed.body["communication_disabled_until"])
    assert until - datetime.now(UTC) > timedelta(days=27, hours=23)
    assert deed.reason == "x" * 512


async def test_each_verb_does_what_it_says(discord: FakeDiscord, bench: Bench):
    act = bench.adapter.act
    (message,) = await write(discord, 1)
    assert await act(action("delete", messages=(message,))) == Done("done", count=1)
    assert await act(action("release")) == DONE
    assert await act(action("ban", seconds=60)) == DONE
    assert discord.world.members.banned == {PLACE.community: {KEN}}
    assert await act(action("unban")) == DONE
    assert await act(action("slowmode", seconds=30)) == DONE
    assert [(d.what, d.reason) for d in discord.rest.deeds.done] == [
        (what, "Spam") for what in ("delete", "release", "ban", "unban", "slowmode")
    ]
    assert discord.done_to("Ken")[1].body == {"delete_message_seconds": 0}
    assert (discord.world.channel(PLACE.channel) or {})["rate_limit_per_user"] == 30


@pytest.mark.parametrize(
    "verb", ["delete", "timeout", "release", "ban", "unban", "slowmode", "purge", "open_thread"]
)
async def test_what_the_bot_may_not_is_refused_before_discord_is_asked(
    discord: FakeDiscord, store: Store, verb: Verb
):
    discord.world.members.permissions[world.OWN_ROLE] = 0
    async with running(discord, store) as bench:
        await meet(discord, bench)
        before = len(discord.calls)
        done = await bench.adapter.act(action(verb, messages=("1",), count=5, name="x"))
        assert done == Done("forbidden")
        assert len(discord.calls) == before


@pytest.mark.parametrize("verb", ["timeout", "ban"])
@pytest.mark.parametrize("who", ["owner", "administrator", "captain", "bot"])
async def test_nobody_above_the_bot_is_touched(
    discord: FakeDiscord, bench: Bench, verb: Verb, who: str
):
    user = {"owner": world.OWNER, "bot": world.BOT}.get(who, KEN)
    role = {"administrator": m.ADMINISTRATORS, "captain": m.CAPTAINS}.get(who)
    if role is not None:
        discord.world.members.give("Ken", role)
    assert await bench.adapter.act(action(verb, user=user)) == Done("above")
    assert not discord.rest.deeds.done


async def test_a_moderator_reaches_nobody_beside_them_through_the_bot(
    discord: FakeDiscord, bench: Bench
):
    for name in ("Ken", "Mia"):
        discord.world.members.give(name, world.MODERATORS)
    discord.world.members.give("Boss", m.ADMINISTRATORS)
    act = bench.adapter.act
    assert await act(action("ban", asked_by=asked("Mia"))) == Done("above")
    assert await act(action("ban", asked_by=asked("Boss"))) == DONE


@pytest.mark.parametrize(
    ("verb", "result"),
    [("timeout", "missing"), ("release", "missing"), ("ban", "done"), ("unban", "missing")],
)
async def test_who_left_is_missing_but_can_be_shut_out(
    discord: FakeDiscord, bench: Bench, verb: Verb, result: Result
):
    discord.world.members.leave("Ken")
    assert await bench.adapter.act(action(verb)) == Done(result)


@pytest.mark.parametrize(
    ("status", "code", "result"),
    [
        (404, 10013, "missing"),
        (404, 10007, "missing"),
        (403, 50013, "forbidden"),
        (403, 50001, "forbidden"),
        (403, 0, "forbidden"),
    ],
)
async def test_what_discord_refuses_is_told_by_its_code(
    discord: FakeDiscord, bench: Bench, status: int, code: int, result: Result
):
    discord.fail("PUT .*/bans/", status=status, code=code)
    assert await bench.adapter.act(action("ban")) == Done(result)


async def test_what_may_work_later_is_raised(discord: FakeDiscord, bench: Bench):
    discord.fail("PUT .*/bans/", status=429, retry_after=40.0)
    with pytest.raises(RetryLaterError):
        await bench.adapter.act(action("ban"))
    discord.fail("DELETE .*/bans/", status=501)
    with pytest.raises(DeliveryError):
        await bench.adapter.act(action("unban"))


async def test_a_guild_that_the_gateway_has_not_told_of_is_asked_for(
    discord: FakeDiscord, bench: Bench
):
    discord.world.open("elsewhere", "lobby", None)
    there = Conversation(
        platform="discord",
        community=world.snowflake("elsewhere"),
        channel=world.snowflake("lobby"),
    )
    discord.world.members.give("Cap", m.CAPTAINS)
    act = bench.adapter.act
    assert await act(action("timeout", conversation=there)) == DONE
    cap = world.snowflake("Cap")
    assert await act(action("timeout", conversation=there, user=cap)) == Done("above")
    discord.world.members.permissions[world.OWN_ROLE] = 0
    assert await act(action("timeout", conversation=there)) == Done("forbidden")
    assert await act(action("slowmode", conversation=there)) == Done("forbidden")


async def test_a_private_talk_knows_no_such_thing(discord: FakeDiscord, bench: Bench):
    there = Conversation(
        platform="discord", community="@me", channel=world.direct("Ken"), is_direct=True
    )
    for verb in ("timeout", "purge", "slowmode", "open_thread"):
        assert await bench.adapter.act(action(verb, conversation=there)) == Done("unsupported")
    message = await discord.say(user="Ken", text="hi")
    gone = action("delete", conversation=there, messages=(message,))
    assert await bench.adapter.act(gone) == Done("forbidden")


async def test_a_message_that_is_gone_is_missing(discord: FakeDiscord, bench: Bench):
    assert await bench.adapter.act(action("delete", messages=("17",))) == Done("missing")


async def test_young_messages_are_deleted_together_and_old_ones_alone(
    discord: FakeDiscord, bench: Bench
):
    ids = await write(discord, 5)
    old = age(discord, *ids[:2])
    every = (*old, *(f"discord:{id}" for id in ids[2:]))
    assert await bench.adapter.act(action("delete", messages=every)) == Done("done", count=5)
    assert not discord.channel("general")
    assert calls(discord, "/bulk-delete") == 1
    assert calls(discord, "DELETE /channels/{channel_id}/messages/{message_id}") == 2


async def test_a_purge_is_tried_out_before_and_looks_only_at_the_newest(
    discord: FakeDiscord, bench: Bench
):
    await write(discord, 3, "Ann")
    ids = await write(discord, 4)
    await write(discord, 2, "Ann")
    pinned, greeting = discord.rest.find(ids[1]), discord.rest.find(ids[2])
    assert pinned is not None and greeting is not None
    pinned.is_pinned, greeting.kind = True, 21
    trial = action("purge", user=KEN, count=6, is_trial=True)
    assert await bench.adapter.act(trial) == Done("done", count=2)
    assert not discord.rest.deeds.done
    real = action("purge", id="action:real", user=KEN, count=5)
    assert await bench.adapter.act(real) == Done("done", count=1)
    everybody = action("purge", id="action:every", count=4)
    assert await bench.adapter.act(everybody) == Done("done", count=2)
    assert [shown.content for shown in discord.channel("general")] == [
        *("Ann 0", "Ann 1", "Ann 2"),
        *("Ken 0", "Ken 1", "Ken 2"),
    ]


async def test_a_purge_looks_further_than_one_page(discord: FakeDiscord, bench: Bench):
    await write(discord, 150)
    age(discord, *(shown.id for shown in discord.channel("general")[:1]))
    assert await bench.adapter.act(action("purge", count=250)) == Done("done", count=150)
    assert not discord.channel("general")


async def test_a_purge_that_is_done_twice_deletes_nothing_older(discord: FakeDiscord, bench: Bench):
    ids = await write(discord, 6)
    discord.fail("bulk-delete", status=501)
    purge = action("purge", count=3)
    with pytest.raises(DeliveryError):
        await bench.adapter.act(purge)
    await bench.adapter.act(action("delete", messages=(ids[4],)))
    late = await write(discord, 1, "Late")
    for _ in range(2):
        assert await bench.adapter.act(purge) == Done("done", count=3)
    assert [shown.id for shown in discord.channel("general")] == [*ids[:3], *late]


async def test_a_thread_is_opened_once_and_spoken_in(discord: FakeDiscord, bench: Bench):
    (message,) = await write(discord, 1)
    on_it = action("open_thread", messages=(message,), name="Ken\n" + "x" * 200)
    for _ in range(2):
        assert await bench.adapter.act(on_it) == Done("done", made=message)
    alone = action("open_thread", id="action:alone", name="Handoff 7")
    made = (await bench.adapter.act(alone)).made
    assert made not in ("", message)
    assert (await bench.adapter.act(alone)).made == made
    first, second = [thread["name"] for thread in discord.world.threads(PLACE.community)]
    assert first.startswith("Ken xxx")
    assert 90 < len(first) <= 100
    assert second == "Handoff 7"


async def test_a_thread_that_was_opened_unheard_is_found(discord: FakeDiscord, bench: Bench):
    discord.fail("POST /channels/\\d+/threads", status=0)
    alone = action("open_thread", name="Handoff 7")
    with pytest.raises(DeliveryError):
        await bench.adapter.act(alone)
    (thread,) = discord.world.threads(PLACE.community)
    assert await bench.adapter.act(alone) == Done("done", made=thread["id"])


async def test_where_no_thread_can_be_it_is_unsupported(discord: FakeDiscord, bench: Bench):
    await discord.say(guild="club", channel="forum", thread="post", text="hi", mention=True)
    await bench.next(2)
    forum = world.snowflake("forum")
    there = Conversation(platform="discord", community=PLACE.community, channel=forum)
    inside = Conversation(platform="discord", community=PLACE.community, channel=forum, thread="1")
    for place in (there, inside):
        done = await bench.adapter.act(action("open_thread", conversation=place, name="x"))
        assert done == Done("unsupported")


async def test_the_bots_new_role_counts_at_once(discord: FakeDiscord, store: Store):
    discord.world.members.permissions[world.OWN_ROLE] = 0
    async with running(discord, store) as bench:
        await meet(discord, bench)
        assert await bench.adapter.act(action("ban")) == Done("forbidden")
        discord.world.members.give(world.BOT, world.MODERATORS)
        member = discord.world.members.whole(world.BOT) | {"user": world.bot()}
        told = member | {"guild_id": PLACE.community}
        await discord.server.dispatch("GUILD_MEMBER_UPDATE", told)

        async def is_done() -> bool:
            return await bench.adapter.act(action("ban")) == DONE

        await wait_until(is_done)
