"""Readable NumPy twins of ``radix`` and ``percentile_ranks``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def argsort(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Twin of ``radix.argsort``: by value, of two zeros the negative one first, then by place."""
    return np.lexsort((~np.signbit(values), values))


def percentile_ranks(
    values: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Twin of ``percentile_ranks.percentile_ranks``, of all values in any order."""
    less = (values < wanted[:, None]).sum(axis=1)
    equal = (values == wanted[:, None]).sum(axis=1)
    ranks: NDArray[np.float64] = (less + (equal + 1) / 2) / len(values)
    return ranks
