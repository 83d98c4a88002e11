"""What a moderators' channel relies on: posts that nobody asked for, threads, presses."""

from __future__ import annotations

from core.message import Action, Button, Conversation, File, Message, Press, Reply
from core.store import Store
from tests.adapters.discord.bench import Bench, running
from tests.fakes import discord_world as world
from tests.fakes.discord import FakeDiscord
from tests.waiting import wait_until

CLUB, DESK = world.snowflake("club"), world.snowflake("desk")
PLACE = Conversation(platform="discord", community=CLUB, channel=DESK)
BUTTONS = (Button(id="flag:ban:7", label="Ban"), Button(id="flag:dismiss:7", label="Dismiss"))
FILE = File(name="talk.txt", media_type="text/plain", content=b"Ken: ...")


async def open_thread(discord: FakeDiscord, bench: Bench) -> Conversation:
    """Have the bot open a thread in the desk's channel."""
    await discord.say(guild="club", channel="desk", text="hi", user="Ann", mention=True)
    await bench.next()
    done = await bench.adapter.act(
        Action(id="action:1", conversation=PLACE, verb="open_thread", name="Handoff 7")
    )
    assert done.result == "done"
    return Conversation(platform="discord", community=CLUB, channel=DESK, thread=done.made)


async def test_a_post_that_nobody_asked_for_is_edited_after_a_restart(
    discord: FakeDiscord, store: Store
):
    async with running(discord, store) as bench:
        place = await open_thread(discord, bench)
        post = Reply(id="flag:7", conversation=place, text="Flag", buttons=BUTTONS, files=(FILE,))
        await bench.adapter.deliver(post)
    (shown,) = discord.channel(place.thread)
    assert (shown.content, len(shown.buttons), len(shown.files)) == ("Flag", 2, 1)
    async with running(discord, store) as bench:
        await wait_until(lambda: discord.server.identified == 2)
        taken = Reply(id="flag:7", conversation=place, text="Taken by Ann", files=(FILE,))
        await bench.adapter.deliver(taken)
        await bench.adapter.deliver(taken)
    assert discord.channel(place.thread) == [shown]
    assert (shown.content, shown.buttons, len(shown.files)) == ("Taken by Ann", [], 1)
    assert shown.reply_to is None


async def test_a_press_in_a_thread_comes_in_with_the_members_rights(
    discord: FakeDiscord, bench: Bench
):
    place = await open_thread(discord, bench)
    await bench.adapter.deliver(
        Reply(id="flag:7", conversation=place, text="Flag", buttons=BUTTONS)
    )
    (shown,) = discord.channel(place.thread)
    await discord.press(shown, "Ban", user="Mia", guild="club", is_moderator=True)
    press = await bench.next(2)
    assert isinstance(press, Press)
    assert (press.button, press.conversation) == ("flag:ban:7", place)
    assert press.user.rights == {"manage", "restrict", "ban", "messages"}
    await bench.answer(press, "Banned.")
    await discord.wait_for(place.thread, "Banned.")
    await discord.press(shown, "Ban", user="Ken", guild="club")
    assert (await bench.next(3)).user.rights == frozenset()


async def test_what_is_said_to_the_bot_in_its_thread_comes_in_with_the_thread(
    discord: FakeDiscord, bench: Bench
):
    place = await open_thread(discord, bench)
    await bench.adapter.deliver(Reply(id="handoff:7", conversation=place, text="Ken asks"))
    (shown,) = discord.channel(place.thread)
    for text, reply_to in (("by bus", shown.id), ("or by tram", None)):
        await discord.say(
            guild="club",
            channel="desk",
            thread=place.thread,
            text=text,
            user="Mia",
            reply_to=reply_to,
            mention=reply_to is None,
            is_moderator=True,
        )
    for number, text in ((2, "by bus"), (3, "or by tram")):
        message = await bench.next(number)
        assert isinstance(message, Message)
        assert (message.text, message.is_mention) == (text, True)
        assert message.conversation == place
        assert message.user.is_moderator
    assert [e.reply_to for e in bench.events if isinstance(e, Message)] == [None, shown.id, None]
