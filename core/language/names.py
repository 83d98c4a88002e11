"""What languages are called; the door to babel's tables of names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from babel import Locale

_FALLBACK = "en"


@lru_cache(maxsize=1024)
def find_locale(language: str) -> Locale:
    """Return the locale that babel has for a language, its nearest, or English."""
    # Imported here: babel takes longer than all the rest of the start.
    from babel import Locale, UnknownLocaleError

    parts = language.replace("_", "-").split("-")
    for count in range(len(parts), 0, -1):
        try:
            return Locale.parse("_".join(parts[:count]))
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(_FALLBACK)


@lru_cache(maxsize=1024)
def find_name(language: str, in_language: str) -> str:
    """Return what a language is called in another, or its tag when nobody knows."""
    speaker = find_locale(in_language)
    names = cast("Mapping[str, str]", speaker.languages)
    name = names.get(language.replace("-", "_"))
    if name:
        return name
    named = find_locale(language)
    if named.language != language.replace("_", "-").split("-")[0].lower():
        return language
    return named.get_display_name(speaker) or language
