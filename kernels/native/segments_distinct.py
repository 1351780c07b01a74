"""How many different values eight customers have: see ``kernels.native.segments``.

Codes are looked up in a table that has, of each, the customer and window that had it last, so it is
never cleared. Any other numbers of all eight columns are sorted by one network of comparisons,
which are the same for all of them. Its length is about ``rows * log2(rows)**2 / 4`` whatever the
values are.
Source: D. E. Knuth, The Art of Computer Programming 3, algorithm 5.2.2M (merge exchange).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kernels.native import part
from kernels.native.eight import Eight, eight, known, put_row, row, where
from kernels.segment_plan import TOGETHER


@part
def distinct(
    x: NDArray[np.float64], lo: int, hi: int, count: Eight, order: NDArray[np.float64]
) -> Eight:
    """Block: of rows ``lo..hi``, of which ``count`` are not missing; 0.0 and -0.0 are one."""
    for r in range(lo, hi):
        v = row(x, r)
        put_row(order, r - lo, where(known(v), v, eight(math.inf)))
    _sort(order, hi - lo)
    none, one = eight(0.0), eight(1.0)
    equal, before = none, row(order, 0)
    for r in range(1, hi - lo):
        v = row(order, r)
        equal = equal + where((v == before) & (eight(float(r)) < count), one, none)
        before = v
    return count - equal


@part
def put_distinct_codes(
    x: NDArray[np.float64],
    hi: int,
    width: NDArray[np.float64],
    seen: NDArray[np.int64],
    mark: int,
    to: NDArray[np.float64],
) -> None:
    """Block: of the last ``width`` rows before ``hi``, whose values are places of ``seen``.

    ``mark``: of eight, the first that ``seen`` does not have.
    """
    for k in range(TOGETHER):
        count, own = 0, mark + k
        for r in range(hi - int(width[k]), hi):
            v = x[r, k]
            if v == v:
                code = int(v)
                count += seen[code] != own
                seen[code] = own
        to[k] = count


@part
def _sort(x: NDArray[np.float64], rows: int) -> None:
    """Block: the first rows, each column by itself, missing (infinite) ones last."""
    most = 1
    while 2 * most < rows:
        most *= 2
    p = most if rows > 1 else 0
    while p > 0:
        q, r, d = most, 0, p
        while True:
            _exchange(x, rows - d, p, r, d)
            if q == p:
                break
            d, q, r = q - p, q >> 1, p
        p >>= 1


@part
def _exchange(x: NDArray[np.float64], end: int, p: int, r: int, d: int) -> None:
    """Block: rows i and i + d in order, for all i below ``end`` with ``i & p == r``."""
    for first in range(r, end, 2 * p):
        for i in range(first, min(first + p, end)):
            one, other = row(x, i), row(x, i + d)
            swap = other < one
            put_row(x, i, where(swap, other, one))
            put_row(x, i + d, where(swap, one, other))
