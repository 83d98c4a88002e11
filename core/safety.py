"""What may go out: nothing of the bot's secret, in whatever shape a model writes it.

A bot's system message holds a word that stands nowhere else, its canary, and rules and a persona
that are nobody's business. A model may be talked into saying them, plain or encoded; an answer
that does is stopped before it is shown.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from core.lookalike import fold

_LETTERS = "cdfgjkmpqstwxz"
"""Of a canary: no vowels, so that no word of any language has six of them, and none that rot13
turns into one."""

_LENGTH = 14
_TELLING = 6
"""Letters of the canary in a row that give it away."""

_LIKELY = 3
"""Letters at the very end that may be its beginning: more is waited for."""

_WINDOW, _STEP = 32, 8
"""Letters and digits in a row that are quoted and not chance, six to eight words; and how far
apart an answer is looked at, so that whatever has 40 is found."""

_SENTENCES = 2
"""Of the persona that an answer repeats: one may well say who the bot is."""

_SEEN_ALREADY = 300
"""Characters looked at again with what an answer grew by, since a leak may have begun there."""

_BASE64 = 24
"""Letters of an encoded text that are quoted and not chance: 18 before it was encoded."""

_NOT_LETTER = re.compile(r"[^a-z]+")
_NOT_WORD = re.compile(r"[\W_]+")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_INITIAL = re.compile(r"\b[^\W\d_]")
_LETTER = re.compile(r"[^\W\d_]")
_HEX = re.compile(r"(?:[0-9a-f]{2}(?:\\u00|\\x|[\s:;,.%-]?(?:0x)?)){6,}", re.IGNORECASE)
_HEX_MARKS = re.compile(r"\\u00|\\x|0x|[^0-9a-f]", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<!\d)\d{1,3}(?:\D{1,3}\d{1,3}){5,}(?!\d)")
_NUMBER = re.compile(r"\d+")
_BITS = re.compile(r"(?<!\d)[01]{7,8}(?:\s*[01]{7,8}){5,}(?!\d)")
_BYTE = re.compile(r"[01]{7,8}")
_ROT13 = str.maketrans({chr(97 + i): chr(97 + (i + 13) % 26) for i in range(26)})


SELF_HARM = "self-harm"
"""The rule that answers with a help line."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Why an answer was not given as the model wrote it, or a message was not answered."""

    rule: str
    """What was broken: "canary", "prompt", `SELF_HARM`, "guard:" and a category of a guard model,
    or "endpoint" where the endpoint itself refused."""

    sure: float
    """0 to 1."""

    kind: Literal["guard"] = "guard"


Leak = Literal["open", "canary", "prompt", ""]
"""open: it may be the beginning of one; "": nothing is wrong so far."""


def to_canary(secret: str) -> str:
    """Return the word that stands in a system message and nowhere else.

    It follows from the message's own text, so that every process has the same one.
    """
    digest = hashlib.sha256(b"canary:" + secret.encode("utf-8", "replace")).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:_LENGTH])


class LeakCheck:
    """Knows the secret of one bot in all its shapes; it keeps nothing between answers."""

    def __init__(
        self, canary: str, *, rules: str, persona: str, public: Iterable[str] = ()
    ) -> None:
        """Learn what is secret.

        Args:
            canary: Of `to_canary`.
            rules: Any stretch of them is a leak.
            persona: Two sentences of it are.
            public: What the bot tells anybody, and so may also stand in the other two.
        """
        shapes = [canary, canary.translate(_ROT13)]
        shapes += [shape[::-1] for shape in shapes]
        self._pieces = {piece for shape in shapes for piece in _windows(shape, _TELLING)}
        begun = {shape[:i] for shape in shapes for i in range(_LIKELY, _TELLING)}
        self._begun = tuple(sorted(begun))
        self._encoded = {
            piece
            for shape in (*shapes, *(shape.upper() for shape in shapes))
            for piece in _windows_encoded(shape, _TELLING)
        }
        self._rules = set(_windows(_to_word(rules), _WINDOW))
        self._persona: dict[str, int] = {}
        for number, sentence in enumerate(_SENTENCE.split(persona)):
            windows = _windows(_to_word(sentence), _WINDOW)
            self._persona |= dict.fromkeys(windows, number)
        for text in public:
            for window in _windows(_to_word(text), _WINDOW):
                self._rules.discard(window)
                self._persona.pop(window, None)
        self._encoded_rules = {
            piece for text in (rules, persona) for piece in _windows_encoded(text, _BASE64)
        }

    def judge(self, text: str, *, seen: int = 0, before: str = "") -> Leak:
        """Judge an answer by what is there of it.

        Args:
            text: From its beginning.
            seen: How many of its characters were found harmless already.
            before: Short answers given before it: a secret may come letter by letter.
        """
        new = text[max(0, seen - _SEEN_ALREADY) :]
        folded = fold(new)
        lines = (fold(text) if seen > _SEEN_ALREADY else folded).split("\n")
        tails = [
            folded,
            "".join(_INITIAL.findall(folded)),
            "".join(_firsts(lines)),
            "".join(_firsts(line[::-1] for line in lines)),
        ]
        if before:
            joined = f"{fold(before)}\n{folded}"
            tails += [joined, "".join(_INITIAL.findall(joined))]
        tails = [_NOT_LETTER.sub("", tail) for tail in tails]
        decoded = " ".join(_decode(new)).lower()
        said = [*tails, _NOT_LETTER.sub("", decoded)]
        dense = "".join(new.split())
        if not self._encoded.isdisjoint(_windows(dense, _TELLING)) or not all(
            self._pieces.isdisjoint(_windows(letters, _TELLING)) for letters in said
        ):
            return "canary"
        is_encoded = not self._encoded_rules.isdisjoint(_windows(dense, _BASE64, _STEP))
        if is_encoded or self._quotes(folded) or self._quotes(decoded):
            return "prompt"
        return "open" if any(tail.endswith(self._begun) for tail in tails) else ""

    def _quotes(self, text: str) -> bool:
        words = _NOT_WORD.sub(" ", text).split()
        word = "".join(words)
        shapes = (word, word[::-1], word.translate(_ROT13), "".join(reversed(words)))
        for shape in shapes:
            windows = list(_windows(shape, _WINDOW, _STEP))
            if not self._rules.isdisjoint(windows):
                return True
            if len({self._persona[w] for w in windows if w in self._persona}) >= _SENTENCES:
                return True
        return False


def _firsts(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        if found := _LETTER.search(line):
            yield found[0]


def _to_word(text: str) -> str:
    return _NOT_WORD.sub("", fold(text))


def _windows(word: str, length: int, step: int = 1) -> list[str]:
    return [word[i : i + length] for i in range(0, len(word) - length + 1, step)]


def _windows_encoded(text: str, length: int) -> Iterator[str]:
    """Yield what a text becomes in base64, wherever in a longer text it begins."""
    raw = text.encode("utf-8", "replace")
    for shift, unsure in ((0, 0), (1, 2), (2, 3)):
        # What stands before and after takes part in the letters at both ends.
        known = (shift + len(raw)) * 8 // 6
        yield from _windows(base64.b64encode(bytes(shift) + raw).decode()[unsure:known], length)


def _decode(text: str) -> Iterator[str]:
    """Find what a text says in numbers, or in the entities of HTML."""
    for found in _HEX.finditer(text):
        digits = _HEX_MARKS.sub("", found[0])
        for start in range(2):
            piece = digits[start : start + (len(digits) - start) // 2 * 2]
            yield binascii.unhexlify(piece).decode("latin-1")
    for found in _NUMBERS.finditer(text):
        numbers = [int(number) for number in _NUMBER.findall(found[0])]
        yield "".join(chr(number) for number in numbers if 32 <= number < 127)
        yield "".join(chr(96 + number) for number in numbers if 1 <= number <= 26)
    for found in _BITS.finditer(text):
        yield "".join(chr(int(bits, 2)) for bits in _BYTE.findall(found[0]))
    if "&" in text:
        yield html.unescape(text)
