"""What a chat message has besides language: links, mentions, emoji, long vowels, laughter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_NOISE = re.compile(
    r"""https?://\S+ | (?<!\S)(?:www\.\S+|\S+@\S+)   # links and addresses
    | <(?:@[!&]?|\#|a?:\w+:|/[\w\ ]+:|t:)[^>]*>      # mentions, emoji and times of Discord
    | (?<!\w)[@/]\w+ | :\w+: | (?<!\w)[\d_]+(?!\w)   # mentions, commands, emoji codes, figures
    """,
    re.VERBOSE,
)
_SUSPECT = re.compile(r"[\d@/<:_.]")
"""Without any of these there is no noise, and most messages have none."""

_DIGITS = re.compile(r"(?<![\w-])(?:(?P<th>5{3,})|(?P<zh>2+3{2,}))(?![\w-])")
_LAUGHTER = re.compile(
    r"""(?P<es>(?:j[aeiou]){2,}j?) | (?P<pt>k{3,}|(?:rs){2,}|(?:hua){2,}) | (?P<id>(?:wk){2,}w?)
    | (?P<fr>mdr+|ptdr+) | (?P<ru>а?(?:ха){2,}х?) | (?P<ja>w{3,}|草) | (?P<ko>[ㅋㅎㅠㅜ]{2,})
    | (?P<ar>ه{3,}) | (?P<fa>خ{3,}) | (?P<he>ח{3,}) | (?P<el>(?:χα){2,}χ?) | (?P<en>lmf?ao+|rofl+)
    | (?P<und>(?:a?h[aeiu]){2,}h?|h{3,}|lo+l|x+d+)
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Each group is named after the language that laughs so; "und" after none."""

_LAUGHTER_AT_END = re.compile(r"(?<=[^\x00-\x7f])(?:w+|草+)$")
_LAUGHS = frozenset("jkrhwmpахw草ㅋㅎㅠㅜهخחχlxJKRHWMPАХLX")
"""What a word of laughter begins with."""

_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")
_LONG_MARK = re.compile("(ー)ー+")
_WORD = re.compile(
    r"""(?:[^\W\d_] | (?<!\w)[23579](?=[a-zA-Z]{2})(?!nd|rd|th|pm|am|km|kg))
    (?:['’]?[^\W\d_] | [\u0300-\u036f\u0900-\u0dff] | (?<=[a-zA-Z])[2-9](?!\d))*
    """,
    re.VERBOSE,
)
"""Figures are letters where Arabic is written in Latin ones: "3aleikom", "rba7"."""


def read(text: str) -> tuple[list[str], frozenset[str]]:
    """Return the words of a message as written, and the languages that its laughter is of."""
    if not text.isascii():
        # Styled and full-width letters become plain ones.
        text = unicodedata.normalize("NFKC", text)
    laughter: set[str] = set()
    if _SUSPECT.search(text):
        laughter.update(laugh.lastgroup or "" for laugh in _DIGITS.finditer(text))
        text = _NOISE.sub(" ", text)
    words: list[str] = []
    for word in _WORD.findall(text):
        if word[0] in _LAUGHS and len(word) > 1:
            laugh = _LAUGHTER.fullmatch(word)
            if laugh:
                laughter.add(laugh.lastgroup or "")
                continue
        if word[-1] in "w草" and _LAUGHTER_AT_END.search(word):
            laughter.add("ja")
            word = _LAUGHTER_AT_END.sub("", word)
        words.append(word)
    if "ru" in laughter:
        laughter.add("uk")
    if _ELONGATED.search(text):
        words = [_ELONGATED.sub(r"\1", word) for word in words]
    if "ーー" in text:
        words = [_LONG_MARK.sub(r"\1", word) for word in words]
    return words, frozenset(laughter)


def is_name(words: Sequence[str]) -> bool:
    """Tell whether words look like names: few, each with a capital, not all in capitals."""
    return len(words) <= 4 and all(word[:1].isupper() and not word.isupper() for word in words)
