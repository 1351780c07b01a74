"""Drawing rows again: see ``kernels.resampling``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.native import part

_STEP = np.uint64(0x9E3779B97F4A7C15)
_OFTEN = 6
"""Thresholds that are looked at for every row; one in 12,000 rows is drawn more often."""


@part
def _number(key: np.uint64, row: np.uint64) -> np.uint64:
    """Point: the number ``row`` of the SplitMix64 stream ``key``."""
    x = key + (row + np.uint64(1)) * _STEP
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@part
def draw(
    row: NDArray[np.uint32],
    weight: NDArray[np.float64],
    key: int,
    thresholds: NDArray[np.uint64],
    out: NDArray[np.float64],
) -> int:
    """Block: a branch for every time a row is drawn would be guessed wrongly for most rows."""
    stream = np.uint64(key)
    for k in range(row.size):
        i = np.uint64(k)
        number = _number(stream, np.uint64(row[i]))
        times = 0
        for often in range(_OFTEN):
            times += number >= thresholds[often]
        if times == _OFTEN:
            while times < thresholds.size and number >= thresholds[times]:
                times += 1
        out[i] = weight[i] * times
    return 0


@part
def add_levels(
    level: NDArray[np.uint32],
    bad: NDArray[np.uint8],
    weight: NDArray[np.float64],
    good_out: NDArray[np.float64],
    bad_out: NDArray[np.float64],
) -> int:
    """Block: weights to their levels, in the order of the rows."""
    for k in range(level.size):
        i = np.uint64(k)
        at, is_bad = np.uint64(level[i]), np.float64(bad[i])
        good_out[at] += weight[i] * (1.0 - is_bad)
        bad_out[at] += weight[i] * is_bad
    return 0
