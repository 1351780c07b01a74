"""Who takes a loan at which rate: the published marginal effect, and take-up by rate band."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import log_ndtr

from bench_data.kz.trial import RISKS, Codes, Vector
from engine.errors import DataError

PUBLISHED = -0.00289
"""Karlan and Zinman 2008: application on the offered rate, probit, marginal effect at the means."""
REGRESSORS = ("offer4", "low", "med", "waved2", "waved3")
_STEPS, _CLOSE = 50, 1e-10


class Effect(NamedTuple):
    """Change of a probability per percentage point a month; the error is clustered by branch."""

    effect: float
    standard_error: float
    offers: int


def rate_effect(kept: pl.DataFrame, outcome: str, branch: Codes) -> Effect:
    """Probit of the 0/1 column ``outcome`` on the rate, risk class and wave, at the means.

    Raises
    ------
    DataError
        The fit does not settle: the regressors determine the outcome.
    """
    X = np.column_stack([np.ones(kept.height), kept.select(REGRESSORS).to_numpy()])
    y = kept[outcome].to_numpy()
    return _at_means(X, probit(X, y), probit_covariance(X, y, branch), column=1)


def probit(X: NDArray[np.float64], y: Vector) -> Vector:
    """(k,) maximum likelihood coefficients of ``P(y = 1) = Phi(X beta)`` by Fisher scoring."""
    beta = np.zeros(X.shape[1])
    for _ in range(_STEPS):
        slope, weight = _slopes(X @ beta, y)
        step = np.linalg.solve((X * weight[:, None]).T @ X, X.T @ slope)
        beta += step
        if np.abs(step).max() < _CLOSE:
            return beta
    raise DataError(f"a probit has not settled after {_STEPS} steps", count=len(y))


def probit_covariance(X: NDArray[np.float64], y: Vector, cluster: Codes) -> NDArray[np.float64]:
    """(k, k) sandwich covariance of ``probit``'s coefficients, clustered."""
    slope, weight = _slopes(X @ probit(X, y), y)
    bread = np.linalg.inv((X * weight[:, None]).T @ X)
    score = X * slope[:, None]
    sums = np.stack([np.bincount(cluster, column) for column in score.T])
    clusters = int((np.bincount(cluster) > 0).sum())
    return np.asarray(clusters / (clusters - 1) * bread @ (sums @ sums.T) @ bread)


def take_up_table(kept: pl.DataFrame) -> pl.DataFrame:
    """Per risk class and rate band of ``kept`` with its outcomes.

    Shares are of the offers, ``late`` of those that were taken after the deadline at whatever rate
    was asked then. Loan and arrears are rand per borrower, interest and profit rand per offer.
    """
    took = pl.col("tookup") == 1
    return (
        kept.group_by("risk", "band")
        .agg(
            pl.len().alias("offers"),
            pl.col("offer4").min().alias("lowest"),
            pl.col("offer4").max().alias("highest"),
            pl.col("applied").mean(),
            pl.col("tookup").mean(),
            pl.col("rejected").mean(),
            pl.col("tookup_afterdead_enforced").mean().alias("late"),
            pl.col("loansize").filter(took).mean(),
            pl.col("pstdue_average").mean().alias("arrears"),
            pl.col("interest", "profit").mean(),
        )
        .sort(pl.col("risk").replace_strict(RISKS, range(len(RISKS))), "band")
    )


def _at_means(
    X: NDArray[np.float64], beta: Vector, covariance: NDArray[np.float64], *, column: int
) -> Effect:
    """``phi(mean(X) beta) beta[column]``, its error by the delta method with X as it is."""
    centre = X.mean(axis=0)
    index = float(centre @ beta)
    density = float(np.exp(-0.5 * index**2) / np.sqrt(2.0 * np.pi))
    gradient = -index * density * beta[column] * centre
    gradient[column] += density
    error = float(np.sqrt(gradient @ covariance @ gradient))
    return Effect(density * float(beta[column]), error, len(X))


def _slopes(index: Vector, y: Vector) -> tuple[Vector, Vector]:
    """Per row the slope of the log-likelihood in the index, and its expected curvature."""
    log_density = -0.5 * (index**2 + np.log(2.0 * np.pi))
    sign = 2.0 * y - 1.0
    slope = sign * np.exp(log_density - log_ndtr(sign * index))
    return slope, np.exp(2.0 * log_density - log_ndtr(index) - log_ndtr(-index))
