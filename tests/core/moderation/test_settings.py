from __future__ import annotations

import msgspec
import pytest

from core.house.community import Community, community_key, to_community
from core.moderation import audit
from tests.core.moderation.stage import ANA, PLACE, Stage, stage
from tests.core.moderation.test_sanctions import answer

__all__ = ["stage"]


async def kept(stage: Stage) -> Community:
    return to_community(await stage.store.get(community_key(PLACE)))


async def test_without_a_word_everything_that_is_set_is_shown_with_buttons(stage: Stage):
    commit = await stage.order("settings")
    assert answer(commit).splitlines() == [
        "- when I reply: when mentioned",
        "- languages: as usual",
        "- tone: as usual",
        "- messages a minute: as usual",
        "- tokens a day: as usual",
        "- moderators' channel: off",
        "- moderators' language: English",
    ]
    labels = [button.label for button in commit.replies[0].buttons]
    assert labels == ["always", "only in threads", "never"]


@pytest.mark.parametrize(
    ("setting", "value", "shown", "field"),
    [
        ("reply", "only in threads", "only in threads", {"reply_when": "threads"}),
        ("languages", "es, Deutsch; french", "Spanish, German, and French",
         {"languages": ("es", "de", "fr")}),
        ("languages", "off", "as usual", {"languages": ()}),
        ("tone", "dry,  with **hockey** words", "dry, with hockey words",
         {"tone": "dry, with **hockey** words"}),
        ("limit", "7", "7", {"limit": 7}),
        ("tokens", "200000", "200,000", {"tokens": 200_000}),
        ("language", "Polish", "Polish", {"language": "pl"}),
    ],
)  # fmt: skip
async def test_one_thing_is_set_and_shown_and_noted(
    stage: Stage, setting: str, value: str, shown: str, field: dict[str, object]
):
    commit = await stage.order("settings", setting=setting, value=value)
    assert answer(commit).partition(": ")[2] == shown
    community = await kept(stage)
    assert {name: getattr(community, name) for name in field} == field
    (act,) = await audit.read_acts(stage.store, PLACE)
    assert act.what == "settings" and act.why == f"{setting}: {value}"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("reply", "sometimes"), ("languages", "es, Elvish"), ("limit", "many"), ("limit", "5000"),
        ("tokens", "-5"), ("language", "Elvish"),
    ],
)  # fmt: skip
async def test_what_is_not_possible_is_said_and_nothing_changes(
    stage: Stage, setting: str, value: str
):
    said = answer(await stage.order("settings", setting=setting, value=value))
    assert said.startswith(f"“{value}” is not possible for this setting:")
    assert await kept(stage) == Community()


async def test_the_desk_is_here_or_at_a_place_whose_code_one_has(stage: Stage):
    other = msgspec.structs.replace(PLACE, community="staff", channel="office")
    said = answer(await stage.order("settings", place=other, setting="desk", value="here"))
    code = said.rstrip("`").rpartition(" ")[2]
    assert "no such code" in answer(await stage.order("settings", setting="desk", value="there"))
    await stage.order("settings", setting="desk", value=code)
    assert (await kept(stage)).desk == other
    (act,) = await audit.read_acts(stage.store, PLACE)
    assert act.why == "desk: Web office"
    await stage.order("settings", setting="desk", value="off")
    assert (await kept(stage)).desk is None


async def test_a_press_sets_when_to_reply_and_asks_for_the_right(stage: Stage):
    buttons = (await stage.order("settings", setting="reply")).replies[0].buttons
    assert answer(await stage.press(buttons[-1], by=ANA)).startswith("Only those who may manage")
    assert (await kept(stage)).reply_when == "mentioned"
    assert answer(await stage.press(buttons[-1])) == "- when I reply: never"
    assert (await kept(stage)).reply_when == "never"


async def test_answers_are_in_the_languages_that_were_set(stage: Stage):
    question = "¿A qué hora abren las puertas?"
    assert "puertas" in await stage.say(question)
    await stage.order("settings", setting="languages", value="de, fr")
    assert (await stage.say(question)).startswith("Dazu habe ich"), "in the first that was set"
