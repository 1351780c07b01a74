"""Correlations of features with each other and with the event, and which features repeat others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.errors import DataError
from engine.fit.scorecard.rows import Matrix, Outcome

BLOCK = 8192  # rows that are centred at a time
REPEATED = 1e-10
"""A feature repeats others if they leave less than this share of its variance."""
_CONSTANT = 1e-14  # a standard deviation that rounding alone gives, in units of the mean


def correlations(X: Matrix, outcome: Outcome, names: Sequence[str]) -> Matrix:
    """Weighted correlations of the p features, and as the last of all of the event: (p + 1, p + 1).

    Two passes over blocks of rows: means, then products of what differs from them.

    Raises
    ------
    DataError
        A constant feature.
    """
    weight = outcome.weight
    total = float(weight.sum())
    mean = np.zeros(X.shape[1])
    for rows in _blocks(len(X)):
        mean += weight[rows] @ X[rows]
    mean /= total
    event = outcome.event - weight @ outcome.event / total
    products = np.zeros((len(mean) + 1, len(mean) + 1))
    for rows in _blocks(len(X)):
        centred = np.column_stack([X[rows] - mean, event[rows]])
        products += (centred * weight[rows, None]).T @ centred
    spread = np.sqrt(np.diag(products))
    constant = spread[:-1] <= _CONSTANT * np.abs(mean) * np.sqrt(total)
    if constant.any():
        name = names[int(np.argmax(constant))]
        raise DataError("elimination: a constant feature", column=name, count=len(X))
    return np.asarray(products / np.outer(spread, spread))


def repeating(correlation: Matrix) -> list[int]:
    """Places of the features that are linear combinations of those before them, ``(p, p)`` given.

    A Cholesky factor column by column, that leaves out a column of which nothing is left.
    """
    p = len(correlation)
    root = np.zeros((p, p))
    left = np.ones(p)  # of each feature's variance, by those before
    found = []
    for j in range(p):
        if left[j] < REPEATED:
            found.append(j)
            continue
        root[j:, j] = (correlation[j:, j] - root[j:, :j] @ root[j, :j]) / np.sqrt(left[j])
        left[j + 1 :] -= np.square(root[j + 1 :, j])
    return found


def _blocks(size: int) -> list[slice]:
    return [slice(start, start + BLOCK) for start in range(0, size, BLOCK)]
