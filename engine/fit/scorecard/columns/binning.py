"""Where a feature is cut into bins: fine classes, and the best way to put them together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from engine.fit.scorecard.rows import Matrix, Vector
from engine.fit.scorecard_config import BinningConfig

FINE_CLASSES = 50
"""Classes of about equal weight that bins are made of; fewer where there are fewer values."""


class Classes(NamedTuple):
    """``upper`` (k,): the greatest value of each, ascending; weights of events and others (k,)."""

    upper: Vector
    events: Vector
    others: Vector


def fine_classes(values: Vector, event: Vector, weight: Vector) -> Classes:
    """At most ``FINE_CLASSES`` classes of ``values`` (n,), none missing; equal ones share a class.

    A value that outweighs a class is one by itself, so 0 in a feature that mostly is 0 is too.
    """
    distinct, place = np.unique(values, return_inverse=True)
    size = distinct.size
    events = np.bincount(place, weights=weight * event, minlength=size)
    others = np.bincount(place, weights=weight * (1 - event), minlength=size)
    ends = _fine_ends(np.asarray(events + others))
    starts = np.append(0, ends[:-1])
    upper = np.clip(distinct[ends - 1], np.finfo(np.float64).min, np.finfo(np.float64).max)
    return Classes(upper, np.add.reduceat(events, starts), np.add.reduceat(others, starts))


def _fine_ends(weights: Vector) -> NDArray[np.intp]:
    """One past the last distinct value of each class."""
    if weights.size <= FINE_CLASSES:
        return np.arange(1, weights.size + 1)
    middle = (np.cumsum(weights) - weights / 2) / weights.sum()
    number = np.minimum((middle * FINE_CLASSES).astype(np.intp), FINE_CLASSES - 1)
    return np.append(np.flatnonzero(number[1:] != number[:-1]) + 1, weights.size)


def best_ends(classes: Classes, least: float, config: BinningConfig) -> NDArray[np.intp]:
    """Bin k holds classes ``ends[k]`` to ``ends[k + 1] - 1``: the bins of Schwarz's criterion.

    Maximises ``sum_k E_k ln r_k + G_k ln(1 - r_k) - ln(n) / 2``, r_k = E_k / (E_k + G_k), n the sum
    of all weights (Schwarz 1978, Estimating the dimension of a model), over all ways to put
    neighbouring classes together, by a dynamic programme. Every bin holds a weight of ``least`` and
    both events and others; where that cannot be, there is one bin.
    """
    bins = _bins(classes, least)
    directions = (1.0, -1.0) if config.monotone else (0.0,)
    found = [_best_path(bins, direction, config.most_bins) for direction in directions]
    return max(found, key=lambda path: path.value).ends


class _Bins(NamedTuple):
    """Of the bin of classes i to j - 1, (k + 1, k + 1): its part of the criterion, -inf where it
    may not be, and its rate of events."""

    value: Matrix
    rate: Matrix


class _Path(NamedTuple):
    ends: NDArray[np.intp]
    value: float


def _bins(classes: Classes, least: float) -> _Bins:
    events, others = (_between(part) for part in (classes.events, classes.others))
    weight = events + others
    rate = np.divide(events, weight, out=np.zeros_like(weight), where=weight > 0)
    likelihood = xlogy(events, rate) + xlogy(others, 1 - rate)
    allowed = (events > 0) & (others > 0) & (weight >= least)
    cost = np.log(max(weight[0, -1], 1.0)) / 2
    return _Bins(np.where(allowed, likelihood - cost, -np.inf), rate)


def _between(parts: Vector) -> Matrix:
    """Sum of ``parts[i:j]`` at (i, j), 0 where i >= j; exactly 0 where all of them are."""
    size = len(parts)
    rows = [np.append(np.zeros(i + 1), np.cumsum(parts[i:])) for i in range(size + 1)]
    return np.stack(rows)


def _best_path(bins: _Bins, direction: float, most_bins: int) -> _Path:
    """The best of at most ``most_bins`` bins whose ``direction * rate`` does not fall."""
    last = len(bins.rate) - 1
    key = direction * bins.rate
    value = np.full_like(key, -np.inf)  # of the best path whose last bin is (i, j)
    value[0] = bins.value[0]
    best = _Path(np.array([0, last]), float(value[0, last]))
    before = []  # for each number of bins, where the bin before (i, j) begins
    for _ in range(1, min(most_bins, last)):
        value, begins = _one_more_bin(bins, key, value)
        before.append(begins)
        start = int(np.argmax(value[:, last]))
        if value[start, last] > best.value:
            best = _Path(_ends(before, start, last), float(value[start, last]))
    return best


def _one_more_bin(bins: _Bins, key: Matrix, value: Matrix) -> tuple[Matrix, NDArray[np.intp]]:
    """Paths of one bin more that end in (i, j), and where the bin before begins."""
    longer = np.full_like(value, -np.inf)
    begins = np.zeros(value.shape, dtype=np.intp)
    for i in range(1, len(key) - 1):
        held = key[:i, i, None] <= key[i, None, i + 1 :]  # (start of the bin before, end of this)
        candidates = np.where(held, value[:i, i, None], -np.inf)
        begins[i, i + 1 :] = candidates.argmax(axis=0)
        longer[i, i + 1 :] = candidates.max(axis=0) + bins.value[i, i + 1 :]
    return longer, begins


def _ends(before: list[NDArray[np.intp]], start: int, last: int) -> NDArray[np.intp]:
    """Where the bins of a path begin and end, whose last bin is (start, last)."""
    ends = [last, start]
    for begins in reversed(before):
        ends.append(int(begins[ends[-1], ends[-2]]))
    return np.array(ends[::-1])
