"""Logistic models: scorecards and Platt's recalibration, row by row.

Conventions: float64 results; a missing value is NaN and stays NaN where nothing replaces it. A row
is computed alone, with the C library's ``exp`` and ``log`` (NumPy's vector loops may differ in the
last bit between the middle and the end of an array), so results do not depend on chunks.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Scorecard(NamedTuple):
    """``coefficient``, ``impute`` (NaN: none), ``mean``, ``std`` (above 0): float64 (features,)."""

    coefficient: NDArray[np.float64]
    impute: NDArray[np.float64]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    intercept: float


@njit(nogil=True, cache=True)
def _sigmoid(z: float) -> float:
    """Point: ``1 / (1 + exp(-z))`` without overflow."""
    if z >= 0.0:
        return 1.0 / (1.0 + math.exp(-z))
    e = math.exp(z)
    return e / (1.0 + e)


@njit(nogil=True, cache=True)
def _term(x: float, coefficient: float, impute: float, mean: float, std: float) -> float:
    """Point: what one feature adds to ``z``."""
    value = impute if math.isnan(x) else x
    return coefficient * ((value - mean) / std)


@njit(nogil=True, cache=True, error_model="numpy")
def _scorecard_block(
    card: Scorecard, X: NDArray[Any], columns: NDArray[np.uint32], z: NDArray[np.float64]
) -> None:
    """Block: ``z`` of every row, features in their order."""
    z[:] = card.intercept
    for j in range(columns.size):
        for i in range(z.size):
            x = np.float64(X[i, columns[j]])
            z[i] += _term(x, card.coefficient[j], card.impute[j], card.mean[j], card.std[j])


@njit(nogil=True, cache=True)
def _sigmoid_block(z: NDArray[np.float64]) -> None:
    """Block: in place."""
    for i in range(z.size):
        z[i] = _sigmoid(z[i])


@njit(nogil=True, cache=True)
def _platt_block(
    p: NDArray[np.float64], slope: float, intercept: float, out: NDArray[np.float64]
) -> None:
    """Block: ``sigmoid(slope * logit(p) + intercept)``."""
    for i in range(p.size):
        logit = math.log(p[i]) - math.log1p(-p[i])
        out[i] = _sigmoid(slope * logit + intercept)


def scorecard_scores(
    card: Scorecard,
    X: NDArray[Any],
    columns: NDArray[np.uint32],
    raw: bool,
    out: NDArray[np.float64],
) -> None:
    """Score the rows of ``X`` into ``out``.

    Parameters
    ----------
    X
        float32 or float64 ``(rows, columns)`` in any memory order; NaN is missing.
    columns
        uint32: the column of ``X`` that holds each feature of the card.
    raw
        ``z`` in place of the probability.
    out
        float64 ``(rows,)``, overwritten.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit.
    """
    if X.ndim != 2 or X.dtype not in (np.float32, np.float64):
        raise ValueError(f"X must be 2-D float32 or float64, not {X.ndim}-D {X.dtype}")
    if out.shape != (X.shape[0],) or out.dtype != np.float64:
        raise ValueError(f"out must be float64 ({X.shape[0]},)")
    if columns.shape != card.coefficient.shape or columns.max(initial=0) >= X.shape[1]:
        raise ValueError("columns must name a column of X for each feature")
    _scorecard_block(card, X, columns, out)
    if not raw:
        _sigmoid_block(out)


def platt(p: NDArray[np.float64], slope: float, intercept: float) -> NDArray[np.float64]:
    """``1 / (1 + exp(-(slope * ln(p / (1 - p)) + intercept)))``.

    ``p`` is float64 ``(n,)`` in 0..1 (NaN stays NaN), ``slope`` is above 0, so 0 stays 0 and 1
    stays 1. Source: J. Platt, Probabilistic outputs for support vector machines, 1999; here on the
    logit of a probability.

    Raises
    ------
    ValueError
        ``p`` is not 1-D float64, or ``slope`` is not above 0.
    """
    if p.ndim != 1 or p.dtype != np.float64:
        raise ValueError(f"p must be 1-D float64, not {p.ndim}-D {p.dtype}")
    if not slope > 0.0:
        raise ValueError(f"slope must be above 0, not {slope}")
    out = np.empty(p.size, np.float64)
    _platt_block(p, slope, intercept, out)
    return out
