"""Whether somebody asks for a person."""

from __future__ import annotations

import pytest

from core.language.strings import Strings
from core.moderation.plea import Pleas

PLEAS = Pleas(Strings(), ("en", "es", "de"))


@pytest.mark.parametrize(
    "text",
    [
        "Can I talk to a human?",
        "I want to SPEAK TO A PERSON!!!",
        "human please",
        "hola, talk to a person por favor",
    ],
)
def test_who_asks_for_a_person_is_understood(text: str):
    assert PLEAS.find(text, "en") is not None


@pytest.mark.parametrize(
    "text",
    [
        "Is the goalkeeper human?",
        "Which person scored?",
        "talk to a humanoid",
        "Where do I find the team?",
        "Yesterday I could talk to a person at the gate and she told me that my ticket for the "
        "final counts for two people, is that so?",
        "",
    ],
)
def test_who_does_not_is_answered_by_the_bot(text: str):
    assert PLEAS.find(text, "en") is None


def test_the_fans_own_language_is_tried_first():
    assert PLEAS.find("talk to a human", "de") in ("de", "en")
