from __future__ import annotations

from typing import Any

import pytest

from core.errors import DeliveryError, RetryLaterError, UndeliverableError
from core.message import Button, Command, Message, Press
from core.store import Store
from tests.adapters.discord.bench import Bench, running
from tests.fakes import discord_world as world
from tests.fakes.discord import FakeDiscord
from tests.waiting import wait_until


async def test_a_direct_message_is_answered_where_it_was_written(
    discord: FakeDiscord, bench: Bench
):
    asked = await discord.say(user="Ken", text="When is the opening?")
    event = await bench.next_message()
    assert event.text == "When is the opening?"
    assert event.conversation.is_direct
    assert event.is_mention
    await bench.answer(event, "On Friday.")
    shown = await discord.wait_for("@Ken", "On Friday.")
    assert shown.reply_to == asked


async def test_a_mention_in_a_channel_is_for_the_bot_and_leaves_the_text(
    discord: FakeDiscord, bench: Bench
):
    await discord.say(guild="club", channel="general", text="where is gate 4?", mention=True)
    event = await bench.next_message()
    assert (event.text, event.is_mention) == ("where is gate 4?", True)
    assert event.conversation.community == world.snowflake("club")
    assert event.conversation.channel == world.snowflake("general")
    assert not event.conversation.is_direct
    await bench.answer(event, "North side.")
    await discord.wait_for("general", "North side.")


async def test_mentioning_the_bots_own_role_means_the_bot(discord: FakeDiscord, store: Store):
    async with running(discord, store, message_content=True) as bench:
        text = f"<@&{world.OWN_ROLE}> hello"
        await discord.say(guild="club", text=text, mention_roles=[world.OWN_ROLE])
        event = await bench.next_message()
        assert (event.text, event.is_mention) == ("hello", True)


async def test_an_answer_to_the_bots_message_needs_no_mention(discord: FakeDiscord, bench: Bench):
    await discord.say(guild="club", text="tickets?", mention=True)
    await bench.answer(await bench.next(), "At the box office.")
    shown = await discord.wait_for("general", "box office")
    await discord.say(guild="club", text="until when?", reply_to=shown.id)
    event = await bench.next_message(2)
    assert (event.text, event.is_mention, event.reply_to) == ("until when?", True, shown.id)
    assert event.quoted == ""


@pytest.mark.parametrize("parent", ["general", "forum"])
async def test_a_thread_or_forum_post_is_a_place_of_its_own(
    discord: FakeDiscord, bench: Bench, parent: str
):
    await discord.say(guild="club", channel=parent, thread="trip", text="bus?", mention=True)
    event = await bench.next_message()
    assert event.conversation.channel == world.snowflake(parent)
    assert event.conversation.thread == world.snowflake("trip")
    await bench.answer(event, "Line 7.")
    await discord.wait_for("trip", "Line 7.")
    assert not discord.channel(parent)


async def test_bots_and_webhooks_are_not_listened_to(discord: FakeDiscord, bench: Bench):
    await discord.say(text="beep", author=world.user("Robot") | {"bot": True})
    await discord.say(text="beep", webhook_id="7")
    await discord.say(text="hello")
    assert (await bench.next_message()).text == "hello"


async def test_a_moderator_is_known_by_their_roles(discord: FakeDiscord, bench: Bench):
    await discord.say(guild="club", text="a", mention=True)
    await discord.say(guild="club", text="b", mention=True, is_moderator=True)
    await bench.next(2)
    assert [e.user.is_moderator for e in bench.events if isinstance(e, Message)] == [False, True]


async def test_a_slash_command_is_acknowledged_at_once_and_answered_in_its_place(
    discord: FakeDiscord, bench: Bench
):
    interaction = await discord.command(
        "ask", guild="club", locale="ja", options={"question": "開会式はいつ？"}
    )
    event = await bench.next()
    assert isinstance(event, Command)
    assert (event.name, event.options) == ("ask", {"question": "開会式はいつ？"})
    assert event.user.locale == "ja"
    thinking = await discord.wait_for("general", lambda shown: shown.is_deferred)
    assert interaction.callback_after is not None
    assert interaction.callback_after < 3
    await bench.answer(event, "", is_final=False)
    await bench.answer(event, "金曜日です。")
    shown = await discord.wait_for("general", "金曜日です。")
    assert shown.id == thinking.id
    assert not shown.ephemeral
    assert not any(call.path.endswith("typing") for call in discord.calls)


async def test_a_private_command_is_seen_by_its_asker_alone(discord: FakeDiscord, bench: Bench):
    await discord.command("help", guild="club")
    event = await bench.next()
    await bench.answer(event, "word " * 600)
    first = await discord.wait_for("general", "word")
    second = await discord.wait_for("general", lambda shown: shown.id != first.id)
    assert (first.ephemeral, second.ephemeral) == (True, True)


async def test_a_growing_private_answer_is_one_private_message(discord: FakeDiscord, bench: Bench):
    await discord.command("help", guild="club")
    event = await bench.next()
    await bench.answer(event, "Here", is_final=False)
    await discord.wait_for("general", "Here")
    await bench.answer(event, "Here is help.")
    (shown,) = discord.channel("general")
    assert (shown.content, shown.ephemeral) == ("Here is help.", True)
    assert not any(call.path.startswith("/channels") for call in discord.calls)


async def test_a_command_that_waited_too_long_is_answered_by_an_ordinary_message(
    discord: FakeDiscord, bench: Bench
):
    await discord.command("ask", guild="club", options={"question": "?"}, age=1000)
    event = await bench.next()
    thinking = await discord.wait_for("general", lambda shown: shown.is_deferred)
    await bench.answer(event, "At last.")
    assert (await discord.wait_for("general", "At last.")).id != thinking.id


async def test_a_command_is_answered_as_such_after_a_restart(discord: FakeDiscord, store: Store):
    async with running(discord, store) as bench:
        await discord.command("help", guild="club")
        event = await bench.next()
        thinking = await discord.wait_for("general", lambda shown: shown.is_deferred)
    async with running(discord, store) as bench:
        await wait_until(lambda: discord.server.identified == 2)
        await bench.answer(event, "Here is help.")
    shown = await discord.wait_for("general", "Here is help.")
    assert (shown.id, shown.ephemeral) == (thinking.id, True)


async def test_an_expired_command_is_answered_by_an_ordinary_message(
    discord: FakeDiscord, bench: Bench
):
    interaction = await discord.command("ask", guild="club", options={"question": "?"})
    event = await bench.next()
    thinking = await discord.wait_for("general", lambda shown: shown.is_deferred)
    interaction.is_expired = True
    await bench.answer(event, "Late, but here.")
    shown = await discord.wait_for("general", "Late, but here.")
    assert shown.id != thinking.id


async def test_a_command_that_could_not_be_acknowledged_is_still_answered(
    discord: FakeDiscord, bench: Bench
):
    discord.fail("callback", status=404, code=10062)
    await discord.command("ask", guild="club", options={"question": "?"})
    await bench.answer(await bench.next(), "Here.")
    await discord.wait_for("general", "Here.")


async def test_a_press_comes_back_with_the_buttons_id(discord: FakeDiscord, bench: Bench):
    await discord.command("language", guild="club")
    buttons = (Button(id="language:es", label="Español"), Button(id="language:", label="Auto"))
    await bench.answer(await bench.next(), "Which language?", buttons=buttons)
    shown = await discord.wait_for("general", "Which language?")
    await discord.press(shown, "Español", guild="club")
    event = await bench.next(2)
    assert isinstance(event, Press)
    assert event.button == "language:es"
    await bench.answer(event, "Vale.")
    assert (await discord.wait_for("general", "Vale.")).ephemeral


async def test_a_growing_reply_is_one_message_that_ends_exact(discord: FakeDiscord, bench: Bench):
    await discord.say(text="hello")
    event = await bench.next()
    await bench.answer(event, "", is_final=False)
    await wait_until(lambda: any(call.path.endswith("typing") for call in discord.calls))
    await bench.answer(event, "One", is_final=False)
    await discord.wait_for("@Ken", "One")
    await bench.answer(event, "One two", is_final=False)
    await bench.answer(event, "One two three")
    shown = await discord.wait_for("@Ken", "One two three")
    assert [m.id for m in discord.channel("@Ken") if m.is_bot] == [shown.id]


async def test_a_long_answer_comes_whole_and_in_order(discord: FakeDiscord, bench: Bench):
    text = "\n\n".join(f"Paragraph {n}: " + "words and more " * 20 for n in range(30))
    await discord.say(text="all of it")
    await bench.answer(await bench.next(), text)
    shown = [message.content for message in discord.channel("@Ken") if message.is_bot]
    assert len(shown) > 3
    assert "\n\n".join(shown).split() == text.split()


async def test_hostile_text_rings_nowhere_and_hides_no_link(discord: FakeDiscord, bench: Bench):
    await discord.say(guild="club", text="hi", mention=True)
    text = "@everyone <@123> <@&5> <#6> [club.example](https://evil.example/x) <:a:123>"
    event = await bench.next()
    await bench.answer(event, text + " first", is_final=False)
    await discord.wait_for("general", "first")
    await bench.answer(event, text + " last")
    shown = await discord.wait_for("general", "last")
    assert shown.content.replace("\u200b", "") == (
        "@everyone <@123> <@&5> <#6> club.example (https://evil.example/x) <:a:123> last"
    )
    for alive in ("@everyone", "<@123>", "<@&5>", "<#6>", "<:a:123>"):
        assert alive not in shown.content
    assert shown.flags == 4


async def test_a_repeated_send_is_shown_once_and_up_to_date(discord: FakeDiscord, bench: Bench):
    await discord.say(text="hello")
    event = await bench.next()
    discord.fail("POST /channels/\\d+/messages", status=0)  # taken, but the bot never hears
    with pytest.raises(DeliveryError):
        await bench.answer(event, "Half an answer")
    await bench.answer(event, "The whole answer")
    shown = [message.content for message in discord.channel("@Ken") if message.is_bot]
    assert shown == ["The whole answer"]


async def test_a_deleted_message_is_posted_anew(discord: FakeDiscord, bench: Bench):
    await discord.say(text="hello")
    event = await bench.next()
    await bench.answer(event, "One", is_final=False)
    await discord.delete(await discord.wait_for("@Ken", "One"))
    await bench.answer(event, "One two")
    shown = [message.content for message in discord.channel("@Ken") if message.is_bot]
    assert shown == ["One two"]


async def test_a_question_that_was_deleted_is_still_answered(discord: FakeDiscord, bench: Bench):
    await discord.say(guild="club", text="hello", mention=True)
    event = await bench.next()
    await discord.delete(discord.channel("general")[0])
    await bench.answer(event, "Hello.")
    assert (await discord.wait_for("general", "Hello.")).reply_to is None


async def test_a_rate_limit_is_waited_for(discord: FakeDiscord, bench: Bench):
    await discord.say(text="hello")
    event = await bench.next()
    discord.fail("messages", status=429, retry_after=0.05)
    await bench.answer(event, "Patience.")
    await discord.wait_for("@Ken", "Patience.")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 429, "has_via": False, "retry_after": 7}, RetryLaterError),
        ({"status": 429, "retry_after": 45}, RetryLaterError),
        ({"status": 503}, DeliveryError),
        ({"status": 403, "code": 50007}, UndeliverableError),
        ({"status": 403, "code": 50013}, UndeliverableError),
        ({"status": 404, "code": 10003}, UndeliverableError),
    ],
)
async def test_what_discord_refuses_is_told_apart(
    discord: FakeDiscord, bench: Bench, fault: dict[str, Any], error: type[DeliveryError]
):
    await discord.say(text="hello")
    event = await bench.next()
    discord.fail("messages", **fault)
    with pytest.raises(DeliveryError) as caught:
        await bench.answer(event, "Hello.")
    assert isinstance(caught.value, error)
    if isinstance(caught.value, RetryLaterError):
        assert caught.value.after == fault["retry_after"]
    await bench.answer(event, "Hello.")
    await discord.wait_for("@Ken", "Hello.")


async def test_a_message_that_may_not_be_quoted_is_answered_without(
    discord: FakeDiscord, bench: Bench
):
    await discord.say(guild="club", text="hello", mention=True)
    event = await bench.next()
    discord.fail("POST .*messages", status=400, code=160002)
    await bench.answer(event, "Hello.")
    assert (await discord.wait_for("general", "Hello.")).reply_to is None


async def test_a_server_fault_is_tried_again(discord: FakeDiscord, bench: Bench):
    await discord.say(text="hello")
    event = await bench.next()
    discord.fail("messages", status=502)
    await bench.answer(event, "Second try.")
    await discord.wait_for("@Ken", "Second try.")
