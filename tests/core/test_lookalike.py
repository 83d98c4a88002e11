"""Names that pose as staff, and names that do not."""

from __future__ import annotations

import pytest

from core.lookalike import fold, is_posing, to_name
from tests.corpora import SECURITY

BOT = "Aurora Valley Guide"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Moderator",
            "Mοderator",
            "МODERATOR",
            "𝐌𝐨𝐝𝐞𝐫𝐚𝐭𝐨𝐫",
            "Ｍｏｄｅｒａｔｏｒ",
            "M0derat0r",
            "m o d e r a t o r",
        ),
        *(
            "Admin",
            "Аdmin: рay at сlub-tickets.com",
            "★ ADMIN ★",
            "4dmin",
            "Official",
            "Оfficial Support",
        ),
        *("Aurora Valley Guide", "Aurora Vаlley Guide", "AuroraValleyGuide ✓", "mod", "🛡️ Mod"),
        *("Модератор", "管理员", "モデレーター", "관리자", "مشرف", "admin\u200bistrator", "Team"),
    ],
)
def test_who_poses_as_staff_is_a_fan_in_the_prompt(name: str):
    assert is_posing(name, bot=BOT)
    assert to_name(name, bot=BOT) == "fan"
    assert to_name(name, bot=BOT, is_moderator=True) != "fan"


@pytest.mark.parametrize(
    "name",
    [
        *("Ana", "Модест", "Κώστας", "Aurora", "Valley Girl", "Modric Fan", "Norway Supporter"),
        *(
            "李雷",
            "田中",
            "김민수",
            "أحمد",
            "Tim Bot-Ham",
            "Steamer",
            "Officially Late",
            "O'Brien",
            "",
        ),
    ],
)
def test_ordinary_names_stay(name: str):
    assert to_name(name, bot=BOT) == name


def test_a_long_name_is_cut_before_it_is_looked_at():
    assert len(to_name("x" * 100_000, bot=BOT)) == 60


@pytest.mark.skipif(SECURITY is None, reason="the corpora are not here")
def test_most_characters_that_look_like_latin_letters_are_known():
    assert SECURITY is not None
    lines = (SECURITY / "confusables_ascii.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    known = [chr(int(code, 16)) for code, letter in rows if _is_known(code, letter)]
    assert len(known) / len(rows) > 0.7


def _is_known(code: str, letter: str) -> bool:
    return fold(chr(int(code, 16))) == letter.lower()
