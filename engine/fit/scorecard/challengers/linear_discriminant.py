"""Linear discriminant analysis: two normal distributions with one covariance matrix.

The covariance is shrunk towards a multiple of the identity, on standardised columns, by as much as
does best on validation (Friedman 1989). scikit-learn takes no weights; they set the prior odds.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from engine.fit.scorecard.challengers.contract import Fitted
from engine.fit.scorecard.challengers.draw import Standard, standard
from engine.fit.scorecard.challengers.quality import best
from engine.fit.scorecard.rows import Matrix, Part, Vector

_SHRINKAGES = (0.0, 0.01, 0.1, 0.3)


def fit(train: Part, validation: Part, *, seed: int, threads: int) -> Fitted:
    """Nothing in it is random."""
    return best(_candidates(train), validation)


def _candidates(train: Part) -> Iterator[Fitted]:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    scale = standard(train)
    used = train.outcome.weight > 0.0
    X, event = scale(train.X[used]), train.outcome.event[used]
    share = np.average(train.outcome.event, weights=train.outcome.weight)
    for shrinkage in _SHRINKAGES:
        model = LinearDiscriminantAnalysis(
            solver="lsqr", shrinkage=shrinkage, priors=[1.0 - share, share]
        ).fit(X, event)
        yield Fitted(
            partial(_probability, model, scale),
            features=train.X.shape[1],
            tuned={"shrinkage": shrinkage},
        )


def _probability(model: Any, scale: Standard, X: Matrix) -> Vector:
    return np.asarray(model.predict_proba(scale(X))[:, 1])
