"""Readable NumPy twin of ``kernels.segments``: customer by customer, ask by ask. The bits agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.segment_types import Ask, Column, Results, Segments, Statistic

Vector = NDArray[np.float64]


def segment_statistics(
    columns: Sequence[Column], segments: Segments, asks: Sequence[Sequence[Ask]]
) -> list[Results]:
    """As ``kernels.segments.segment_statistics``."""
    with np.errstate(invalid="ignore"):
        return [
            _of_column(values_of(*column), segments, of)
            for column, of in zip(columns, asks, strict=True)
        ]


def values_of(values: NDArray[Any], valid: NDArray[np.uint8], offset: int) -> Vector:
    """As float64, NaN where missing."""
    x = values.astype(np.float64)
    if valid.size:
        bits = np.unpackbits(valid, bitorder="little")[offset : offset + x.size]
        x[bits == 0] = math.nan
    return x


def _of_column(x: Vector, segments: Segments, asks: Sequence[Ask]) -> Results:
    out = np.full((len(asks), segments.start.size), math.nan)
    for customer, (start, stop) in enumerate(zip(segments.start, segments.stop, strict=True)):
        rows = x[start:stop]
        changes = np.append(math.nan, rows[1:] - rows[:-1])[: rows.size]
        for k, ask in enumerate(asks):
            window = (changes if ask.diff else rows)[segments.first[ask.window, customer] - start :]
            out[k, customer] = statistic_of(window, ask.statistic, ask.lag)
    known = ~np.isnan(out)
    out[~known] = math.nan  # in one form: inf - inf is another one
    bits = np.packbits(known, axis=1, bitorder="little")
    return Results(out, bits, (~known).sum(axis=1))


def statistic_of(window: Vector, statistic: Statistic, lag: int = 0) -> float:
    """One statistic of a window's rows, the latest last; NaN is missing."""
    values = window[~np.isnan(window)]
    first, last = (window[k] if window.size else math.nan for k in (0, -1))
    match statistic:
        case Statistic.FIRST:
            return first
        case Statistic.LAST:
            return last
        case Statistic.LAG:
            return window[-1 - lag] if lag < window.size else math.nan
        case Statistic.LAST_MINUS_FIRST:
            return last - first
        case Statistic.LAST_MINUS_MEAN:
            return last - _mean(values)
        case Statistic.LAST_RANK:
            return _rank(values, last)
        case _:
            return _of_values(values, statistic)


def _of_values(v: Vector, statistic: Statistic) -> float:
    """Of those that are not missing."""
    match statistic:
        case Statistic.COUNT:
            return v.size
        case Statistic.SUM:
            return _sum(v)
        case Statistic.NUNIQUE:
            return np.unique(v).size
        case Statistic.MEAN:
            return _mean(v)
        case Statistic.STD:
            return _std(v)
        case _:
            return _of_some(v, statistic) if v.size else math.nan


def _of_some(v: Vector, statistic: Statistic) -> float:
    """Of at least one value. A zero is +0.0 where it is the lowest or the highest."""
    low, high = v.min() + 0.0, v.max() + 0.0
    found: dict[Statistic, float] = {
        Statistic.MIN: low,
        Statistic.MAX: high,
        Statistic.RANGE: high - low,
        Statistic.LAST_VALID: v[-1],
        Statistic.LAST_VALID_RANK: _rank(v, v[-1]),
    }
    return found[statistic]


def _sum(v: Vector) -> float:
    """One after the other; ``np.sum`` adds pairs."""
    return float(np.add.accumulate(np.append(0.0, v))[-1])


def _mean(v: Vector) -> float:
    return _sum(v) / v.size if v.size else math.nan


def _std(v: Vector) -> float:
    """With ddof 1. Deviations from a rounded mean do not add up to 0; what is left is taken off."""
    if v.size < 2:
        return math.nan
    away = v - _mean(v)
    drift = _sum(away)
    squares = _sum(away * away) - drift * drift / v.size
    return math.sqrt(max(squares, 0.0) / (v.size - 1))


def _rank(v: Vector, of: float) -> float:
    """The share of values below, half of the equal ones and of one more among them."""
    if math.isnan(of):
        return math.nan
    less, equal = (v < of).sum(), (v == of).sum()
    return float(less + (equal + 1.0) * 0.5) / v.size
