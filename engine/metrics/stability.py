"""The metric of the Home Credit competition: how good a score is, and whether it stays so."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.metrics.checks import Checked, Vector, checked
from engine.metrics.ordered import Ordered, ordered
from kernels.ranks_by_group import compare_groups


class Stability(NamedTuple):
    """``value = mean + slope_penalty + residual_penalty``; penalties are 0 or negative.

    ``gini_by_week``: of all weeks, ascending; None for those of one class, which were left out.
    """

    value: float
    mean: float
    slope_penalty: float
    residual_penalty: float
    weeks: int
    weeks_left_out: int
    gini_by_week: dict[Any, float | None]


def stability(
    score: ArrayLike, target: ArrayLike, week: ArrayLike, weights: ArrayLike | None = None
) -> Stability:
    """``mean(g) + 88 min(0, a) - 0.5 std(residuals)`` of weekly Gini coefficients.

    ``g_w = 2 AUC_w - 1`` for each week in ascending order; ``a`` is the slope of the least-squares
    line of g over 0 .. n - 1, the residuals are what it leaves, with a standard deviation of ddof
    0. Source: the competition "Home Credit - Credit Risk Model Stability" (2024).

    A week with one class only (of positive weight) has no g: it is left out and counted, and the n
    weeks are those that remain, numbered without gaps. Of one week slope and residual are 0.

    Parameters
    ----------
    week
        ``(n,)`` numbers, dates or strings, none of them missing.

    Raises
    ------
    ValueError
        As by the conventions of ``engine.metrics``; no week with both classes.
    """
    rows = checked(score, target, weights)
    labels, number = week_numbers(week, rows)
    found = ordered(rows)
    return stability_of(found, found.weight, labels, number[found.row])


def week_numbers(week: ArrayLike, rows: Checked) -> tuple[list[Any], NDArray[np.uint32]]:
    """The weeks, ascending, and for each checked row which it is."""
    given = np.asarray(week)
    size = rows.score.size if rows.kept is None else rows.kept.size
    if given.shape != (size,):
        raise ValueError(f"score has {size} rows, week has shape {given.shape}")
    absent = given != given
    if given.dtype == np.object_:  # None equals itself, NaN does not
        absent = absent | (given == np.array(None))
    if missing := int(np.count_nonzero(absent)):
        raise ValueError(f"week is missing in {missing} of {size} rows")
    try:
        labels, number = np.unique(given, return_inverse=True)
    except TypeError as exc:
        raise ValueError(f"weeks cannot be put in order: {exc}") from exc
    kept = number if rows.kept is None else number[rows.kept]
    return labels.tolist(), kept.astype(np.uint32)


def stability_of(
    rows: Ordered, weight: Vector, labels: list[Any], week: NDArray[np.uint32]
) -> Stability:
    """Of rows in order of their score, under other weights than their own if need be."""
    found = compare_groups(rows.level, rows.bad, weight, week, len(labels))
    both = (found.good > 0.0) & (found.bad > 0.0)
    if not both.any():
        raise ValueError(f"no week has both classes; there are {len(labels)} weeks")
    g = np.minimum(found.won[both] / (found.good[both] * found.bad[both]) - 1.0, 1.0)
    mean, slope_penalty, residual_penalty = _parts(g)
    every = np.full(len(labels), np.nan)
    every[both] = g
    weekly = {w: None if np.isnan(x) else x for w, x in zip(labels, every.tolist(), strict=True)}
    return Stability(
        mean + slope_penalty + residual_penalty,
        mean,
        slope_penalty,
        residual_penalty,
        g.size,
        len(labels) - g.size,
        weekly,
    )


def _parts(g: Vector) -> tuple[float, float, float]:
    """Mean, penalty of a falling line, penalty of what lies beside the line."""
    mean = float(g.mean())
    x = np.arange(g.size) - (g.size - 1) / 2
    slope = float(x @ g / (x @ x)) if g.size > 1 else 0.0
    return mean, 88.0 * min(0.0, slope), -0.5 * float(np.std(g - mean - slope * x))
