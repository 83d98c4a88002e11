"""Guesses how many tokens a text has for Qwen; good to some percent, and costs next to nothing.

What is trimmed goes from full to half, so some percent do no harm; an exact count takes 200 MB
and a millisecond a message. The guess knows characters per token of each script. It gets better
twice: once by an exact count of the bot's own texts, in a process of its own (`core.qwen.exact`),
and with every answer whose endpoint tells what it counted. Counts are additive: every message of
a prompt is fenced by special tokens.
"""

from __future__ import annotations

import asyncio
import bisect
import hashlib
import logging
import math
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.qwen.vocabulary import of_model

FENCE = 5
"""Tokens around each message: `<|im_start|>`, role, line break; `<|im_end|>`, line break.
The same in the templates of Qwen2.5 to Qwen3.8 with thinking off."""

# The last code point of a stretch, and characters per token in it with either vocabulary:
# measured on some 10,000 sentences and tweets in 42 languages, rounded down.
_STRETCHES = (
    *((0x24F, 3.0, 3.5), (0x3FF, 1.1, 2.4), (0x52F, 2.2, 2.9), (0x58F, 1.0, 1.3)),
    *((0x5FF, 2.4, 1.9), (0x8FF, 1.8, 2.6), (0xDFF, 0.9, 1.9), (0xE7F, 1.7, 3.5)),
    *((0xEFF, 0.7, 0.8), (0x109F, 0.6, 1.4), (0x10FF, 1.0, 1.7), (0x11FF, 0.4, 0.4)),
    *((0x139F, 0.7, 0.7), (0x17FF, 0.8, 1.0), (0x2BFF, 0.5, 0.4), (0x30FF, 1.3, 1.7)),
    *((0x9FFF, 1.3, 1.5), (0xD7AF, 1.3, 1.8), (0x10FFFF, 0.3, 0.3)),
)
_ENDS = [stretch[0] for stretch in _STRETCHES]
_BEYOND_FIRST = re.compile("[\u0250-\U0010ffff]")

_BLEND = 0.2  # weight of the newest report
_BOUNDS = (0.4, 2.5)  # factors outside come from something else than our texts
_SAMPLE = 1 << 20  # characters that are counted exactly; all that a bot of usual size has
_PATIENCE = 120.0  # seconds; takes 3 to 6 on an idle machine

_log = logging.getLogger(__name__)


class Tokens:
    """Counts for one model.

    Args:
        folder: Keeps what was counted exactly from one start to the next; made when needed.
        model: As the endpoint calls it; tells which vocabulary it has.
    """

    def __init__(self, folder: Path, model: str) -> None:
        self._folder = folder
        self._vocabulary = of_model(model)
        column = 1 if self._vocabulary.name == "qwen3" else 2
        self._costs = [1 / stretch[column] for stretch in _STRETCHES]
        self._factor = 1.0
        """What the endpoint counted for each token that we had guessed."""

        self.wanted = asyncio.Event()
        """Set by the first count: from then on `calibrate` is worth its price."""

    def count(self, text: str) -> int:
        """Return how many tokens a text has, at once."""
        self.wanted.set()
        return math.ceil(sum(self._guess(text).values()) * self._factor)

    def count_message(self, text: str) -> int:
        """Return what a message with this text adds to a prompt."""
        return self.count(text) + FENCE

    def learn(self, estimated: int, reported: int) -> None:
        """Compare our count of a prompt with the endpoint's, to guess better from now on.

        Args:
            estimated: Tokens, from `count`.
            reported: Tokens, from the endpoint's usage.
        """
        if estimated <= 0 or reported <= 0:
            return
        low, high = _BOUNDS
        factor = min(max(self._factor * reported / estimated, low), high)
        self._factor += _BLEND * (factor - self._factor)

    async def calibrate(self, texts: Sequence[str]) -> None:
        """Measure what the scripts cost on texts of the bot; where that fails, the log says why.

        They are counted exactly in a process of its own, once: the result is kept.
        """
        texts = _take(texts)
        digest = hashlib.sha256(msgspec.json.encode([self._vocabulary.name, texts])).hexdigest()
        path = self._folder / f"{self._vocabulary.name}-counts-{digest[:16]}.json"
        counts = await asyncio.to_thread(_read, path, len(texts))
        if counts is None:
            counts = await self._count_exactly(texts, path)
        if counts is None:
            return
        exact: dict[int, float] = dict.fromkeys(range(len(_STRETCHES)), 0.0)
        guessed = exact.copy()
        for text, count in zip(texts, counts, strict=True):
            guess = self._guess(text)
            # What a text is mostly written in answers for the whole of it.
            main = max(guess, key=guess.__getitem__, default=0)
            exact[main] += count
            guessed[main] += sum(guess.values())
        low, high = _BOUNDS
        for stretch, count in exact.items():
            if count:
                self._costs[stretch] *= min(max(count / guessed[stretch], low), high)
        self._factor = 1.0  # what was learnt was about the costs as they were

    def _guess(self, text: str) -> dict[int, float]:
        """Return the tokens of each stretch that a text has letters of."""
        # Few scripts, each with few letters, however long the text is.
        others = Counter(_BEYOND_FIRST.findall(text)) if not text.isascii() else Counter[str]()
        tokens: dict[int, float] = {0: (len(text) - others.total()) * self._costs[0]}
        for letter, count in others.items():
            stretch = bisect.bisect_left(_ENDS, ord(letter))
            tokens[stretch] = tokens.get(stretch, 0.0) + count * self._costs[stretch]
        return tokens

    async def _count_exactly(self, texts: Sequence[str], path: Path) -> list[int] | None:
        """Count in a process of its own, which holds nobody up, and keep the result."""
        try:
            counts = await _run(self._vocabulary.name, self._folder, texts)
            await asyncio.to_thread(_write, path, counts)
        except (OSError, msgspec.DecodeError, TimeoutError) as error:
            _log.warning("token counts stay rough: %s", str(error) or type(error).__name__)
            return None
        return counts


async def _run(vocabulary: str, folder: Path, texts: Sequence[str]) -> list[int]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "core.qwen.exact", vocabulary, str(folder)),
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            counts, complaint = await process.communicate(msgspec.json.encode(texts))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise OSError(complaint.decode(errors="replace").strip().rpartition("\n")[-1])
    return msgspec.json.decode(counts, type=list[int])


def _take(texts: Sequence[str]) -> list[str]:
    """Return as many texts as are worth to be counted, evenly from all of them."""
    size = sum(map(len, texts))
    return list(texts[:: math.ceil(size / _SAMPLE)]) if size else []


def _read(path: Path, count: int) -> list[int] | None:
    """Return what was counted before; None when nothing was, or not of these texts."""
    try:
        counts = msgspec.json.decode(path.read_bytes(), type=list[int])
    except (OSError, msgspec.DecodeError):
        return None
    return counts if len(counts) == count else None


def _write(path: Path, counts: Sequence[int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(msgspec.json.encode(counts))
    draft.replace(path)
