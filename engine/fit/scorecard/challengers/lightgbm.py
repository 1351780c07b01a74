"""Gradient-boosted trees with the parameters of ``fit pd``, stopped on validation."""

from __future__ import annotations

import numpy as np

from engine.fit.gbm import MAX_ROUNDS, PARAMETERS, PATIENCE
from engine.fit.scorecard.challengers.contract import Fitted
from engine.fit.scorecard.rows import Part


def fit(train: Part, validation: Part, *, seed: int, threads: int) -> Fitted:
    """The seed draws rows and columns for each tree."""
    import lightgbm as lgb

    parameters = PARAMETERS | {"seed": seed, "num_threads": threads}
    data, held = (
        lgb.Dataset(part.X, part.outcome.event, weight=part.outcome.weight, params=parameters)
        for part in (train, validation)
    )
    held.set_reference(data)
    stop = lgb.early_stopping(PATIENCE, verbose=False)
    booster = lgb.train(parameters, data, MAX_ROUNDS, valid_sets=[held], callbacks=[stop])
    rounds = booster.best_iteration
    return Fitted(
        lambda X: np.asarray(booster.predict(X, num_iteration=rounds)),
        features=int(np.count_nonzero(booster.feature_importance("split", iteration=rounds))),
        tuned={"trees": rounds},
    )
