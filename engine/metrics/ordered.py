"""Rows in ascending order of their score: what is passed over again and again without sorting."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.metrics.checks import Checked, Vector
from kernels.radix import argsort


class Ordered(NamedTuple):
    """``(rows,)`` each, but for ``score``, which is ``(levels,)``: the distinct ones, ascending.

    ``level``: which of these; ``bad`` 0 or 1; ``row``: its place among the rows that were checked.
    """

    score: Vector
    level: NDArray[np.uint32]
    bad: NDArray[np.uint8]
    weight: Vector
    row: NDArray[np.uint32]


def ordered(rows: Checked) -> Ordered:
    """The only sort; rows of equal score keep their order."""
    values = rows.score.astype(np.float64) + 0.0  # of the two zeros one
    row = argsort(values)
    values = values[row]
    first = np.append(True, values[1:] != values[:-1])
    weight = np.ones(row.size) if rows.weight is None else rows.weight[row]
    return Ordered(
        values[first],
        (np.cumsum(first) - 1).astype(np.uint32),
        rows.bad[row].view(np.uint8),
        weight,
        row,
    )
