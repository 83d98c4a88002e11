from __future__ import annotations

import pytest

from core.language.contract import LanguageMemory, choose, is_auto, parse_language
from core.language.detect import Detection, Detector
from core.language.tags import match

OFFERED = ("en", "es", "fr", "de", "it", "pt-BR", "ja", "zh-Hans", "ko", "ar", "ru", "uk", "hi", "tr", "pl", "nl")  # fmt: skip  # noqa: E501 - one line, one list
NOTHING = Detection(language="und", probability=0.0)
NEW = LanguageMemory()
SPANISH = LanguageMemory(language="es")


def decide(
    memory: LanguageMemory,
    detection: Detection,
    *,
    locale: str | None = None,
    offered: tuple[str, ...] = OFFERED,
) -> str:
    chosen = choose(memory, detection, locale=locale, offered=offered, default="en")
    assert chosen.is_fixed == (memory.is_fixed and memory.language in offered)
    return chosen.language


def guess(language: str, probability: float) -> Detection:
    return Detection(language=language, probability=probability, shares={language: probability})


def test_a_sure_message_switches_at_once():
    assert decide(SPANISH, guess("fr", 0.95), locale="es") == "fr"


def test_an_unsure_message_keeps_what_was_spoken():
    assert decide(SPANISH, guess("pt-BR", 0.6), locale="de") == "es"


def test_a_message_without_language_keeps_what_was_spoken():
    assert decide(SPANISH, NOTHING, locale="de") == "es"


def test_a_language_that_the_fan_chose_stays():
    fixed = LanguageMemory(language="es", is_fixed=True)
    assert decide(fixed, guess("fr", 1.0), locale="fr") == "es"


def test_a_chosen_language_that_is_not_offered_any_more_is_let_go():
    fixed = LanguageMemory(language="sv", is_fixed=True)
    assert decide(fixed, guess("fr", 1.0)) == "fr"
    assert decide(LanguageMemory(language="sv"), NOTHING) == "en"


def test_the_first_words_count_more_than_the_platform():
    assert decide(NEW, guess("fr", 0.7), locale="de") == "fr"


def test_without_sure_words_the_platform_counts():
    assert decide(NEW, guess("fr", 0.55), locale="de-AT") == "de"
    assert decide(NEW, NOTHING, locale="pt-PT") == "pt-BR"


def test_without_either_a_decent_guess_counts_and_then_the_default():
    assert decide(NEW, guess("fr", 0.55), locale="sv") == "fr"
    assert decide(NEW, guess("fr", 0.3), locale="sv") == "en"
    assert decide(NEW, NOTHING) == "en"


def test_a_guess_that_is_not_offered_counts_for_nothing():
    assert decide(NEW, guess("sv", 1.0), locale="de") == "de"
    assert decide(SPANISH, guess("sv", 1.0)) == "es"


@pytest.mark.parametrize(
    "text", ["ok", "Vamos!!", "⚽🔥", "2-1", "Messi", "Real Madrid 3 - 0 Getafe"]
)
@pytest.mark.parametrize("spoken", ["es", "pt-BR", "de", "ja"])
def test_words_that_are_at_home_in_many_languages_switch_nothing(text: str, spoken: str):
    detection = Detector(OFFERED).detect(text)
    assert decide(LanguageMemory(language=spoken), detection) == spoken


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Guten Tag", "de"),
        ("Buenos Días", "es"),
        ("Merci", "fr"),
        ("Günaydın", "tr"),
        ("Ciao", "it"),
    ],
)
def test_a_greeting_is_answered_in_its_language_whatever_the_platform_says(
    text: str, language: str
):
    detection = Detector(OFFERED).detect(text, locale="en")
    assert decide(NEW, detection, locale="en") == language
    assert decide(LanguageMemory(language="ja"), detection, locale="en") == language


@pytest.mark.parametrize(("locale", "language"), [("es-MX", "es"), ("pt-BR", "pt-BR")])
def test_a_chant_of_two_languages_goes_by_the_platform(locale: str, language: str):
    detection = Detector(OFFERED).detect("Vamos!!", locale=locale)
    assert decide(NEW, detection, locale=locale) == language


@pytest.mark.parametrize(
    ("tag", "offered", "found"),
    [
        ("es", OFFERED, "es"),
        ("ES", OFFERED, "es"),
        ("es-419", OFFERED, "es"),
        ("es_MX", OFFERED, "es"),
        ("zh-CN", OFFERED, "zh-Hans"),
        ("zh_CN", OFFERED, "zh-Hans"),
        ("zh", OFFERED, "zh-Hans"),
        ("zh-Hans-SG", OFFERED, "zh-Hans"),
        ("zh-TW", OFFERED, "zh-Hans"),
        ("zh-TW", ("zh-Hans", "zh-Hant"), "zh-Hant"),
        ("zh-HK", ("zh-Hans", "zh-Hant"), "zh-Hant"),
        ("zh", ("zh-Hant", "zh-Hans"), "zh-Hans"),
        ("yue", ("zh-Hans", "zh-Hant"), "zh-Hant"),
        ("pt", OFFERED, "pt-BR"),
        ("pt-PT", OFFERED, "pt-BR"),
        ("pt-PT", ("pt-BR", "pt-PT"), "pt-PT"),
        ("pt", ("pt-PT", "pt"), "pt"),
        ("en-US", ("en-GB", "en"), "en"),
        ("en-US", ("en-GB",), "en-GB"),
        ("iw", ("he",), "he"),
        ("in-ID", ("id",), "id"),
        ("no", ("nb",), "nb"),
        ("no", ("nn", "nb"), "nb"),
        ("nb", ("no",), "no"),
        ("fil", ("tl",), "tl"),
        ("sr-Latn", ("sr-Cyrl", "sr-Latn"), "sr-Latn"),
        ("sv", OFFERED, None),
        ("", OFFERED, None),
        (None, OFFERED, None),
        ("es", (), None),
    ],
)
def test_tags_of_any_spelling_find_their_language(
    tag: str | None, offered: tuple[str, ...], found: str | None
):
    assert match(tag, offered) == found


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("de", "de"),
        ("DE", "de"),
        ("Español", "es"),
        ("espanol", "es"),
        ("ESPAÑOL!", "es"),
        ("castellano", "es"),
        ("spanish", "es"),
        ("Japonés", "ja"),
        ("japones", "ja"),
        ("日本語", "ja"),
        ("にほんご", None),
        ("中文", "zh-Hans"),
        ("简体中文", "zh-Hans"),
        ("Chinese", "zh-Hans"),
        ("chinois", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh_CN", "zh-Hans"),
        ("Português", "pt-BR"),
        ("português (Brasil)", "pt-BR"),
        ("portugues", "pt-BR"),
        ("pt br", "pt-BR"),
        ("한국어", "ko"),
        ("кореeйский", None),
        ("Корейский", "ko"),
        ("українська", "uk"),
        ("العربية", "ar"),
        ("हिन्दी", "hi"),
        ("Türkçe", "tr"),
        ("turkce", "tr"),
        ("polski", "pl"),
        ("  Niederländisch ", "nl"),
        ("svenska", None),
        ("xx", None),
        ("de la calle", None),
        ("", None),
        ("🤷", None),
        ("a" * 500, None),
    ],
)
def test_a_language_is_understood_as_fans_call_it(wish: str, language: str | None):
    assert parse_language(wish, OFFERED) == language


def test_every_language_is_understood_by_its_own_name_and_tag():
    from core.language.names import find_name

    for tag in OFFERED:
        assert parse_language(tag, OFFERED) == tag
        assert parse_language(find_name(tag, tag), OFFERED) == tag


def test_two_chineses_are_told_apart():
    both = ("zh-Hant", "zh-Hans")
    assert parse_language("Simplified Chinese", both) == "zh-Hans"
    assert parse_language("繁體中文", both) == "zh-Hant"


@pytest.mark.parametrize(
    "wish", ["auto", "AUTO", " Auto. ", "automático", "авто", "自動", "자동", "تلقائي"]
)
def test_a_fan_can_ask_to_be_followed(wish: str):
    assert is_auto(wish)
    assert parse_language(wish, OFFERED) is None


@pytest.mark.parametrize("wish", ["", "de", "español"])
def test_a_language_is_no_wish_to_be_followed(wish: str):
    assert not is_auto(wish)
