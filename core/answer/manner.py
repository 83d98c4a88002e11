"""In which words a model is told how to write: the language, its variety, and the address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from core.bot import Register
from core.language.contract import LanguageMemory
from core.language.names import find_locale, find_name

_VARIED = frozenset(("de", "en", "es", "fr", "nl", "pt"))
"""Languages that are written otherwise in other countries, so that the country is worth a word."""

_ADDRESS = {
    "ar": ("أنت", "حضرتك"), "bg": ("ти", "Вие"), "bn": ("তুমি", "আপনি"), "bs": ("ti", "Vi"),
    "ca": ("tu", "vostè"), "cs": ("ty", "vy"), "de": ("du", "Sie"), "el": ("εσύ", "εσείς"),
    "es": ("tú", "usted"), "et": ("sina", "teie"), "fa": ("تو", "شما"), "fi": ("sinä", "te"),
    "fr": ("tu", "vous"), "hi": ("तुम", "आप"), "hr": ("ti", "Vi"), "hu": ("te", "Ön"),
    "id": ("kamu", "Anda"), "it": ("tu", "Lei"), "ja": ("friendly です・ます", "敬語"),
    "ko": ("해요체", "하십시오체"), "lt": ("tu", "jūs"), "lv": ("tu", "jūs"), "mk": ("ти", "Вие"),
    "mr": ("तू", "तुम्ही"), "ms": ("awak", "anda"), "nl": ("je", "u"), "pl": ("ty", "Pan, Pani"),
    "pt": ("você", "o senhor, a senhora"), "pt-PT": ("tu", "o senhor, a senhora"),
    "ro": ("tu", "dumneavoastră"), "ru": ("ты", "вы"), "sk": ("ty", "vy"), "sl": ("ti", "Vi"),
    "sr": ("ti", "Vi"), "ta": ("நீ", "நீங்கள்"), "te": ("నువ్వు", "మీరు"), "tr": ("sen", "siz"),
    "th": ("เธอ", "คุณ"), "uk": ("ти", "ви"), "ur": ("تم", "آپ"), "vi": ("bạn", "quý khách"),
    "zh": ("你", "您"),
}  # fmt: skip
"""How each language says "you" among friends, and to a customer."""


def name_language(language: LanguageMemory, locale: str | None) -> str:
    """Name what to write in, ending in the tag in brackets: "Spanish (Mexico) (es)".

    Args:
        language: To answer in.
        locale: What the platform says of the fan; tells the variety where the tag does not.
    """
    tag = language.language
    name = find_name(tag, "en")
    country = _find_country(tag, locale)
    if country:
        name += f" ({country})"
    if language.is_romanised:
        name += ", in Latin letters as the fan writes it"
    return f"{name} ({tag})"


def name_address(language: str, register: Mapping[str, Register]) -> str:
    """Say how to address a fan, such as "informally (du)"; "" where the bot does not say."""
    wanted = register.get(language)
    if wanted is None:
        return ""
    words = _ADDRESS.get(language) or _ADDRESS.get(language.split("-")[0])
    if words is None:
        return f"{wanted}ly"
    return f"{wanted}ly ({words[wanted == 'formal']})"


def _find_country(tag: str, locale: str | None) -> str:
    base, *others = (locale or "").replace("_", "-").split("-")
    if tag != base.lower() or tag not in _VARIED or not others:
        return ""
    region = others[-1].upper()
    # Of what a client claims, only a name that babel knows gets into a prompt.
    territories = cast("Mapping[str, str]", find_locale("en").territories)
    return territories.get(region, "")
