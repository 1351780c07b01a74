"""Readable NumPy twins of ``ranks``, ``ranks_by_group`` and ``resampling``."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from kernels.ranks import Levels

_WORD = 2**64


def rank(
    score: NDArray[np.floating], bad: NDArray[np.bool_], weight: NDArray[np.float64] | None
) -> Levels:
    """Twin of ``ranks.rank``."""
    distinct, level = np.unique(score.astype(np.float64) + 0.0, return_inverse=True)
    counts = [np.bincount(level[bad == b], minlength=distinct.size) for b in (False, True)]
    goods, bads = (count.astype(np.uint32) for count in counts)
    if weight is None:
        return Levels(distinct, goods, bads, goods, bads)
    good, bad_weight = np.zeros(distinct.size), np.zeros(distinct.size)
    for at, is_bad, w in zip(level, bad, weight, strict=True):
        (bad_weight if is_bad else good)[at] += w
    return Levels(distinct, goods, bads, good, bad_weight)


def auc(score: NDArray[np.floating], bad: NDArray[np.bool_], weight: NDArray[np.float64]) -> float:
    """Over all pairs of a good and a bad, exactly, then rounded once."""
    won = total = Fraction(0)
    for s, w in zip(score[bad].tolist(), weight[bad].tolist(), strict=True):
        for t, v in zip(score[~bad].tolist(), weight[~bad].tolist(), strict=True):
            pair = Fraction(w) * Fraction(v)
            total += pair
            won += pair * Fraction((s > t) + (s >= t), 2)
    return float(won / total)


def ks(score: NDArray[np.floating], bad: NDArray[np.bool_], weight: NDArray[np.float64]) -> float:
    """At every score the difference of the shares that are not above it, exactly."""

    def share(of: NDArray[np.bool_], most: float) -> Fraction:
        whole, part = (sum(map(Fraction, weight[x].tolist())) for x in (of, of & (score <= most)))
        return Fraction(part) / Fraction(whole)

    return float(max(abs(share(bad, s) - share(~bad, s)) for s in score.tolist()))


def number(key: int, row: int) -> int:
    """The number ``row`` of the SplitMix64 stream ``key``."""
    x = (key + (row + 1) * 0x9E3779B97F4A7C15) % _WORD
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % _WORD
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % _WORD
    return x ^ (x >> 31)


def times(drawn: int) -> int:
    """How often a row is drawn that got this number of 64 bits: the inverse of Poisson's
    distribution function, mean 1."""
    share, count, probability = drawn / _WORD, 0, np.exp(-1.0)
    below = probability
    while share >= below:
        count += 1
        probability /= count
        below += probability
    return count
