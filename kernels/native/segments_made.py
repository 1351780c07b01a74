"""The statistics of one window of eight customers: see ``kernels.native.segments``.

The window is the rows ``lo..hi`` of a matrix, a customer a column. Missing is NaN: what is made of
nothing becomes NaN by its formula or is set to it.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kernels.native import part
from kernels.native.eight import Eight, eight, known, put_row, root, row, where
from kernels.native.segments_distinct import distinct, put_distinct_codes
from kernels.segment_plan import TOGETHER
from kernels.segment_types import Statistic

_COUNT, _SUM, _MEAN, _STD = (
    int(s) for s in (Statistic.COUNT, Statistic.SUM, Statistic.MEAN, Statistic.STD)
)
_MIN, _MAX, _RANGE = int(Statistic.MIN), int(Statistic.MAX), int(Statistic.RANGE)
_FIRST, _LAST, _LAST_VALID = int(Statistic.FIRST), int(Statistic.LAST), int(Statistic.LAST_VALID)
_NUNIQUE = int(Statistic.NUNIQUE)
_LAST_MINUS_MEAN = int(Statistic.LAST_MINUS_MEAN)
_LAST_MINUS_FIRST = int(Statistic.LAST_MINUS_FIRST)
_LAST_RANK, _LAST_VALID_RANK = int(Statistic.LAST_RANK), int(Statistic.LAST_VALID_RANK)


@part
def make_statistics(
    x: NDArray[np.float64],
    lo: int,
    hi: int,
    width: NDArray[np.float64],
    wanted: int,
    order: NDArray[np.float64],
    seen: NDArray[np.int64],
    mark: int,
    made: NDArray[np.float64],
) -> None:
    """Block: at least those of the statistics that are ``wanted``, into their rows of ``made``.

    ``mark``: see ``put_distinct_codes``; 0: values are not places of ``seen``.
    """
    count, total, low, high, latest = _totals(x, lo, hi)
    last, mean = row(x, hi - 1), total / count
    put_row(made, _COUNT, count)
    put_row(made, _SUM, total)
    put_row(made, _MEAN, mean)
    put_row(made, _MIN, low)
    put_row(made, _MAX, high)
    put_row(made, _RANGE, high - low)
    put_row(made, _LAST, last)
    put_row(made, _LAST_VALID, latest)
    put_row(made, _LAST_MINUS_MEAN, last - mean)
    if wanted & (1 << _STD):
        put_row(made, _STD, _spread(x, lo, hi, mean, count))
    if wanted & (1 << _FIRST | 1 << _LAST_MINUS_FIRST):
        _put_first(x, hi, width, made)
        put_row(made, _LAST_MINUS_FIRST, last - row(made, _FIRST))
    if wanted & (1 << _LAST_RANK):
        put_row(made, _LAST_RANK, _rank(x, lo, hi, last, count))
    if wanted & (1 << _LAST_VALID_RANK):
        put_row(made, _LAST_VALID_RANK, _rank(x, lo, hi, latest, count))
    if wanted & (1 << _NUNIQUE) and mark:
        put_distinct_codes(x, hi, width, seen, mark, made[_NUNIQUE])
    elif wanted & (1 << _NUNIQUE):
        put_row(made, _NUNIQUE, distinct(x, lo, hi, count, order))


@part
def _totals(x: NDArray[np.float64], lo: int, hi: int) -> tuple[Eight, Eight, Eight, Eight, Eight]:
    """Block: how many, sum, minimum, maximum, the last that is not missing."""
    none, one = eight(0.0), eight(1.0)
    count, total, latest = none, none, eight(math.nan)
    low, high = eight(math.inf), eight(-math.inf)
    for r in range(lo, hi):
        v = row(x, r)
        there = known(v)
        count = count + where(there, one, none)
        total = total + where(there, v, none)
        low = where(v < low, v, low)
        high = where(high < v, v, high)
        latest = where(there, v, latest)
    some = none < count
    low = where(some, low + none, eight(math.nan))
    return count, total, low, where(some, high + none, eight(math.nan)), latest


@part
def _spread(x: NDArray[np.float64], lo: int, hi: int, mean: Eight, count: Eight) -> Eight:
    """Block: the standard deviation; NaN of fewer than two values."""
    none = eight(0.0)
    squares, drift = none, none
    for r in range(lo, hi):
        v = row(x, r)
        away = where(known(v), v - mean, none)
        squares = squares + away * away
        drift = drift + away
    squares = squares - drift * drift / count
    squares = where(squares < none, none, squares)
    return where(eight(1.0) < count, root(squares / (count - eight(1.0))), eight(math.nan))


@part
def _rank(x: NDArray[np.float64], lo: int, hi: int, of: Eight, count: Eight) -> Eight:
    """Block: ``(less + (equal + 1) / 2) / count``; NaN where ``of`` is."""
    none, one = eight(0.0), eight(1.0)
    less, equal = none, none
    for r in range(lo, hi):
        v = row(x, r)
        less = less + where(v < of, one, none)
        equal = equal + where(v == of, one, none)
    rank = (less + (equal + one) * eight(0.5)) / count
    return where(known(of), rank, eight(math.nan))


@part
def _put_first(
    x: NDArray[np.float64], hi: int, width: NDArray[np.float64], made: NDArray[np.float64]
) -> None:
    """Block: of the first row of each customer's window."""
    for k in range(TOGETHER):
        rows = int(width[k])
        made[_FIRST, k] = x[hi - rows, k] if rows else math.nan
