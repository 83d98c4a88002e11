"""Learns how far to trust each witness: a conditional logit over the classes of a script."""

# pyright: basic
from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.language.witness import WITNESSES

BUCKETS = 4

_LOOSE, _STIFF = 0.01, 1.0
"""What a squared weight costs: one for all classes, one for a single class."""

_RARE, _RARE_POWER = 8, 0.7
"""Items of a class and length weigh 1 / max(their number, rare) ** power."""

_HOME = 0.7
"""How much of an item of the usual languages is judged among those only, the rest among all."""

_STEPS = 200


class Evidence(msgspec.Struct, kw_only=True):
    """What the witnesses said of items of one script."""

    said: NDArray[np.float32]
    """[items, classes, witnesses]"""

    buckets: NDArray[np.int64]
    """[items]: 0 to 3 by number of words."""

    answers: NDArray[np.int64]
    """[items]: the class; -1 where it is none."""


def learn(
    evidence: Evidence, usual: NDArray[np.bool_], steps: int = _STEPS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what each witness is worth, [buckets, witnesses, classes], and biases.

    Args:
        evidence: Items whose class is known.
        usual: Which classes most communities speak, [classes].
        steps: At most so many.
    """
    said, buckets, answers = evidence.said, evidence.buckets, evidence.answers
    count, classes, _ = said.shape
    weights = _balance(buckets, answers)
    at_home = usual[answers]
    rounds = (
        (np.zeros(classes, np.float32), weights * np.where(at_home, 1 - _HOME, 1.0)),
        (np.where(usual, 0.0, -1e9).astype(np.float32), weights * np.where(at_home, _HOME, 0.0)),
    )
    every = np.arange(count)

    def lose(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        shared, own, biases = _unpack(flat, classes)
        odds = np.einsum("icw,iw->ic", said, shared[buckets].astype(np.float32), optimize=True)
        odds += np.einsum("icw,cw->ic", said, own.astype(np.float32), optimize=True)
        odds += biases[buckets].astype(np.float32)
        loss, slope = 0.0, np.zeros_like(odds)
        for mask, worth in rounds:
            part = odds + mask
            part -= part.max(1, keepdims=True)
            shares = np.exp(part)
            total = shares.sum(1, keepdims=True)
            loss -= float((worth * (part[every, answers] - np.log(total[:, 0]))).sum())
            shares /= total
            shares[every, answers] -= 1
            slope += shares * worth[:, None].astype(np.float32)
        by_item = np.einsum("icw,ic->iw", said, slope, optimize=True)
        slopes = np.concatenate([
            np.stack([by_item[buckets == b].sum(0) for b in range(BUCKETS)]).ravel(),
            np.einsum("icw,ic->cw", said, slope, optimize=True).ravel(),
            np.stack([slope[buckets == b].sum(0) for b in range(BUCKETS)]).ravel(),
        ])  # fmt: skip
        costs = np.full(flat.shape, _STIFF)
        costs[: BUCKETS * WITNESSES] = _LOOSE
        return loss + float((costs * flat * flat).sum()), slopes + 2 * costs * flat

    size = BUCKETS * WITNESSES + classes * WITNESSES + BUCKETS * classes
    best = minimize(lose, np.zeros(size), jac=True, method="L-BFGS-B", options={"maxiter": steps})
    shared, own, biases = _unpack(best.x, classes)
    return shared[:, :, None] + own.T[None], biases


def _unpack(
    flat: NDArray[np.float64], classes: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    first = BUCKETS * WITNESSES
    second = first + classes * WITNESSES
    return (
        flat[:first].reshape(BUCKETS, WITNESSES),
        flat[first:second].reshape(classes, WITNESSES),
        flat[second:].reshape(BUCKETS, classes),
    )


def _balance(buckets: NDArray[np.int64], answers: NDArray[np.int64]) -> NDArray[np.float64]:
    weights = np.zeros(len(answers))
    for bucket in range(BUCKETS):
        for label in np.unique(answers):
            which = (buckets == bucket) & (answers == label)
            if which.any():
                weights[which] = 1 / max(int(which.sum()), _RARE) ** _RARE_POWER
    return weights * (len(answers) / weights.sum())


def decide(
    evidence: Evidence, worths: NDArray[np.float64], biases: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the odds of each class for each item, as logarithms; [items, classes]."""
    by_item = worths[evidence.buckets].transpose(0, 2, 1)
    return (evidence.said * by_item).sum(2) + biases[evidence.buckets]


def to_bucket(count: int) -> int:
    """Return which length of text a number of words is."""
    return 0 if count <= 1 else 1 if count == 2 else 2 if count <= 5 else 3


def count_words(words: Sequence[str], script: str) -> int:
    """Return the number of words; in Chinese and Japanese two characters are one."""
    if script == "Hani":
        return (sum(map(len, words)) + 1) // 2
    return len(words)
