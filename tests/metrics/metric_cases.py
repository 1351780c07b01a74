"""Rows with and without ties, and the published formulas of two competitions in plain NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def sample(
    rows: int, levels: int, seed: int, *, weighted: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64] | None]:
    """Scores in [0, 1] on ``levels`` distinct values, so ties abound where levels << rows."""
    rng = np.random.default_rng(seed)
    score = rng.integers(0, levels, rows) / levels
    target = (rng.random(rows) < 0.1 + 0.6 * score).astype(np.int64)
    target[:2] = 0, 1
    return score, target, rng.random(rows) * 20 if weighted else None


def distinct(rows: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores without ties."""
    rng = np.random.default_rng(seed)
    score = rng.permutation(rows) / rows
    target = (rng.random(rows) < 0.05 + 0.6 * score).astype(np.int64)
    target[:2] = 0, 1
    return score, target


def published_amex(target: NDArray[Any], order: NDArray[np.intp]) -> float:
    """Of rows in this order, the highest score first: the competition's own definition."""
    y = target[order]
    weight = np.where(y == 0, 20.0, 1.0)
    found = y[np.cumsum(weight) <= int(0.04 * weight.sum())].sum() / y.sum()

    def weighted_gini(truth: NDArray[Any]) -> float:
        w = np.where(truth == 0, 20.0, 1.0)
        random, lorentz = np.cumsum(w / w.sum()), np.cumsum(truth * w) / (truth * w).sum()
        return float(((lorentz - random) * w).sum())

    return float(0.5 * (weighted_gini(y) / weighted_gini(np.sort(y)[::-1]) + found))


def published_stability(weekly: list[float]) -> tuple[float, float, float]:
    """Mean, penalty of the slope, penalty of the residuals: the competition's own definition."""
    g, x = np.array(weekly), np.arange(len(weekly))
    a, b = np.polyfit(x, g, 1)
    return float(g.mean()), float(88.0 * min(0.0, a)), float(-0.5 * np.std(g - (a * x + b)))
