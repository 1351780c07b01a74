"""The memory in which a forest scores a block of rows: made by the caller, as kernels make none."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

ROWS = 64
"""Rows of a word: one bit each."""
GROUP = 4
"""Trees whose leaves are added at once."""
WALKED = 64
"""Rows that walk down a tree together; their codes of all slots stay in the first cache."""


class Scratch(NamedTuple):
    """Of one thread; a block has ``64 * words`` rows.

    ``codes`` uint8, ``stride`` a slot: longer than a block, or the same rows of all slots would
    share a few lines of the first cache. ``bits`` uint64, ``words`` a lane
    (``kernels.native.masks``). ``number`` uint8 ``(GROUP, 2 * rows)``, per tree two bytes of each
    row's leaf: the lower ones, then the upper ones. ``sums`` float64 ``(classes, rows)``.
    ``category`` int32 per categorical feature and row. A value per row: ``double``, ``single``,
    ``base`` uint8, ``buckets`` int32. ``at`` int32: where ``WALKED`` rows are.
    """

    codes: NDArray[np.uint8]
    stride: int
    bits: NDArray[np.uint64]
    number: NDArray[np.uint8]
    sums: NDArray[np.float64]
    category: NDArray[np.int32]
    double: NDArray[np.float64]
    single: NDArray[np.float32]
    base: NDArray[np.uint8]
    buckets: NDArray[np.int32]
    at: NDArray[np.int32]


def scratch_for(words: int, slots: int, lanes: int, categorical: int, classes: int) -> Scratch:
    """For blocks of so many words, and so many slots, lanes, categorical features and classes."""
    rows = words * ROWS
    stride = rows + ROWS
    return Scratch(
        codes=_aligned(slots * stride, np.uint8),
        stride=stride,
        bits=_aligned(lanes * words, np.uint64),
        number=_aligned(GROUP * 2 * rows, np.uint8).reshape(GROUP, 2 * rows),
        sums=_aligned(classes * rows, np.float64).reshape(classes, rows),
        category=np.empty((categorical, rows), np.int32),
        double=_aligned(rows, np.float64),
        single=_aligned(rows, np.float32),
        base=_aligned(rows, np.uint8),
        buckets=_aligned(rows, np.int32),
        at=np.empty(WALKED, np.int32),
    )


def _aligned(size: int, dtype: Any) -> NDArray[Any]:
    """``size`` values that begin at a cache line: no vector of them straddles two."""
    bytes_needed = size * np.dtype(dtype).itemsize
    raw = np.empty(bytes_needed + 64, np.uint8)
    first = -raw.__array_interface__["data"][0] % 64
    return raw[first : first + bytes_needed].view(dtype)
