"""Filters and the shield at work: what becomes a turn, and what follows."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import msgspec

from core.house.community import community_key, to_community
from core.inbox import Inbox
from core.mailbox import OVERHEARD
from core.message import Message, Outcome, User
from core.moderation import flag as queue
from core.moderation.audit import read_acts
from core.moderation.watch import CROWD, Watch
from core.store import Store, key
from tests.core.moderation.stage import ANA, MOD, PLACE, Stage, stage
from tests.samples import NOW

__all__ = ["stage"]
SAME = "Free tickets for everybody at my page, come and get them now"


def talk(text: str, *, by: User = ANA, id: str = "1", is_mention: bool = False) -> Message:
    return Message(
        id=f"web:{id}",
        conversation=PLACE,
        user=by,
        text=text,
        sent_at=NOW,
        is_mention=is_mention,
    )


async def add(
    stage: Stage, kind: str, text: str = "", *, then: str = "flag", duration: str = ""
) -> str:
    commit = await stage.order(
        "filter", action="add", kind=kind, text=text, then=then, duration=duration
    )
    return commit.replies[0].text


async def waiting(store: Store) -> int:
    rows = await store.read(key("ready"), after="0")
    return len(rows)


async def test_filters_are_added_listed_tested_and_removed_and_each_change_is_noted(stage: Stage):
    assert "no filters" in (await stage.order("filter", action="list")).replies[0].text
    added = await add(stage, "words", "fool, dolt", then="mute", duration="1h")
    assert "#1 words → mute (1 hour)" in added and "`fool, dolt`" in added
    assert "cannot be read" in await add(stage, "pattern", "(")
    assert "too long" in await add(stage, "pattern", "(a+)+$")
    assert "what kind" in (await stage.order("filter", action="add")).replies[0].text
    await add(stage, "invites")
    listed = (await stage.order("filter", action="list")).replies[0].text
    assert listed.count("\n") == 1 and "#2 invitations" in listed
    tested = await stage.order("filter", action="test", text="You f00l, join discord.gg/abc")
    assert tested.replies[0].text.startswith("#1") and "#2" in tested.replies[0].text
    harmless = await stage.order("filter", action="test", text="Hello!")
    assert "No filter" in harmless.replies[0].text
    assert "#1" in (await stage.order("filter", action="remove", text="#1")).replies[0].text
    assert "no filter" in (await stage.order("filter", action="remove", text="1")).replies[0].text
    acts = await read_acts(stage.store, PLACE)
    assert [act.what for act in acts] == ["filter add", "filter add", "filter remove"]
    refused = await stage.order("filter", by=ANA, action="list")
    assert not refused.actions
    assert (await read_acts(stage.store, PLACE))[-1].result == "refused"


async def test_talk_that_a_filter_finds_is_deleted_its_author_muted_and_told(stage: Stage):
    await add(stage, "words", "fool", then="mute", duration="1h")
    commit = await stage.play(talk("What a f00l you are", id="g:77"))
    verbs = {action.verb: action for action in commit.actions}
    assert set(verbs) == {"delete", "timeout"} and verbs["delete"].messages == ("77",)
    (told,) = commit.replies
    assert "/appeal" in told.text and "Ana" in told.text and told.reply_to is None
    (flag,) = await queue.read_open(stage.store, ("web", "club"))
    assert flag.kind == "filter" and flag.rule == "words #1 fool" and flag.message == "77"


async def test_what_only_goes_to_moderators_is_answered_all_the_same(stage: Stage):
    await add(stage, "words", "fool")
    assert "90" in await stage.say("You fool, when do the gates open?")
    (flag,) = await queue.read_open(stage.store, ("web", "club"))
    assert flag.count == 1 and not flag.reason
    commit = await stage.play(talk("fool"))
    assert not commit.replies and not commit.actions
    (flag,) = await queue.read_open(stage.store, ("web", "club"))
    assert flag.count == 2, "of one fan against one rule it is one flag"


async def test_moderators_are_never_filtered(stage: Stage):
    await add(stage, "words", "fool", then="ban")
    assert "90" in await stage.say("You fool, when do the gates open?", by=MOD)
    assert not (await stage.play(talk("fool", by=MOD))).actions
    assert not await queue.read_open(stage.store, ("web", "club"))


async def test_talk_becomes_a_turn_only_where_a_filter_may_have_found_something(stage: Stage):
    inbox = Inbox(stage.store, limit=1)
    await inbox.receive(talk("You fool"))
    assert not await waiting(stage.store)
    await add(stage, "words", "fool", then="delete")
    await add(stage, "repeats", then="warn")
    await inbox.receive(talk("A kind word", id="2"))
    await inbox.receive(talk("You fool", id="3", by=MOD))
    assert not await waiting(stage.store)
    for number in range(4, 9):
        await inbox.receive(talk("You fool", id=str(number)))
    rows = await stage.store.rows(key("mailbox", f"{PLACE.key}:{ANA.id}"))
    assert len(rows) == 5, "what breaks the rules is never too much"
    leo = User(id="55", name="Leo")
    for number in range(3):
        await inbox.receive(talk("buy now", id=f"r{number}", by=leo))
    assert len(await stage.store.rows(key("mailbox", f"{PLACE.key}:{leo.id}"))) == 1


async def test_where_the_bot_answers_everything_talk_is_an_ordinary_turn(stage: Stage):
    inbox = Inbox(stage.store, limit=9)
    asked = talk("When do the gates open?")
    assert not (await stage.play(asked)).replies
    await stage.order("settings", setting="reply", value="always")
    await inbox.receive(msgspec.structs.replace(asked, id="web:2"))
    assert await waiting(stage.store) == 1
    commit = await stage.play(msgspec.structs.replace(asked, id="web:3", user=MOD))
    assert "90" in commit.replies[0].text


async def test_many_who_say_the_same_at_once_raise_the_shield_once(stage: Stage):
    watches = [Watch(stage.store, keep=OVERHEARD) for _ in range(2)]
    seen: list[Outcome | None] = []
    for number in range(CROWD + 4):
        said = f"{SAME} {number}!"
        who = User(id=f"9{number}", name=f"Fan {number}")
        event = talk(said, by=who, id=f"raid{number}", is_mention=True)
        seen.append(await watches[number % 2].find_raid(event))
    found = [outcome for outcome in seen if outcome is not None]
    assert found and seen.index(found[0]) == CROWD - 1, "counted over both processes"
    assert len({outcome.id for outcome in found}) == 1
    await stage.play(found[0])
    community = to_community(await stage.store.get(community_key(PLACE)))
    assert community.raided_until > time.time()
    (flag,) = await queue.read_open(stage.store, ("web", "club"))
    assert flag.kind == "raid" and flag.text.startswith(SAME)
    commit = await stage.play(msgspec.structs.replace(found[0], id="outcome:raid:later"))
    assert not commit.replies
    assert len(await queue.read_open(stage.store, ("web", "club"))) == 1


async def test_a_stadium_that_cheers_is_no_raid(store: Store):
    watch = Watch(store, keep=OVERHEARD)
    for number in range(30):
        who = User(id=f"9{number}", name="Fan")
        assert await watch.find_raid(talk("GOOOOAL!!!", by=who, id=str(number))) is None
    for number in range(30):  # one who repeats it is none either
        assert await watch.find_raid(talk(SAME, id=f"x{number}")) is None


async def test_behind_the_shield_new_accounts_and_raiders_get_no_answer(stage: Stage):
    question = "When do the gates open on Sunday, please?"
    assert "shield is up" in (await stage.order("raid", state="on")).replies[0].text
    new = User(id="61", name="New", made_at=datetime.now(UTC) - timedelta(hours=1))
    old = User(id="62", name="Old", made_at=datetime.now(UTC) - timedelta(days=99))
    assert await stage.say(question, by=new) == ""
    assert "90" in await stage.say(question, by=old)
    inbox = Inbox(stage.store, limit=9)
    for number in range(3):
        who = User(id=f"7{number}", name="Fan")
        await inbox.receive(talk(question, by=who, id=f"q{number}"))
    assert await stage.say(question, by=old) == "", "three others just wrote the same"
    await stage.order("raid", state="off")
    assert "90" in await stage.say(question, by=new)
