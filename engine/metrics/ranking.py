"""How well a score ranks: AUC, Gini, K-S. All come from one sort of the scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from engine.metrics.checks import Vector, checked, class_weights, tie_starts


def auc(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Area under the ROC curve: P(score of a bad > score of a good) + P(equal) / 2.

    Without weights this is the Mann-Whitney statistic with average ranks for ties,
    ``(R - B (B + 1) / 2) / (B G)`` with R the sum of the bads' ranks, B bads and G goods
    (Mann and Whitney 1947; Hanley and McNeil 1982). With weights each pair counts the product of
    its two weights. Arguments and errors: ``engine.metrics``.
    """
    values, truth, weight = checked(score, target, weights)
    total_good, total_bad = class_weights(truth, weight)
    good, bad = _by_distinct_score(values, truth, weight)
    below = np.cumsum(good) - good
    return float(bad @ (below + 0.5 * good)) / (total_good * total_bad)


def gini(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Gini coefficient (accuracy ratio) ``2 AUC - 1``: 0 ranks nothing, 1 ranks perfectly."""
    return 2.0 * auc(score, target, weights) - 1.0


def ks(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None = None) -> float:
    """Kolmogorov-Smirnov distance ``max_s |F_good(s) - F_bad(s)|`` of the two score distributions.

    F are the (weighted) cumulative shares with a score <= s; the maximum is over the distinct
    scores. Practice calls 0.20 discriminating and 0.30 very good. Arguments and errors:
    ``engine.metrics``.
    """
    values, truth, weight = checked(score, target, weights)
    total_good, total_bad = class_weights(truth, weight)
    good, bad = _by_distinct_score(values, truth, weight)
    distance = np.cumsum(good) / total_good - np.cumsum(bad) / total_bad
    return float(np.abs(distance).max())


def _by_distinct_score(values: Vector, truth: Vector, weight: Vector) -> tuple[Vector, Vector]:
    """Weight of the goods and of the bads at each distinct score, scores ascending."""
    order = np.argsort(values, kind="stable")
    starts = tie_starts(values[order])
    bad = (weight * truth)[order]
    good = (weight * (1.0 - truth))[order]
    return np.add.reduceat(good, starts), np.add.reduceat(bad, starts)
