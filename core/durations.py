"""Durations as people write them: "10m", "2h 30m", "1w", "90 min", "2 часа", "until tomorrow"."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

LONGEST = 5 * 365 * 86400
"""Seconds; what is longer is no duration that anybody means."""

_MORNING = 8
"""Hour of the day until which "until tomorrow" lasts: at midnight nobody is up to see it end."""

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 30 * 86400}

_UNITS = {
    "s": """s sec secs second seconds segundo segundos seconde secondes sekunde sekunden secondo
        secondi sekunda sekundy sekund сек секунда секунды секунд секунду sn saniye 秒 秒間 秒钟
        秒鐘 초 ثانية ثوان ثواني सेकंड सेकेंड seconden""",
    "m": """m min mins minute minutes minuto minutos minuten minuti minuta minuty minut minutę мин
        минута минуты минут минуту хв хвилина хвилини хвилин хвилину dk dakika 分 分間 分钟 分鐘 분
        دقيقة دقائق मिनट minuut minuten""",
    "h": """h hr hrs hour hours hora horas heure heures std stunde stunden ora ore godz godzina
        godziny godzin godzinę ч час часа часов год година години годин годину sa saat 時間 小时
        小時 시간 ساعة ساعات घंटा घंटे uur uren""",
    "d": """d day days día días dia dias j jour jours t tag tage tagen giorno giorni dzień dni д
        день дня дней дні днів g gün 日 日間 天 일 يوم أيام दिन dag dagen""",
    "w": """w wk week weeks semana semanas sem semaine semaines woche wochen settimana settimane
        tydz tydzień tygodnie tygodni нед неделя недели недель неделю тиждень тижні тижнів hafta
        週間 周 星期 週 주 أسبوع أسابيع सप्ताह हफ्ता हफ्ते weken""",
    "mo": """mo month months mes meses mês mois monat monate monaten mese mesi miesiąc miesiące
        miesięcy мес месяц месяца месяцев місяць місяці місяців ay か月 ヶ月 个月 個月 개월
        달 شهر أشهر महीना महीने maand maanden""",
}
"""How units are written in en, es, fr, de, it, pt, pl, ru, uk, tr, ja, zh, ko, ar, hi and nl."""

_ONE = """a an one un una uno une ein eine einen einer eines uma um jeden jedną один одну одна одне
    bir 一 한 واحد एक een één"""

_JOINTS = "and y e et und i и і та ve و और en"
_BEFORE = """for until till hasta por durante jusqu'à pendant bis für fino per até przez do до на
    kadar 到 حتى लिए tot voor"""
_TOMORROW = """tomorrow mañana demain morgen domani amanhã jutro завтра yarın 明日 明天 내일 غدا غدًا
    कल imorgon huomenna holnap zítra zajtra утре sutra сутра demà mâine αύριο rytoj besok esok מחר
    فردا kesho আগামীকাল उद्या நாளை రేపు bukas พรุ่งนี้"""
_FOREVER = """forever permanent permanently siempre toujours immer sempre zawsze навсегда назавжди
    sonsuza ずっと 永久 永远 永遠 영구 영원히 للأبد हमेशा altijd ∞"""
_OFF = """off 0 aus désactivé spento desligado wył выкл вимк kapalı オフ 关 關 끄기 إيقاف बंद uit av
    fra pois ki vyp vypnuto vypnuté изкл isključeno искључено כבוי خاموش zima"""

_BY_WORD = {word: _SECONDS[unit] for unit, words in _UNITS.items() for word in words.split()}
_ONES, _AND = frozenset(_ONE.split()), frozenset(_JOINTS.split())
_OPENING = frozenset(_BEFORE.split())
_TOMORROWS, _ENDLESS = frozenset(_TOMORROW.split()), frozenset(_FOREVER.split())
_OFFS = frozenset(_OFF.split())

_WORD = re.compile(r"\d+|[^\s\d,.]+")
_TOO_LONG = 120  # characters


def parse_duration(text: str, now: datetime | None = None) -> float | None:
    """Return seconds, 0 for "off", infinity for "forever", None for what is no duration.

    Args:
        text: As written, in any of the languages of the tables above.
        now: Aware, in the time zone whose tomorrow is meant; None for UTC.
    """
    words = _WORD.findall(text.casefold()) if len(text) <= _TOO_LONG else []
    if words and words[0] in _OPENING and len(words) > 1:
        words = words[1:]
    if len(words) == 1:
        if words[0] in _OFFS:
            return 0.0
        if words[0] in _ENDLESS:
            return math.inf
        if words[0] in _TOMORROWS:
            return _until_morning(now or datetime.now(UTC))
    return _add(words)


def _add(words: list[str]) -> float | None:
    """Return the sum of numbers with their units: every word must be part of it."""
    total, count = 0.0, None
    for word in words:
        if count is None and (word.isdecimal() or word in _ONES):
            count = int(word) if word.isdecimal() else 1
        elif count is not None and word in _BY_WORD:
            total, count = total + count * _BY_WORD[word], None
        elif count is not None or word not in _AND or not total:
            return None
    is_whole = words and count is None and words[-1] not in _AND
    return total if is_whole and 0 < total <= LONGEST else None


def _until_morning(now: datetime) -> float:
    day = now.date() + timedelta(days=1)
    morning = datetime(day.year, day.month, day.day, _MORNING, tzinfo=now.tzinfo)
    # In UTC: the clocks may be changed in between.
    return (morning.astimezone(UTC) - now.astimezone(UTC)).total_seconds()
