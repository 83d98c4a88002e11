"""How people write other scripts in Latin letters: rules for lists of words, some words by hand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_INDIC = {
    0x05: "a", 0x06: "aa", 0x07: "i", 0x08: "ee", 0x09: "u", 0x0A: "oo", 0x0B: "ri", 0x0E: "e",
    0x0F: "e", 0x10: "ai", 0x11: "o", 0x12: "o", 0x13: "o", 0x14: "au",
    0x15: "k", 0x16: "kh", 0x17: "g", 0x18: "gh", 0x19: "ng", 0x1A: "ch", 0x1B: "chh", 0x1C: "j",
    0x1D: "jh", 0x1E: "n", 0x1F: "t", 0x20: "th", 0x21: "d", 0x22: "dh", 0x23: "n", 0x24: "t",
    0x25: "th", 0x26: "d", 0x27: "dh", 0x28: "n", 0x29: "n", 0x2A: "p", 0x2B: "ph", 0x2C: "b",
    0x2D: "bh", 0x2E: "m", 0x2F: "y", 0x30: "r", 0x31: "r", 0x32: "l", 0x33: "l", 0x34: "zh",
    0x35: "v", 0x36: "sh", 0x37: "sh", 0x38: "s", 0x39: "h",
    0x58: "q", 0x59: "kh", 0x5A: "g", 0x5B: "z", 0x5C: "d", 0x5D: "dh", 0x5E: "f", 0x5F: "y",
}  # fmt: skip
"""By place in a block: the Indian scripts share one order (Unicode, chapter 12)."""

_SIGNS = {
    0x3E: "aa", 0x3F: "i", 0x40: "ee", 0x41: "u", 0x42: "oo", 0x43: "ri", 0x46: "e", 0x47: "e",
    0x48: "ai", 0x49: "o", 0x4A: "o", 0x4B: "o", 0x4C: "au",
}  # fmt: skip
_VIRAMA, _NUKTA, _NASAL = 0x4D, 0x3C, (0x01, 0x02)
_DOTTED = {"j": "z", "ph": "f", "k": "q", "d": "r", "dh": "rh"}
_CASUAL = (("aa", "a"), ("ee", "i"), ("oo", "u"), ("chh", "ch"))

_RUSSIAN = str.maketrans({
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z",
    "и": "i", "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
    "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch",
    "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "і": "i", "ї": "yi", "є": "ye",
    "ґ": "g",
})  # fmt: skip
_GREEK = str.maketrans({
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i",
    "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s",
    "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "x", "ψ": "ps", "ω": "o",
})  # fmt: skip
_KANA = (
    "a i u e o", "ka ki ku ke ko", "sa shi su se so", "ta chi tsu te to", "na ni nu ne no",
    "ha hi fu he ho", "ma mi mu me mo", "ra ri ru re ro",
)  # fmt: skip
_KANA_ROWS = ("あいうえお", "かきくけこ", "さしすせそ", "たちつてと", "なにぬねの", "はひふへほ",
              "まみむめも", "らりるれろ")  # fmt: skip
_HIRAGANA = {
    kana: latin
    for row, names in zip(_KANA_ROWS, _KANA, strict=True)
    for kana, latin in zip(row, names.split(), strict=True)
} | {
    "や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "を": "o", "ん": "n",
    **dict(zip("がぎぐげござじずぜぞだぢづでどばびぶべぼぱぴぷぺぽ",
               "ga gi gu ge go za ji zu ze zo da ji zu de do ba bi bu be bo pa pi pu pe po".split(),
               strict=True)),
}  # fmt: skip

ROMANISED = {
    "hi": "hi-Latn", "ur": "hi-Latn", "bn": "bn-Latn", "ta": "ta-Latn", "te": "te-Latn",
    "ml": "ml-Latn", "ru": "ru-Latn", "uk": "uk-Latn", "el": "el-Latn", "ja": "ja-Latn",
}  # fmt: skip
"""Which language's words become which class; what leaves vowels out (Arabic, Persian, Urdu)
cannot be done by rule and has only the words below and what the data has."""


def romanise(word: str, language: str) -> Iterator[str]:
    """Yield the ways in which people write a word; none where no rule fits."""
    if language in ("ru", "uk"):
        latin = word.translate(_RUSSIAN)
        yield latin
        yield latin.replace("h", "kh") if "х" in word else latin.replace("y", "i")
        if "я" in word or "ю" in word:
            yield word.replace("я", "ja").replace("ю", "ju").replace("й", "j").translate(_RUSSIAN)
    elif language == "el":
        yield from _romanise_greek(word)
    elif language == "ja":
        yield from _romanise_kana(word)
    elif language in ROMANISED and language != "ur":
        yield from _romanise_indic(word, language)


def _romanise_greek(word: str) -> Iterator[str]:
    plain = "".join(
        letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter)
    )
    latin = plain.replace("ου", "ou").replace("μπ", "b").replace("γγ", "gg").translate(_GREEK)
    yield latin
    yield latin.replace("x", "h").replace("y", "u")
    yield plain.replace("θ", "8").replace("ω", "w").replace("η", "h").translate(_GREEK)


def _romanise_kana(word: str) -> Iterator[str]:
    hiragana = "".join(chr(ord(k) - 0x60) if "ァ" <= k <= "ヶ" else k for k in word)
    latin, double = "", False
    for kana in hiragana:
        if kana == "っ":
            double = True
            continue
        if kana in "ゃゅょ":
            latin = re.sub("i$", "", latin) + ("" if latin[-2:] in ("hi", "ji") else "y")
            latin += {"ゃ": "a", "ゅ": "u", "ょ": "o"}[kana]
            continue
        if kana == "ー":
            latin += latin[-1:]
            continue
        sound = _HIRAGANA.get(kana)
        if sound is None:
            return
        latin += sound[0] + sound if double else sound
        double = False
    yield latin
    if "ou" in latin or "uu" in latin:
        yield latin.replace("ou", "o").replace("uu", "u")


def _romanise_indic(word: str, language: str) -> Iterator[str]:  # noqa: C901 - one table, one walk
    parts: list[list[str]] = []  # consonant and vowel; a vowel "*" is one that may fall silent
    for letter in word:
        place = ord(letter) & 0x7F
        if place in _SIGNS and parts:
            parts[-1][1] = _SIGNS[place]
        elif place == _VIRAMA and parts:
            parts[-1][1] = ""
        elif place == _NUKTA and parts:
            parts[-1][0] = _DOTTED.get(parts[-1][0], parts[-1][0])
        elif place in _NASAL:
            parts.append(["n", ""])
        elif place in _INDIC and ord(letter) >= 0x900:
            sound = _INDIC[place]
            is_vowel = sound[0] in "aeiou" or place == 0x0B
            parts.append(["", sound] if is_vowel else [sound, "*"])
        elif place != 0x03:
            return
    _silence(parts, language)
    latin = "".join(consonant + vowel for consonant, vowel in parts)
    latin = latin.replace("*", "o" if language == "bn" else "a")
    yield latin
    casual = latin
    for careful, short in _CASUAL:
        casual = casual.replace(careful, short)
    yield casual
    yield re.sub("(aa|ee)$", lambda end: {"aa": "a", "ee": "i"}[end[0]], latin)
    if "v" in casual:
        yield casual.replace("v", "w")
    if language == "ta":
        yield casual.replace("k", "g").replace("t", "d")


def _silence(parts: list[list[str]], language: str) -> None:
    """Drop the inherent vowels that are not spoken."""
    if language in ("hi", "bn") and len(parts) > 1 and parts[-1][1] == "*":
        parts[-1][1] = ""
    if language != "hi":
        return
    for at in range(len(parts) - 2, 0, -1):
        before, here, after = parts[at - 1], parts[at], parts[at + 1]
        if here[1] == "*" and before[1] and after[0] and after[1]:
            here[1] = ""
