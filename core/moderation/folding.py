"""Texts as filters compare them: what looks alike is alike."""

from __future__ import annotations

import re

from core import lookalike

_LEET = str.maketrans("013457869@$!€", "oieastbg" + "gasie")
_HIDDEN = re.compile("[\u00ad\u034f\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]+")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_LEET_WORD = re.compile(r"[\w@$!€]+")
_SPELT = re.compile(r"(?<![^\W_])(?:[^\W\d_][\s.\-_*]{1,2}){2,}[^\W\d_](?![^\W_])")
_LONG = re.compile(r"(.)\1{2,}")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
"""Scripts that put no spaces between words; Korean puts some, but hangs endings on words."""


def fold(text: str) -> str:
    """Return a text without case, accents and hidden characters; each look-alike as Latin."""
    return lookalike.fold(_HIDDEN.sub("", text))


def is_unspaced(word: str) -> bool:
    """Tell whether a word is of a script in which it must be looked for inside of others."""
    return _UNSPACED.search(word) is not None


def to_words(folded: str) -> frozenset[str]:
    """Return the words of a folded text in every way in which they may be meant.

    Digits and signs stand for letters as well, letters apart for a word ("i d i o t"), and three
    or more of a letter for one and for two.
    """
    words = set(_WORD.findall(folded))
    words |= {word.strip("!_").translate(_LEET) for word in _LEET_WORD.findall(folded)}
    words |= {re.sub(r"[\W_]+", "", found) for found in _SPELT.findall(folded)}
    for word in list(words):
        if _LONG.search(word):
            words |= {_LONG.sub(r"\1", word), _LONG.sub(r"\1\1", word)}
    return frozenset(words)


def to_line(folded: str) -> str:
    """Return the words of a folded text in order, a space before and after each."""
    return f" {' '.join(_WORD.findall(folded))} "


def to_core(text: str) -> str:
    """Return the letters of a text and nothing else: what nearly the same has in common."""
    return re.sub(r"[\W\d_]+", "", fold(text[:500]))
