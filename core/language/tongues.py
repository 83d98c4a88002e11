"""The languages that Qwen writes: how each calls itself, its script, its name for Qwen-MT."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from core.language.contract import fold, match, parse_language
from core.language.names import find_name
from core.language.script import scripts_of

_TABLE = """
Latn en||English; fr||français; pt||português; de||Deutsch; ro||română; sv||svenska; da||dansk;
    cs||čeština; es||español; nl||Nederlands; sk||slovenčina; hr||hrvatski; pl||polski;
    lt||lietuvių; nb||norsk bokmål; nn||norsk nynorsk; sl||slovenščina; lv||latviešu;
    it||italiano; oc||occitan; lb||Lëtzebuergesch; vec||veneto; cy||Cymraeg; szl|-|ślōnski;
    ast||asturianu; ga|-|Gaeilge; fo|-|føroyskt; lmo|-|Lombard; lij|-|ligure; scn||sicilianu;
    fur|-|furlan; sc|-|sardu; gl||galego; ca||català; is||íslenska; sq||shqip; li|-|Limburgs;
    af||Afrikaans; bs||bosanski; mt||Malti; id||Bahasa Indonesia; ms||Bahasa Melayu;
    tl||Filipino; ceb||Cebuano; jv||Basa Jawa; su|-|Basa Sunda; min|-|Minangkabau;
    ban|-|Basa Bali; bjn|-|Banjar; pag||Pangasinan; ilo|-|Ilokano; war||Winaray; tr||Türkçe;
    az||azərbaycan; uz||o‘zbek; fi||suomi; et||eesti; hu||magyar; vi||Tiếng Việt; eu||euskara;
    ht|-|Kreyòl Ayisyen; pap|-|Papiamentu; kea|-|kabuverdianu; tpi|-|Tok Pisin; sw||Kiswahili
Arab fa||فارسی; sd||سنڌي; prs|-|دری; ur||اردو; ar||العربية; ars||نجدي; apc||شامي; arz||مصري;
    ary||الدارجة; acm||عراقي; acq||; aeb||تونسي; ajp||
Armn hy||հայերեն
Beng as||অসমীয়া; bn||বাংলা
Cyrl bg||български; ru||русский; uk||українська; be||беларуская; sr||српски; tg|-|тоҷикӣ;
    mk||македонски; kk||қазақ тілі; ba|-|башҡорт теле; tt|-|татар
Deva ne||नेपाली; mr||मराठी; hne|-|छत्तीसगढ़ी; awa|-|अवधी; mai||मैथिली; bho|-|भोजपुरी;
    hi||हिन्दी; mag|-|मगही
Geor ka||ქართული
Grek el||Ελληνικά
Gujr gu||ગુજરાતી
Guru pa|-|ਪੰਜਾਬੀ
Hang ko||한국어
Hani zh-Hans|zh|简体中文; zh-Hant|zh_tw|繁體中文; yue||粵語; ja||日本語
Hebr ydd|-|ייִדיש; he||עברית
Khmr km||ខ្មែរ
Knda kn||ಕನ್ನಡ
Laoo lo||ລາວ
Mlym ml|-|മലയാളം
Mymr my||မြန်မာ
Orya or||ଓଡ଼ିଆ
Sinh si||සිංහල
Taml ta||தமிழ்
Telu te||తెలుగు
Thai th||ไทย
"""
"""By script, as `core.language.script` names it: tag, code of Qwen-MT ("" the same, - none), own
name. The 119 languages of the Qwen3 report and those of Qwen-MT,
alibabacloud.com/help/en/model-studio/machine-translation, read 2026-11-23."""

_ENGLISH = {
    "hne": "Chhattisgarhi", "ydd": "Eastern Yiddish", "prs": "Dari", "apc": "Levantine Arabic",
    "acm": "Mesopotamian Arabic", "acq": "Ta'izzi-Adeni Arabic", "ajp": "South Levantine Arabic",
}  # fmt: skip
"""English names that babel does not have."""


class Tongue(msgspec.Struct, frozen=True):
    """A language of Qwen's."""

    tag: str
    """BCP 47."""

    script: str
    """As `core.language.script.find_script` names it."""

    mt: str
    """Code that Qwen-MT takes, or "" where only chat models know the language."""

    name: str
    """What it calls itself, or ""."""


def _read() -> dict[str, Tongue]:
    tongues: dict[str, Tongue] = {}
    script = ""
    for line in _TABLE.strip().splitlines():
        head, _, rest = line.partition(" ")
        script = head or script
        for row in filter(None, map(str.strip, rest.split(";"))):
            tag, code, name = row.split("|")
            tongues[tag] = Tongue(tag, script, "" if code == "-" else code or tag, name)
    return tongues


TONGUES = _read()
"""By tag."""

_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?")
_SHORT = {"zh": "zh-Hans", "no": "nb"}
"""What is meant where somebody names a language that is written in two ways."""

_NICKNAMED = ("zh-Hans", "yue", "es", "fa", "pt", "nl")
"""Languages with names that no table has, such as "castellano"."""


@lru_cache(maxsize=1024)
def find_tongue(tag: str) -> Tongue | None:
    """Return what is known of a language, by any tag of it, such as "pt-BR" or "zh-TW"."""
    # Every member of a family of kin is in the table, so what is found is never just near.
    return TONGUES.get(match(tag, tuple(TONGUES)) or "")


def script_of(tag: str) -> str:
    """Return the script that a tag means, as `core.language.script` names it."""
    tongue = find_tongue(tag)
    if tongue is None or any(len(part) == 4 for part in tag.replace("_", "-").split("-")):
        return scripts_of(tag.replace("_", "-"))[0]
    return tongue.script


def is_same(one: str, other: str) -> bool:
    """Tell whether two tags mean one language in one script, whatever the region."""
    first, second = find_tongue(one), find_tongue(other)
    if first is None or second is None:
        return one.split("-")[0].lower() == other.split("-")[0].lower()
    return first.tag == second.tag and script_of(one) == script_of(other)


def to_mt_code(tag: str) -> str:
    """Return what Qwen-MT calls a language, or "" where it does not know it."""
    tongue = find_tongue(tag)
    return tongue.mt if tongue is not None and script_of(tag) == tongue.script else ""


def english_name(tag: str) -> str:
    """Return what a language is called in English, for a prompt."""
    return _ENGLISH.get(tag) or find_name(tag, "en")


def find_language(wish: str, *, speakers: Sequence[str], offered: Sequence[str]) -> str | None:
    """Return the language that somebody means: any of Qwen's, or of the bot's.

    Args:
        wish: A tag or a name; case and accents do not matter.
        speakers: Languages that may have named it; its own name and the English one always count.
        offered: Tags of the bot, which win where the wish leaves it open.
    """
    found = _names((*speakers, *offered)).get(fold(wish))
    if found is None and _TAG.fullmatch(wish.strip()):
        tag = wish.strip().replace("_", "-")
        tongue = find_tongue(tag)
        found = (tag if tongue and to_mt_code(tag) else None) or (tongue.tag if tongue else None)
        found = found or next((own for own in offered if own.lower() == tag.lower()), None)
    found = found or parse_language(wish, _NICKNAMED)
    if found is None or "-" in wish:
        return found
    return next((own for own in offered if is_same(own, found)), found)


@lru_cache(maxsize=8)
def _names(speakers: tuple[str, ...]) -> dict[str, str]:
    names: dict[str, str] = {}
    for tongue in TONGUES.values():
        for name in filter(None, (tongue.name, english_name(tongue.tag))):
            names.setdefault(fold(name), tongue.tag)
    # Locales of the bot's languages are held anyway; all of them would take 80 MB.
    for tag in speakers:
        names.setdefault(fold(english_name(tag)), tag)
    for speaker in dict.fromkeys(speakers):
        for short, tag in _SHORT.items():
            names.setdefault(fold(find_name(short, speaker)), tag)
        for tag in (*TONGUES, *speakers):
            names.setdefault(fold(find_name(tag, speaker)), tag)
    for short, tag in _SHORT.items():
        names.setdefault(fold(english_name(short)), tag)
    return names
