"""Which language a dialogue speaks: what a fan writes counts, what a platform says is a hint."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache

import msgspec

from core.language.belief import weigh
from core.language.detect import Detection
from core.language.names import find_name
from core.language.tags import match

_CONFIDENT = 0.7
"""Share of a message from which it switches the language of the answers."""

_LIKELY, _DECENT = 0.6, 0.45
"""Shares from which a first message counts more than what the platform says, and than nothing."""

_OTHER_NAMES = {
    "castellano": "es", "mandarin": "zh", "putonghua": "zh", "cantonese": "yue", "farsi": "fa",
    "brasileiro": "pt-BR", "brazilian": "pt-BR", "flemish": "nl", "vlaams": "nl",
}  # fmt: skip
"""Names that babel does not have, folded."""

_TAG = re.compile(r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?")
_AUTO = frozenset((
    "auto", "automatic", "automatisch", "automatico", "automatique", "automatycznie", "otomatik",
    "авто", "автоматически", "автоматично", "自动", "自動", "자동", "تلقائي", "स्वचालित", "reset",
    "off",
))  # fmt: skip
"""What switches a fixed language off, folded."""


class LanguageMemory(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a dialogue remembers of its language."""

    language: str = ""
    """BCP 47 tag last answered in, or "" before the first turn."""

    is_fixed: bool = False
    """Whether the fan chose it, so that nothing they write changes it."""

    talk: dict[str, float] = {}
    """How likely each language is that of the talk; see `belief`."""

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

    What the fan chose holds. Else what they wrote, weighed against what they wrote before; a
    message that tells nothing changes nothing. Before the first that does: the platform's locale,
    then what others speak here.

    Args:
        memory: What was spoken before.
        detection: Of the newest message.
        locale: What the platform says of the fan.
        offered: BCP 47 tags that the bot answers in.
        default: One of them, where nothing tells.
        place: How often each language was spoken by others here lately, by tag.
    """
    is_known = memory.language in offered
    if is_known and memory.is_fixed:
        return memory
    belief = weigh(memory.talk, detection, locale=locale, place=place, offered=offered)
    best = max(belief.message, key=belief.message.__getitem__, default="")
    # What is missing to 1 is the share of languages that are not offered.
    share = belief.message.get(best, 0.0) * min(1.0, sum(detection.shares.values()))
    if is_known:
        if not best or share < _CONFIDENT:
            best = memory.language
    elif share < _LIKELY:
        spoken = {tag: count for tag, count in (place or {}).items() if tag in offered}
        common = max(spoken, key=spoken.__getitem__, default=default)
        best = match(locale, offered) or (best if share >= _DECENT else common)
    talk = belief.talk if belief.message or is_known else {}
    return LanguageMemory(language=best, talk=talk)


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
