"""`python -m bots detect`: which language each line of the input is in."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TextIO

import msgspec

from core.errors import TifoError
from core.language.belief import Belief, weigh
from core.language.detect import Detection, Detector
from core.language.model import claim_all

_MOST_FANS = 100_000
"""Whose talks are kept in mind at once; the one heard least lately is forgotten first."""


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a talk."""

    text: str
    fan: str | int = ""
    locale: str | None = None


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    language: str
    probability: float
    shares: dict[str, float]
    is_romanised: bool


def detect(
    lines: TextIO, *, languages: str | None, locale: str | None, is_json: bool, is_dialogue: bool
) -> int:
    """Print language and probability of each line; return the exit code.

    Args:
        lines: A message in each; with `is_dialogue` an object with `fan`, `text` and `locale`.
        languages: Tags divided by commas that are told apart; None: all that can be.
        locale: What a platform would say of whoever wrote the lines.
        is_json: Whether to print objects with all shares.
        is_dialogue: Whether to weigh each message against what its fan wrote before.

    Raises:
        TifoError: A line or a tag is not understood; its number is named.
    """
    offered = _read_tags(languages)
    detector = Detector(offered)
    offered = offered or claim_all()
    messages = _read_talk(lines, locale) if is_dialogue else _read_plain(lines, locale)
    encode = msgspec.json.Encoder().encode
    talks: dict[str | int, dict[str, float]] = {}
    for message in messages:
        found = detector.detect(message.text, locale=message.locale)
        if is_dialogue or message.locale:
            talk = talks.pop(message.fan, {}) if is_dialogue else {}
            belief = weigh(talk, found, locale=message.locale, place=None, offered=offered)
            if is_dialogue:
                talks[message.fan] = belief.talk
                if len(talks) > _MOST_FANS:
                    del talks[next(iter(talks))]
            found = _settle(found, belief)
        if is_json:
            told = _Told(
                language=found.language, probability=round(found.probability, 4),
                shares={tag: round(share, 4) for tag, share in found.shares.items()},
                is_romanised=found.is_romanised,
            )  # fmt: skip
            print(encode(told).decode())
        else:
            print(f"{found.language}\t{found.probability:.4f}")
    return 0


def _settle(found: Detection, belief: Belief) -> Detection:
    """Return what a message is taken for in its talk."""
    shares = belief.message
    if not shares:
        return found
    best = max(shares, key=shares.__getitem__)
    is_romanised = found.is_romanised and best == found.language
    return Detection(
        language=best, probability=shares[best], shares=shares, is_romanised=is_romanised
    )


def _read_tags(languages: str | None) -> tuple[str, ...] | None:
    if languages is None:
        return None
    tags = tuple(filter(None, (tag.strip() for tag in languages.split(","))))
    for tag in tags:
        parts = tag.replace("_", "-").split("-")
        if not 2 <= len(parts[0]) <= 3 or not all(
            part.isascii() and part.isalnum() for part in parts
        ):
            raise TifoError(
                f"--languages has {tag!r}, which is no language tag such as en or pt-BR."
            )
    if not tags:
        raise TifoError("--languages is empty; write tags such as en,es,pt-BR or leave it out.")
    return tags


def _read_plain(lines: Iterable[str], locale: str | None) -> Iterator[_Line]:
    for line in lines:
        yield _Line(text=line.rstrip("\r\n"), locale=locale)


def _read_talk(lines: Iterable[str], locale: str | None) -> Iterator[_Line]:
    decode = msgspec.json.Decoder(_Line).decode
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            message = decode(line)
        except msgspec.MsgspecError as error:
            shape = '{"fan": "ana", "text": "hola", "locale": "es"}'
            raise TifoError(
                f"line {number} is no message of a talk such as {shape}: {error}"
            ) from None
        yield message if message.locale else msgspec.structs.replace(message, locale=locale)


def open_input() -> TextIO:
    """Return standard input as UTF-8, whatever the machine's locale; broken bytes are replaced."""
    return open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False)
