"""Makes the files in core/language/model."""

# pyright: basic
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.language.table import (
    GAIN_STEP,
    MODEL,
    UNSEEN,
    Mixture,
    Table,
    Trust,
    find_key,
)
from core.language.witness import WITNESSES, Witnesses, place_codes
from tests.bench.lid import letters, mixture
from tests.bench.lid.corpus import (
    CHAT_59,
    FOLDS,
    Item,
    Lexicon,
    choose_classes,
    read_items,
    to_base,
)

BITS = {"Latn": 16, "Cyrl": 15, "Hani": 16, "Arab": 15, "Deva": 14}
_BITS = 12  # of any other script

WANTED = frozenset(
    # of the languages that Qwen claims (119 of Qwen3, read 2026-11-25) and of lingua, those that
    # the data has, and what people write in Latin letters
    (
        "af ar as ast awa az ba be bg bn bs ca ceb cs cy da de el en eo es et eu fa fi fo fr "
        "ga gl gu ha hi hr ht hu hy id ig is it ja jv ka kk km kn ko kok ku ky la lb lg lo lt "
        "lv mi mk ml mn mr ms mt my nb ne nl nn oc om or pa pl ps pt ro ru rw sc sd si sk sl "
        "sn so sq sr st su sv sw ta te tg th ti tk tl tn tr ts tt ug uk ur uz vi war xh yi yo "
        "yue zh-Hans zh-Hant zu hi-Latn ary-Latn am ckb"
    ).split()
)

_LEAST_FREQUENT = 2e-6
"""Below it a word is in no table: the letters tell as much."""

_COVERED = 99.99
"""Percent of the weights that are kept exactly; the few larger ones are cut off."""

_SCRIPTS_WITHOUT_WORDS = ("Hani",)  # written without spaces: what stands between them is no word


def train(data: Path, held_out: int | None, folder: Path = MODEL) -> None:
    """Learn everything and write it.

    Args:
        data: Has `public` and `wordlists`.
        held_out: A fold of the items that must not be learned from, to be measured on.
        folder: Where the files go.
    """
    items = [item for item in read_items(data) if item.words and item.fold != held_out]
    lexicon = Lexicon(data)
    items += [item for item in lexicon.phrases if item.words]
    both = (Witnesses(), Witnesses(is_native=False))
    mixtures: dict[str, Mixture] = {}
    folder.mkdir(exist_ok=True)
    for script, (classes, lettered) in sorted(choose_classes(items, lexicon, WANTED).items()):
        here = [item for item in items if item.script == script and item.label in classes]
        bits = BITS.get(script, _BITS)
        said = _cross_examine(here, classes[:lettered], bits, lexicon, script)
        learned = letters.learn(classes[:lettered], bits, lexicon, script, here)
        table = _write(folder, script, classes, lettered, learned, lexicon)
        usual = np.array(
            [to_base(label) in CHAT_59 or label.endswith("-Latn") for label in classes]
        )
        native, plain = (
            _trust(hear(here, table, witnesses, script, said), usual) for witnesses in both
        )
        mixtures[script] = msgspec.structs.replace(table.mixture, native=native, plain=plain)
        print(f"{script}: {len(classes)} classes, {lettered} with letters, {len(here)} items")
    (folder / "mixtures.msgpack").write_bytes(msgspec.msgpack.encode(mixtures))


def _trust(evidence: mixture.Evidence, usual: NDArray[np.bool_]) -> Trust:
    worths, biases = mixture.learn(evidence, usual)
    return Trust(
        worths=tuple(tuple(tuple(row) for row in part) for part in worths.round(4).tolist()),
        biases=tuple(tuple(row) for row in biases.round(4).tolist()),
    )


def _cross_examine(
    items: Sequence[Item], classes: Sequence[str], bits: int, lexicon: Lexicon, script: str
) -> NDArray[np.float32]:
    """Return what letters say of each item when they were not learned from it; [items, classes]."""
    sums = np.zeros((len(items), len(classes)), np.float32)
    for fold in range(FOLDS):
        at = [place for place, item in enumerate(items) if item.fold == fold]
        if not at:
            continue
        others = [item for item in items if item.fold != fold]
        learned = letters.learn(classes, bits, lexicon, script, others)
        sums[at] = letters.to_runs([items[place].words for place in at], bits) @ learned
    return sums


def hear(
    items: Sequence[Item], table: Table, witnesses: Witnesses, script: str,
    sums: NDArray[np.float32],
) -> mixture.Evidence:  # fmt: skip
    """Collect what all witnesses say of items."""
    classes = table.mixture.classes
    places = place_codes(classes)
    said = np.zeros((len(items), len(classes), WITNESSES), np.float32)
    buckets = np.zeros(len(items), np.int64)
    for row, item in enumerate(items):
        said[row, :, 0] = table.spread(sums[row].astype(np.float64))
        words = table.weigh_words(item.words)
        if words is not None:
            said[row, :, 1] = words
        for witness, code, value in witnesses.hear(item.written):
            for place in places.get((witness, code), ()):
                said[row, place, witness] += value
        count = mixture.count_words(item.words, script)
        buckets[row] = mixture.to_bucket(count)
    at = {label: place for place, label in enumerate(classes)}
    answers = np.array([at[item.label] for item in items])
    return mixture.Evidence(said=said, buckets=buckets, answers=answers)


def _write(
    folder: Path, script: str, classes: tuple[str, ...], lettered: int,
    learned: NDArray[np.float32], lexicon: Lexicon,
) -> Table:  # fmt: skip
    """Write the tables of letters and words, a byte each; return them as the bot will see them."""
    scale = float(np.percentile(np.abs(learned[learned != 0]), _COVERED) / 127)
    weights = np.clip(np.rint(learned / scale), -127, 127).astype(np.int8)
    np.save(folder / f"{script}.letters.npy", weights)
    at = {label: place for place, label in enumerate(classes[:lettered])}
    entries: dict[int, list[tuple[int, int]]] = {}
    words = {} if script in _SCRIPTS_WITHOUT_WORDS else lexicon.words.get(script, {})
    for word, shares in words.items():
        for label, share in shares.items():
            if share >= _LEAST_FREQUENT and label in at:
                gain = min(255, round(float(np.log(share / UNSEEN + 1)) * GAIN_STEP))
                entries.setdefault(find_key(word), []).append((at[label], gain))
    keys = sorted(entries)
    # The greatest gain first: the bot reads it to know how far the others are behind.
    rows = [sorted(entries[key], key=lambda entry: -entry[1]) for key in keys]
    counts = np.array([len(row) for row in rows], np.uint8)
    pairs = [entry for row in rows for entry in row]
    np.save(folder / f"{script}.keys.npy", np.array(keys, np.uint32))
    np.save(folder / f"{script}.counts.npy", counts)
    np.save(folder / f"{script}.words.npy", np.array(pairs, np.uint8).reshape(-1, 2))
    plain = Mixture(
        classes=classes,
        lettered=lettered,
        bits=int(np.log2(len(learned))),
        scale=scale,
    )
    return Table(script, plain, folder)
