"""A person instead of the bot, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from core.erasure import Erasure, sweep
from core.message import Attachment, Conversation, Message
from core.store import Store, key
from tests.core.moderation.hall import ALONE, ANA, DESK, OLA, STRANGER, TERRACE, Hall, at
from tests.fakes.qwen import FakeQwen
from tests.samples import NOW

THREAD = msgspec.structs.replace(DESK, thread="701")
WISH = "quiero hablar con una persona"
LOST = "Perdí mi mochila azul en el estadio, fila 12."
ZGUBA = "Zgubiłam mój niebieski plecak na stadionie, rząd 12."
POMOC = "Mamy twój plecak, czeka przy bramie 4 do 22:30."
AYUDA = "Tenemos tu mochila, te espera en la puerta 4 hasta las 22:30."


@pytest.fixture
async def hall(store: Store, tmp_path: Path) -> AsyncIterator[Hall]:
    async with FakeQwen("dashscope") as qwen, Hall(store, tmp_path, qwen) as hall:
        hall.translations |= {LOST: ZGUBA, POMOC: AYUDA}
        await hall.settle(DESK, language="pl")
        await hall.settle(ALONE, desk=DESK)
        await hall.settle(TERRACE, desk=DESK)
        yield hall


async def begin(hall: Hall, place: Conversation = ALONE) -> None:
    await hall.say(WISH, place=place)
    await hall.open_thread()


async def test_who_asks_for_a_person_gets_one_and_the_moderators_a_post_and_a_thread(hall: Hall):
    await hall.say("¿A qué hora abren las puertas del estadio?")
    replies = await hall.say(WISH)
    say = hall.strings.text
    assert at(replies, ALONE) == [say("handoff.asked", "es")]
    (post,) = at(replies, DESK)
    assert post.startswith("#1 **Ana ") and "> ¿A qué hora abren" in post and f"> {WISH}" in post
    buttons = [button.id for reply in replies for button in reply.buttons]
    assert buttons == ["handoff:take:1", "handoff:back:1"]
    (action,) = await hall.actions()
    assert (action.verb, action.conversation, action.name) == ("open_thread", DESK, "#1 Ana")
    assert at(await hall.open_thread(), THREAD), "the thread says what it is for"


async def test_both_sides_read_their_own_language_and_the_original_on_request(hall: Hall):
    await begin(hall)
    replies = await hall.say(LOST)
    assert at(replies, ALONE) == [], "the bot keeps silent"
    assert at(replies, THREAD) == [f"**Ana:**\n> {ZGUBA}"]
    (button,) = replies[0].buttons
    (shown,) = await hall.press(button.id, OLA, THREAD)
    assert shown.text == f"> {LOST}" and shown.only_for == OLA.id
    replies = await hall.command("reply", place=THREAD, options={"text": POMOC})
    (told,) = [reply for reply in replies if reply.conversation == ALONE]
    label = hall.strings.text("handoff.team", "es")
    assert told.text == f"**{label}:** {AYUDA}" and told.language == "es"
    (confirmed,) = at(replies, THREAD)
    assert confirmed.endswith(f"\n> {AYUDA}")
    (shown,) = await hall.press(told.buttons[0].id, ANA, ALONE)
    assert shown.text == f"> {POMOC}"


async def test_an_original_is_shown_only_where_its_translation_stands(hall: Hall):
    await begin(hall)
    (relayed,) = await hall.say(LOST)
    (shown,) = await hall.press(relayed.buttons[0].id, STRANGER, TERRACE)
    assert LOST not in shown.text


@pytest.mark.parametrize("way", ["thread", "number", "answer"])
async def test_a_moderator_answers_in_the_thread_by_number_or_by_answering_a_post(
    hall: Hall, way: str
):
    await begin(hall)
    if way == "thread":
        replies = await hall.say(POMOC, OLA, THREAD)
    elif way == "number":
        replies = await hall.command("reply", options={"case": "1", "text": POMOC})
    else:
        replies = await hall.say(POMOC, OLA, DESK, answered="#1 **Ana:** …")
    assert [AYUDA in text for text in at(replies, ALONE)] == [True]


async def test_where_there_are_no_threads_the_number_stands_in_front(hall: Hall):
    await hall.say(WISH)
    await hall.open_thread(made="")
    replies = await hall.say(LOST)
    assert at(replies, DESK) == [f"#1 **Ana:**\n> {ZGUBA}"]
    replies = await hall.say("what a game!", OLA, DESK)
    assert at(replies, ALONE) == [], "what moderators ask the bot is no answer to a fan"


async def test_a_stranger_can_neither_answer_nor_take_nor_give_back(hall: Hall):
    await begin(hall)
    refused = hall.strings.text("refused.restrict", "en")
    for replies in (
        await hall.command("reply", STRANGER, options={"case": "1", "text": "scam"}),
        await hall.command("handoff", STRANGER, options={"action": "list"}),
        await hall.say("scam", STRANGER, THREAD),
        await hall.press("handoff:take:1", STRANGER),
        await hall.press("handoff:back:1", STRANGER),
    ):
        assert [reply.text for reply in replies] == [refused]
    assert await hall.say(LOST), "it is still relayed"


async def test_moderators_of_another_community_see_nothing_of_it(hall: Hall):
    await begin(hall)
    elsewhere = Conversation(platform="discord", community="88", channel="800")
    await hall.settle(elsewhere, desk=DESK)
    gone = hall.strings.text("handoff.gone", "pl")
    replies = await hall.command("reply", OLA, elsewhere, options={"case": "1", "text": POMOC})
    assert [reply.text for reply in replies] == [gone]
    replies = await hall.command("handoff", OLA, elsewhere, options={"action": "list"})
    assert [reply.text for reply in replies] == [hall.strings.text("handoff.none", "pl")]


async def test_what_cannot_be_translated_is_not_sent_and_the_moderator_is_told(hall: Hall):
    await begin(hall)
    del hall.translations[POMOC]
    replies = await hall.command("reply", place=THREAD, options={"text": POMOC})
    assert at(replies, ALONE) == []
    assert "Ana" in at(replies, THREAD)[0] and POMOC not in at(replies, THREAD)[0]
    replies = await hall.command("reply", place=THREAD, options={"text": AYUDA})
    assert [AYUDA in text for text in at(replies, ALONE)] == [True], "it is in her language"


async def test_what_a_fan_says_reaches_the_moderators_also_without_a_model(
    store: Store, tmp_path: Path
):
    async with Hall(store, tmp_path) as hall:
        await hall.settle(DESK, language="pl")
        await hall.settle(ALONE, desk=DESK)
        await begin(hall)
        (relayed,) = await hall.say(LOST)
        assert f"> {LOST}" in relayed.text
        assert hall.strings.text("handoff.untranslated", "pl") in relayed.text


async def test_a_file_without_words_is_named(hall: Hall):
    await begin(hall)
    photo = Attachment(name="bag.jpg", media_type="image/jpeg", size=1, url="x")
    (relayed,) = await hall.play(
        Message(
            id="telegram:photo", conversation=ALONE, user=ANA, text="", sent_at=NOW,
            is_mention=True, attachments=(photo,),
        )
    )  # fmt: skip
    assert "bag.jpg" in relayed.text


async def test_given_back_the_bot_answers_again_and_knows_what_a_person_said(hall: Hall):
    await begin(hall)
    await hall.say(LOST)
    await hall.command("reply", place=THREAD, options={"text": POMOC})
    replies = await hall.press("handoff:back:1", OLA, THREAD)
    assert at(replies, ALONE) == [hall.strings.text("handoff.back", "es")]
    hall.answer = "Las puertas abren a las 18:00."
    replies = await hall.say("¿Y a qué hora abren las puertas?")
    assert at(replies, ALONE) == [hall.answer] and at(replies, THREAD) == []
    assert hall.qwen is not None
    asked = [message["content"] for message in hall.qwen.requests[-1]["messages"]]
    assert LOST in asked and any(AYUDA in content for content in asked)
    replies = await hall.say(POMOC, OLA, THREAD)
    assert at(replies, ALONE) == [], "the thread leads nowhere any more"


async def test_a_day_without_a_word_ends_it(hall: Hall):
    await begin(hall)
    name = key("handoff", "telegram:11:11::")
    await hall.store.delete(name)  # as Redis does when it expires
    assert at(await hall.say("¡Hola!"), ALONE) == [hall.answer]
    replies = await hall.command("handoff", options={"action": "list"})
    assert [reply.text for reply in replies] == [hall.strings.text("handoff.none", "pl")]


async def test_an_erasure_leaves_nothing_of_it(hall: Hall):
    await begin(hall)
    await hall.say(LOST)
    await hall.command("reply", place=THREAD, options={"text": POMOC})
    dialogue = "telegram:11:11::"
    await sweep(
        hall.store, Erasure(platform="telegram", user=ANA.id, dialogues=(dialogue,), at=0.0)
    )
    found = [name async for names in hall.store.scan() for name in names]
    kinds = ("handoff:", "handoffs", "original", "history", f"memory:{dialogue}")
    assert not [name for name in found if name.removeprefix(key("")).startswith(kinds)]


async def test_the_fans_commands_work_meanwhile(hall: Hall):
    await begin(hall)
    replies = await hall.command("help", ANA, ALONE, options={})
    assert at(replies, ALONE) and not at(replies, THREAD)


async def test_the_second_moderator_sees_who_has_taken_it(hall: Hall):
    await begin(hall)
    ben = msgspec.structs.replace(OLA, id="22", name="Ben")
    await hall.press("handoff:take:1", OLA)
    (reply,) = await hall.press("handoff:take:1", ben)
    assert "Ola" in reply.text and "Ben" not in reply.text
    (reply,) = await hall.command("handoff", options={"action": "list"})
    assert reply.text.startswith("#1 **Ana** · Telegram · ") and reply.text.endswith("Ola")


async def test_a_moderator_takes_over_where_nobody_asked_for_it(hall: Hall):
    boss = msgspec.structs.replace(OLA, id="23", name="Eva")
    replies = await hall.command(
        "handoff", boss, TERRACE, options={"action": "take"}, about="5", people=(ANA,)
    )
    assert len(at(replies, TERRACE)) == 2 and len(at(replies, DESK)) == 1
    replies = await hall.say(LOST, ANA, TERRACE)
    assert at(replies, TERRACE) == [] and len(at(replies, DESK)) == 1
    replies = await hall.command(
        "handoff", boss, TERRACE, options={"action": "back"}, about="5", people=(ANA,)
    )
    assert any(text.startswith("**Ana**: ") for text in at(replies, TERRACE))
    assert at(await hall.say("Hello there", ANA, TERRACE), TERRACE) == [hall.answer]


async def test_in_a_group_the_fan_is_named_and_others_go_on_with_the_bot(hall: Hall):
    await begin(hall, TERRACE)
    replies = await hall.command("reply", options={"case": "1", "text": POMOC})
    label = hall.strings.text("handoff.team_to", "es", name="Ana")
    assert at(replies, TERRACE) == [f"**{label}:** {AYUDA}"]
    assert at(await hall.say("Hello there", STRANGER, TERRACE), TERRACE) == [hall.answer]


async def test_without_a_desk_the_fan_is_told_the_contact(hall: Hall):
    nowhere = Conversation(platform="telegram", community="12", channel="12", is_direct=True)
    replies = await hall.say(WISH, place=nowhere)
    assert "555-0100" in at(replies, nowhere)[0]


async def test_unsure_once_a_person_is_offered_twice_one_is_asked(hall: Hall):
    hall.answer = "I do not know that. Please ask ask@auroravalley.example."
    (reply,) = await hall.say("What is the secret of the goalkeeper's cat?", STRANGER)
    assert [button.id for button in reply.buttons] == ["person:"]
    replies = await hall.say("And of the striker's dog?", STRANGER)
    assert hall.strings.text("handoff.unsure", "en") in at(replies, ALONE)[0]
    assert len(at(replies, DESK)) == 1
    assert at(await hall.say("Anybody there?", STRANGER), ALONE) == []


async def test_a_sure_answer_between_two_unsure_ones_begins_the_count_anew(hall: Hall):
    unsure = "I do not know that. Please ask ask@auroravalley.example."
    for answer in (unsure, "The doors open at 18:00.", unsure):
        hall.answer = answer
        replies = await hall.say("And what about the dog of the striker?", STRANGER)
        assert at(replies, DESK) == []


async def test_the_button_brings_a_person(hall: Hall):
    replies = await hall.press("person:", ANA, ALONE)
    assert at(replies, ALONE) == [hall.strings.text("handoff.asked", "es")]
    assert len(at(replies, DESK)) == 1
