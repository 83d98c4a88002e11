"""Which of the offered languages a BCP 47 tag means."""

from __future__ import annotations

from collections.abc import Sequence

_ALIASES = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "jw": "jv", "sh": "sr", "cmn": "zh"}
"""Codes that were given up; iana.org/assignments/language-subtag-registry, read 2026-11-23."""

_FAMILIES = (("nb", "no", "nn"), ("fil", "tl"), ("zh", "yue"), ("id", "ms"))
"""Languages whose readers can do with the other, the best first."""

_HANT_REGIONS = frozenset(("tw", "hk", "mo"))


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
