"""Mean score against bad rate, bin by bin."""

from __future__ import annotations

from typing import TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from kernels.ranks import Levels


class CalibrationRow(TypedDict):
    """One bin. ``weight`` is the sum of the weights, ``customers`` the number of rows."""

    bin: int
    customers: int
    bads: int
    weight: float
    min_score: float
    max_score: float
    mean_score: float
    bad_rate: float


def calibration(levels: Levels, bins: int, *, by_weight: bool) -> list[CalibrationRow]:
    """See ``engine.metrics.calibration_table``; a level is never split."""
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    score, goods, bads, good, bad = levels
    rows, weight = goods.astype(np.int64) + bads, np.add(good, bad, dtype=np.float64)
    starts = _starts(weight if by_weight else rows, bins)
    ends = np.append(starts[1:], score.size) - 1
    weights = np.add.reduceat(weight, starts)
    table = {
        "customers": np.add.reduceat(rows, starts),
        "bads": np.add.reduceat(bads, starts, dtype=np.int64),
        "weight": weights,
        "min_score": score[starts],
        "max_score": score[ends],
        "mean_score": np.add.reduceat(weight * score, starts) / weights,
        "bad_rate": np.add.reduceat(bad, starts, dtype=np.float64) / weights,
    }
    columns = (column.tolist() for column in table.values())
    rows_of = (dict(zip(table, row, strict=True)) for row in zip(*columns, strict=True))
    return [cast(CalibrationRow, {"bin": n, **row}) for n, row in enumerate(rows_of, 1)]


def _starts(amount: NDArray[np.float64] | NDArray[np.int64], bins: int) -> NDArray[np.intp]:
    """First level of each bin; one ends with the level at which i / bins of the amount is there."""
    there = np.cumsum(amount)
    wanted = np.arange(1, bins) * there[-1] / bins
    ends = np.unique(np.searchsorted(there, wanted)) + 1
    return np.concatenate(([0], ends[ends < there.size]))
