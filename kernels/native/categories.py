"""The categories of a block of rows: see ``kernels.categories``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.categories import ABSENT, NO_CATEGORY, Categories
from kernels.native import part
from kernels.native.source import load
from kernels.scratch import Scratch
from kernels.source import Source


@part
def category_block(
    source: Source,
    lo: int,
    n: int,
    categories: Categories,
    wide: bool,
    scratch: Scratch,
) -> None:
    """Block: ``scratch.category[f, i]`` of row ``lo + i``, for ``n`` rows.

    ``wide``: values are read as they are, else rounded to float32 first.
    """
    category, values = scratch.category, scratch.double[:n]
    least = -1.0 if categories.fractions else -5e-324
    for f in range(categories.source.size):
        load(source, categories.source[f], lo, values)
        for i in range(n):
            x = values[i] if wide else np.float64(np.float32(values[i]))
            if least < x < 2147483648.0:
                category[f, i] = np.int32(x)
            else:
                category[f, i] = NO_CATEGORY if x == x else ABSENT


@part
def lane_block(
    category: NDArray[np.int32],
    rows: int,
    categories: Categories,
    words: int,
    lanes: NDArray[np.uint64],
) -> None:
    """Block: set the bits of every row in the lanes of its categories."""
    lanes[: categories.lanes * words] = 0
    for f in range(categories.source.size):
        first = categories.first[f]
        size = categories.first[f + 1] - first
        for i in range(rows):
            found = category[f, i]
            lane = categories.other[f]
            if 0 <= found < size:
                lane = categories.lane[first + found]
            elif found == ABSENT:
                lane += 1
            lanes[lane * words + (i >> 6)] |= np.uint64(1) << np.uint64(i & 63)
