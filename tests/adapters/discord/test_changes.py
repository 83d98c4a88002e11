"""Fans who change their minds."""

from __future__ import annotations

from core.message import Delete, Edit
from core.store import Store
from tests.adapters.discord.bench import Bench, running
from tests.fakes import discord_world as world
from tests.fakes.discord import FakeDiscord
from tests.waiting import wait_until


async def changes(bench: Bench, count: int) -> list[Edit | Delete]:
    def found() -> list[Edit | Delete]:
        return [event for event in bench.events if isinstance(event, Edit | Delete)]

    await wait_until(lambda: len(found()) >= count)
    return found()


async def test_an_edit_tells_how_the_message_reads_now(discord: FakeDiscord, bench: Bench):
    asked = await discord.say(guild="club", text="when is the fnal?", mention=True)
    event = await bench.next_message()
    await discord.edit(asked, "when is the final?")
    (edit,) = await changes(bench, 1)
    assert isinstance(edit, Edit)
    assert edit.target == event.id
    assert edit.text == "when is the final?"
    assert edit.conversation == event.conversation


async def test_a_preview_or_a_pin_is_no_edit(discord: FakeDiscord, bench: Bench):
    asked = await discord.say(text="see https://club.example")
    await discord.preview(asked)
    await discord.edit(asked, "see the page")
    (edit,) = await changes(bench, 1)
    assert isinstance(edit, Edit)
    assert edit.text == "see the page"


async def test_an_edit_that_names_no_author_counts(discord: FakeDiscord, bench: Bench):
    told = {"edited_timestamp": "2027-02-06T12:00:00+00:00", "content": "now"}
    await discord.say(text="then")
    await bench.next()
    where = world.direct("Ken")
    await discord.server.dispatch("MESSAGE_UPDATE", told | {"id": "77", "channel_id": where})
    (edit,) = await changes(bench, 1)
    assert edit.target == "discord:77"
    assert edit.id == "discord:edit:77:1801915200000"


async def test_an_edit_that_the_bot_may_not_read_changes_nothing(
    discord: FakeDiscord, bench: Bench
):
    talk = await discord.say(guild="club", text="among us")
    await discord.edit(talk, "still among us")
    await discord.say(guild="club", text="hello", mention=True)
    await bench.next()
    assert len(bench.events) == 1


async def test_the_bots_own_edits_are_no_news(discord: FakeDiscord, bench: Bench):
    await discord.say(text="hello")
    await bench.answer(await bench.next(), "Hello.")
    shown = await discord.wait_for("@Ken", "Hello.")
    payload = discord.rest.payload(shown) | {"edited_timestamp": "2027-02-06T12:00:00+00:00"}
    await discord.server.dispatch("MESSAGE_UPDATE", payload)
    await discord.say(text="again")
    await bench.next(2)


async def test_a_deleted_message_is_told(discord: FakeDiscord, bench: Bench):
    asked = await discord.say(guild="club", thread="trip", text="bus?", mention=True)
    event = await bench.next()
    await discord.delete(asked)
    (delete,) = await changes(bench, 1)
    assert isinstance(delete, Delete)
    assert (delete.target, delete.conversation) == (event.id, event.conversation)


async def test_messages_that_were_deleted_together_are_told_one_by_one(
    discord: FakeDiscord, bench: Bench
):
    asked = [await discord.say(guild="club", text=str(n), mention=True) for n in range(3)]
    await bench.next(3)
    await discord.delete(*asked)
    told = await changes(bench, 3)
    assert [event.target for event in told] == [f"discord:{message}" for message in asked]


async def test_an_event_that_comes_again_has_the_same_id(discord: FakeDiscord, store: Store):
    """Redis keeps an event once, by its id; here it must not change."""
    async with running(discord, store) as bench:
        asked = await discord.say(text="hello")
        await discord.edit(asked, "hello!")
        session = next(iter(discord.server.sessions.values()))
        told = [frame for frame in session.sent if frame["t"].startswith("MESSAGE_")]
        for frame in reversed(told):
            await discord.server.dispatch(frame["t"], frame["d"])
        await wait_until(lambda: len(bench.events) == 4)
    ids = [event.id for event in bench.events]
    assert ids[:2] == ids[:1:-1]
