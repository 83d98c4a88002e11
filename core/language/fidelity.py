"""Whether what came back is a translation: not an answer, an echo, a remark or another language."""

from __future__ import annotations

import re
from collections.abc import Sequence

import regex

from core.language.contract import fold
from core.language.detect import Detection
from core.language.script import find_script
from core.language.tongues import find_tongue, is_same, script_of

_ASKS = re.compile("[?？؟\u037e]")
_QUESTION = re.compile("[?？؟⸮՞;\u037e፧⁇⁉]|[吗嗎呢么麼]|か(?=[。」\\s]|$)")
_UNASKING = frozenset(("th", "lo", "my", "km"))
"""Languages whose questions can do without a question mark."""

_REMARK = re.compile(
    r"\A\W{0,3}(?:[^\n:：]{0,60}(?:translat|traduc|traduz|tradu[cç]|traduit|übersetz|vertaling|"
    r"перевод|переклад|tłumacz|çeviri|翻译|翻譯|译文|翻訳|번역|ترجم|अनुवाद|terjemah|dịch)"
    r"[^\n:：]{0,40}|(?:sure|certainly|of course|okay|ok|here (?:it )?(?:is|you go)|here's)"
    r"[^\n:：]{0,60})[:：][\s*_]*",
    re.IGNORECASE,
)
"""What models put before a translation."""

_WRAPPED = re.compile(r"\A\s*<(text|translation)>(.*?)</\1>\s*\Z", re.DOTALL | re.IGNORECASE)
_FENCED = re.compile(r"\A\s*```\w*\n(.*?)\n?```\s*\Z", re.DOTALL)
_QUOTES = (
    ('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"), ("'", "'"), ("‘", "’"),
    ("『", "』"), ("»", "«"), ("”", "”"), ("„", "”"),
)  # fmt: skip
_DENSE = (
    (regex.compile(r"\p{Han}"), 1.6), (regex.compile(r"\p{Hangul}"), 1.0),
    (regex.compile(r"[\p{Hiragana}\p{Katakana}]"), 0.15), (regex.compile(r"\p{Hebrew}"), 0.3),
    (regex.compile(r"\p{Arabic}"), 0.15),
)  # fmt: skip
"""How much more than a letter of Latin one of another script says; from texts that say the same in
twenty languages (`tests/core/fan_texts.py`), where the others differ by a tenth at most."""

_LETTER = regex.compile(r"[\p{L}\p{M}]")
_SLACK = 12.0
"""Letters, about: "GG" may become "Gutes Spiel"."""

_LEAST, _MOST = 0.55, 1.9
"""Of the source's weighed length, with slack added to both."""

_LEAST_UNENDED = 0.75
"""The same, where the source ends with a full stop or the like and its translation does not."""

_END = re.compile(r"[.!?。！？؟।…;\u037e][\s\"'”»)*_]*\Z")
_SURE = 0.9
"""Probability from which a language that was not asked for is believed."""

_KIN = tuple(
    frozenset(kin.split())
    for kin in (
        "nb nn da no", "sr hr bs sl", "cs sk", "es ca gl ast oc", "pt gl", "id ms jv su min bjn",
        "hi mr ne mai bho awa mag hne", "tr az", "ru be", "bg mk", "fa prs", "de lb", "nl af li",
        "zh-Hans zh-Hant yue", "it vec scn lmo lij fur sc", "bn as", "uz az", "kk tt ba",
        "ar ars apc arz ary acm acq aeb ajp", "tl ceb ilo war pag", "fr oc ht",
    )
)  # fmt: skip
"""Languages that a detector takes for each other."""

_FEW = 2
"""Words that may be the same in two languages: "Hotel", "Bravo!"."""


def trim(translated: str, source: str) -> str:
    """Take off what a model put round a translation: tags, a fence, a remark, quotes."""
    text = translated.strip()
    wrapped = _WRAPPED.match(text)
    text = wrapped[2].strip() if wrapped else text
    if "```" not in source and (fenced := _FENCED.match(text)):
        text = fenced[1].strip()
    if not _REMARK.match(source):
        text = _REMARK.sub("", text).strip() or text
    if text[:1] != source[:1]:
        for left, right in _QUOTES:
            inner = text[len(left) : -len(right)]
            is_round = len(text) > 2 and text.startswith(left) and text.endswith(right)
            if is_round and left not in inner and right not in inner:
                return inner.strip()
    return text


def find_fault(source: str, translated: str, *, origin: str, target: str) -> str:
    """Return why a text is no translation of another, or "".

    What a detector says is looked at by `is_in_another`.

    Args:
        source: Without locked tokens.
        translated: The same.
        origin: BCP 47 tag of the source, or "".
        target: BCP 47 tag.
    """
    if not any(map(str.isalpha, translated)):
        return "empty"
    if "<think" in translated or "</think" in translated:
        return "thinking"
    if fold(source) == fold(translated) and not (origin and is_same(origin, target)):
        return "echo"
    written = find_script(translated)
    if written and written != script_of(target) and not _is_name(translated, source):
        return "language"
    if _count_rows(translated) > _count_rows(source) or _is_remarked(source, translated):
        return "remark"
    if _ASKS.search(source) and _of(target) not in _UNASKING and not _QUESTION.search(translated):
        return "answer"
    ratio = (_weigh(translated) + _SLACK) / (_weigh(source) + _SLACK)
    is_unended = bool(_END.search(source)) and not _END.search(translated)
    least = _LEAST_UNENDED if is_unended and _of(target) not in _UNASKING else _LEAST
    return "" if least <= ratio <= _MOST else "length"


def is_in_another(detection: Detection, *, origin: str, target: str, known: Sequence[str]) -> bool:
    """Tell whether a detector is sure that a translation is not in the target language.

    Args:
        detection: Of the translation.
        origin: Language of the source, or "".
        target: What was asked for.
        known: Languages that the detector can tell; where the target is none of them, only the
            source's and English count as wrong.
    """
    found = detection.language
    if found == "und" or detection.probability < _SURE or is_same(found, target):
        return False
    if _of(found) == _of(target) or any({_of(found), _of(target)} <= kin for kin in _KIN):
        return False
    if any(is_same(target, tag) for tag in known):
        return True
    return found == "en" or (origin != "" and is_same(found, origin))


def count_words(text: str) -> int:
    """Count words; where a script has no spaces, two characters are one."""
    if find_script(text) in ("Hani", "Thai", "Laoo", "Khmr", "Mymr"):
        return sum(map(str.isalpha, text)) // 2
    return len(regex.findall(r"[\p{L}\p{M}'’]+", text))


def _of(tag: str) -> str:
    tongue = find_tongue(tag)
    return tongue.tag if tongue is not None else tag.split("-")[0]


def is_short(source: str) -> bool:
    """Tell whether a text may be the same in two languages."""
    return count_words(source) <= _FEW


def _is_name(translated: str, source: str) -> bool:
    """Tell whether all words of a translation stood in the source: names, "OK", "VIP"."""
    words = {fold(word) for word in source.split()}
    return count_words(source) <= 2 * _FEW and all(fold(w) in words for w in translated.split())


def _count_rows(text: str) -> int:
    return sum(1 for row in text.splitlines() if row.strip())


def _is_remarked(source: str, translated: str) -> bool:
    """Tell whether a remark in brackets was added at the end."""
    ends = (")", "）", "]")
    return translated.endswith(ends) and not any(sign in source for sign in "()（）[]")


def _weigh(text: str) -> float:
    dense = sum(more * len(script.findall(text)) for script, more in _DENSE)
    return len(_LETTER.findall(text)) + dense
