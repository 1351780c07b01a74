"""How true a probability is: the Brier score and the calibration table."""

from __future__ import annotations

from itertools import pairwise
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.metrics.checks import Vector, checked, tie_starts


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


def brier(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Brier score ``sum w (p - y)^2 / sum w`` (Brier 1950); 0 is perfect.

    ``score`` must be a probability: a value outside [0, 1] is a ValueError. One class alone is
    allowed. Other arguments and errors: ``engine.metrics``.
    """
    values, truth, weight = checked(score, target, weights)
    if wrong := int(((values < 0.0) | (values > 1.0)).sum()):
        raise ValueError(f"score must be a probability; {wrong} rows lie outside [0, 1]")
    return float(weight @ np.square(values - truth) / weight.sum())


def calibration_table(
    score: ArrayLike, target: ArrayLike, bins: int = 10, weights: ArrayLike | None = None
) -> list[CalibrationRow]:
    """Mean score against bad rate in bins of about equally many rows, lowest scores first.

    A bin ends at the quantile i / bins, moved up to the end of a tie, so equal scores share a bin
    and there may be fewer bins than asked for (a reliability diagram as a table: Hosmer and
    Lemeshow's groups). ``mean_score`` and ``bad_rate`` are weighted; rows of weight 0 are left out.
    Arguments and errors: ``engine.metrics``; ``bins`` >= 1.
    """
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    values, truth, weight = checked(score, target, weights)
    order = np.argsort(values, kind="stable")
    order = order[weight[order] > 0.0]
    values, truth, weight = values[order], truth[order], weight[order]
    edges = _edges(values, bins)
    return [
        _row(i + 1, values[lo:hi], truth[lo:hi], weight[lo:hi])
        for i, (lo, hi) in enumerate(pairwise(edges))
    ]


def _edges(ordered: Vector, bins: int) -> NDArray[np.intp]:
    """Row positions 0 = e0 < e1 < ... = n of the bins, none of which splits a tie."""
    size = ordered.size
    ends = np.append(tie_starts(ordered), size)[1:]  # one past each run of equal scores
    wanted = np.ceil(np.arange(1, bins + 1) * size / bins).astype(np.intp)
    return np.concatenate(([0], np.unique(ends[np.searchsorted(ends, wanted)])))


def _row(number: int, values: Vector, truth: Vector, weight: Vector) -> CalibrationRow:
    total = float(weight.sum())
    return {
        "bin": number,
        "customers": values.size,
        "bads": int(truth.sum()),
        "weight": total,
        "min_score": float(values[0]),
        "max_score": float(values[-1]),
        "mean_score": float(weight @ values) / total,
        "bad_rate": float(weight @ truth) / total,
    }
