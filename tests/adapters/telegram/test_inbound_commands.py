"""What is typed behind a slash, and about whom."""

from __future__ import annotations

from typing import Any

import pytest

from core.message import Command
from tests.adapters.telegram.test_inbound import ANA, GAMES, Json, entity, event_of, message


def commanded(**fields: Any) -> Command:
    event = event_of({"message": message(**fields)})
    assert isinstance(event, Command)
    return event


@pytest.mark.parametrize(
    ("rest", "more", "options"),
    [
        ("", {}, {"text": "¿Dónde nos vemos?"}),
        (" German", {}, {"text": "¿Dónde nos vemos?", "to": "German"}),
        ("", {"quote": {"text": "Dónde", "position": 1}}, {"text": "Dónde"}),
    ],
)
def test_translate_is_about_the_message_that_it_answers(
    rest: str, more: Json, options: dict[str, str]
):
    answered = message(message_id=4, from_=ANA | {"id": 8}, text="¿Dónde nos vemos?")
    event = event_of(
        {
            "message": message(
                text=f"/translate{rest}",
                entities=[entity("bot_command", 0, 10)],
                reply_to_message=answered,
                **more,
            )
        }
    )
    assert isinstance(event, Command)
    assert (event.name, event.options) == ("translate", options)


def test_translate_alone_takes_what_is_written_after_it():
    text = "/translate Where do we meet?"
    event = event_of({"message": message(text=text, entities=[entity("bot_command", 0, 10)])})
    assert isinstance(event, Command) and event.options == {"text": "Where do we meet?"}


def test_a_command_is_about_the_author_of_the_message_that_it_answers():
    answered = message(message_id=3, from_=ANA | {"id": 9, "first_name": "Ben"}, text="idiot")
    event = commanded(
        text="/mute 2h spam", entities=[entity("bot_command", 0, 5)], reply_to_message=answered
    )
    assert (event.name, event.about) == ("mute", "3")
    assert event.options == {"duration": "2h", "reason": "spam"}
    assert [user.id for user in event.people] == ["9"]


def test_a_person_who_is_linked_is_meant_whoever_is_answered():
    eve = {"id": 12, "is_bot": False, "first_name": "Ève 🎉"}
    answered = message(message_id=3, from_=ANA | {"id": 9}, text="idiot")
    event = commanded(
        text="/ban 🎉 Ève 🎉 1w",
        entities=[entity("bot_command", 0, 4), entity("text_mention", 8, 6, user=eve)],
        reply_to_message=answered,
    )
    assert [user.id for user in event.people] == ["12", "9"]
    event = commanded(
        text="/ban Ève 🎉 1w",
        entities=[entity("bot_command", 0, 4), entity("text_mention", 5, 6, user=eve)],
        reply_to_message=answered,
    )
    assert event.options == {"person": "12", "duration": "1w"}


def test_a_message_of_the_bot_itself_names_nobody():
    answered = message(message_id=3, from_=GAMES, text="Hello")
    event = commanded(
        text="/warn", entities=[entity("bot_command", 0, 5)], reply_to_message=answered
    )
    assert (event.people, event.about) == ((), "3")


def test_hyphens_are_written_as_underscores():
    event = commanded(text="/forget_user 12345", entities=[entity("bot_command", 0, 12)])
    assert (event.name, event.options) == ("forget-user", {"person": "12345"})
