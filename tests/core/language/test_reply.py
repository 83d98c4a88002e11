from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.bot import Bot, load_bot
from core.language.contract import LanguageMemory
from core.language.reply import ReplyCheck, Verdict, asks_for_other_words


@pytest.fixture(scope="module")
def bot() -> Bot:
    return load_bot(Path("bots/winter_games"))


@pytest.fixture(scope="module")
def check(bot: Bot) -> ReplyCheck:
    return ReplyCheck(bot)


def wanted(tag: str) -> LanguageMemory:
    if tag == "hi-Latn":
        return LanguageMemory(language="hi", is_romanised=True)
    return LanguageMemory(language=tag)


def judge(check: ReplyCheck, text: str, tag: str, *, is_whole: bool = True) -> Verdict:
    return check.judge(text, wanted(tag), is_whole=is_whole)


RIGHT = [
    ("en", "The gates open 90 minutes before the first event."),
    ("en", "Ja."),
    ("en", "Danke!"),
    ("es", "Las puertas abren 90 minutos antes."),
    ("es", "OK 👍"),
    ("es", "2-1"),
    ("es", ""),
    ("es", "Aurora Valley 2027"),
    ("es", "Tu asiento está en **Lunaberg Central**, junto a *Men's Downhill Training*."),
    ("es", 'En inglés se dice "Where is the nearest train station, please?".'),
    ("es", "> Where do the gates open on Sunday?\n\nA las 9, en la entrada norte."),
    ("es", "Mira [The official timetable of the games](https://example.com/a) para los horarios."),
    ("es", "Escribe `python -m bots run --now` en la consola y espera."),
    ("de", "Die Wettkämpfe beginnen am Samstag um 10 Uhr in Lunaberg."),
    ("fr", "Les portes ouvrent « ninety minutes before the first event », dit le règlement."),
    ("pt-BR", "Os portões abrem 90 minutos antes da primeira prova."),
    ("ja", "ゲートは最初の競技の90分前に開きます。"),
    ("ja", "Aurora Valley Card は駅で買えます。"),
    ("zh-Hans", "大门在第一场比赛前90分钟开放。"),
    ("ko", "게이트는 첫 경기 90분 전에 열립니다."),
    ("ar", "تفتح البوابات قبل 90 دقيقة من أول منافسة."),
    ("ar", "Aurora Valley Card متاحة في محطة Lunaberg Central."),
    ("ru", "Ворота открываются за 90 минут до первых соревнований."),
    ("uk", "Ворота відчиняються за 90 хвилин до перших змагань."),
    ("hi", "गेट पहली प्रतियोगिता से 90 मिनट पहले खुलते हैं।"),
    ("hi-Latn", "Gate pehle event se 90 minute pehle khulte hain, bhai."),
    ("hi-Latn", "गेट पहली प्रतियोगिता से 90 मिनट पहले खुलते हैं।"),
    ("tr", "Kapılar ilk yarıştan 90 dakika önce açılır."),
    ("pl", "Bramy otwierają się 90 minut przed pierwszymi zawodami."),
    ("nl", "De poorten gaan 90 minuten voor de eerste wedstrijd open."),
]
WRONG = [
    ("es", "The gates open 90 minutes before the first event."),
    ("es", "Os portões abrem noventa minutos antes da primeira prova do dia, com certeza."),
    ("es", "大门在第一场比赛前90分钟开放。"),
    ("es", "Ворота открываются за 90 минут до первых соревнований."),
    ("en", "Las puertas abren 90 minutos antes del primer evento."),
    ("en", "Die Tore öffnen 90 Minuten vor dem ersten Wettkampf."),
    ("en", "ゲートは最初の競技の90分前に開きます。"),
    ("fr", "Sure! The gates open ninety minutes before."),
    ("de", "**Yes**, you can bring food with you.\n\n- sandwiches\n- fruit"),
    ("ja", "大门在第一场比赛前90分钟开放，请准时到达。"),
    ("ja", "The gates open 90 minutes before the first event."),
    ("zh-Hans", "大門在第一場比賽前90分鐘開放。"),
    ("zh-Hant", "大门在第一场比赛前90分钟开放。"),
    ("zh-Hans", "ゲートは最初の競技の90分前に開きます。"),
    ("ko", "The gates open 90 minutes before the first event."),
    ("ar", "The gates open 90 minutes before the first event."),
    ("ar", "Ворота открываются за 90 минут."),
    ("ru", "The gates open 90 minutes before the first event."),
    ("hi", "Gate pehle event se 90 minute pehle khulte hain, bhai, aap jaldi aana."),
    ("hi", "The gates open 90 minutes before the first event."),
    ("hi-Latn", "The gates open 90 minutes before the first event."),
    ("uk", "Ворота открываются за 90 минут до первых соревнований."),
    ("sr-Cyrl", "Kapije se otvaraju devedeset minuta pre prvog takmičenja."),
    ("sr-Latn", "Капије се отварају деведесет минута пре првог такмичења."),
]


@pytest.mark.parametrize(("tag", "text"), RIGHT)
def test_what_is_right_or_in_doubt_passes(check: ReplyCheck, tag: str, text: str):
    assert judge(check, text, tag) == "right"


@pytest.mark.parametrize(("tag", "text"), WRONG)
def test_what_is_surely_in_another_language_or_script_is_wrong(
    check: ReplyCheck, tag: str, text: str
):
    assert judge(check, text, tag) == "wrong"


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("hr", "Vrata se otvaraju devedeset minuta prije prvog natjecanja."),
        ("bs", "Kapije se otvaraju devedeset minuta pre prvog takmičenja."),
        ("sr", "Капије се отварају деведесет минута пре првог такмичења."),
        ("sr", "Kapije se otvaraju devedeset minuta pre prvog takmičenja."),
        ("ms", "Gerbang dibuka sembilan puluh menit sebelum pertandingan pertama."),
        ("nb", "Portene åbner halvfems minutter før den første konkurrence."),
        ("sk", "Brány se otevírají devadesát minut před prvním závodem."),
    ],
)
def test_kin_is_never_called_wrong(bot: Bot, tag: str, text: str):
    languages = ("en", "id", "ms", "hr", "bs", "sr", "da", "nb", "cs", "sk")
    check = ReplyCheck(msgspec.structs.replace(bot, languages=languages))
    assert judge(check, text, tag) == "right"


def verdicts(check: ReplyCheck, text: str, tag: str) -> list[tuple[int, Verdict]]:
    """Return where a growing text changes its verdict."""
    seen: list[tuple[int, Verdict]] = []
    for end in range(1, len(text)):
        verdict = judge(check, text[:end], tag, is_whole=False)
        if not seen or seen[-1][1] != verdict:
            seen.append((end, verdict))
        if verdict in ("right", "wrong"):
            break
    return seen


@pytest.mark.parametrize(("tag", "text"), [row for row in RIGHT if len(row[1]) > 40])
def test_the_first_words_are_held_for_a_moment_only(check: ReplyCheck, tag: str, text: str):
    seen = verdicts(check, f"{text}\n\n{text}", tag)
    assert "wrong" not in dict(seen).values()
    shown = next(end for end, verdict in seen if verdict != "open")
    assert shown <= 90, "most need two to four words; a quote or a name first, a sentence"


@pytest.mark.parametrize(("tag", "text"), WRONG)
def test_a_wrong_answer_is_found_out_before_it_is_shown(check: ReplyCheck, tag: str, text: str):
    seen = verdicts(check, f"{text}\n\n{text}", tag)
    assert [verdict for _, verdict in seen] in (["open", "wrong"], ["wrong"])


@pytest.mark.parametrize(
    ("question", "is_about"),
    [
        ("How do I say thank you in Japanese?", True),
        ("Translate this into French: I would like a ticket", True),
        ("¿Cómo se dice gracias en alemán?", True),
        ("Wie sagt man Guten Tag auf Polnisch?", True),
        ("谢谢用日语怎么说", True),
        ("как сказать спасибо по-китайски", True),
        ("When do the gates open?", False),
        ("Who won the Spanish Grand Prix?", False),
        ("In English please", False),
    ],
)
def test_who_asks_for_words_of_another_language_gets_them(question: str, is_about: bool):
    assert asks_for_other_words(question) == is_about
