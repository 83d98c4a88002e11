"""Cuts text of any script into words that can be compared: what all searching rests on.

A word becomes a slot with several keys: its stem, its plain form, and the glossary terms that
it says. A question and a passage in different languages meet in the glossary terms.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from core.answer.lexicon import COMMON
from core.answer.stems import Stems
from core.bot import Bot

# Thai, Lao, Myanmar, Khmer, Kana, Han: written without spaces.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u9fff"
_HANGUL = "\uac00-\ud7a3"
# Vowel signs of Indian scripts are no letters to `re`, but parts of words.
_SIGNS = "\u0300-\u036f\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_RUN = re.compile(rf"[{_UNSPACED}]+|[{_HANGUL}]+|(?:(?![{_UNSPACED}{_HANGUL}])[\w{_SIGNS}])+")
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u093c\u0640]"
)
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "ة": "ه", "ى": "ي"})
_KANA = re.compile("[\u3040-\u309f]+")
_SCRIPTS = re.compile("(?P<katakana>[\u30a0-\u30ff]+)|[^\u30a0-\u30ff]+")
_UNSPACED_START = re.compile(rf"[{_UNSPACED}]")
_HANGUL_START = re.compile(rf"[{_HANGUL}]")

_SLIP = 6
"""Letters from which on one wrong letter is a slip and no other word."""

_PIECE = 0.5
"""Weight of a pair of characters against a whole word: two pairs make about a word."""

_PREFIX, _SUFFIX = 4, 5
"""Letters that a glossary word needs to be seen at the start or end of a longer one."""

_FIRST_SHORT = "\u0530"
"""In scripts from here on a stem of three letters is no accident; in Latin, Greek and Cyrillic
it makes "video" out of "vida"."""

_MAX_TEXT = 4_000
"""Characters of a text that are looked at; passages and questions are shorter."""

_MAX_SLOTS = 80
"""Words of a question that are searched for: all of any that a person means to be answered."""


class Slot(msgspec.Struct, kw_only=True):
    """A word, or a pair of characters, of a text."""

    plain: str
    """Folded: no case, no accents."""

    keys: list[str]
    """All under which it is found, best last."""

    weight: float = 1.0
    is_common: bool = False
    """Says nothing about the subject: "the", "when", a number."""

    is_piece: bool = False
    """Cut out of a run without spaces: no word by itself."""

    start: int = 0
    """Where a piece begins in its run."""


def fold(text: str) -> str:
    """Take case, accents and other ornament away, so that hasty spellings are equal."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", plain).translate(_LETTERS))


def is_name(slot: Slot) -> bool:
    """Tell whether a slot has a key that no word of a text can be: a glossary term or the like."""
    return not slot.keys[-1][0].isalnum()


def base_of(language: str) -> str:
    """Return the tag without script and region."""
    return language.partition("-")[0].lower()


class Phrases:
    """Words and phrases of one language, found in a text in whatever form they stand there."""

    def __init__(self) -> None:
        self._sequences: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._words: dict[str, str] = {}
        self._pieces: dict[str, str] = {}
        self._shelves: dict[str, list[str]] | None = None

    def add(self, slots: Sequence[Slot], key: str) -> None:
        """Teach a phrase.

        Args:
            slots: Its words, as `Words.cut` gives them.
            key: What a slot that says it gains.
        """
        if not slots:
            return
        if slots[0].is_piece:
            self._pieces.setdefault(_join(slots), key)
            return
        stems = tuple(slot.keys[0] for slot in slots)
        rows = self._sequences.setdefault(stems[0], [])
        rows.append((stems, key))
        rows.sort(key=lambda row: -len(row[0]))
        if len(slots) == 1:
            self._words.setdefault(slots[0].plain, key)

    def mark(self, slots: list[Slot]) -> None:
        """Give every slot that is part of a known phrase the key of it."""
        position = 0
        while position < len(slots):
            position += self._mark_at(slots, position)
        if self._pieces:
            self._mark_pieces(slots)

    def _mark_at(self, slots: list[Slot], position: int) -> int:
        """Mark the longest phrase that begins here; return how many slots it takes."""
        exact = self._words.get(slots[position].plain)
        for stems, key in self._sequences.get(slots[position].keys[0], ()):
            window = slots[position : position + len(stems)]
            if len(stems) == 1 and exact:
                key = exact
            if len(window) == len(stems) and all(
                slot.keys[0] == stem for slot, stem in zip(window, stems, strict=True)
            ):
                window[0].is_common = False
                for slot in window:
                    _give(slot, key)
                return len(stems)
        slot = slots[position]
        if not (slot.is_piece or slot.is_common):
            key = self._words.get(slot.plain) or self._find_part(slot.plain)
            if key:
                _give(slot, key)
        return 1

    def _find_part(self, word: str) -> str:
        """Return the key of the longest known word that this one begins or ends with."""
        for size in range(len(word) - 1, _PREFIX - 1, -1):
            if key := self._words.get(word[:size]):
                return key
            if size >= _SUFFIX and (key := self._words.get(word[-size:])):
                return key
        return ""

    def _mark_pieces(self, slots: list[Slot]) -> None:
        for run in _runs(slots):
            text = _join(run)
            free = [True] * len(text)
            # Longest first: in 電車 (train) there is no 車 (car).
            for form in sorted((form for form in self._pieces if form in text), key=_by_length):
                for found in re.finditer(re.escape(form), text):
                    at, end = found.span()
                    if all(free[at:end]):
                        free[at:end] = [False] * (end - at)
                        for slot in _cover(run, at, end):
                            slot.is_common = False
                            _give(slot, self._pieces[form])

    def find_near(self, word: str) -> str:
        """Return the key of a known word that this one is a form or a slip of, or ""."""
        if self._shelves is None:
            self._shelves = shelve(self._words)
        return self._words.get(find_near(word, self._shelves), "")


def _give(slot: Slot, key: str) -> None:
    if key not in slot.keys:
        slot.keys.append(key)


def _by_length(form: str) -> int:
    return -len(form)


def _join(run: Sequence[Slot]) -> str:
    """Put the text of a run together again."""
    text = ""
    for slot in run:
        text = text[: slot.start] + slot.plain
    return text


def _cover(run: Sequence[Slot], at: int, end: int) -> list[Slot]:
    """Return the pieces that lie in a stretch of a run, or else those that touch it."""
    spans = [(slot, slot.start, slot.start + len(slot.plain)) for slot in run]
    inside = [slot for slot, start, stop in spans if at <= start and stop <= end]
    return inside or [slot for slot, start, stop in spans if start < end and at < stop]


def _runs(slots: Sequence[Slot]) -> Iterable[Sequence[Slot]]:
    """Group the pieces that stood together."""
    begin = 0
    for position in range(1, len(slots) + 1):
        if position == len(slots) or slots[position].start == 0:
            if slots[begin].is_piece:
                yield slots[begin:position]
            begin = position


def shelve(words: Iterable[str]) -> dict[str, list[str]]:
    """Sort words by their first two letters, for `find_near`."""
    shelves: dict[str, list[str]] = {}
    for word in words:
        shelves.setdefault(word[:2], []).append(word)
    return shelves


def find_near(word: str, known: Mapping[str, Sequence[str]]) -> str:
    """Return the known word that this one is an inflected form or a slip of, or "".

    Both must begin alike and differ only at the end, or in one letter.

    Args:
        word: Folded.
        known: From `shelve`.
    """
    if len(word) < _PREFIX + 1:
        return ""
    best, shared = "", 0
    for other in known.get(word[:2], ()):
        if abs(len(other) - len(word)) > 3:
            continue
        same = _count_same(word, other)
        rest = max(len(word), len(other)) - same
        is_form = same >= _PREFIX and rest <= 3 and same >= 1.5 * rest
        if (is_form or _is_slip(word, other, same)) and same > shared:
            best, shared = other, same
    return best


def _count_same(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _is_slip(one: str, other: str, same: int) -> bool:
    """Tell whether one letter is wrong, missing, too many or swapped after `same` letters."""
    a, b = one[same:], other[same:]
    return len(one) >= _SLIP and (
        a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
    )


class Words:
    """Cuts texts of one bot into slots, with its glossary."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._phrases: dict[str, Phrases] = {}
        self._stems = Stems()
        self._common: dict[str, frozenset[str]] = {}
        self._patterns: dict[str, re.Pattern[str]] = {}

    def analyse(self, text: str, language: str) -> list[Slot]:
        """Cut a text and mark the glossary terms in it."""
        slots = self.cut(text, language)
        self.phrases(language).mark(slots)
        return slots

    def ask(self, text: str, language: str, *more: Phrases) -> list[Slot]:
        """Cut a question: as `analyse`, without common words, and forgiving slips.

        Args:
            text: The question.
            language: The fan's.
            more: Further phrases that it may contain.
        """
        slots = self.analyse(text, language)
        for phrases in more:
            phrases.mark(slots)
        slots = [slot for slot in slots if not slot.is_common][:_MAX_SLOTS]
        tables = (*more, self.phrases(language), self.phrases(self._bot.default_language))
        for slot in slots:
            if slot.is_piece or is_name(slot):
                continue
            for table in tables:
                if key := table.find_near(slot.plain):
                    _give(slot, key)
        return slots

    def cut(self, text: str, language: str) -> list[Slot]:
        """Cut a text into slots, each with its stem and its plain form."""
        common = self._find_common(language)
        slots: list[Slot] = []
        # One sign may become eighteen, so the length is held on both sides.
        for run in _RUN.findall(unicodedata.normalize("NFKC", text[:_MAX_TEXT])[:_MAX_TEXT]):
            if _UNSPACED_START.match(run):
                slots += self._cut_run(fold(run), base_of(language))
            elif _HANGUL_START.match(run):
                slots += _pair(run, 0, is_common=run in common)
            else:
                slots += [
                    self._to_slot(word, language, common) for word in run.split("_") if fold(word)
                ]
        return slots

    def phrases(self, language: str) -> Phrases:
        """Return the glossary of a language."""
        found = self._phrases.get(language)
        if found is None:
            found = self._phrases[language] = self._read_glossary(language)
        return found

    def _read_glossary(self, language: str) -> Phrases:
        phrases = Phrases()
        default = self._bot.default_language
        for term in self._bot.terms:
            forms = [*term.synonyms.get(language, ())]
            if language in term.translations:
                forms.append(term.translations[language])
            if language == default or term.keep or not forms:
                forms.append(term.term)
            for form in forms:
                phrases.add(self.cut(form, language), f"~{term.term}")
        return phrases

    def _to_slot(self, word: str, language: str, common: frozenset[str]) -> Slot:
        plain = fold(word)
        stem = fold(self._stems.stem(word.casefold(), base_of(language)))
        if len(stem) < _PREFIX and len(plain) > len(stem) + 1 and plain < _FIRST_SHORT:
            stem = plain
        keys = [stem] if stem == plain else [stem, plain]
        return Slot(plain=plain, keys=keys, is_common=plain in common or plain.isdecimal())

    def _find_common(self, language: str) -> frozenset[str]:
        base = base_of(language)
        found = self._common.get(base)
        if found is None:
            found = frozenset(fold(word) for word in COMMON.get(base, "").split())
            self._common[base] = found
        return found

    def _cut_run(self, run: str, language: str) -> list[Slot]:
        """Cut a run without spaces into pieces; what is common stays in one."""
        slots: list[Slot] = []
        at = 0
        for common in self._find_pattern(language).finditer(run):
            slots += _cut_kana(run[at : common.start()], at)
            slots.append(_to_piece(common[0], common.start(), is_common=True))
            at = common.end()
        return slots + _cut_kana(run[at:], at)

    def _find_pattern(self, language: str) -> re.Pattern[str]:
        found = self._patterns.get(language)
        if found is None:
            words = sorted(self._find_common(language), key=_by_length)
            found = re.compile("|".join(map(re.escape, words)) or r"(?!)")
            self._patterns[language] = found
        return found


def _to_piece(text: str, start: int, *, is_common: bool, weight: float = 1.0) -> Slot:
    return Slot(
        plain=text, keys=[text], weight=weight, is_common=is_common, is_piece=True, start=start
    )


def _cut_kana(part: str, start: int) -> list[Slot]:
    """Cut between scripts: a word in katakana is one piece, all else becomes pairs."""
    slots: list[Slot] = []
    for found in _SCRIPTS.finditer(part):
        at = start + found.start()
        if found["katakana"]:
            slots.append(_to_piece(found[0], at, is_common=False))
        else:
            # Hiragana alone is nearly always grammar.
            slots += _pair(found[0], at, is_common=bool(_KANA.fullmatch(found[0])))
    return slots


def _pair(run: str, start: int, *, is_common: bool) -> list[Slot]:
    """Cut a run into overlapping pairs of characters."""
    pieces = [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
    return [
        _to_piece(
            piece,
            start + offset,
            is_common=is_common or bool(_KANA.fullmatch(piece)),
            weight=_PIECE,
        )
        for offset, piece in enumerate(pieces)
    ]
