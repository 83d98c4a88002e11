"""What letters and words weigh in each language, learned from lists of words; the door to numpy.

One table for each script that several languages share. It answers two questions of a text's
words: how likely are their runs of up to five letters in each language, and how likely are the
words themselves. `tests/bench/language.py` makes the files; `model/README.md` says from what.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

MODEL = Path(__file__).with_name("model")

ORDERS = 5
"""Letters of the longest run that is looked at; a space before and after a word counts as one."""

POWER = -0.2
"""What a sum over runs is multiplied with is their number to this power: long texts say more
than short ones, but not in proportion."""

FLOOR = -12.0
"""Nats below which one language is as unlikely as another by its letters."""

WORDS_FLOOR = -15.0
"""Nats, the same by words."""

UNSEEN = 1e-7
"""How frequent a word is taken to be in a language whose list does not have it."""

MOST_WORDS = 24
"""Words that are looked at; more do not make a guess better."""

GAIN_STEP = 16
"""What a class gains by a word is kept as one byte: log(frequency / unseen) * step, rounded."""

_ROOM = bytes(min(size, 255) for size in range(512, 1, -1))
"""How many letters a run may have from each place on, to the end of a word and one space."""

_LENGTHS = np.arange(1, ORDERS + 1, dtype=np.uint8)
_MIX, _SHIFT = np.uint32(0x2C1B3C6D), np.uint32(15)


def _make_multipliers() -> NDArray[np.uint32]:
    """Return uint32 [ORDERS, ORDERS]; column n hashes a run of n + 1 letters. Odd, arbitrary."""
    table = np.zeros((ORDERS, ORDERS), np.uint32)
    for length in range(ORDERS):
        for place in range(length + 1):
            seed = f"{length}:{place}".encode()
            table[place, length] = (crc32(seed) * 0x9E3779B1) & 0xFFFFFFFF | 1
    return table


_MULTIPLIERS = _make_multipliers()


def find_runs(words: Sequence[str], bits: int) -> NDArray[np.uint32]:
    """Return the numbers, below 2**bits, of all runs of letters in words; uint32 [count].

    Args:
        words: At least one, each of at most 500 characters.
        bits: Of a number; different runs may share one.
    """
    text = f" {' '.join(words)}{' ' * ORDERS}".encode("utf-32-le")
    room = b"".join([_ROOM[-len(word) - 1 :] for word in words])
    # The same bytes seen through a window that moves on by one letter: no copy.
    windows = np.ndarray((len(room), ORDERS), np.uint32, text, 0, (4, 4))
    fits = np.frombuffer(room, np.uint8)[:, None] >= _LENGTHS
    runs = (windows @ _MULTIPLIERS)[fits]
    runs ^= runs >> _SHIFT
    runs *= _MIX
    runs >>= np.uint32(32 - bits)
    return runs


def find_key(word: str) -> int:
    """Return the number, 32 bits, under which a word is kept."""
    return crc32(word.encode())


def _map(path: Path) -> NDArray[Any]:
    return np.asarray(np.load(path, mmap_mode="r"))


def to_array(numbers: Sequence[object]) -> NDArray[np.float32]:
    """Return numbers, nested or not, as float32."""
    return np.array(numbers, np.float32)


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What each witness is worth."""

    worths: tuple[tuple[tuple[float, ...], ...], ...]
    """By length of the text (one, two, three to five words, more), by witness, by class."""

    biases: tuple[tuple[float, ...], ...]
    """By length, by class."""


class Mixture(msgspec.Struct, frozen=True, kw_only=True):
    """How the witnesses of one script are weighed against each other; as learned."""

    classes: tuple[str, ...]
    """BCP 47 tags: what can be told apart."""

    lettered: int
    """So many of the classes, the first ones, are in the tables of letters and words."""

    bits: int
    scale: float
    """What one step of a weight of letters is in nats."""

    native: Trust | None = None
    """Where all detectors are installed."""

    plain: Trust | None = None
    """Where langdetect has to do."""


class Table:
    """Letters and words of the languages of one script; read only, mapped from disk."""

    def __init__(self, script: str, mixture: Mixture, folder: Path = MODEL) -> None:
        """Open the files of a script.

        Raises:
            OSError: A file is missing.
        """
        self.mixture = mixture
        # Plain views of the mapped files: numpy's class for mapped ones is slow to slice.
        self._letters: NDArray[np.int8] = _map(folder / f"{script}.letters.npy")
        self._keys: NDArray[np.uint32] = _map(folder / f"{script}.keys.npy")
        # Where each word's entries begin; on disk stands how many there are, in a byte.
        counts: NDArray[np.uint8] = np.load(folder / f"{script}.counts.npy")
        self._starts = np.zeros(len(counts) + 1, np.uint32)
        np.cumsum(counts, out=self._starts[1:])
        self._words: NDArray[np.uint8] = _map(folder / f"{script}.words.npy")
        self._count = len(self._keys)
        count = len(mixture.classes)
        self._letters_blank = np.full(count, FLOOR / 2, np.float32)

    def weigh_letters(self, words: Sequence[str]) -> NDArray[np.float32]:
        """Return how much less likely each class is than the best by letters; float32 [classes]."""
        runs = find_runs(words, self.mixture.bits)
        sums = self._letters.take(runs, 0).sum(0, dtype=np.int32)
        return self.spread(sums * (self.mixture.scale * len(runs) ** POWER))

    def spread(self, sums: NDArray[np.float64]) -> NDArray[np.float32]:
        """Turn sums of weights, float [lettered], into odds behind the likeliest class."""
        sums -= sums.max()
        weighed = self._letters_blank.copy()
        np.maximum(sums, FLOOR, out=weighed[: len(sums)], casting="same_kind")
        return weighed

    def weigh_words(self, words: Sequence[str]) -> NDArray[np.float32] | None:
        """Return how much likelier or less the words are in each class; float32 [classes].

        0 is the likeliest; classes without a list of words get the mean. None when no list has
        any of the words.
        """
        keys = [find_key(word) for word in words[:MOST_WORDS]]
        places = self._keys.searchsorted(np.array(keys, np.uint32)).tolist()
        # To be unseen costs what the likeliest class gains; the few that have a word gain it back.
        behind, gains, is_known = 0, [0] * self.mixture.lettered, False
        for key, place in zip(keys, places, strict=True):
            if place >= self._count or self._keys[place] != key:
                continue
            start, end = self._starts[place : place + 2].tolist()
            entries = self._words[start:end].tolist()
            behind += entries[0][1]
            for at, gain in entries:
                gains[at] += gain
            is_known = True
        if not is_known:
            return None
        weighed = np.empty(len(self.mixture.classes), np.float32)
        told = weighed[: len(gains)]
        told[:] = gains
        told -= behind
        told /= GAIN_STEP
        np.maximum(told, WORDS_FLOOR, out=told)
        weighed[len(gains) :] = told.sum() / len(gains)
        return weighed
