"""Trains and measures the detection of languages.

    python -m tests.bench.language train --data FOLDER     writes core/language/model
    python -m tests.bench.language measure --data FOLDER   trains without a fifth of the items,
                                                           prints the table for that fifth, fails
                                                           when a figure fell by half a point

The folder has `public`, `wordlists` and `chat-probes.tsv`, as their README says. Needs scipy
(`pip install scipy`); lingua and py3langid are measured too where they are installed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import msgspec

from core.language import model
from core.language.belief import weigh
from core.language.detect import Detector
from core.language.script import find_script
from tests.bench.lid.corpus import BUCKETS, CHAT_24, CHAT_59, FOLDS, to_base, to_class
from tests.bench.lid.dialogues import invent, sort_texts
from tests.bench.lid.rivals import Tell, ingredient, rivals, tifo
from tests.bench.lid.train import train

BASELINE = Path(__file__).with_name("language.json")
_HELD_OUT = 0
_TALKS = 1500
_ALLOWED = 0.5  # points
_MEASURED = BUCKETS[:4]

Rows = list[tuple[str, str, str]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return 1 when a figure fell, else 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("train", "measure"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep", type=Path, help="measure: where the trained model is kept")
    parser.add_argument("--update", action="store_true", help="measure: write the new figures down")
    options = parser.parse_args(arguments)
    if options.command == "train":
        train(options.data, held_out=None)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        place = options.keep or Path(folder)
        if not (place / "mixtures.msgpack").exists():
            train(options.data, held_out=_HELD_OUT, folder=place)
        model.use(place)
        figures = measure(options.data)
    if options.update:
        BASELINE.write_text(msgspec.json.format(msgspec.json.encode(figures)).decode() + "\n")
        return 0
    return compare(figures)


def measure(data: Path) -> dict[str, float]:
    """Print the tables; return tifo's figures by name."""
    rows = read_rows(data)
    figures: dict[str, float] = {}
    for name, offered in (("59", CHAT_59), ("24", CHAT_24)):
        print(f"\n{name} configured languages: one word / two / three to five / sentence")
        for rival, tell in _rivals(offered):
            shares = score(rows, offered, tell)
            print(f"  {rival:<22} {' / '.join(f'{share:5.1f}' for share in shares)}")
            if rival == "tifo":
                figures |= {f"{name} {b}": s for b, s in zip(_MEASURED, shares, strict=True)}
    figures["chat probes"] = probe(data)
    figures |= romanised(rows)
    figures |= converse(rows)
    pace(rows)
    for name, figure in figures.items():
        print(f"{name:<40} {figure:6.2f}")
    return figures


def _rivals(offered: Sequence[str]) -> list[tuple[str, Tell]]:
    return [
        ("tifo", tifo(offered)),
        ("tifo without wheels", tifo(offered, is_native=False)),
        *((name, ingredient(offered, name)) for name in ("letters", "words", "eldc", "pycld2")),
        *rivals(offered),
    ]


def read_rows(data: Path) -> Rows:
    """Return bucket, tag and text of the items that were not learned from."""
    rows: Rows = []
    for bucket in BUCKETS:
        for line in (data / "public" / f"{bucket}.tsv").read_text("utf-8").splitlines()[1:]:
            tag, text, _ = line.split("\t")
            if crc32(text.encode()) % FOLDS == _HELD_OUT:
                rows.append((bucket, tag, text))
    return rows


def is_romanised(tag: str) -> bool:
    """Tell whether a tag is of Latin letters where the language has others."""
    return tag.endswith("-Latn") and not tag.startswith("sr")


def score(rows: Rows, offered: Sequence[str], tell: Tell) -> list[float]:
    """Return percent right by bucket, each language weighing the same."""
    right: dict[str, dict[str, list[bool]]] = {bucket: {} for bucket in _MEASURED}
    bases = {to_base(tag) for tag in offered}
    for bucket, tag, text in rows:
        base = to_base(tag)
        if bucket in right and base in bases and not is_romanised(tag):
            right[bucket].setdefault(base, []).append(to_base(tell(text)) == base)
    return [_macro(by_language) for by_language in right.values()]


def _macro(by_language: dict[str, list[bool]]) -> float:
    means = [sum(hits) / len(hits) for hits in by_language.values()]
    return 100 * sum(means) / len(means)


def probe(data: Path) -> float:
    """Print what is missed of the chat probes, by category; return percent right."""
    detector = Detector()
    by_category: dict[str, list[bool]] = {}
    for line in (data / "chat-probes.tsv").read_text("utf-8").splitlines()[1:]:
        _, text, category, accepted = line.split("\t")
        found = detector.detect(text).language
        is_right = any(_is_same(found, tag) for tag in accepted.split(","))
        by_category.setdefault(category, []).append(is_right)
    print("\nchat probes, all languages offered:")
    for category, hits in sorted(by_category.items()):
        print(f"  {category:<10} {sum(hits):>3} of {len(hits)}")
    every = [hit for hits in by_category.values() for hit in hits]
    return 100 * sum(every) / len(every)


def _is_same(found: str, accepted: str) -> bool:
    if "-" in accepted or accepted in ("yue", "nn", "und"):
        return to_class(found) == to_class(accepted) or found == accepted
    return to_base(found) == to_base(accepted)


def romanised(rows: Rows) -> dict[str, float]:
    """Return percent found of romanised items, and percent of others taken for them."""
    detector = Detector((*CHAT_59, "hi-Latn", "ary-Latn"))
    found = {"hi-Latn": [0, 0, 0, 0], "ary-Latn": [0, 0, 0, 0]}
    for _, tag, text in rows:
        is_other = not is_romanised(tag) and to_base(tag) in CHAT_59 and find_script(text) == "Latn"
        if tag not in found and not is_other:
            continue
        told = detector.detect(text).language
        for name, counts in found.items():
            if tag == name:
                counts[0] += told == name
                counts[1] += 1
            elif is_other:
                counts[2] += told == name
                counts[3] += 1
    figures: dict[str, float] = {}
    for name, (hits, count, wrong, others) in found.items():
        figures[f"{name} found"] = 100 * hits / count
        figures[f"{name} not falsely"] = 100 - 100 * wrong / others
    return figures


def converse(rows: Rows) -> dict[str, float]:
    """Return percent right in talks with locale and history, by kind of message."""
    detector = Detector(CHAT_59)
    right: dict[str, list[bool]] = {}
    for talk in invent(sort_texts(rows, CHAT_59), _TALKS):
        known: dict[str, float] = {}
        for at, said in enumerate(talk):
            found = detector.detect(said.text)
            belief = weigh(known, found, locale=said.locale, place=None, offered=CHAT_59)
            known = belief.talk
            shares = belief.message or belief.talk
            is_right = max(shares, key=shares.__getitem__) == said.language
            for kind in ("all", said.kind, *(("first",) if at == 0 else ())):
                right.setdefault(kind, []).append(is_right)
    kinds = ("all", "first", "one-off", "switch1", "switch2")
    return {f"talk {kind}": 100 * sum(right[kind]) / len(right[kind]) for kind in kinds}


def pace(rows: Rows) -> None:
    """Print how long a message takes."""
    detector = Detector(CHAT_59)
    for _, _, text in rows[:2000]:
        detector.detect(text)
    times: list[float] = []
    for bucket, tag, text in rows:
        if bucket in _MEASURED and to_base(tag) in CHAT_59:
            begun = time.perf_counter()
            detector.detect(text)
            times.append(time.perf_counter() - begun)
    times.sort()
    median, slowest = times[len(times) // 2] * 1e6, times[int(len(times) * 0.99)] * 1e6
    print(f"\na message: median {median:.0f} us, 99th {slowest:.0f} us")


def compare(figures: dict[str, float]) -> int:
    """Return 1 and say which figures fell, else 0."""
    before = msgspec.json.decode(BASELINE.read_bytes(), type=dict[str, float])
    fallen = [name for name, figure in before.items() if figures[name] < figure - _ALLOWED]
    for name in fallen:
        print(f"{name}: {figures[name]:.2f}, was {before[name]:.2f}", file=sys.stderr)
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
