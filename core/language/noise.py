"""What a chat message has besides language: links, mentions, emoji, long vowels, laughter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_NOISE = re.compile(
    r"""https?://\S+ | (?<!\S)(?:www\.\S+|\S+@\S+)   # links and addresses
    | <(?:@[!&]?|\#|a?:\w+:|/[\w\ ]+:|t:)[^>]*>      # mentions, emoji and times of Discord
    | (?<!\w)[@/]\w+ | :\w+: | [\d_]+                # mentions, commands, emoji codes, figures
    """,
    re.VERBOSE,
)
_LAUGHTER = re.compile(
    r"""\b(?P<es>(?:j[aeiou]){2,}j?)\b | \b(?P<pt>k{3,}|(?:rs){2,}|(?:hua){2,})\b
    | \b(?P<id>(?:wk){2,}w?)\b | \b(?P<fr>mdr+|ptdr+)\b | \b(?P<ru>а?(?:ха){2,}х?)\b
    | (?P<ja>\bw{3,}\b(?!\.) | (?<=[^\x00-\x7f])w+\b | 草+$) | (?P<ko>[ㅋㅎㅠㅜ]{2,})
    | (?P<ar>ه{3,}) | (?P<fa>خ{3,}) | (?<![\w-])(?:(?P<th>5{3,}) | (?P<zh>2+3{2,}))(?![\w-])
    | \b(?P<en>lmf?ao+|rofl+)\b | \b(?P<und>(?:a?ha|he|hi){2,}h?|lo+l|x+d+)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Each group is named after the language that laughs so; "und" after none."""

_ELONGATED = re.compile(r"([^\W\d_])\1{2,}")
_WORD = re.compile(r"[^\W\d_](?:['’]?[^\W\d_]|[\u0300-\u036f\u0900-\u0dff])*")


def clean(text: str) -> tuple[str, frozenset[str]]:
    """Return the text without what says nothing, and the languages that its laughter is of."""
    # Styled and full-width letters become plain ones.
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    laughter = {laugh.lastgroup or "" for laugh in _LAUGHTER.finditer(text)}
    if "ru" in laughter:
        laughter.add("uk")
    plain = _NOISE.sub(" ", _LAUGHTER.sub(" ", text))
    return _ELONGATED.sub(r"\1", plain).strip(), frozenset(laughter)


def find_words(plain: str) -> list[str]:
    """Return the words of a cleaned text, as they are written."""
    return _WORD.findall(plain)


def is_name(words: Sequence[str]) -> bool:
    """Tell whether words look like names: few, each with a capital, not all in capitals."""
    return len(words) <= 4 and all(word[:1].isupper() and not word.isupper() for word in words)
