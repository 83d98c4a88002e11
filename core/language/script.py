"""Which script a text is in, and in which scripts a language is written."""

from __future__ import annotations

from bisect import bisect_right

_BLOCKS = (
    (0x41, "Latn"), (0x250, ""), (0x370, "Grek"), (0x400, "Cyrl"), (0x530, "Armn"),
    (0x590, "Hebr"), (0x600, "Arab"), (0x700, ""), (0x750, "Arab"), (0x780, ""),
    (0x8A0, "Arab"), (0x900, "Deva"), (0x980, "Beng"), (0xA00, "Guru"), (0xA80, "Gujr"),
    (0xB00, "Orya"), (0xB80, "Taml"), (0xC00, "Telu"), (0xC80, "Knda"), (0xD00, "Mlym"),
    (0xD80, "Sinh"), (0xE00, "Thai"), (0xE80, "Laoo"), (0xF00, "Tibt"), (0x1000, "Mymr"),
    (0x10A0, "Geor"), (0x1100, "Hang"), (0x1200, "Ethi"), (0x13A0, ""), (0x1780, "Khmr"),
    (0x1800, "Mong"), (0x18B0, ""), (0x1C90, "Geor"), (0x1CC0, ""), (0x1E00, "Latn"),
    (0x1F00, "Grek"), (0x2000, ""), (0x3005, "Hani"), (0x3008, ""), (0x3041, "Hani"),
    (0x3130, "Hang"), (0x3190, ""), (0x31F0, "Hani"), (0x3200, ""), (0x3400, "Hani"),
    (0x4DC0, ""), (0x4E00, "Hani"), (0xA000, ""), (0xAC00, "Hang"), (0xD7B0, ""),
    (0xF900, "Hani"), (0xFB00, ""), (0xFB1D, "Hebr"), (0xFB50, "Arab"), (0xFE00, ""),
    (0xFE70, "Arab"), (0xFF00, ""), (0xFF21, "Latn"), (0xFF5B, ""), (0xFF66, "Hani"),
    (0xFFA0, ""), (0x20000, "Hani"), (0x32000, ""),
)  # fmt: skip
"""Where a script begins in Unicode; "" is none of ours. Kana counts as Hani here.
unicode.org/Public/UCD/latest/ucd/Blocks.txt, checked against `unicodedata` of Unicode 14."""

_STARTS = tuple(start for start, _ in _BLOCKS)

_WEIGHTS = {"Latn": 1, "Hani": 4}
"""What a letter counts in a text of several scripts; 3 for all others. Little for Latin, since
names of teams and products stand in it everywhere; much where a letter is a syllable or word."""

_SCRIPTS = {
    "el": "Grek", "ru": "Cyrl", "uk": "Cyrl", "be": "Cyrl", "bg": "Cyrl", "mk": "Cyrl",
    "kk": "Cyrl", "ky": "Cyrl", "mn": "Cyrl", "tg": "Cyrl", "hy": "Armn", "he": "Hebr",
    "yi": "Hebr", "ar": "Arab", "fa": "Arab", "ur": "Arab", "ps": "Arab", "ckb": "Arab",
    "sd": "Arab", "ug": "Arab", "hi": "Deva", "mr": "Deva", "ne": "Deva", "bn": "Beng",
    "as": "Beng", "pa": "Guru", "gu": "Gujr", "or": "Orya", "ta": "Taml", "te": "Telu",
    "kn": "Knda", "ml": "Mlym", "si": "Sinh", "th": "Thai", "lo": "Laoo", "bo": "Tibt",
    "my": "Mymr", "ka": "Geor", "ko": "Hang", "am": "Ethi", "ti": "Ethi", "km": "Khmr",
    "ja": "Hani", "zh": "Hani", "yue": "Hani",
}  # fmt: skip
"""Of languages that are not written in Latin letters."""

_NAMED = {"Hans": "Hani", "Hant": "Hani", "Jpan": "Hani", "Kore": "Hang"}
"""Subtags of mixed or narrower scripts."""


def find_script(text: str) -> str:
    """Return the ISO 15924 code of the script that most of a text is in, or "" for no letters.

    Han characters and kana are both "Hani".
    """
    if text.isascii():
        return "Latn" if any(map(str.isalpha, text)) else ""
    counts: dict[str, int] = {}
    for letter in text:
        if letter.isalpha():
            script = _BLOCKS[bisect_right(_STARTS, ord(letter)) - 1][1]
            counts[script] = counts.get(script, 0) + _WEIGHTS.get(script, 3)
    counts.pop("", None)
    return max(counts, key=counts.__getitem__) if counts else ""


def scripts_of(tag: str) -> tuple[str, ...]:
    """Return the scripts in which a language is written, as `find_script` calls them."""
    base, *others = tag.split("-")
    named = next((part.title() for part in others if len(part) == 4), "")
    if named:
        return (_NAMED.get(named, named),)
    return ("Cyrl", "Latn") if base == "sr" else (_SCRIPTS.get(base, "Latn"),)
