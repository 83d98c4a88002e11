"""The review queue: what waits there, who may decide, and that it is decided once."""

from __future__ import annotations

import asyncio

import msgspec

from core.house.community import community_key, to_community
from core.house.standing import standing_key, to_standing
from core.message import Command, Conversation, Reply, User
from core.moderation import flag as queue
from core.moderation.audit import read_acts
from core.moderation.flag import Flag
from core.moderation.links import to_link
from core.protocol import Commit
from core.store import Store
from tests.core.moderation.stage import ANA, MOD, PLACE, Stage, stage
from tests.samples import NOW

CREW = Conversation(platform="web", community="club", channel="crew")
FAR = Conversation(platform="telegram", community="-1007", channel="-1007")
KEN = User(id="44", name="Ken", locale="es")
__all__ = ["stage"]
LEO = User(id="55", name="Leo", locale="de")
HOSTILE = "**bold** ```@everyone``` [x](https://evil.example) <@1>"


async def report(
    stage: Stage,
    *,
    by: User = KEN,
    about: str = "77",
    text: str = HOSTILE,
    place: Conversation = PLACE,
    at: int = 1,
) -> Commit:
    return await stage.play(
        Command(
            id=f"{place.platform}:r{by.id}:{about}:{at}",
            conversation=place,
            user=by,
            name="report",
            sent_at=NOW,
            options={"about": text},
            people=(ANA,),
            about=about,
        )
    )


def post_of(commit: Commit) -> Reply:
    (post,) = [reply for reply in commit.replies if reply.id.startswith("flag:")]
    return post


def answer_of(commit: Commit) -> str:
    (answer,) = [reply.text for reply in commit.replies if reply.id.startswith("reply:")]
    return answer


async def open_desk(stage: Stage) -> None:
    await stage.order("settings", place=CREW, setting="desk", value="here")


async def test_a_report_is_thanked_for_and_posted_with_what_the_fan_wrote_asleep(stage: Stage):
    await open_desk(stage)
    commit = await report(stage)
    assert answer_of(commit)
    post = post_of(commit)
    assert post.conversation == CREW and post.reply_to is None
    assert "`Ana` (`11`)" in post.text and "Ken" in post.text
    inside = post.text.split("```")
    assert len(inside) == 3, "one block, and nothing breaks out of it"
    assert "**bold**" in inside[1] and "evil.example" in inside[1]
    labels = [button.label for button in post.buttons]
    assert labels == ["Dismiss", "Warn", "Mute for 1 hour", "Ban", "Delete"]
    assert all(len(button.id.encode()) <= 64 for button in post.buttons)


async def test_the_same_message_reported_by_others_counts_up_and_by_one_fan_once(stage: Stage):
    await open_desk(stage)
    first = await report(stage)
    again = await report(stage, by=LEO)
    assert post_of(again).id == post_of(first).id and "×2" in post_of(again).text
    (flag,) = await queue.read_open(stage.store, ("web", "club"))
    assert flag.count == 2
    commit = await report(stage, by=LEO, at=2)
    assert len(commit.replies) == 1, "thanked, and nothing else"


async def test_of_two_presses_at_once_one_decides_and_the_other_is_told_who(stage: Stage):
    await open_desk(stage)
    post = post_of(await report(stage))
    other = User(id="23", name="Max", locale="en", rights=MOD.rights)
    mute, ban = post.buttons[2], post.buttons[3]
    async with asyncio.TaskGroup() as group:
        one = group.create_task(stage.press(mute, place=CREW))
        two = group.create_task(stage.press(ban, by=other, place=CREW))
    commits = (one.result(), two.result())
    (decided,) = [commit for commit in commits if commit.actions]
    (late,) = [commit for commit in commits if not commit.actions]
    winner = "Mo" if decided is one.result() else "Max"
    assert f"`{winner}` has already decided this" in answer_of(late)
    edited = post_of(decided)
    assert edited.id == post.id and not edited.buttons and winner in edited.text
    standing = to_standing(await stage.store.get(standing_key(PLACE, ANA.id)))
    assert (standing.muted_until > 0) != (standing.banned_until > 0)
    assert not await queue.read_open(stage.store, ("web", "club"))
    kept, _ = await queue.look(stage.store, ("web", "club"), "1")
    assert kept is not None and not kept.text and not kept.name, "no word outlives the decision"


async def test_a_fan_who_presses_is_refused_kindly_and_it_is_noted(stage: Stage):
    await open_desk(stage)
    post = post_of(await report(stage))
    for button in post.buttons:
        commit = await stage.press(button, by=KEN, place=CREW)
        assert not commit.actions and len(commit.replies) == 1
    acts = await read_acts(stage.store, CREW)
    assert [act.what for act in acts if act.result == "refused"] == [
        "flag dismiss", "flag warn", "flag mute", "flag ban", "flag delete",
    ]  # fmt: skip
    assert len(await queue.read_open(stage.store, ("web", "club"))) == 1


async def test_rights_in_a_place_of_ones_own_decide_nothing_elsewhere(stage: Stage):
    await open_desk(stage)
    post = post_of(await report(stage))
    own = Conversation(platform="web", community="lair", channel="lair")
    commit = await stage.press(post.buttons[3], place=own)
    assert not commit.actions and len(commit.replies) == 1
    assert len(await queue.read_open(stage.store, ("web", "club"))) == 1
    for odd in ("flag:", "flag:ban", "flag:drop:web:club:1", "flag:ban:web:club:x", "flag:ban:9"):
        button = msgspec.structs.replace(post.buttons[0], id=odd)
        assert not (await stage.press(button, place=own)).actions


async def test_without_a_desk_what_waits_is_listed_five_at_a_time_with_buttons(stage: Stage):
    assert "Nothing is waiting" in answer_of(await stage.order("flags"))
    for number in range(7):
        commit = await report(stage, about=str(number), text=f"Message number {number}")
        assert len(commit.replies) == 1
    listed = (await stage.order("flags")).replies[0]
    assert "#5" in listed.text and "#6" not in listed.text and "2 more" in listed.text
    assert len(listed.buttons) == 25 and listed.buttons[0].label == "#1 Dismiss"
    await stage.press(listed.buttons[0])
    assert (
        "#1" not in (await stage.order("flags")).replies[0].text.split("2 more")[0].split("#2")[0]
    )


async def test_an_appeal_comes_back_and_its_answer_reaches_the_fan(stage: Stage):
    await open_desk(stage)
    assert "Nothing has been decided" in answer_of(
        await stage.order("appeal", by=ANA, text="Sorry!")
    )
    await stage.order("mute", person="11", duration="1h", reason="Spam.")
    private = Conversation(platform="web", community="11", channel="11", is_direct=True)
    appeal = await stage.order("appeal", by=ANA, place=private, people=(), text="It was not me!")
    post = post_of(appeal)
    assert post.conversation == CREW and "mute: Spam." in post.text
    assert [button.label for button in post.buttons] == ["It stays", "Take it back"]
    again = await stage.order("appeal", by=ANA, text="Please!")
    assert "already" in answer_of(again) and len(again.replies) == 1
    commit = await stage.press(post.buttons[1], place=CREW)
    (told,) = [reply for reply in commit.replies if reply.id.startswith("appeal:")]
    assert told.conversation == private and "taken their decision back" in told.text
    standing = to_standing(await stage.store.get(standing_key(PLACE, ANA.id)))
    assert standing.muted_until == 0
    assert [action.verb for action in commit.actions] == ["release"]


async def test_a_code_links_a_community_of_another_platform_to_the_desk(stage: Stage):
    linked = answer_of(await stage.order("settings", place=CREW, setting="desk", value="here"))
    code = linked.split()[-1]
    wrong = await stage.order("settings", place=FAR, setting="desk", value="0123456789")
    assert "no such code" in answer_of(wrong)
    await stage.order("settings", place=FAR, setting="desk", value=code)
    far = to_community(await stage.store.get(community_key(FAR)))
    assert far.desk == CREW
    flag = await report(stage, about="9", text="Bad words", place=FAR)
    post = post_of(flag)
    assert post.conversation == CREW and "https://t.me/c/7/9" in post.text
    commit = await stage.press(post.buttons[4], place=CREW)
    (action,) = commit.actions
    assert (action.verb, action.conversation, action.messages) == ("delete", FAR, ("9",))
    await stage.order("settings", place=FAR, setting="desk", value="off")
    assert to_community(await stage.store.get(community_key(FAR))).desk is None


async def test_the_queue_keeps_its_newest(store: Store):
    flag = Flag(kind="report", place=PLACE, at=1.0, id="512")
    (_, gone, _) = queue.put(flag)
    assert {"12", "t12", "2"} <= set(gone.args) and "13" not in gone.args
    assert all(
        name not in queue.put(msgspec.structs.replace(flag, id="3"))[1].args for name in "123"
    )


def test_a_message_has_an_address_where_the_platform_has_one():
    there = Conversation(platform="discord", community="1", channel="2", thread="3")
    assert to_link(there, "4") == "https://discord.com/channels/1/3/4"
    forum = Conversation(platform="telegram", community="-1009", channel="-1009", thread="8")
    assert to_link(forum, "4") == "https://t.me/c/9/8/4"
    assert not to_link(Conversation(platform="telegram", community="-9", channel="-9"), "4")
    assert not to_link(PLACE, "m1")
