"""Percentile ranks by galloping: see ``kernels.percentile_ranks``."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kernels.counted import FIRST, SIZE
from kernels.native import part

_FAR = 4096.0
"""Above the counted numbers; what is infinite has no ceiling that is an integer."""


@part
def _is_before(x: float, value: float, or_equal: bool) -> bool:
    """Point: whether ``x`` comes before the place that is looked for."""
    return x <= value if or_equal else x < value


@part
def _gallop(ordered: NDArray[np.float64], begin: int, value: float, or_equal: bool) -> int:
    """The first place from ``begin`` whose value is not below (not at or below) ``value``.

    Steps are doubled until one is too far, so the time depends on how far the place is.
    """
    low, step = begin, 1
    while low + step <= ordered.size and _is_before(ordered[low + step - 1], value, or_equal):
        low += step
        step *= 2
    high = min(low + step - 1, ordered.size)
    while low < high:
        middle = (low + high) >> 1
        if _is_before(ordered[middle], value, or_equal):
            low = middle + 1
        else:
            high = middle
    return low


@part
def _counted_below(counted: NDArray[np.int64], value: float) -> tuple[int, int]:
    """Point: how many of the counted numbers are less than ``value``, and how many not above it."""
    above = math.ceil(value) if abs(value) < _FAR else value
    k = np.int64(min(max(above - FIRST, 0.0), float(SIZE)))
    less = counted[k]
    return less, counted[k + 1] if k < SIZE and value == k + FIRST else less


@part
def percentile_ranks(
    ordered: NDArray[np.float64],
    wanted: NDArray[np.float64],
    below: float,
    counted: NDArray[np.int64],
    count: int,
    out: NDArray[np.float64],
) -> int:
    """Block: ``wanted`` ascends, so each search begins where the last one ended."""
    less = 0
    for i in range(wanted.size):
        if i > 0 and wanted[i] == wanted[i - 1]:
            out[i] = out[i - 1]
        else:
            less = _gallop(ordered, less, wanted[i], False)
            equal = _gallop(ordered, less, wanted[i], True) - less
            lower, upper = _counted_below(counted, wanted[i])
            out[i] = (below + less + lower + (equal + upper - lower + 1) / 2) / count
    return 0
