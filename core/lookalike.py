"""Letters that look like Latin ones, and names that pose as whoever runs a place."""

from __future__ import annotations

import re
from unicodedata import category, normalize

from core.guard import clean, shorten

_ALIKE = {
    # Cyrillic, Greek, Armenian, Cherokee and Latin letters by the one that a reader takes them
    # for; chosen by eye with unicode.org/reports/tr39, read 2026-11-25.
    "a": "аαɑᴀ", "b": "ьвßʙᏼ", "c": "сϲᴄⅽ", "d": "ԁᴅɗ", "e": "еєɛᴇҽё", "f": "ғſꜰƒ", "g": "ɡցɢ",
    "h": "һհнʜ", "i": "іιıɩїⅰɪ", "j": "јʝϳᴊ", "k": "кκᴋĸ", "l": "ӏⅼʟɭ", "m": "мᴍⅿ",
    "n": "пոηɴ", "o": "оοօσᴏ০०", "p": "рρᴘթ", "q": "ԛգզ", "r": "гʀᴦɾ", "s": "ѕꜱʂ", "t": "тτᴛ",
    "u": "υսᴜ", "v": "ѵνᴠⅴ", "w": "ԝѡωᴡ", "x": "хχⅹ", "y": "уүγʏყ", "z": "ᴢʐƶ",
}  # fmt: skip
_CAPITALS = {
    "A": "ΑᎪꓮ", "B": "ΒᏴꓐ", "C": "ϹᏟꓚ", "D": "Ꭰꓓ", "E": "ΕᎬꓰ", "F": "Ϝꓝ", "G": "ԌᏀꓖ", "H": "ΗᎻꓧ",
    "I": "ΙІᎥꓲӀ", "J": "Ꭻꓙ", "K": "ΚᏦꓗ", "L": "Ꮮꓡ", "M": "ΜᎷꓟϺ", "N": "Νꓠ", "O": "Οꓳ", "P": "ΡᏢꓑ",
    "R": "Ꭱꓣ", "S": "ՏᏚꓢ", "T": "ΤᎢꓔ", "U": "Սꓴ", "V": "Ꮩꓦ", "W": "Ꮃꓪ", "X": "Χꓫ", "Y": "ΥᎩꓬ",
    "Z": "ΖᏃꓜ",
}  # fmt: skip
"""Whose small letters look otherwise: Greek, Cyrillic, Armenian, Cherokee and Lisu."""

_EMOJI_LETTERS = (0x1F1E6, 0x1F150, 0x1F170)
"""Where alphabets of signs begin that stand for letters: flags, circled and squared ones."""

_FOLDED = str.maketrans(
    {
        **{other: letter for letter, others in _ALIKE.items() for other in others},
        **{chr(first + i): chr(97 + i) for first in _EMOJI_LETTERS for i in range(26)},
    }
)
_LARGE = str.maketrans({other: letter for letter, others in _CAPITALS.items() for other in others})
_LEET = str.maketrans("013457@$!", "oieastasi")

_NOBODY = "fan"
_LONGEST, _LENGTH = 200, 60
"""Characters of a name that are looked at, and that are kept."""

_STAFF = re.compile(
    r"moderat(?:or|eur|ore|ion)|moderador|moderator\w*|admin(?:istrat\w+|s|istrador)?|official"
    r"|support|staff|system|assistant|owner"
)
_STAFF_WHOLE = re.compile(r"(?:.*[^a-z])?(?:mod|mods|bot|host|team)")
_OWN_SCRIPTS = re.compile(
    "модератор|админ|адміністратор|адміністратор|администратор|поддержка|管理员|管理員|版主|管理者"
    "|モデレーター|운영자|관리자|مشرف|مدير|ادمین|مدیر|מנהל|मॉडरेटर|एडमिन|ผู้ดูแล|διαχειριστής"
)
_NOT_LETTERS = re.compile(r"[^a-z]+")


def fold(text: str) -> str:
    """Return a text in small letters, what looks like a Latin letter as that letter."""
    if text.isascii():
        return text.lower()
    plain = normalize("NFKC", text).translate(_LARGE).lower().translate(_FOLDED)
    if plain.isascii():
        return plain
    return "".join(c for c in normalize("NFD", plain).translate(_FOLDED) if category(c) != "Mn")


def is_posing(name: str, *, bot: str) -> bool:
    """Tell whether a display name would pass for a moderator, the platform or the bot itself.

    Args:
        name: As the platform has it.
        bot: The bot's name.
    """
    name = clean(name[:_LONGEST])
    if _OWN_SCRIPTS.search(name.lower()):
        return True
    folded = fold(name)
    for shape in (folded, folded.translate(_LEET)):
        words = _NOT_LETTERS.sub(" ", shape).split()
        letters = "".join(words)
        own = _NOT_LETTERS.sub("", fold(bot))
        if any(_STAFF.fullmatch(word) for word in words) or (own and own in letters):
            return True
        # Single letters with gaps between them read as one word.
        if len(words) > 1 and len(max(words, key=len)) == 1 and _STAFF.fullmatch(letters):
            return True
    return _STAFF_WHOLE.fullmatch(folded.strip()) is not None


def to_name(name: str, *, bot: str, is_moderator: bool = False) -> str:
    """Return a display name as it may stand in a prompt: "fan" for one who poses as staff.

    Args:
        name: As the platform has it.
        bot: The bot's name.
        is_moderator: Who is one may be called one.
    """
    if not is_moderator and is_posing(name, bot=bot):
        return _NOBODY
    return shorten(clean(name[:_LONGEST]), _LENGTH)
