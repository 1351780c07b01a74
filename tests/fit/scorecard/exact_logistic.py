"""A logistic fit in long double: the judge where statsmodels is not exact enough itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from logistic_cases import Data

_LONG = np.longdouble


def has_80_bits() -> bool:
    """Whether long double is longer than double."""
    return bool(np.finfo(_LONG).eps < 1e-18)


def by_80_bits(data: Data) -> tuple[Any, Any]:
    """Coefficients and covariance, by Newton's steps on scaled columns."""
    X, (event, weight, offset) = data.X.astype(_LONG), (v.astype(_LONG) for v in data.outcome)
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    D = np.column_stack([np.ones(len(X), _LONG), (X - mean) / deviation])
    b = np.zeros(D.shape[1], _LONG)
    for _ in range(20):
        z = D @ b + offset
        sign = np.where(event == 1.0, 1, -1)
        missed = 1 / (1 + np.exp(sign * z))
        information = (D * (weight * missed * (1 - missed))[:, None]).T @ D
        covariance = _inverse(information)
        b = b + covariance @ (D.T @ (sign * weight * missed))
    back = np.diag(np.concatenate([[_LONG(1)], 1 / deviation]))
    back[0, 1:] = -mean / deviation
    return back @ b, back @ covariance @ back.T


def _inverse(A: Any) -> Any:
    """By Gauss and Jordan: NumPy's is for double."""
    rows = np.hstack([A, np.eye(len(A), dtype=_LONG)])
    for k in range(len(A)):
        pivot = k + int(np.argmax(np.abs(rows[k:, k])))
        rows[[k, pivot]] = rows[[pivot, k]]
        rows[k] /= rows[k, k]
        for i in range(len(A)):
            if i != k:
                rows[i] -= rows[i, k] * rows[k]
    return rows[:, len(A) :]
