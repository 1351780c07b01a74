"""Some of many points, evenly by rank: the same data give the same points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def evenly(size: int, most: int) -> NDArray[np.intp]:
    """Positions of ``most`` of ``size`` ordered points, first and last among them; all if fewer."""
    if size <= most:
        return np.arange(size)
    return np.linspace(0, size - 1, most).round().astype(np.intp)
