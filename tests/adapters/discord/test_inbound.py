from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from adapters.discord.inbound import (
    InteractionPayload,
    MessagePayload,
    Place,
    time_of,
    to_interaction,
    to_message,
)
from core.message import Attachment, Command, Conversation, Message, Press

BOT = "900"
ROLE = "901"
KEN: dict[str, Any] = {"id": "7", "username": "ken", "global_name": "Ken"}
ME: dict[str, Any] = {"id": BOT, "username": "tifo", "bot": True}


def read(*, place: Place | None = None, **fields: object) -> Message | None:
    payload: dict[str, object] = {
        "id": "50",
        "channel_id": "20",
        "author": KEN,
        "timestamp": "2027-02-06T13:00:00.500000+01:00",
        "content": "hello",
        **fields,
    }
    return to_message(msgspec.convert(payload, MessagePayload), bot=BOT, place=place or Place())


def read_message(*, place: Place | None = None, **fields: object) -> Message:
    message = read(place=place, **fields)
    assert message is not None
    return message


def test_a_direct_message_is_for_the_bot():
    assert read() == Message(
        id="discord:50",
        conversation=Conversation(
            platform="discord", community="@me", channel="20", is_direct=True
        ),
        user=read_message().user,
        text="hello",
        sent_at=datetime(2027, 2, 6, 12, 0, 0, 500000, tzinfo=UTC),
        is_mention=True,
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("<@900> where?", "where?"),
        ("<@!900> where?", "where?"),
        ("where, <@900> , is it?", "where, , is it?"),
        ("<@900>", ""),
        ("<@&901> where?", "where?"),
        ("<@900> ask <@8> and <@77>", "ask @Ana and <@77>"),
        ("<@900> see <#20> <:club:5>", "see <#20> <:club:5>"),
        ("<@900> mark:\n    if x  :\n        y", "mark:\n    if x  :\n        y"),
        ("hey<@900>you", "heyyou"),
    ],
)
def test_the_bots_mention_is_taken_out_and_others_are_written_as_names(content: str, text: str):
    mentions = [ME, {"id": "8", "username": "ana", "global_name": "Ana"}]
    place = Place(own_role=ROLE)
    message = read_message(content=content, guild_id="10", mentions=mentions, place=place)
    assert (message.text, message.is_mention) == (text, True)


@pytest.mark.parametrize(
    ("fields", "is_mention"),
    [
        ({}, False),
        ({"mentions": [ME]}, True),
        ({"mentions": [KEN]}, False),
        ({"mention_roles": [ROLE]}, True),
        ({"mention_roles": ["902"]}, False),
        ({"referenced_message": {"id": "1", "author": ME}}, True),
        ({"referenced_message": {"id": "1", "author": KEN}}, False),
        ({"referenced_message": None}, False),
    ],
)
def test_in_a_guild_a_message_is_for_the_bot_only_when_it_says_so(
    fields: dict[str, Any], is_mention: bool
):
    message = read_message(guild_id="10", place=Place(own_role=ROLE), **fields)
    assert message.is_mention is is_mention


@pytest.mark.parametrize(
    "fields",
    [
        {"author": ME},
        {"author": KEN | {"bot": True}},
        {"author": KEN | {"system": True}},
        {"webhook_id": "3"},
        {"type": 7},  # somebody joined
        {"type": 20},  # a bot's answer to a command
        {"guild_id": "10", "content": ""},  # talk that the bot may not read
    ],
)
def test_what_is_not_for_us_is_nothing(fields: dict[str, Any]):
    assert read(**fields) is None


def test_a_thread_keeps_its_parent_as_channel():
    place = read_message(guild_id="10", place=Place(parent="19")).conversation
    assert (place.community, place.channel, place.thread) == ("10", "19", "20")


def test_a_quoted_person_is_told_and_the_bots_own_words_are_not():
    reference = {"message_id": "49", "channel_id": "20"}
    quoted = {"id": "49", "author": KEN, "content": "the bus left"}
    message = read_message(type=19, message_reference=reference, referenced_message=quoted)
    assert (message.reply_to, message.quoted) == ("49", "the bus left")
    own = read_message(message_reference=reference, referenced_message=quoted | {"author": ME})
    assert (own.reply_to, own.quoted) == ("49", "")
    gone = read_message(message_reference=reference, referenced_message=None)
    assert (gone.reply_to, gone.quoted) == ("49", "")


def test_a_forwarded_message_is_quoted():
    message = read_message(
        content="",
        message_reference={"type": 1, "message_id": "49", "channel_id": "3"},
        message_snapshots=[{"message": {"content": "old news", "type": 0}}],
    )
    assert (message.text, message.reply_to, message.quoted) == ("", None, "old news")


def test_files_come_along():
    file = {"id": "1", "filename": "a.png", "size": 3, "url": "https://cdn/a.png"}
    message = read_message(content="", attachments=[file | {"content_type": "image/png"}])
    assert message.attachments == (
        Attachment(name="a.png", media_type="image/png", size=3, url="https://cdn/a.png"),
    )


@pytest.mark.parametrize(
    ("permissions", "is_moderator"),
    [(0, False), (1 << 11, False), (1 << 3, True), (1 << 5, True), (1 << 13 | 1 << 11, True)],
)
def test_who_may_manage_messages_is_a_moderator(permissions: int, is_moderator: bool):
    message = read_message(guild_id="10", place=Place(permissions=permissions))
    assert message.user.is_moderator is is_moderator


def test_the_name_is_the_one_that_others_see():
    assert read_message().user.name == "Ken"
    assert read_message(member={"nick": "Kenny", "roles": []}).user.name == "Kenny"
    assert read_message(author={"id": "7", "username": "ken"}).user.name == "ken"


def interact(**fields: object) -> Command | Press | Message | None:
    payload: dict[str, object] = {
        "id": "1574537177952419850",
        "application_id": "2",
        "type": 2,
        "token": "t",
        "data": {"id": "3", "name": "ask", "type": 1, "options": []},
        "channel": {"id": "20", "type": 0},
        "guild_id": "10",
        "context": 0,
        "member": {"user": KEN, "nick": None, "roles": [], "permissions": "8192"},
        "locale": "pt-BR",
        **fields,
    }
    return to_interaction(msgspec.convert(payload, InteractionPayload))


def test_a_slash_command_brings_its_options_and_the_askers_language():
    options = [{"name": "question", "type": 3, "value": "where?"}]
    event = interact(data={"id": "3", "name": "ask", "type": 1, "options": options})
    assert isinstance(event, Command)
    assert event.id == "discord:interaction:1574537177952419850"
    assert (event.name, event.options) == ("ask", {"question": "where?"})
    assert (event.user.locale, event.user.is_moderator) == ("pt-BR", True)
    assert event.sent_at == time_of("1574537177952419850")


def test_a_command_in_a_thread_knows_the_thread():
    event = interact(channel={"id": "21", "type": 11, "parent_id": "20"})
    assert event is not None
    assert (event.conversation.channel, event.conversation.thread) == ("20", "21")


@pytest.mark.parametrize(
    ("fields", "is_direct"),
    [
        ({"guild_id": None, "member": None, "user": KEN, "context": 1}, True),
        ({"guild_id": None, "member": None, "user": KEN, "context": None}, True),
        ({"guild_id": None, "member": None, "user": KEN, "context": 2}, False),
        ({}, False),
    ],
)
def test_only_the_talk_with_the_bot_is_direct(fields: dict[str, Any], is_direct: bool):
    event = interact(**fields)
    assert event is not None
    assert event.conversation.is_direct is is_direct


def test_a_press_brings_the_buttons_id():
    event = interact(type=3, data={"custom_id": "language:es", "component_type": 2})
    assert isinstance(event, Press)
    assert event.button == "language:es"


@pytest.mark.parametrize("kind", [1, 4, 5])
def test_other_interactions_are_nothing(kind: int):
    assert interact(type=kind) is None


def test_time_stands_in_the_id():
    # Discord's own example, discord.com/developers/docs/reference#snowflakes
    assert time_of("175928847299117063") == datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("chosen", "options"),
    [
        ({"content": "<@4> ¿dónde?"}, {"text": "<@4> ¿dónde?"}),
        ({"message_snapshots": [{"message": {"content": "forwarded"}}]}, {"text": "forwarded"}),
        ({"content": ""}, {}),
    ],
)
def test_a_message_is_chosen_from_its_menu(chosen: dict[str, Any], options: dict[str, str]):
    data = {"id": "3", "name": "Translate", "type": 3, "target_id": "60"}
    event = interact(data=data | {"resolved": {"messages": {"60": {"id": "60", **chosen}}}})
    assert isinstance(event, Command)
    assert (event.name, event.options) == ("translate", options)
