"""Elimination by the likelihood ratio: twice the log likelihood lost, chi-square of one degree.

Each step fits a logistic regression with all features that are left, and one without each of the
``LOOKED_AT`` whose Wald statistic is smallest: where a feature adds little the two statistics are
nearly equal, so the smallest ratio is among these. One fit per feature would be thousands of fits
where a book has a hundred features.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import chdtrc

from engine.fit.scorecard.elimination.contributions import Contributions
from engine.fit.scorecard.logistic import LogisticFit, fit_logistic
from engine.fit.scorecard.rows import Matrix, Outcome

LOOKED_AT = 10


class LikelihoodRatio:
    """The features that are left; offsets of the outcome are part of every fit."""

    def __init__(self, X: Matrix, outcome: Outcome, used: Sequence[int]) -> None:
        """``used``: the columns of X to begin with. Raises what ``fit_logistic`` does."""
        self._X = X
        self._outcome = outcome
        self._left = list(used)
        self._fit = self._fitted(self._left)
        self._without: dict[int, LogisticFit] = {}

    def contributions(self) -> Contributions:
        self._without = {place: self._fitted(self._but(place)) for place in self._weakest()}
        ratio = np.full(len(self._left), np.nan)
        for place, without in self._without.items():
            ratio[place] = 2.0 * max(self._fit.log_likelihood - without.log_likelihood, 0.0)
        return Contributions(ratio.tolist(), chdtrc(1.0, ratio).tolist(), None)

    def remove(self, place: int) -> None:
        self._fit = self._without[place]
        del self._left[place]

    def _weakest(self) -> list[int]:
        """Places of the smallest Wald statistics ``(b / standard error)^2``."""
        wald = self._fit.coefficients[1:] ** 2 / np.diag(self._fit.covariance)[1:]
        return [int(place) for place in np.argsort(wald, kind="stable")[:LOOKED_AT]]

    def _but(self, place: int) -> list[int]:
        return self._left[:place] + self._left[place + 1 :]

    def _fitted(self, columns: list[int]) -> LogisticFit:
        return fit_logistic(self._X.take(columns, axis=1), self._outcome)
