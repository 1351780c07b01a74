"""Drawing rows again, and what a draw makes of the levels of a ranking.

How often a row is drawn is Poisson with mean 1: rows are drawn independently of each other, so a
draw needs no order and no memory of what came before, and the size of a replicate varies as that of
its sums does (Chamandy, Muralidharan, Najmi and Naidu 2012, "Estimating uncertainty for massive
data streams"). The count of row i is made of the i-th number of a SplitMix64 stream (Steele, Lea
and Flood 2014, "Fast splittable pseudorandom number generators"), so it depends on key and row
alone: two scores of the same rows see the same draw, and threads change nothing.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel

_draw = Kernel("resampling", "draw")
_add_levels = Kernel("resampling", "add_levels")

TIMES = 20
"""A row is drawn no more often: more has a probability below 2^-64."""
_FIRST = np.array([1 / math.factorial(k) for k in range(TIMES)]) / math.e
THRESHOLDS = np.array(
    [min(round(sum(_FIRST[: k + 1]) * 2**64), 2**64 - 1) for k in range(TIMES)], np.uint64
)
"""A number of 64 bits that is not below k + 1 of them stands for more than k times."""


def draw(
    row: NDArray[np.uint32], weight: NDArray[np.float64], key: int, out: NDArray[np.float64]
) -> None:
    """``out[i]``: ``weight[i]`` times how often row ``row[i]`` is drawn; all of them ``(n,)``.

    ``key`` numbers the draw: an integer of 64 bits, negative ones among them.
    """
    _draw(row, weight, key, THRESHOLDS, out)


def add_levels(
    level: NDArray[np.uint32],
    bad: NDArray[np.uint8],
    weight: NDArray[np.float64],
    good_out: NDArray[np.float64],
    bad_out: NDArray[np.float64],
) -> None:
    """Weight of either class at each level, float64 ``(levels,)``, added in the order of the rows.

    ``level`` uint32, below ``levels``; ``bad`` uint8, 0 or 1; ``weight`` float64: ``(n,)`` each.
    """
    good_out[:] = 0.0
    bad_out[:] = 0.0
    _add_levels(level, bad, weight, good_out, bad_out)
