"""Word stems; the door to snowballstemmer, which has no types."""

from __future__ import annotations

from typing import Any, Protocol, cast

import snowballstemmer  # pyright: ignore[reportMissingTypeStubs] - it ships none

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german",
    "el": "greek", "en": "english", "es": "spanish", "et": "estonian", "eu": "basque",
    "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian",
    "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
"""Base language to the name of its algorithm in snowballstemmer 3.1."""

_SHORT = 5
"""Letters above which a word of a language without algorithm loses its last two."""


_KEPT = 4_000
"""Stems kept at most: a language's passages repeat their words, fans bring any number."""


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the library's own name


class Stems:
    """Stemmers by language, made when they are first needed."""

    def __init__(self) -> None:
        self._stemmers: dict[str, _Stemmer] = {}
        self._kept: dict[tuple[str, str], str] = {}

    def stem(self, word: str, language: str) -> str:
        """Return the stem of a word.

        Args:
            word: In small letters, with its accents.
            language: Tag without script and region.
        """
        found = self._kept.get((language, word))
        if found is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            found = self._kept[language, word] = self._find(word, language)
        return found

    def _find(self, word: str, language: str) -> str:
        name = _ALGORITHMS.get(language)
        if name is None:
            return word[:-2] if len(word) > _SHORT else word
        stemmer = self._stemmers.get(name)
        if stemmer is None:
            library = cast("Any", snowballstemmer)
            stemmer = cast("_Stemmer", library.stemmer(name))
            self._stemmers[name] = stemmer
        return stemmer.stemWord(word)
