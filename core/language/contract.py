"""Which language a dialogue speaks: what a fan writes counts, what a platform says is a hint."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from core.language.detect import Detection
from core.language.names import find_name

_CONFIDENT = 0.8
"""Probability from which one message switches the language."""

_LIKELY = 0.65
"""Probability from which a first message counts more than what the platform says."""

_DECENT = 0.5
"""Probability from which a guess is better than the bot's default."""

_ALIASES = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "jw": "jv", "sh": "sr", "cmn": "zh"}
"""Codes that were given up; iana.org/assignments/language-subtag-registry, read 2026-11-23."""

_FAMILIES = (("nb", "no", "nn"), ("fil", "tl"), ("zh", "yue"), ("id", "ms"))
"""Languages whose readers can do with the other, the best first."""

_OTHER_NAMES = {
    "castellano": "es", "mandarin": "zh", "putonghua": "zh", "cantonese": "yue", "farsi": "fa",
    "brasileiro": "pt-BR", "brazilian": "pt-BR", "flemish": "nl", "vlaams": "nl",
}  # fmt: skip
"""Names that babel does not have, folded."""

_TAG = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?")
_HANT_REGIONS = frozenset(("tw", "hk", "mo"))
_AUTO = frozenset((
    "auto", "automatic", "automatisch", "automatico", "automatique", "automatycznie", "otomatik",
    "авто", "автоматически", "автоматично", "自动", "自動", "자동", "تلقائي", "स्वचालित", "reset",
    "off",
))  # fmt: skip
"""What switches a fixed language off, folded."""


class LanguageMemory(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a dialogue remembers of its language."""

    language: str = ""
    """BCP 47 tag last spoken, or "" before the first turn."""

    is_fixed: bool = False
    """Whether the fan chose it, so that nothing they write changes it."""

    is_romanised: bool = False
    """Whether the fan writes it in Latin letters though it has others of its own."""


def choose(
    memory: LanguageMemory,
    detection: Detection,
    *,
    locale: str | None,
    offered: Sequence[str],
    default: str,
    place: Mapping[str, float] | None = None,
) -> LanguageMemory:
    """Decide which language to answer in.

    Args:
        memory: What was spoken before.
        detection: Of the newest message.
        locale: What the platform says of the fan.
        offered: BCP 47 tags that the bot answers in.
        default: One of them, where nothing tells.
        place: How often each language was spoken here lately, by tag.
    """
    is_offered = detection.language in offered
    if memory.language in offered:
        if memory.is_fixed or not is_offered or detection.probability < _CONFIDENT:
            return memory
        return LanguageMemory(language=detection.language)
    if is_offered and detection.probability >= _LIKELY:
        return LanguageMemory(language=detection.language)
    hint = match(locale, offered)
    if hint is None and is_offered and detection.probability >= _DECENT:
        hint = detection.language
    if hint is None and (spoken := {tag: n for tag, n in (place or {}).items() if tag in offered}):
        hint = max(spoken, key=spoken.__getitem__)
    return LanguageMemory(language=hint or default)


def match(tag: str | None, offered: Sequence[str]) -> str | None:
    """Return the offered language that fits a tag best, or None.

    Args:
        tag: As any platform spells it: "pt-BR", "zh_TW", "iw".
        offered: BCP 47 tags; the earlier wins where two fit alike.
    """
    if not tag:
        return None
    base, script, region = _parts(tag)
    family = next((f for f in _FAMILIES if base in f), ())
    best, most = None, 0
    for candidate in offered:
        other = _parts(candidate)
        if other[0] == base:
            score = 100
        elif other[0] in family:
            score = 50 - family.index(other[0])
        else:
            continue
        score += 20 if other[1] == script else -10 if other[1] and script else 0
        score += 10 if other[2] == region else -1 if other[2] else 0
        if score > most:
            best, most = candidate, score
    return best


def parse_language(text: str, offered: Sequence[str]) -> str | None:
    """Return the offered language that a fan means: a tag, or a name in any offered language.

    Case and accents do not matter: "Español", "spanish", "japones" and "es" are all understood.
    """
    wish = fold(text)
    if not wish:
        return None
    named = _names(tuple(offered)).get(wish)
    if named is not None:
        return named
    wish = wish.replace("_", "-").replace(" ", "-")
    return match(wish, offered) if _TAG.fullmatch(wish) else None


def is_auto(text: str) -> bool:
    """Tell whether a fan asks the bot to follow what they write."""
    return fold(text) in _AUTO


def fold(text: str) -> str:
    """Return a word without case, accents and the marks around it."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ı", "i"))
    # Only marks of Latin, Greek and Cyrillic are accents; Indian vowel signs are letters.
    plain = "".join(mark for mark in decomposed if not "\u0300" <= mark <= "\u036f")
    return " ".join(unicodedata.normalize("NFC", plain).strip(" \t\n/.,!?\"'`«»„“”").split())


def _parts(tag: str) -> tuple[str, str, str]:
    """Split a tag into base language, script and region, all in small letters."""
    base, *others = tag.replace("_", "-").lower().split("-")
    base = _ALIASES.get(base, base)
    script = next((part for part in others if len(part) == 4 and part.isalpha()), "")
    region = next((part for part in others if len(part) in (2, 3)), "")
    if base in ("zh", "yue") and not script:
        is_hant = region in _HANT_REGIONS or (base == "yue" and region != "cn")
        script = "hant" if is_hant else "hans"
    return base, script, region


@lru_cache(maxsize=8)
def _names(offered: tuple[str, ...]) -> dict[str, str]:
    """Return the folded names of offered languages in each other and in English."""
    names: dict[str, str] = {}
    for speaker in dict.fromkeys((*offered, "en")):
        for tag in offered:
            names.setdefault(fold(find_name(tag, speaker)), tag)
    # Without script and region, "Chinese" means the Chinese that is offered.
    for speaker in dict.fromkeys((*offered, "en")):
        for tag in offered:
            names.setdefault(fold(find_name(tag.split("-")[0], speaker)), tag)
    for name, base in _OTHER_NAMES.items():
        found = match(base, offered)
        if found:
            names.setdefault(name, found)
    return names
