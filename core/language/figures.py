"""Numbers of a text and of its translation: the same ones, or a mended spelling of them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

import regex

from core.language.names import find_locale

_NUMBER = regex.compile(
    r"(?:(?<![\w)])[-+−])?\p{Nd}+(?:[.,:/\-–—'’٫٬×\u00A0\u202F]\p{Nd}+|[ ]\p{Nd}{3}(?!\p{Nd})){0,6}"
)
_DIGITS = regex.compile(r"\d+")
_MONTH = regex.compile(r"(?<!\d)(\d{1,2})\s?[月월]|tháng\s(\d{1,2})(?!\d)", regex.IGNORECASE)
"""How Chinese, Japanese, Korean and Vietnamese name months."""


def to_ascii(text: str) -> str:
    """Write digits of every script as 0 to 9, and every minus as a hyphen."""
    if text.isascii():
        return text
    plain = (str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)
    return "".join(plain).replace("−", "-")


def mend_numbers(
    template: str, translated: str, mark: regex.Pattern[str], *, source: str, target: str
) -> str | None:
    """Return a translation with each number spelled as in the source; None if one is wrong.

    Args:
        template: The source.
        translated: What became of it.
        mark: What to pass over in both.
        source: BCP 47 tag, or "".
        target: BCP 47 tag.
    """
    wanted = Counter(to_ascii(n[0]) for n in _NUMBER.finditer(mark.sub("\ue000", template)))
    text = translated
    whole = Counter(to_ascii(found[0]) for found in _find_all(text, mark))
    for number, count in wanted.items():
        if whole[number] < count:
            text = _join(text, number)
    left = Counter(wanted)
    pieces: list[str] = []
    extra: list[str] = []
    end = 0
    for found in _find_all(text, mark):
        plain = to_ascii(found[0])
        number = plain if left[plain] > 0 else _find_same(plain, left)
        if number is None:
            extra.append(plain)
            continue
        left[number] -= 1
        pieces += [text[end : found.start()], number]
        end = found.end()
    gone = [number for number, count in left.items() for _ in range(count)]
    if not _are_months(extra, text, template, source or "en"):
        return None
    if not _are_months(gone, template, text, target):
        return None
    return "".join([*pieces, text[end:]])


def _find_all(text: str, mark: regex.Pattern[str]) -> list[regex.Match[str]]:
    """Find the numbers that are not inside of a mark."""
    taken = [found.span() for found in mark.finditer(text)]
    return [
        found
        for found in _NUMBER.finditer(text)
        if not any(start <= found.start() < end for start, end in taken)
    ]


def _join(text: str, number: str) -> str:
    """Take the spaces out of a number that was torn apart, such as "3 - 1"."""
    groups = _DIGITS.findall(number)
    if len(groups) < 2:
        return text
    torn = r"\s*[.,:/\-–—'’٫٬×]\s*".join(groups)
    return regex.sub(rf"(?<![\d.,:/\-]){torn}(?![\d]|[.,:/\-]\d)", lambda _: number, text)


def _find_same(plain: str, left: Mapping[str, int]) -> str | None:
    """Return the number that was meant: the same digits with other separators."""
    for number, count in left.items():
        same_sign = number[:1] == plain[:1] or (number[:1] + plain[:1]).isdecimal()
        if count > 0 and same_sign and _DIGITS.findall(number) == _DIGITS.findall(plain):
            return number
    for number, count in left.items():
        joined = "".join(_DIGITS.findall(number))
        # Thousands are grouped in one language and not in another.
        is_long = len(joined) > 3 and plain[:1] == number[:1]
        if count > 0 and is_long and joined == "".join(_DIGITS.findall(plain)):
            return number
    return None


def _are_months(numbers: list[str], written: str, named: str, language: str) -> bool:
    """Tell whether numbers are months, written as such in one text and by name in the other."""
    if not numbers:
        return True
    written_months = {int(found[1] or found[2]) for found in _MONTH.finditer(to_ascii(written))}
    names = _month_names(language)
    words = named.casefold()
    return all(
        number.isdecimal()
        and len(number) < 3
        and int(number) in written_months
        and any(name in words for name in names.get(int(number), ()))
        for number in numbers
    )


@lru_cache(maxsize=64)
def _month_names(language: str) -> dict[int, tuple[str, ...]]:
    locale = find_locale(language)
    names: dict[int, tuple[str, ...]] = {}
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            months = cast("Any", locale.months)[context][width]
            for number in range(1, 13):
                names[number] = (*names.get(number, ()), str(months[number]).casefold().rstrip("."))
    return names
