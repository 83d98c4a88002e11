"""Learns what runs of letters weigh in each language: a linear model over hashed runs."""

# pyright: basic
from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray

from core.language.table import POWER, find_runs
from tests.bench.lid.corpus import Item, Lexicon

Matrix = NDArray[np.float32]

_FLATNESS, _COMMON, _MOST = 0.1, 1e-5, 3.0
"""A word of a list weighs (frequency / common) ** flatness, at most so much, and half of that."""

_ITEM = 3.0
"""What an item of known language weighs."""

_RATE, _LAST_RATE = 0.55, 0.05
_BATCH, _SMALL_BATCH = 16384, 2048
_EPOCHS, _SMALL_EPOCHS = 2, 4
_LARGE = 100_000  # rows from which the larger figures hold


def to_runs(texts: Sequence[Sequence[str]], bits: int) -> sparse.csr_matrix:
    """Return float32 [texts, 2**bits]: how often each run is in a text, scaled by its length."""
    runs = [find_runs(words, bits) for words in texts]
    starts = np.concatenate([[0], np.cumsum([len(found) for found in runs])])
    scales = np.array([len(found) ** POWER for found in runs], np.float32)
    values = np.repeat(scales, np.diff(starts))
    columns = np.concatenate(runs).astype(np.int64)
    return sparse.csr_matrix((values, columns, starts), shape=(len(texts), 1 << bits))


def learn(
    classes: Sequence[str], bits: int, lexicon: Lexicon, script: str, items: Sequence[Item]
) -> Matrix:
    """Return what each run weighs for each class; float32 [2**bits, classes]."""
    at = {label: place for place, label in enumerate(classes)}
    listed = lexicon.words.get(script, {})
    taught = [item for item in items if item.label in at]
    texts = [(word,) for word in listed] + [item.words for item in taught]
    rows, columns, values = [], [], []
    weights = np.ones(len(texts), np.float32)
    for row, shares in enumerate(listed.values()):
        known = {label: share for label, share in shares.items() if label in at}
        total = sum(known.values())
        weights[row] = min(_MOST, (total / _COMMON) ** _FLATNESS) / 2 if known else 0.0
        for label, share in known.items():
            rows.append(row)
            columns.append(at[label])
            values.append(share / total)
    for row, item in enumerate(taught, len(listed)):
        rows.append(row)
        columns.append(at[item.label])
        values.append(1.0)
        weights[row] = _ITEM
    shape = (len(texts), len(classes))
    targets = sparse.csr_matrix((np.array(values, np.float32), (rows, columns)), shape=shape)
    sizes = np.asarray(targets.multiply(weights[:, None]).sum(0)).ravel()
    balance = np.minimum(4.0, np.sqrt(np.median(sizes) / np.maximum(sizes, 1.0)))
    weights *= np.asarray(targets @ balance, np.float32)
    return _descend(to_runs(texts, bits), targets, weights)


def _descend(
    runs: sparse.csr_matrix, targets: sparse.csr_matrix, weights: NDArray[np.float32]
) -> Matrix:
    """Minimise the cross-entropy by AdaGrad."""
    rows, columns = cast("tuple[int, int]", runs.shape)
    classes = cast("tuple[int, int]", targets.shape)[1]
    is_large = rows > _LARGE
    size, epochs = (_BATCH, _EPOCHS) if is_large else (_SMALL_BATCH, _SMALL_EPOCHS)
    learned = np.zeros((columns, classes), np.float32)
    squares = np.full_like(learned, 1e-3)
    generator = np.random.default_rng(0)
    for epoch in range(epochs):
        rate = max(_LAST_RATE, _RATE * (1 - epoch / 2) + _LAST_RATE)
        order = generator.permutation(rows)
        for start in range(0, len(order), size):
            batch = order[start : start + size]
            part = runs[batch]
            odds = part @ learned
            odds = np.exp(odds - odds.max(1, keepdims=True))
            odds /= odds.sum(1, keepdims=True)
            odds -= targets[batch].toarray()
            odds *= weights[batch][:, None]
            slope = part.T.tocsr() @ odds
            squares += slope * slope
            learned -= rate * slope / np.sqrt(squares)
    return learned
