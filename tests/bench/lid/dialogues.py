"""Talks put together from items of known language, to measure what a filter makes of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import msgspec

from tests.bench.lid.corpus import to_base

_LENGTHS = (("w1", 0.3), ("w2", 0.3), ("w3-5", 0.4))
_ONE_OFF, _RIGHT_LOCALE, _SWITCHING = 0.10, 0.80, 0.25


class Said(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One message of a talk."""

    fan: str
    text: str
    locale: str
    language: str
    kind: str
    """`talk`, `one-off`, or `switch1`, `switch2`, `switch3`: how many since a true switch."""


Texts = dict[str, dict[str, list[str]]]


def sort_texts(rows: Sequence[tuple[str, str, str]], languages: Sequence[str]) -> Texts:
    """Return texts by bucket and language; rows are bucket, tag, text."""
    texts: Texts = {bucket: {} for bucket, _ in _LENGTHS}
    for bucket, tag, text in rows:
        base = to_base(tag)
        if bucket in texts and base in languages and not tag.endswith(("i-Latn", "y-Latn")):
            texts[bucket].setdefault(base, []).append(text)
    return texts


def invent(texts: Texts, count: int, seed: int = 0) -> Iterator[list[Said]]:
    """Yield talks of five to ten messages."""
    dice = random.Random(seed)
    languages = sorted(
        language for language in texts["w1"] if all(language in kind for kind in texts.values())
    )
    for number in range(count):
        home = languages[number % len(languages)]
        if dice.random() < _RIGHT_LOCALE:
            locale = home
        else:
            locale = "en" if dice.random() < 0.5 else dice.choice(languages)
        length = dice.randint(5, 10)
        change = dice.randint(2, length - 3) if dice.random() < _SWITCHING else length
        other = dice.choice([language for language in languages if language != home])
        talk: list[Said] = []
        for at in range(length):
            language = home if at < change else other
            kind = "talk" if at < change or at > change + 2 else f"switch{at - change + 1}"
            if kind == "talk" and at and dice.random() < _ONE_OFF:
                language = "en" if dice.random() < 0.5 else dice.choice(languages)
                kind = "one-off"
            bucket = dice.choices([b for b, _ in _LENGTHS], [share for _, share in _LENGTHS])[0]
            text = dice.choice(texts[bucket][language])
            talk.append(
                Said(fan=str(number), text=text, locale=locale, language=language, kind=kind)
            )
        yield talk
