"""Whole numbers in a narrow range, which are counted and not kept.

Much of a loan book is whole: days past due, flags, months, amounts in classes. A column of those
needs no sorting and no disk. ``FIRST`` to ``FIRST + SIZE - 1`` are counted; -0.0 is 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FIRST = -512
SIZE = 2040
"""An odd number of cache lines of int64: the counters of a number in different months would fall on
each other's place in the cache if it were a power of two."""


class Counted(NamedTuple):
    """Of one column. ``times`` int64 ``(places + 1, SIZE)``: how often each number was found; the
    last row is for what is not counted. ``place`` int64 ``(months + 1,)``: the row of each month.
    """

    place: NDArray[np.int64]
    times: NDArray[np.int64]


def below(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many are less than each number and than the one after the last, int64 ``(SIZE + 1,)``;
    ``times`` int64 ``(SIZE,)``."""
    return np.concatenate([[0], np.cumsum(times)])
