from __future__ import annotations

from core.moderation import audit
from tests.core.moderation.stage import ANA, PLACE, Stage, stage
from tests.core.moderation.test_sanctions import answer

__all__ = ["stage"]


async def test_a_purge_counts_first_and_deletes_only_when_pressed(stage: Stage):
    commit = await stage.order("purge", count="50", person="11")
    (trial,) = commit.actions
    assert trial.is_trial and (trial.count, trial.user) == (50, "11")
    assert answer(commit) == "I am counting the messages…"
    heard = await stage.hear(trial, "done", count=12)
    assert heard.replies[0].id == commit.replies[0].id
    assert answer(heard) == "12 messages would be deleted."
    (button,) = heard.replies[0].buttons
    assert button.label == "Delete 12 messages"
    refused = await stage.press(button, by=ANA)
    assert answer(refused).startswith("Only those who may delete") and not refused.actions
    (tried,) = await audit.read_acts(stage.store, PLACE)
    assert (tried.what, tried.result) == ("press purge", "refused")
    pressed = await stage.press(button)
    (purge,) = pressed.actions
    assert not purge.is_trial and (purge.count, purge.user) == (50, "11")
    done = await stage.hear(purge, "done", count=1)
    assert answer(done) == "1 message has been deleted." and not done.replies[0].buttons
    act = (await audit.read_acts(stage.store, PLACE))[-1]
    assert (act.what, act.whom, act.why) == ("purge", "11", "50")


async def test_a_purge_without_a_find_or_a_right_has_no_button(stage: Stage):
    commit = await stage.order("purge", count="5")
    heard = await stage.hear(commit.actions[0], "done")
    assert answer(heard) == "0 messages would be deleted." and not heard.replies[0].buttons
    commit = await stage.order("purge", count="5")
    heard = await stage.hear(commit.actions[0], "forbidden")
    assert "Give me this right: delete messages." in answer(heard)
    assert not heard.replies[0].buttons


async def test_slow_mode_is_said_in_words_and_carried_out(stage: Stage):
    commit = await stage.order("slowmode", duration="30s")
    assert answer(commit).endswith("(30 seconds).")
    assert (commit.actions[0].verb, commit.actions[0].seconds) == ("slowmode", 30)
    heard = await stage.hear(commit.actions[0], "done")
    assert answer(heard).endswith("(30 seconds).\nDone on Web.")
    assert answer(await stage.order("slowmode", duration="off")) == "Slow mode is off."
    assert "duration" in answer(await stage.order("slowmode", duration="quickly"))
