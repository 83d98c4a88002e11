"""Whether a fan asks for a person, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from core.language.contract import fold

if TYPE_CHECKING:
    from core.language.strings import Strings

_LONGEST = 100
"""Characters: a longer message has more to say than that, and is answered."""

_DENSE = re.compile(r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Letters of scripts that put no spaces between words."""


class Pleas:
    """Knows the phrases: the texts `handoff.words`, apart by bars."""

    def __init__(self, strings: Strings, languages: Sequence[str]) -> None:
        self._strings = strings
        self._languages = tuple(dict.fromkeys((*languages, "en")))

    def find(self, text: str, language: str) -> str | None:
        """Return the language in which somebody asks for a person, or None.

        Args:
            text: A whole message.
            language: BCP 47 tag; tried first.
        """
        if len(text) > _LONGEST:
            return None
        said = fold(text)
        for tag in dict.fromkeys((language, *self._languages)):
            if _to_pattern(self._strings.text("handoff.words", tag)).search(said):
                return tag
        return None


@lru_cache(maxsize=128)
def _to_pattern(words: str) -> re.Pattern[str]:
    phrases = sorted(filter(None, (fold(phrase) for phrase in words.split("|"))), key=len)
    found = [
        re.escape(phrase) if _DENSE.search(phrase) else rf"(?<!\w){re.escape(phrase)}(?!\w)"
        for phrase in reversed(phrases)
    ]
    return re.compile("|".join(found) or r"(?!)")
