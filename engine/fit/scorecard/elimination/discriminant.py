"""Stepwise discriminant analysis of two groups: Wilks' lambda and the partial F to remove.

    lambda = |W| / |T|
    partial lambda of feature j    L_j = lambda / lambda without j
    partial F to remove            F_j = (1 - L_j) / L_j * (n - p - 1)      1 and n - p - 1 degrees

with W the pooled within-group and T the total sums of squares and products of the p features in
the model (Rao 1973, Linear statistical inference, 8c.4; Jennrich 1977, Stepwise discriminant
analysis). For two groups W = T - c c' / s with c the products of the features and the group, s the
sum of squares of the group. So with b = T^-1 c, lambda = 1 - c'b / s, and

    F_j = b_j^2 / (T^-1)_jj / (s lambda) * (n - p - 1)

which is also the F of leaving j out of the regression of the group on the features. One inverse
does for all steps: removing a feature from T^-1 takes a rank-one step.
"""

from __future__ import annotations

import numpy as np
from scipy.special import fdtrc

from engine.errors import DataError
from engine.fit.scorecard.elimination.contributions import Contributions
from engine.fit.scorecard.logistic.fixed_algebra import product, times, whitening
from engine.fit.scorecard.rows import Matrix

SEPARATED = 1e-12
"""A lambda below this is rounding: the features tell the groups apart without error."""


class Discriminant:
    """The features that are left; offsets of the outcome play no part."""

    def __init__(self, correlation: Matrix, rows: float) -> None:
        """``correlation`` of independent features and, as the last, of the event; ``rows``: their
        number, or the sum of their weights."""
        root = whitening(correlation[:-1, :-1])
        if root is None:
            raise DataError("elimination: the features repeat each other", count=len(correlation))
        self._rows = rows
        self._inverse = product(root, root.T)
        self._with_group = correlation[:-1, -1]

    def contributions(self) -> Contributions:
        slope = times(self._inverse, self._with_group)
        wilks = float(1.0 - (self._with_group * slope).sum())
        freedom = self._rows - len(slope) - 1
        if wilks < SEPARATED:
            return Contributions([np.inf] * len(slope), [0.0] * len(slope), 0.0)
        partial_f = np.square(slope) / np.diag(self._inverse) / wilks * freedom
        p_value = fdtrc(1.0, freedom, partial_f)
        return Contributions(partial_f.tolist(), p_value.tolist(), wilks)

    def remove(self, place: int) -> None:
        column = self._inverse[:, place]
        without = self._inverse - np.outer(column, column) / column[place]
        self._inverse = np.delete(np.delete(without, place, axis=0), place, axis=1)
        self._with_group = np.delete(self._with_group, place)
