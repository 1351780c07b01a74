"""AUC and K-S of the same rows by both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve

from engine.metrics import Ranking

Both = tuple[float, float]
"""AUC and K-S."""


class Case(NamedTuple):
    """One row of the table. ``decimals``: what scores are rounded to, None for not at all."""

    name: str
    rows: int
    dtype: str = "float64"
    decimals: int | None = None
    weighted: bool = False


CASES = (
    Case("1 M, float64", 1_000_000),
    Case("10 M, float64", 10_000_000),
    Case("10 M, float32", 10_000_000, dtype="float32"),
    Case("10 M, three decimals", 10_000_000, decimals=3),
    Case("10 M, float64, weighted", 10_000_000, weighted=True),
)


class Contest(NamedTuple):
    """``ours`` takes the number of threads; scikit-learn's sort has one."""

    ours: Callable[[int], Both]
    sklearn: Callable[[], Both]


def prepare(case: Case) -> Contest:
    """Probabilities of default around 5 %, and who defaulted, as int64; never timed."""
    rng = np.random.default_rng(0)
    pd = 1.0 / (1.0 + np.exp(3.5 - rng.normal(size=case.rows)))
    target = (rng.random(case.rows) < pd).astype(np.int64)
    score = (pd if case.decimals is None else pd.round(case.decimals)).astype(case.dtype)
    weights = rng.uniform(1.0, 20.0, case.rows) if case.weighted else None
    return Contest(
        lambda threads: _by_us(score, target, weights, threads),
        lambda: _by_sklearn(score, target, weights),
    )


def agree(contest: Contest, threads: int) -> bool:
    """Within 1e-12."""
    return bool(np.allclose(contest.ours(threads), contest.sklearn(), rtol=0.0, atol=1e-12))


def _by_us(
    score: NDArray[Any], target: NDArray[Any], weights: NDArray[Any] | None, threads: int
) -> Both:
    ranking = Ranking.of(score, target, weights, threads=threads)
    return ranking.auc(), ranking.ks()


def _by_sklearn(score: NDArray[Any], target: NDArray[Any], weights: NDArray[Any] | None) -> Both:
    """As its users do: K-S is read off the curve."""
    good, bad, _ = roc_curve(target, score, sample_weight=weights)
    return float(roc_auc_score(target, score, sample_weight=weights)), float((bad - good).max())
