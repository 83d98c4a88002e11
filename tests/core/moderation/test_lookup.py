from __future__ import annotations

import time

import msgspec
from msgspec.msgpack import encode

from core import aside
from core.language.tally import to_count
from core.mailbox import Aside, today
from core.message import Conversation, User, dialogue_of
from core.store import Script, key
from tests.core.moderation.stage import ANA, MOD, PLACE, Stage, stage
from tests.core.moderation.test_sanctions import answer
from tests.samples import message

__all__ = ["stage"]

LI = User(id="55", name="Li", locale="en")
RIVALS = msgspec.structs.replace(PLACE, community="rivals")
_COUNT = Script(
    "redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2]) return redis.call('EXPIRE', KEYS[1], 60)"
)
_SET_ASIDE = Script(
    "redis.call('XADD', KEYS[1], '*', 'd', ARGV[1], 'a', ARGV[2])"
    " return redis.call('EXPIRE', KEYS[1], 60)"
)


async def test_cases_of_somebody_are_listed_and_searched(stage: Stage):
    await stage.order("warn", person="11", reason="spam links")
    await stage.order("mute", person="11", duration="3h", reason="insults")
    await stage.order("warn", person="55", people=(LI,))
    rows = answer(await stage.order("cases", person="11")).splitlines()
    assert rows[0] == "2 cases of Ana:"
    assert rows[1].startswith("- **2** mute · 3 hours · ") and rows[1].endswith("· Mo · insults")
    assert rows[2].startswith("- **1** warn · ") and rows[2].endswith("· Mo · spam links")
    assert rows[3].startswith("mute: → ")
    found = answer(await stage.order("cases", person="11", search="SPAM warn"))
    assert found.startswith("1 case of Ana:") and "insults" not in found
    assert "no such cases of Ana" in answer(await stage.order("cases", person="11", search="ban"))
    assert answer(await stage.order("cases", by=LI, person="11")).startswith("Only moderators")


async def test_figures_of_answers_and_of_what_was_decided(stage: Stage):
    rows = {
        to_count("es", "answers"): 1200,
        to_count("es", "wrong"): 3,
        to_count("ja", "answers"): 2,
    }
    for row, count in rows.items():
        await stage.store.run(_COUNT, [key("tally", today())], [row, count])
    await stage.order("warn", person="11")
    await stage.order("ban", person="11", by=ANA)
    said = answer(await stage.order("stats", days="2")).splitlines()
    assert "within 2 days" in said[0]
    assert said[1:3] == ["- Spanish: 1,200 (3)", "- Japanese: 2 (0)"]
    assert "- warn: 1" in said and "- ban: 0" in said and "- commands refused: 1" in said
    assert said[-1].endswith("(/flags): 0")


async def set_aside(stage: Stage, text: str, place: Conversation = PLACE) -> None:
    request = message(text, user=ANA, place=place)
    turn = Aside(requests=(request,), reason="ZeroDivisionError", at=time.time())
    await stage.store.run(_SET_ASIDE, [key("aside")], [dialogue_of(request).key, encode(turn)])


async def test_what_was_set_aside_here_is_put_back_by_a_press(stage: Stage):
    assert answer(await stage.order("retry")) == "No question is set aside here."
    await set_aside(stage, "When?")
    await set_aside(stage, "Where?", place=RIVALS)
    commit = await stage.order("retry")
    assert answer(commit).startswith("I could not answer 1 question here:\n1. Ana · ")
    (button,) = commit.replies[0].buttons
    assert button.label == "1. Answer Ana"
    assert answer(await stage.press(button, by=ANA)).startswith("Only those who may manage")
    assert answer(await stage.press(button, by=MOD)) == "I now answer Ana."
    assert "no longer" in answer(await stage.press(button))
    assert len(await aside.list_aside(stage.store)) == 1, "another community's stays"
