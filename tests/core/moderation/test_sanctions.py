from __future__ import annotations

import math
import time

import msgspec
from msgspec.msgpack import decode

from core.conversation import Memory, State, to_bytes
from core.house.standing import Standing, standing_key, to_standing
from core.language.contract import LanguageMemory
from core.mailbox import Commit
from core.message import Action, Conversation, Dialogue, User
from core.moderation import audit
from core.moderation.cases import Case, add_case, read_cases
from core.moderation.due import Due, plan_unban
from core.moderation.sanctions import Order, Sanctions, plain
from core.store import Store, key
from tests.core.moderation.stage import ANA, BOSS, MOD, PLACE, Stage, stage, to_turn
from tests.samples import message

__all__ = ["stage"]


def answer(commit: Commit) -> str:
    """Return what the moderator reads."""
    return commit.replies[0].text


def told(commit: Commit) -> str:
    """Return what the fan reads."""
    (text,) = (reply.text for reply in commit.replies if reply.reply_to is None)
    return text


async def standing(stage: Stage, user: User = ANA) -> Standing:
    return to_standing(await stage.store.get(standing_key(PLACE, user.id)))


async def test_a_mute_is_kept_told_noted_and_carried_out(stage: Stage):
    commit = await stage.order("mute", person="11", duration="2h", reason="spam")
    assert answer(commit) == "Ana is muted (2 hours): I no longer answer them. Case 1."
    assert told(commit).splitlines() == [
        "Ana: the moderators have muted you (2 hours). Until then I do not answer you.",
        "Reason: spam",
        "If that is wrong, write /appeal and why.",
    ]
    (action,) = commit.actions
    assert (action.verb, action.user, action.seconds) == ("timeout", "11", 7200)
    assert 7100 < (await standing(stage)).muted_until - time.time() < 7300
    (case,) = await read_cases(stage.store, PLACE, "11", days=400)
    assert (case.number, case.what, case.by_name, case.why) == (1, "mute", "Mo", "spam")
    (act,) = await audit.read_acts(stage.store, PLACE)
    assert (act.what, act.whom, act.who, act.why) == ("mute", "11", "22", "spam")


async def test_without_a_duration_a_mute_lasts_an_hour_and_a_ban_for_good(stage: Stage):
    assert "(1 hour)" in answer(await stage.order("mute", person="11"))
    assert "for good" in answer(await stage.order("ban", person="11"))
    assert (await standing(stage)).banned_until == math.inf


async def test_what_was_decided_is_taken_back(stage: Stage):
    await stage.order("mute", person="11")
    await stage.order("ban", person="11")
    commit = await stage.order("unmute", person="11")
    assert commit.actions[0].verb == "release" and "no longer muted" in told(commit)
    commit = await stage.order("unban", person="11")
    assert commit.actions[0].verb == "unban" and "/appeal" not in told(commit)
    decided = await standing(stage)
    assert (decided.muted_until, decided.banned_until, decided.case) == (0, 0, "4")


async def test_the_third_warning_suggests_a_mute_that_a_moderator_may_press(stage: Stage):
    for _ in range(2):
        assert not (await stage.order("warn", person="11")).replies[0].buttons
    commit = await stage.order("warn", person="11")
    assert "Warnings within 30 days: 3." in answer(commit) and not commit.actions
    (button,) = commit.replies[0].buttons
    assert button.label == "Mute (1 day)"
    refused = await stage.press(button, by=ANA)
    assert answer(refused).startswith("Only moderators")
    assert (await standing(stage)).muted_until == 0
    assert answer(await stage.press(button)).startswith("Ana is muted (1 day)")


async def test_old_warnings_do_not_count(stage: Stage, store: Store):
    old = Case(number=7, what="warn", whom="11", name="Ana", at=time.time() - 31 * 86400)
    for _ in range(3):
        stage.extra += add_case(PLACE, old, days=400)
    await stage.order("help")
    assert "30 days: 1." in answer(await stage.order("warn", person="11"))
    assert len(await read_cases(store, PLACE, "11", days=400)) == 4
    assert len(await read_cases(store, PLACE, "11", days=30)) == 1
    assert len(await read_cases(store, PLACE, "11", days=400)) == 1, "what is too old is erased"


async def test_nobody_is_sanctioned_who_looks_after_the_place_nor_oneself(stage: Stage):
    other = msgspec.structs.replace(MOD, id="44", name="Di")
    commit = await stage.order("ban", person="44", people=(other,))
    assert answer(commit).startswith("Di looks after") and not commit.actions
    assert "yourself" in answer(await stage.order("mute", person="22", people=(MOD,)))
    commit = await stage.order("mute", person="33", people=(BOSS,))
    assert answer(commit).startswith("Bo looks after"), "who runs the bot has every right"


async def test_who_is_not_known_is_asked_for(stage: Stage):
    assert "whom you mean" in answer(await stage.order("mute", person="Somebody", people=()))
    assert "whom you mean" in answer(await stage.order("mute", people=()))
    assert answer(await stage.order("mute", person="99", people=())).startswith("99 is muted")
    assert answer(await stage.order("unmute", person="11")).startswith("Ana is no longer")
    known = await stage.order("mute", person="11", people=())
    assert answer(known).startswith("Ana is muted"), "by the name of the last case"


async def test_the_platforms_word_is_added_to_the_same_answer(stage: Stage):
    commit = await stage.order("mute", person="11")
    first = commit.replies[0]
    done = await stage.hear(commit.actions[0], "done")
    assert done.replies[0].id == first.id and done.replies[0].reply_to == first.reply_to
    assert done.replies[0].only_for == "22"
    assert answer(done) == f"{first.text}\nDone on Web."
    refused = await stage.order("ban", person="11")
    commit = await stage.hear(refused.actions[0], "forbidden")
    assert "Give me this right: ban people." in answer(commit)
    acts = await audit.read_acts(stage.store, PLACE)
    assert acts[-1].result == "forbidden"


async def test_a_fan_is_told_in_their_own_language_and_privately_where_they_are_known(
    stage: Stage, store: Store
):
    private = Conversation(platform="web", community="11", channel="11", is_direct=True)
    await stage.say("¿A qué hora abren las puertas?", place=private)
    commit = await stage.order("warn", person="11")
    reply = commit.replies[1]
    assert reply.conversation == private and reply.language == "es"
    spanish = Memory(language=LanguageMemory(language="fr", is_fixed=True))
    here = Dialogue(conversation=PLACE, user="11").key
    await store.keep_all({key("memory", here): to_bytes(spanish)}, ttl=60)
    assert (await stage.order("warn", person="11")).replies[1].language == "fr"
    stranger = User(id="55", name="Li", locale="ja")
    commit = await stage.order("warn", person="55", people=(stranger,))
    assert commit.replies[1].language == "ja" and commit.replies[1].conversation == PLACE


async def test_a_rule_acts_without_a_moderator_and_nobody_waits_for_the_outcome(stage: Stage):
    order = Order(what="delete", place=PLACE, user=ANA, message="m7", reason="link")
    turn = to_turn(message("a link", place=PLACE, user=ANA), State())
    effects = await Sanctions(stage.voice, stage.store).apply(turn, order)
    assert effects.actions[0].messages == ("m7",) and effects.actions[0].answer_to is None
    assert effects.case.by == "" and "deleted a message of yours" in effects.replies[0].text


async def test_a_ban_that_ends_is_lifted_once_and_only_when_it_is_time(stage: Stage, store: Store):
    async def lifted() -> list[str]:
        entries = await store.read(key("outbox", "web"), after="0")
        actions = [decode(e.fields[b"a"], type=Action) for e in entries if b"a" in e.fields]
        return [action.user for action in actions if action.id.startswith("action:due:")]

    due = Due(store)
    await stage.order("ban", person="11", duration="1h")
    stage.extra = plan_unban(PLACE, "11", time.time() - 1)
    await stage.order("ban", person="55", people=(User(id="55", name="Li"),), duration="1h")
    await due.look()
    await Due(store).look()
    assert await lifted() == ["11"]


async def test_a_later_decision_about_a_ban_holds(stage: Stage, store: Store):
    stage.extra = plan_unban(PLACE, "11", time.time() - 1)
    await stage.order("help")
    await stage.order("ban", person="11")
    await Due(store).look()
    entries = await store.read(key("outbox", "web"), after="0")
    assert not [e for e in entries if b"action:due" in e.fields.get(b"a", b"")]


def test_a_name_means_nothing_in_markdown():
    assert plain("**[Ana](http://evil.example)**\n`x`") == "Ana (http://evil.example) x"
