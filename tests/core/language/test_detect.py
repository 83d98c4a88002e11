from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from core.language.detect import Detector

OFFERED = ("en", "es", "fr", "de", "it", "pt-BR", "ja", "zh-Hans", "ko", "ar", "ru", "uk", "hi", "tr", "pl", "nl")  # fmt: skip  # noqa: E501 - one line, one list
PUBLIC = Path(__file__).parents[4] / "shared" / "lid" / "public"

FANS = {
    "en": [
        "When does the match start?", "where can i park", "thx for the info mate", "Hello!",
        "what a goal 😱😱", "is gate 7 open yet", "how much is a kid's ticket", "thank you",
    ],
    "es": [
        "¿A qué hora empieza el partido?", "donde compro las entradas", "hola", "gracias crack",
        "jajaja qué golazo", "cuanto cuesta el abono", "nooooo qué maaaalo", "buenas",
    ],
    "fr": [
        "À quelle heure commence le match ?", "où sont les toilettes", "merci", "bonjour",
        "mdr quel but", "c'est complet pour demain ?", "allez les bleus", "combien coûte un billet",
    ],
    "de": [
        "Wann geht das Spiel los?", "wo kann ich parken", "danke", "servus",
        "was für ein Tor 😍", "gibts noch Karten für morgen", "jaaaaa endliiiich", "Hallo",
    ],
    "it": [
        "A che ora comincia la partita?", "dove si comprano i biglietti", "ciao", "grazie mille",
        "che gol ragazzi 😱😱", "quanto costa il parcheggio", "forza azzurri", "buongiorno",
    ],
    "pt-BR": [
        "Que horas começa o jogo?", "onde compro ingresso", "obrigado", "oi",
        "kkkkk que golaço", "vcs sabem se tem estacionamento", "valeu", "não entendi",
    ],
    "ja": [
        "試合は何時に始まりますか？", "チケットはどこで買えますか", "ありがとう", "すごい⚽️✨",
        "東京駅", "ゴーーーーール", "今日の会場どこ", "www すごかった",
    ],
    "zh-Hans": [
        "比赛几点开始？", "在哪里买票", "谢谢", "你好", "太棒了🔥🔥", "停车场在哪",
        "今天谁赢了", "请问洗手间怎么走",
    ],
    "ko": ["경기 몇 시에 시작해요?", "표 어디서 사요", "감사합니다", "안녕", "대박 🔥🔥", "ㅋㅋㅋ"],
    "ar": ["متى تبدأ المباراة؟", "وين أشتري التذاكر", "شكرا", "مرحبا", "ههههه", "جوووووول"],
    "ru": [
        "Во сколько начинается матч?", "где купить билеты", "спасибо", "привет",
        "какой гол 😱🔥", "сколько стоит парковка", "гоооол, ура!", "это где вообще",
    ],
    "uk": [
        "О котрій починається матч?", "де купити квитки", "дякую", "привіт",
        "який гол 😱🔥", "скільки коштує паркування", "слава Україні", "це де взагалі",
    ],
    "hi": ["मैच कब शुरू होगा?", "टिकट कहाँ मिलेगा", "धन्यवाद", "नमस्ते", "क्या गोल था 🔥", "कितने का है"],
    "tr": [
        "Maç saat kaçta başlıyor?", "biletleri nereden alabilirim", "merhaba", "teşekkürler",
        "şampiyon biziz 🏆🏆", "otopark ne kadar", "goooool yaptık", "nasılsınız",
    ],
    "pl": [
        "O której zaczyna się mecz?", "gdzie kupić bilety", "dzięki", "cześć",
        "co za mecz 🔥", "ile kosztuje parking", "taaaaak wygraliśmyyyy", "dzień dobry",
    ],
    "nl": [
        "Hoe laat begint de wedstrijd?", "waar kan ik kaartjes kopen", "bedankt", "hoi",
        "wat een goal 🧡🧡", "hoeveel kost parkeren", "zijn er nog plaatsen vrij", "dankjewel",
    ],
}  # fmt: skip
SAID = [(tag, text) for tag, texts in FANS.items() for text in texts]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(OFFERED)


@pytest.mark.parametrize(("tag", "text"), SAID)
def test_what_fans_write_is_recognised(detector: Detector, tag: str, text: str):
    found = detector.detect(text)
    assert found.language == tag
    assert found.probability >= 0.3


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "⚽🔥🔥",
        "3-1",
        "ok",
        "OK!!",
        "Okay 👍",
        "gg",
        "https://example.org/es/hola",
        "...",
        "1️⃣",
        "<@123456> <:tifo:987654>",
        "@ana",
        "fan@example.org",
        "555-0100",
        "haha",
        "lol",
        "hmm",
    ],
)
def test_what_has_no_language_is_undetermined(detector: Detector, text: str):
    found = detector.detect(text)
    assert (found.language, found.probability) == ("und", 0.0)


@pytest.mark.parametrize("text", ["Γεια σας, πού είναι η πύλη;", "שלום לכולם", "สวัสดีครับ"])
def test_a_script_that_nobody_offers_is_undetermined(detector: Detector, text: str):
    assert detector.detect(text).language == "und"


@pytest.mark.parametrize("text", ["När börjar matchen ikväll?", "Milloin ottelu alkaa tänään?"])
def test_a_language_that_is_not_offered_is_never_a_sure_guess(detector: Detector, text: str):
    assert detector.detect(text).probability < 0.5


@pytest.mark.parametrize("text", ["Vamos!!", "Messi", "Real Madrid 3 - 0 Getafe", "super", "no"])
def test_what_many_languages_say_is_never_a_sure_guess(detector: Detector, text: str):
    assert detector.detect(text).probability < 0.8


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("<@42> ¿dónde es? https://example.org/the-best-tickets-in-the-world", "es"),
        ("Wo ist das? 東京", "de"),
        ("كيف أضيف Spotify Premium Family؟", "ar"),
        ("𝓗𝓸𝓵𝓪 ¿𝓬𝓾á𝓷𝓭𝓸 𝓮𝓶𝓹𝓲𝓮𝔃𝓪?", "es"),
        ("ｈｅｌｌｏ ｔｈｅｒｅ", "en"),
    ],
)
def test_what_is_mixed_in_does_not_mislead(detector: Detector, text: str, tag: str):
    assert detector.detect(text).language == tag


@pytest.mark.parametrize(
    ("text", "locale", "tag"),
    [
        ("比賽什麼時候開始", None, "zh-Hant"),
        ("比赛什么时候开始", "zh-TW", "zh-Hans"),
        ("你好", "zh-TW", "zh-Hant"),
        ("你好", "zh-CN", "zh-Hans"),
        ("你好", None, "zh-Hans"),
        ("Onde é o estádio?", "pt-PT", "pt-PT"),
        ("Onde é o estádio?", None, "pt-BR"),
        ("када почиње утакмица", None, "sr-Cyrl"),
        ("kada počinje utakmica", None, "sr-Latn"),
        ("Når begynner kampen i kveld?", None, "nb"),
    ],
)
def test_variants_are_told_apart_by_their_writing_then_by_the_platform(
    text: str, locale: str | None, tag: str
):
    offered = ("zh-Hans", "zh-Hant", "pt-BR", "pt-PT", "sr-Cyrl", "sr-Latn", "nb", "en")
    assert Detector(offered).detect(text, locale=locale).language == tag


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("kapan pertandingan dimulai?", "id"),
        ("terima kasih", "id"),
        ("mechi inaanza lini leo jioni", "sw"),
        ("кога почнува натпреварот", "mk"),
        ("кога започва мачът", "bg"),
        ("when does the match start", "en"),
        ("¿cuándo empieza el partido?", "es"),
    ],
)
def test_languages_that_one_detector_does_not_know_are_told_by_the_others(text: str, tag: str):
    assert Detector(("en", "es", "id", "sw", "mk", "bg")).detect(text).language == tag


@pytest.fixture(scope="module")
def slow_detector() -> Detector:
    return Detector(OFFERED, is_native=False)  # as on a machine for which they have no wheel


def test_without_wheels_langdetect_takes_over(slow_detector: Detector):
    found = {tag: slow_detector.detect(texts[0]) for tag, texts in FANS.items()}
    assert {tag: guess.language for tag, guess in found.items()} == {tag: tag for tag in FANS}
    assert slow_detector.detect("ok").language == "und"


def test_without_wheels_the_same_message_always_gets_the_same_answer(slow_detector: Detector):
    guesses = {slow_detector.detect("billets demain").probability for _ in range(5)}
    assert len(guesses) == 1


def test_a_bot_of_one_language_needs_no_choice():
    assert Detector(("en",)).detect("Where is my seat?").language == "en"
    assert Detector(("ja",)).detect("試合").language == "ja"
    assert Detector(("ja",)).detect("Where is my seat?").language == "und"


@pytest.mark.parametrize(
    "text", ["a" * 4000, "a@" * 2000, "<" * 4000, "ха" * 2000, "哈" * 4000, ":a" * 2000]
)
def test_no_message_is_slow_to_look_at(detector: Detector, text: str):
    start = time.perf_counter()
    detector.detect(text)
    assert time.perf_counter() - start < 1.0, (
        "4,000 characters take some ms; a blow-up takes minutes"
    )


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="needs the evaluation data next to the repository")
@pytest.mark.parametrize(
    ("bucket", "floor", "sure"),
    [("w1", 0.87, 0.96), ("w2", 0.95, 0.98), ("w3-5", 0.98, 0.99), ("sentence", 0.985, 0.99)],
)
def test_it_is_right_as_often_as_was_measured(
    detector: Detector, bucket: str, floor: float, sure: float
):
    """Mean over the languages of their share of right answers; `sure`: of those from 0.8 on."""
    tags = {tag.split("-")[0]: tag for tag in OFFERED}
    asked, right, bold = Counter[str](), Counter[str](), Counter[bool]()
    rows = (PUBLIC / f"{bucket}.tsv").read_text("utf-8").splitlines()[1:]
    for row in rows:
        language, text, _ = row.split("\t")
        tag = tags.get(language.split("-")[0])
        if tag is None or language.endswith("-Latn"):
            continue
        found = detector.detect(text)
        asked[tag] += 1
        right[tag] += found.language == tag
        if found.probability >= 0.8:
            bold[found.language == tag] += 1
    mean = sum(right[tag] / asked[tag] for tag in asked) / len(asked)
    certain = bold[True] / bold.total()
    print(f"{bucket}: {mean:.2%} of {asked.total()}; from 0.8 on {certain:.2%} of {bold.total()}")  # noqa: T201 - the measurement
    assert mean >= floor
    assert certain >= sure
