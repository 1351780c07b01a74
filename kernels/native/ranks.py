"""Ranking by a score: see ``kernels.ranks``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.native import part
from kernels.native.element_sort import sort_elements
from kernels.ranks import Keys, Rows

_MAGNITUDE = np.int64(0x7FFFFFFFFFFFFFFF)
_ONE = np.uint64(1)


@part
def _key(score: Any, keys: Keys) -> np.uint64:
    """Point: an integer that ascends with a score, from 0 for the least one; -0.0 is 0.0."""
    bits = np.float64(score + 0.0).view(np.int64)
    return np.uint64(((bits ^ ((bits >> 63) & _MAGNITUDE)) >> keys.low) - keys.least)


@part
def _score(key: np.uint64, keys: Keys) -> float:
    """Point: ``_key`` undone."""
    ascending = np.int64(key) + keys.least
    bits = (ascending << keys.low) | ((ascending >> 63) & ((1 << keys.low) - 1))
    value: float = np.int64(bits ^ ((bits >> 63) & _MAGNITUDE)).view(np.float64)
    return value


@part
def count_buckets(rows: Rows, lo: int, hi: int, keys: Keys, counts: NDArray[np.int64]) -> int:
    """Block: how many of the rows ``lo`` to ``hi`` each bucket gets."""
    shift = np.uint64(keys.shift)
    for i in range(lo, hi):
        counts[_key(rows.score[np.uint64(i)], keys) >> shift] += 1
    return 0


@part
def scatter(
    rows: Rows,
    lo: int,
    hi: int,
    keys: Keys,
    starts: NDArray[np.int64],
    elements: NDArray[np.uint64],
    carried: NDArray[np.float64],
) -> int:
    """Block: rows ``lo`` to ``hi`` into their buckets, in their order."""
    shift = np.uint64(keys.shift)
    rest = (_ONE << shift) - _ONE
    for k in range(lo, hi):
        i = np.uint64(k)
        key = _key(rows.score[i], keys)
        place = np.uint64(starts[key >> shift])
        starts[key >> shift] += 1
        elements[place] = ((key & rest) << _ONE) | np.uint64(rows.bad[i])
        if carried.size:
            carried[place] = rows.weight[i]
    return 0


@part
def sort_buckets(
    first: NDArray[np.int64],
    lo: int,
    hi: int,
    width: int,
    elements: NDArray[np.uint64],
    carried: NDArray[np.float64],
    other: NDArray[np.uint64],
    other_carried: NDArray[np.float64],
    starts: NDArray[np.int64],
    levels: NDArray[np.int64],
) -> int:
    """Block: sorts the buckets ``lo`` to ``hi``; how many levels each has."""
    for bucket in range(lo, hi):
        begin, end = first[bucket], first[bucket + 1]
        mine = elements[begin:end]
        sort_elements(
            mine,
            carried[begin:end],
            other[begin:end],
            other_carried[begin:end],
            width,
            starts,
        )
        count = 1 if mine.size else 0
        for i in range(1, mine.size):
            count += (mine[np.uint64(i)] ^ mine[np.uint64(i - 1)]) > _ONE
        levels[bucket] = count
    return 0


@part
def emit_levels(
    first: NDArray[np.int64],
    place: NDArray[np.int64],
    lo: int,
    hi: int,
    keys: Keys,
    elements: NDArray[np.uint64],
    carried: NDArray[np.float64],
    score: NDArray[np.float64],
    goods: NDArray[np.uint32],
    bads: NDArray[np.uint32],
    good: NDArray[np.float64],
    bad: NDArray[np.float64],
) -> int:
    """Block: adds the rows of the buckets ``lo`` to ``hi`` to their levels, zeros so far, the first
    of which is at ``place``. No branch depends on a row: it would often be guessed wrongly."""
    for bucket in range(lo, hi):
        at = np.uint64(place[bucket])
        above = np.uint64(bucket) << np.uint64(keys.shift)
        for k in range(first[bucket], first[bucket + 1]):
            i = np.uint64(k)
            element = elements[i]
            if k > first[bucket]:
                at += np.uint64((element ^ elements[i - _ONE]) > _ONE)
            is_bad = element & _ONE
            score[at] = _score(above | (element >> _ONE), keys)
            goods[at] += np.uint32(_ONE - is_bad)
            bads[at] += np.uint32(is_bad)
            if carried.size:
                good[at] += carried[i] * np.float64(_ONE - is_bad)
                bad[at] += carried[i] * np.float64(is_bad)
    return 0


@part
def compare(good: NDArray[Any], bad: NDArray[Any], out: NDArray[Any]) -> int:
    """Block: ``kernels.ranks.Comparison`` into ``out``, zeros so far, whose numbers are whole where
    those of the levels are."""
    all_good, all_bad = out[2], out[3]
    for k in range(good.size):
        i = np.uint64(k)
        all_good += good[i]
        all_bad += bad[i]
    won, farthest, below, below_bad = out[0], out[1], out[0], out[0]
    for k in range(good.size):
        i = np.uint64(k)
        won += bad[i] * (below + below + good[i])
        below += good[i]
        below_bad += bad[i]
        farthest = max(farthest, abs(below * all_bad - below_bad * all_good))
    out[0], out[1], out[2], out[3] = won, farthest, all_good, all_bad
    return 0
