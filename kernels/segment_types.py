"""What is asked of customer segments, and what is answered: see ``kernels.segments``."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Statistic(IntEnum):
    """What is made of the values of a window. See ``kernels.reference_segments`` for formulas."""

    COUNT = 0
    SUM = 1
    MEAN = 2
    STD = 3  # ddof 1
    MIN = 4
    MAX = 5
    RANGE = 6
    FIRST = 7  # of the window's first row, missing or not
    LAST = 8  # of its last row, which is the customer's, missing or not
    LAST_VALID = 9  # the last that is not missing
    NUNIQUE = 10
    LAST_MINUS_MEAN = 11
    LAST_MINUS_FIRST = 12
    LAST_RANK = 13  # (less + (equal + 1) / 2) / count of the last row's value
    LAST_VALID_RANK = 14  # the same of the last value that is not missing
    LAG = 15  # of the row ``lag`` before the last, if it is in the window


class Column(NamedTuple):
    """Values of all rows: float32 or float64 ``(rows,)`` in C order.

    ``valid``: Arrow's bitmap, uint8, least bit first, whose bit ``offset`` is of the first row;
    empty: no value is null.
    """

    values: NDArray[Any]
    valid: NDArray[np.uint8]
    offset: int = 0


class Codes(NamedTuple):
    """A column whose values are whole numbers from 0 on, all less than ``below``: that is not
    checked, and different ones are counted faster."""

    column: Column
    below: int


class Segments(NamedTuple):
    """``start``, ``stop`` int64 ``(customers,)``: the rows of each; may be empty.

    ``first`` int64 ``(windows, customers)``: the first row of each window, ``start <= first <=
    stop``; a window's rows are ``first..stop``.
    """

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    first: NDArray[np.int64]


class Ask(NamedTuple):
    """One result: a statistic of the values, or of the row-to-row differences (``diff``), in a
    window. A difference is missing in a customer's first row and where one of the two values is; in
    a window's first row it is the one to the row before. ``lag`` >= 0 is of ``LAG`` alone."""

    window: int
    statistic: Statistic
    diff: bool = False
    lag: int = 0


class Results(NamedTuple):
    """``values`` float64 ``(asks, customers)``, NaN where missing; each ask's lie together, and the
    next begin where a bitmap's would. ``valid`` uint8 ``(asks, (customers + 7) // 8)``: bitmaps,
    least bit first, spare bits 0. ``missing`` int64 ``(asks,)``: how many."""

    values: NDArray[np.float64]
    valid: NDArray[np.uint8]
    missing: NDArray[np.int64]
