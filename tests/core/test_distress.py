"""Who speaks of ending their life, in many languages; and who does not."""

from __future__ import annotations

import pytest

from core.distress import is_in_distress


@pytest.mark.parametrize(
    "text",
    [
        *(
            "I want to die",
            "i just wanna die tbh",
            "I’m going to kill myself",
            "thinking about suicide",
        ),
        *("Ich will nicht mehr leben", "ich bring mich um", "Je veux mourir", "Quiero morirme"),
        *("Voglio farla finita", "Quero morrer", "Ik wil dood", "Chcę się zabić", "хочу умереть"),
        *("Не хочу жити", "Ölmek istiyorum", "أريد أن أموت", "मैं मरना चाहती हूँ", "死にたいです"),
        *(
            "我不想活了",
            "我想自殺",
            "죽고 싶어요",
            "อยากตาย",
            "tôi muốn chết",
            "aku mau bunuh diri",
        ),
        *("Vreau să mor", "Jag vill dö", "Haluan kuolla", "Θέλω να πεθάνω", "אני רוצה למות"),
        "When do the doors open? I DON'T WANT TO LIVE anymore",
    ],
)
def test_people_in_need_are_heard(text: str):
    assert is_in_distress(text)


@pytest.mark.parametrize(
    "text",
    [
        *("I'm dying to see the final", "We will kill them on Saturday!", "That joke killed me"),
        *("kill the referee", "die Tore öffnen wann?", "Is Suicide Squad shown tonight?"),
        *("想死你了", "Where do I die-cut tickets?", "Mich interessiert das Leben der Stadt"),
        *("sudden death overtime", "mort subite au tie-break", "muerte súbita", "死球は何回?"),
    ],
)
def test_what_fans_say_of_games_is_no_cry_for_help(text: str):
    assert not is_in_distress(text)
