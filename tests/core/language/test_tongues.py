"""Which language somebody means."""

from __future__ import annotations

import pytest

from core.language.tongues import TONGUES, find_language, is_same, script_of, to_mt_code

OFFERED = ("en", "es", "pt-BR", "yo")


@pytest.mark.parametrize(
    ("wish", "tag"),
    [
        ("deutsch", "de"), ("Alemán", "de"), ("German", "de"), ("Chinese", "zh-Hans"),
        ("zh-TW", "zh-TW"), ("íslenska", "is"), ("portugués", "pt-BR"), ("pt-PT", "pt-PT"),
        ("farsi", "fa"), ("castellano", "es"), ("Norwegian", "nb"), ("日本語", "ja"), ("ka", "ka"),
        ("Yoruba", "yo"), ("yo", "yo"), ("arz", "arz"), ("klingon", None), ("xx", None), ("", None),
    ],
)  # fmt: skip
def test_a_language_is_understood_by_tag_or_name(wish: str, tag: str | None):
    assert find_language(wish, speakers=("es",), offered=OFFERED) == tag


def test_regions_do_not_part_a_language_but_scripts_do():
    assert is_same("pt-BR", "pt-PT") and is_same("zh-TW", "zh-Hant") and is_same("no", "nb")
    assert not is_same("zh-Hans", "zh-Hant") and not is_same("hi-Latn", "hi")
    assert not is_same("nb", "nn") and not is_same("id", "ms")


def test_qwen_mt_is_told_its_own_codes():
    assert [to_mt_code(tag) for tag in ("zh-Hans", "zh-HK", "pt-BR", "nb")] == [
        "zh", "zh_tw", "pt", "nb",
    ]  # fmt: skip
    assert [to_mt_code(tag) for tag in ("fo", "hi-Latn", "yo")] == ["", "", ""]


def test_every_language_of_the_table_has_a_script():
    assert len(TONGUES) == 120
    assert [script_of(tag) for tag in ("arz", "ydd", "tt", "ja", "sr-Latn")] == [
        "Arab", "Hebr", "Cyrl", "Hani", "Latn",
    ]  # fmt: skip
