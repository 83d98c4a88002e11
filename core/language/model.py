"""The learned model as a whole: which classes there are in which script, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from core.language.script import scripts_of
from core.language.table import MODEL, Mixture, Table

_ONLY = {
    "Grek": "el", "Armn": "hy", "Geor": "ka", "Hang": "ko", "Thai": "th", "Gujr": "gu",
    "Guru": "pa", "Orya": "or", "Taml": "ta", "Telu": "te", "Knda": "kn", "Mlym": "ml",
    "Sinh": "si", "Laoo": "lo", "Tibt": "bo", "Mymr": "my", "Khmr": "km",
}  # fmt: skip
"""Scripts that say by themselves which language it is."""

_SAME = {
    "no": "nb", "nn": "nb", "fil": "tl", "yue": "zh", "wuu": "zh", "prs": "fa", "iw": "he",
    "in": "id", "ary": "ar", "arz": "ar", "arq": "ar", "apc": "ar", "acm": "ar", "ydd": "yi",
}  # fmt: skip
"""Varieties and old codes, and the language that stands in for them."""

_KIN = (
    ("es", "ca"), ("pt", "gl"), ("nb", "da"), ("hr", "bs", "sr"), ("hr", "sl"),
    ("cs", "sk"), ("ru", "be"), ("id", "ms"), ("hi", "ur"),
)  # fmt: skip
"""Whose readers understand each other: a message in one is no stranger to the other."""

_STRANGER = -3.0
"""Nats for a language that the bot does not offer, or only its kin, before a word is read."""

_POPULAR: dict[str, float] = dict.fromkeys(
    tuple("en es pt fr de it ru ar hi id tr ja ko zh vi pl nl uk th".split()), 1.0
)
_RARE = -2.0
"""Nats where nobody said which languages are spoken: some are met daily, some never."""

_ROMANISED = -1.0
"""Nats against Latin letters where a language has its own."""

_SELDOM = {"yue": -1.5, "zh-Hant": -1.0}
"""Nats against those who write Chinese otherwise than most, where characters do not tell."""

_USUAL = frozenset(
    (
        "af ar az be bg bn bs ca cs da de el en es et fa fi fr gu he hi hr hu hy id is it ja "
        "ka kk ko lt lv mk ml mn mr ms nb ne nl pa pl pt ro ru sk sl sq sr sv sw ta te th tl "
        "tr uk ur uz vi zh"
    ).split()
)

_HANT_REGIONS = ("TW", "HK", "MO")
_folder = MODEL
_EXACT, _SAME_SCRIPT, _SAME_BASE, _RELATED = 8, 4, 2, 1


def use(folder: Path) -> None:
    """Take another model than our own from now on; for measuring."""
    global _folder
    _folder = folder
    load_tables.cache_clear()


@lru_cache(maxsize=1)
def load_tables() -> dict[str, Table]:
    """Return the table of each script that several languages share.

    Raises:
        OSError: A file of the model is missing.
    """
    folder = _folder
    mixtures = msgspec.msgpack.decode(
        (folder / "mixtures.msgpack").read_bytes(), type=dict[str, Mixture]
    )
    return {script: Table(script, mixture, folder) for script, mixture in mixtures.items()}


def find_classes(script: str) -> tuple[str, ...]:
    """Return what can be told apart in a script; empty for scripts of no language of ours."""
    table = load_tables().get(script)
    if table is not None:
        return table.mixture.classes
    return (_ONLY[script],) if script in _ONLY else ()


def claim_all() -> tuple[str, ...]:
    """Return the tags of all languages that can be told."""
    tags = dict.fromkeys(_ONLY.values())
    for script, table in load_tables().items():
        for label in table.mixture.classes:
            tags[f"sr-{script}" if label == "sr" else label] = None
    return tuple(sorted(tags))


def find_homes(label: str, script: str, offered: Sequence[str]) -> tuple[str, ...]:
    """Return which offered tags a class belongs to: those that fit best, none for a stranger.

    Args:
        label: A class.
        script: The script of the text.
        offered: BCP 47 tags.
    """
    fits = [(_fit(label, script, tag), tag) for tag in offered]
    best = max((fit for fit, _ in fits), default=0)
    return tuple(tag for fit, tag in fits if fit == best and fit > 0)


def _fit(label: str, script: str, tag: str) -> int:
    if tag == label:
        return _EXACT
    base, home = to_language(label), to_language(tag)
    if base == home:
        if label.endswith("-Latn"):
            return _SAME_SCRIPT if tag.endswith("-Latn") else _SAME_BASE
        if base == "zh":
            return _SAME_SCRIPT if is_hant(tag) == is_hant(label) else _SAME_BASE
        return _SAME_SCRIPT if script in scripts_of(tag) else _SAME_BASE
    is_kin = any(base in kin and home in kin for kin in _KIN)
    return _RELATED if is_kin else 0


def to_language(tag: str) -> str:
    """Return the base language of a tag, varieties folded: "nn" and "no" are "nb"."""
    base = tag.replace("_", "-").split("-")[0].lower()
    return _SAME.get(base, base)


def is_hant(tag: str) -> bool:
    """Tell whether a Chinese tag means traditional characters."""
    parts = tag.replace("_", "-").split("-")
    if "Hans" in parts or "CN" in parts:
        return False
    return "Hant" in parts or parts[0] == "yue" or any(part in _HANT_REGIONS for part in parts)


def find_prior(label: str, homes: Sequence[str], is_all: bool) -> float:
    """Return what speaks for or against a class before a word is read, in nats.

    Args:
        label: The class.
        homes: The offered tags that it belongs to.
        is_all: Whether everything is offered, so that nothing is known of who writes.
    """
    base = to_language(label)
    if label in _SELDOM:
        return _SELDOM[label]
    if label.endswith("-Latn"):
        return _ROMANISED if homes and not is_all else _ROMANISED + _STRANGER
    if is_all:
        return _POPULAR.get(base, 0.0 if base in _USUAL else _RARE)
    if homes and any(to_language(tag) == base for tag in homes):
        return 0.0
    return _STRANGER if base in _USUAL else _STRANGER + _RARE
