"""Percentile ranks of some values among many that are sorted.

Formula: ``(less + (equal + 1) / 2) / count``, of how many are less than the value and equal to it:
the average rank of equal values over the count, as pandas' ``rank(pct=True)`` has it. -0.0 equals
0.0. The result has one rounding, the division's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel

_percentile_ranks = Kernel("percentile_ranks", "percentile_ranks")


def percentile_ranks(
    ordered: NDArray[np.float64],
    wanted: NDArray[np.float64],
    *,
    below: float,
    counted: NDArray[np.int64],
    count: int,
) -> NDArray[np.float64]:
    """Ranks, float64 ``(m,)``, of ``wanted`` among ``count`` values.

    Parameters
    ----------
    ordered
        float64 ``(n,)``, ascending, without NaN: those of the ``count`` values that may be equal to
        a wanted one, and their neighbours, but for those that are ``counted``.
    wanted
        float64 ``(m,)``, ascending, without NaN.
    below
        How many of the ``count`` values, but for those that are ``counted``, are less than all of
        ``ordered`` and ``wanted``. One that is equal to all of ``wanted`` is half of one.
    counted
        Of the ``count`` values that were counted, as ``kernels.counted.below``.
    count
        At least 1. The others, above all of ``wanted``, are not needed.
    """
    out = np.empty(wanted.size)
    _percentile_ranks(ordered, wanted, float(below), counted, count, out)
    return out
