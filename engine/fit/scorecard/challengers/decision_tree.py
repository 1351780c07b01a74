"""A decision tree, as large as does best on validation.

The probability is a leaf's weighted share of events, to which one customer of the average kind is
added, so that it is never 0 or 1: a single error in a pure leaf would decide the tree's size.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from engine.fit.scorecard.challengers.contract import Fitted
from engine.fit.scorecard.challengers.quality import Average, average_of, best
from engine.fit.scorecard.rows import Matrix, Part, Vector

_LEAVES = (2, 4, 8, 16, 32, 64, 128)
_LEAST_SHARE = 0.005  # of the training rows' weight in a leaf: its rate is to mean something


def fit(train: Part, validation: Part, *, seed: int, threads: int) -> Fitted:
    """The seed decides between splits that are equally good."""
    return best(_candidates(train, seed), validation)


def _candidates(train: Part, seed: int) -> Iterator[Fitted]:
    from sklearn.tree import DecisionTreeClassifier

    event, weight, _ = train.outcome
    average = average_of(train.outcome)
    for leaves in _LEAVES:
        model = DecisionTreeClassifier(
            max_leaf_nodes=leaves, min_weight_fraction_leaf=_LEAST_SHARE, random_state=seed
        ).fit(train.X, event, sample_weight=weight)
        yield Fitted(
            partial(_probability, model, average),
            features=int(np.count_nonzero(model.feature_importances_)),
            tuned={"leaves": int(model.get_n_leaves())},
        )


def _probability(model: Any, average: Average, X: Matrix) -> Vector:
    weight = model.tree_.weighted_n_node_samples[model.apply(X)]
    events = weight * model.predict_proba(X)[:, 1]
    return average.joins(events, weight)
