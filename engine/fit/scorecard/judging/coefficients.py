"""Coefficients of features in their own units, of those that were fitted to scaled columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.fit.scorecard.logistic import LogisticFit
from engine.fit.scorecard.rows import Column


def in_own_units(columns: Sequence[Column], fit: LogisticFit) -> LogisticFit:
    """The same fit with ``b / std`` for ``b``, and the intercept where every feature is 0.

    The covariance is carried over, so standard errors are those of the coefficients that are shown.
    Of a feature with bins the column is its weight of evidence, here too.
    """
    entries = [column.entry(1.0) for column in columns]
    mean = np.array([entry.get("mean", 0.0) for entry in entries], np.float64)
    std = np.array([entry.get("std", 1.0) for entry in entries], np.float64)
    back = np.diag(np.concatenate(([1.0], 1.0 / std)))
    back[0, 1:] = -mean / std
    return fit._replace(
        coefficients=back @ fit.coefficients, covariance=back @ fit.covariance @ back.T
    )
