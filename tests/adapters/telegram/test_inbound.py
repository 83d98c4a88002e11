from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from adapters.telegram.inbound import ALL_RIGHTS, Identity, message_of, to_event, to_move
from adapters.telegram.payloads import UpdatePayload
from core.arguments import Words
from core.language.strings import Strings
from core.message import Attachment, Command, Conversation, Edit, Event, Message, Press, User
from tests.fakes.telegram_spec import response_fault

Json = dict[str, Any]

NOW = datetime(2027, 2, 6, 12, 0, tzinfo=UTC)
WORDS = Words(Strings(), ("en", "es"))
BOT = Identity(id=42, username="GamesBot")
ANA: Json = {"id": 7, "is_bot": False, "first_name": "Ana", "last_name": "Pérez"}
GAMES: Json = {"id": 42, "is_bot": True, "first_name": "Games", "username": "GamesBot"}
OTHER_BOT: Json = {"id": 43, "is_bot": True, "first_name": "Other", "username": "OtherBot"}
PRIVATE: Json = {"id": 7, "type": "private", "first_name": "Ana"}
GROUP: Json = {"id": -100, "type": "supergroup", "title": "Fans"}
FORUM = GROUP | {"is_forum": True}


def message(**fields: Any) -> Json:
    plain: Json = {"message_id": 5, "date": 1801915200, "chat": GROUP, "from": ANA, "text": "hi"}
    payload = plain | fields
    if "from_" in payload:
        payload["from"] = payload.pop("from_")
    return {k: v for k, v in payload.items() if v is not None}


def entity(kind: str, offset: int, length: int, **more: Any) -> Json:
    return {"type": kind, "offset": offset, "length": length} | more


def event_of(update: Json) -> Event | None:
    payload = {"update_id": 1} | update
    assert not response_fault("Update", payload), "no such update exists"
    return to_event(msgspec.convert(payload, UpdatePayload), bot=BOT, now=NOW, words=WORDS)


def said(**fields: Any) -> Message:
    event = event_of({"message": message(**fields)})
    assert isinstance(event, Message)
    return event


def test_a_private_message_carries_all_that_matters():
    assert event_of(
        {"message": message(chat=PRIVATE, from_=ANA | {"language_code": "pt-br"}, text="Olá")}
    ) == Message(
        id="telegram:7:5",
        conversation=Conversation(platform="telegram", community="7", channel="7", is_direct=True),
        user=User(id="7", name="Ana Pérez", locale="pt-br"),
        text="Olá",
        sent_at=NOW,
        is_mention=True,
    )


@pytest.mark.parametrize(
    ("text", "entities", "left"),
    [
        ("@GamesBot hi", [entity("mention", 0, 9)], "hi"),
        ("@gamesbot, hi", [entity("mention", 0, 9)], "hi"),
        ("hey @GamesBot when?", [entity("mention", 4, 9)], "hey when?"),
        ("🏒🏒 @GamesBot wann? 🥌", [entity("mention", 5, 9)], "🏒🏒 wann? 🥌"),
        ("when?@GamesBot now", [entity("mention", 5, 9)], "when? now"),
        ("@GamesBot", [entity("mention", 0, 9)], ""),
        ("Games, hi", [entity("text_mention", 0, 5, user=GAMES)], "hi"),
        ("@GamesBot @GamesBot hi", [entity("mention", 0, 9), entity("mention", 10, 9)], "hi"),
        ("@Other @GamesBot hi", [entity("mention", 0, 6), entity("mention", 7, 9)], "@Other hi"),
    ],
)
def test_a_mention_is_noticed_and_taken_out(text: str, entities: list[Json], left: str):
    event = said(text=text, entities=entities)
    assert event.is_mention and event.text == left


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("hi all", []),
        ("@OtherBot hi", [entity("mention", 0, 9)]),
        ("@GamesBotter hi", [entity("mention", 0, 12)]),
        ("Ken hi", [entity("text_mention", 0, 3, user=ANA)]),
    ],
)
def test_other_talk_in_a_group_is_not_for_the_bot(text: str, entities: list[Json]):
    event = said(text=text, entities=entities)
    assert not event.is_mention and event.text == text


def test_an_answer_to_the_bot_is_for_the_bot():
    event = said(reply_to_message=message(message_id=4, from_=GAMES, text="At ten."))
    assert event.is_mention and event.reply_to == "4" and not event.quoted
    assert event.answered == "At ten."


def test_an_answer_to_somebody_else_quotes_them():
    ken: Json = {"id": 8, "is_bot": False, "first_name": "Ken"}
    answered = message(message_id=4, from_=ken, text="The gates open at ten")
    event = said(reply_to_message=answered)
    assert not event.is_mention and event.quoted == "The gates open at ten"
    event = said(reply_to_message=answered, quote={"text": "at ten", "position": 15})
    assert event.quoted == "at ten"
    assert said(reply_to_message=answered | {"from": ANA}).quoted == ""
    assert said(reply_to_message=answered | {"from": ANA}).answered == ""


@pytest.mark.parametrize(
    ("fields", "thread"),
    [
        ({"chat": FORUM}, ""),
        ({"chat": FORUM, "message_thread_id": 1, "is_topic_message": True}, ""),
        ({"chat": FORUM, "message_thread_id": 77, "is_topic_message": True}, "77"),
        ({"chat": GROUP, "message_thread_id": 3}, ""),
        ({"chat": PRIVATE, "message_thread_id": 9, "is_topic_message": True}, "9"),
    ],
)
def test_a_topic_is_a_thread_and_a_chain_of_answers_is_none(fields: Json, thread: str):
    assert said(**fields).conversation.thread == thread


def test_the_note_that_opened_a_topic_is_not_answered_by_every_message_in_it():
    opening = message(
        message_id=77,
        from_=GAMES,
        chat=FORUM,
        text=None,
        forum_topic_created={"name": "T", "icon_color": 1},
    )
    event = said(chat=FORUM, message_thread_id=77, is_topic_message=True, reply_to_message=opening)
    assert not event.is_mention and event.reply_to is None


@pytest.mark.parametrize(
    ("text", "length", "chat", "name", "options"),
    [
        ("/ask When does it start?", 4, GROUP, "ask", {"question": "When does it start?"}),
        ("/ask@GamesBot a\nb", 13, GROUP, "ask", {"question": "a\nb"}),
        ("/ASK@gamesbot x", 13, GROUP, "ask", {"question": "x"}),
        ("/ask", 4, GROUP, "ask", {}),
        ("/language es", 9, PRIVATE, "language", {"language": "es"}),
        ("/help me", 5, PRIVATE, "help", {}),
        ("/start deep-link", 6, PRIVATE, "start", {}),
        ("/unknown", 8, PRIVATE, "unknown", {}),
        ("/unknown@GamesBot", 17, GROUP, "unknown", {}),
    ],
)
def test_a_command_takes_what_follows_as_its_option(
    text: str, length: int, chat: Json, name: str, options: dict[str, str]
):
    event = event_of(
        {"message": message(text=text, chat=chat, entities=[entity("bot_command", 0, length)])}
    )
    assert isinstance(event, Command)
    assert (event.name, event.options) == (name, options)


@pytest.mark.parametrize("text", ["/ask@OtherBot x", "/unknown"])
def test_a_command_for_another_bot_is_ignored(text: str):
    length = len(text.split()[0])
    update = {"message": message(text=text, entities=[entity("bot_command", 0, length)])}
    assert event_of(update) is None


def test_a_slash_that_is_no_command_is_text():
    assert said(text="and/or", chat=PRIVATE).text == "and/or"
    assert said(text="see /ask", chat=PRIVATE, entities=[entity("bot_command", 4, 4)]).text


def test_an_anonymous_administrator_is_a_moderator_in_the_name_of_the_group():
    anonymous: Json = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    event = said(from_=anonymous, sender_chat=GROUP)
    assert event.user == User(id="-100", name="Fans", rights=ALL_RIGHTS)


def test_a_person_may_write_in_the_name_of_their_channel():
    channel: Json = {"id": -200, "type": "channel", "title": "My channel"}
    event = said(from_={"id": 136817688, "is_bot": True, "first_name": "C"}, sender_chat=channel)
    assert event.user == User(id="-200", name="My channel")


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"edited_message": message(from_=OTHER_BOT)},
        {"edited_message": message(text=None, location={"latitude": 1, "longitude": 2})},
        {"channel_post": message(chat={"id": -1, "type": "channel"}, from_=None)},
        {"message": message(chat={"id": -1, "type": "channel"}, from_=None)},
        {"message": message(from_=OTHER_BOT)},
        {"message": message(from_=GAMES)},
        {"message": message(text=None, new_chat_members=[ANA])},
        {"message": message(text=None, pinned_message=message())},
        {"message": message(text=None, new_chat_title="New")},
        {"message": message(text=None, migrate_to_chat_id=-5)},
        {"message": message(is_automatic_forward=True, sender_chat={"id": -2, "type": "channel"})},
        {"message": message(from_=None)},
    ],
)
def test_what_nobody_said_is_ignored(update: Json):
    assert event_of(update) is None


SIZES: Json = {"file_unique_id": "u", "width": 1, "height": 1}
FILE: Json = {"file_id": "f", "file_unique_id": "u"}


@pytest.mark.parametrize(
    ("fields", "attachment"),
    [
        (
            {"photo": [SIZES | {"file_id": "s"}, SIZES | {"file_id": "l", "file_size": 9}]},
            Attachment(name="photo.jpg", media_type="image/jpeg", size=9, url="l"),
        ),
        (
            {"voice": FILE | {"duration": 3, "mime_type": "audio/opus"}},
            Attachment(name="voice.ogg", media_type="audio/opus", size=0, url="f"),
        ),
        (
            {"document": FILE | {"file_name": "a.pdf", "mime_type": "application/pdf"}},
            Attachment(name="a.pdf", media_type="application/pdf", size=0, url="f"),
        ),
        (
            {
                "animation": FILE | {"width": 1, "height": 1, "duration": 1},
                "document": FILE,
            },
            Attachment(name="animation.mp4", media_type="video/mp4", size=0, url="f"),
        ),
    ],
)
def test_a_file_is_an_attachment_and_its_caption_the_text(fields: Json, attachment: Attachment):
    caption: Json = {
        "caption": "@GamesBot what is this?",
        "caption_entities": [entity("mention", 0, 9)],
    }
    event = said(text=None, **caption, **fields)
    assert event.attachments == (attachment,)
    assert event.text == "what is this?" and event.is_mention


def test_something_without_words_still_comes_from_a_person():
    event = said(text=None, chat=PRIVATE, location={"latitude": 1.0, "longitude": 2.0})
    assert event.text == "" and event.is_mention


def test_a_press_comes_from_where_its_button_stands():
    stands = message(from_=GAMES, chat=FORUM, message_thread_id=77, is_topic_message=True)
    query: Json = {
        "id": "9",
        "from": ANA,
        "chat_instance": "1",
        "message": stands,
        "data": "language:es",
    }
    assert event_of({"callback_query": query}) == Press(
        id="telegram:press:9",
        conversation=Conversation(
            platform="telegram", community="-100", channel="-100", thread="77"
        ),
        user=User(id="7", name="Ana Pérez"),
        button="language:es",
        sent_at=NOW,
    )
    too_old: Json = {"message_id": 5, "date": 0, "chat": GROUP}
    assert isinstance(event_of({"callback_query": query | {"message": too_old}}), Press)
    del query["message"]
    assert event_of({"callback_query": query | {"inline_message_id": "i"}}) is None


@pytest.mark.parametrize(
    ("event_id", "message_id"),
    [
        ("telegram:-100:5", 5),
        ("telegram:press:9", None),
        ("discord:5", None),
        ("web:a:5", None),
        (None, None),
    ],
)
def test_the_message_id_is_read_back_out_of_the_event_id(
    event_id: str | None, message_id: int | None
):
    assert message_of(event_id) == message_id


@pytest.mark.parametrize(
    ("text", "entities", "left"),
    [
        ("@GamesBot when is it?", [entity("mention", 0, 9)], "when is it?"),
        ("/ask@GamesBot when?", [entity("bot_command", 0, 13)], "/ask@GamesBot when?"),
    ],
)
def test_an_edit_tells_how_the_message_reads_now(text: str, entities: list[Json], left: str):
    before = event_of({"message": message(text=text, entities=entities)})
    edited = message(text=text, entities=entities, edit_date=1801915260)
    event = event_of({"edited_message": edited})
    assert before is not None
    assert event == Edit(
        id="telegram:edit:-100:5:1801915260",
        conversation=before.conversation,
        target=before.id,
        text=left,
        sent_at=datetime(2027, 2, 6, 12, 1, tzinfo=UTC),
    )


def test_a_group_that_became_a_supergroup_tells_so_on_both_sides():
    for fields in (
        {"chat": GROUP | {"id": -5, "type": "group"}, "migrate_to_chat_id": -100},
        {"migrate_from_chat_id": -5},
    ):
        update = {"update_id": 1, "message": message(text=None, **fields)}
        assert to_move(msgspec.convert(update, UpdatePayload)) == (-5, -100)
    plain = {"update_id": 1, "message": message()}
    assert to_move(msgspec.convert(plain, UpdatePayload)) is None
