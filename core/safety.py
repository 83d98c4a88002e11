"""What may go out: nothing of the bot's secret, in whatever shape a model writes it.

A bot's system message holds a word that stands nowhere else, its canary, and rules and a persona
that are nobody's business. A model may be talked into saying them, plain or encoded; an answer
that does is stopped before it is shown.
"""

from __future__ import annotations

import base64
import binascii
import codecs
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

_SEEN_ALREADY = 800
"""Characters looked at again with what an answer grew by, since a leak may have begun there."""

_NOT_LETTER = re.compile(r"[^a-z]+")
_NOT_WORD = re.compile(r"[\W_]+")
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_INITIAL = re.compile(r"\b[^\W\d_]")
_LINE_INITIAL = re.compile(r"^[\W\d_]*([^\W\d_])", re.MULTILINE)
_LAST_LETTER = re.compile(r"([^\W\d_])[\W\d_]*$", re.MULTILINE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_HEX_MARKS = re.compile(r"\\u00|\\x|0x|&#x|%|[\s:;,.-]", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{12,}", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<!\d)\d{1,3}(?:\D{1,3}\d{1,3}){5,}(?!\d)")
_BITS = re.compile(r"(?<!\d)[01]{7,8}(?:\s*[01]{7,8}){5,}(?!\d)")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Why an answer was not given as the model wrote it, or a message was not answered."""

    rule: str
    """What was broken: "canary", "prompt", "self-harm", or "guard:" and a category."""

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
        shapes = [canary, codecs.encode(canary, "rot13")]
        shapes += [shape[::-1] for shape in shapes]
        pieces = {
            shape[i : i + _TELLING] for shape in shapes for i in range(_LENGTH - _TELLING + 1)
        }
        self._pieces = re.compile("|".join(sorted(pieces)))
        begun = {shape[:i] for shape in shapes for i in range(_LIKELY, _TELLING)}
        self._begun = tuple(sorted(begun))
        self._rules = set(_windows(_to_word(rules), 1))
        self._persona: dict[str, int] = {}
        for number, sentence in enumerate(_SENTENCE.split(persona)):
            self._persona |= dict.fromkeys(_windows(_to_word(sentence), 1), number)
        for text in public:
            for window in _windows(_to_word(text), 1):
                self._rules.discard(window)
                self._persona.pop(window, None)

    def judge(self, text: str, *, seen: int = 0, before: str = "") -> Leak:
        """Judge an answer by what is there of it.

        Args:
            text: From its beginning.
            seen: How many of its characters were found harmless already.
            before: Short answers given before it: a secret may come letter by letter.
        """
        folded = fold(text[max(0, seen - _SEEN_ALREADY) :])
        lines = fold(text) if seen > _SEEN_ALREADY else folded
        initials = [
            "".join(_INITIAL.findall(folded)),
            "".join(_LINE_INITIAL.findall(lines)),
            "".join(_LAST_LETTER.findall(lines)),
        ]
        if before:
            joined = f"{fold(before)}\n{folded}"
            initials += [joined, "".join(_INITIAL.findall(joined))]
        tails = [_NOT_LETTER.sub("", shape) for shape in (folded, *initials)]
        if any(self._pieces.search(tail) for tail in tails):
            return "canary"
        decoded = " ".join(_decode(text[max(0, seen - _SEEN_ALREADY) :])).lower()
        if self._pieces.search(_NOT_LETTER.sub("", decoded)):
            return "canary"
        if self._quotes(folded) or self._quotes(decoded):
            return "prompt"
        return "open" if any(tail.endswith(self._begun) for tail in tails) else ""

    def _quotes(self, text: str) -> bool:
        words = _NOT_WORD.sub(" ", text).split()
        word = "".join(words)
        shapes = (word, word[::-1], codecs.encode(word, "rot13"), "".join(reversed(words)))
        for shape in shapes:
            windows = list(_windows(shape, _STEP))
            if not self._rules.isdisjoint(windows):
                return True
            if len({self._persona[w] for w in windows if w in self._persona}) >= _SENTENCES:
                return True
        return False


def _to_word(text: str) -> str:
    return _NOT_WORD.sub("", fold(text))


def _windows(word: str, step: int) -> Iterator[str]:
    return (word[i : i + _WINDOW] for i in range(0, len(word) - _WINDOW + 1, step))


def _decode(text: str) -> Iterator[str]:
    """Find what a text says to a program."""
    whole = "".join(text.split())
    for found in _BASE64.finditer(whole):
        run = found[0].replace("-", "+").replace("_", "/")
        for start in range(4):
            piece = run[start : start + (len(run) - start) // 4 * 4]
            yield base64.b64decode(piece).decode("latin-1")
    for found in _HEX.finditer(_HEX_MARKS.sub("", text)):
        for start in range(2):
            piece = found[0][start : start + (len(found[0]) - start) // 2 * 2]
            yield binascii.unhexlify(piece).decode("latin-1")
    for found in _NUMBERS.finditer(text):
        numbers = [int(number) for number in re.findall(r"\d+", found[0])]
        yield "".join(chr(number) for number in numbers if 32 <= number < 127)
        yield "".join(chr(96 + number) for number in numbers if 1 <= number <= 26)
    for found in _BITS.finditer(text):
        yield "".join(chr(int(bits, 2)) for bits in re.findall(r"[01]{7,8}", found[0]))
    if "&" in text:
        yield html.unescape(text)
