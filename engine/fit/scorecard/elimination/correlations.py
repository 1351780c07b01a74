"""Correlations of features with each other and with the event, and which features repeat others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.fit.scorecard.logistic.fixed_algebra import times
from engine.fit.scorecard.logistic.passes import Rows
from engine.fit.scorecard.rows import Matrix, Outcome, Part, Vector
from kernels.irls import Basis

REPEATED = 1e-10
"""A feature repeats others if they leave less than this share of its variance."""
_CONSTANT = 1e-14  # a standard deviation that rounding alone gives, in units of the mean


def correlations(X: Matrix, outcome: Outcome, names: Sequence[str]) -> Matrix:
    """Weighted correlations of the p features, and as the last of all of the event: (p + 1, p + 1).

    Two passes over the rows: means, then products of what differs from them. The products are those
    of a step of a logistic fit at coefficients 0, where a row counts a quarter of its weight and
    its residual is the event less 1/2; so their bits depend on no library's threads.

    Raises
    ------
    DataError
        A constant feature.
    """
    known_beforehand = np.zeros_like(outcome.offset)
    rows = Rows(lambda: [Part(X, outcome._replace(offset=known_beforehand))], threads=1)
    moments = rows.moments()
    total, events = float(moments.total[0]), float(moments.total[1])
    deviation = np.sqrt(moments.squares / total)
    _check_constant(deviation <= _CONSTANT * np.abs(moments.mean), names, len(X))
    width = len(deviation)
    basis = Basis(moments.mean, 1.0 / deviation, np.eye(width + 1), False)
    sums = rows.sums(basis, np.zeros(width + 1))
    apart = 4.0 * sums.information[0, 1:]  # what rounding of the means leaves
    products = 4.0 * sums.information[1:, 1:] - np.multiply.outer(apart, apart) / total
    with_event = sums.gradient[1:] + (0.5 - events / total) * apart
    return _scaled(products, with_event, events * (1.0 - events / total))


def _check_constant(constant: NDArray[np.bool_], names: Sequence[str], rows: int) -> None:
    if constant.any():
        name = names[int(np.argmax(constant))]
        raise DataError("elimination: a constant feature", column=name, count=rows)


def _scaled(products: Matrix, with_event: Vector, of_event: float) -> Matrix:
    """Sums of products, of the features, with the event, of the event, as correlations."""
    spread = np.sqrt([*np.diag(products), of_event])
    both = np.empty((len(spread), len(spread)))
    both[:-1, :-1] = products
    both[-1, :-1] = both[:-1, -1] = with_event
    both[-1, -1] = of_event
    return np.asarray(both / np.multiply.outer(spread, spread))


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
        root[j:, j] = (correlation[j:, j] - times(root[j:, :j], root[j, :j])) / np.sqrt(left[j])
        left[j + 1 :] -= np.square(root[j + 1 :, j])
    return found
