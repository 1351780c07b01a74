"""A matrix taken apart: the same values as columns of other types and steps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.source import Columns


def apart(X: NDArray[Any]) -> Columns:
    """By turns in place, side by side, backwards and (as all values are) float64."""
    kinds = (
        lambda x: x,
        lambda x: x.copy(),
        lambda x: x[::-1].copy()[::-1],
        lambda x: x.astype(np.float64),
    )
    return Columns(len(X), tuple(kinds[j % 4](X[:, j]) for j in range(X.shape[1])))
