"""A small neural network: one hidden layer on standardised columns.

It stops where validation has not improved for some epochs, and goes back to its best.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from engine.fit.scorecard.challengers.contract import Fitted
from engine.fit.scorecard.challengers.draw import standard
from engine.fit.scorecard.challengers.quality import loss
from engine.fit.scorecard.rows import Part

_HIDDEN = 16
_EPOCHS = 200
_PATIENCE = 10


def fit(train: Part, validation: Part, *, seed: int, threads: int) -> Fitted:
    """The seed sets the first weights and the order of the rows."""
    scale = standard(train)
    X, held = scale(train.X), scale(validation.X)
    event, weight, _ = train.outcome
    weight = weight / weight.mean()
    model = _network(len(X), seed)
    best, best_epoch, least = model, 0, np.inf
    for epoch in range(1, _EPOCHS + 1):
        model.partial_fit(X, event, sample_weight=weight, classes=[0.0, 1.0])
        reached = loss(model.predict_proba(held)[:, 1], validation.outcome)
        if reached < least:
            best, best_epoch, least = copy.deepcopy(model), epoch, reached
        elif epoch >= best_epoch + _PATIENCE:
            break
    return Fitted(
        lambda X: best.predict_proba(scale(X))[:, 1],
        features=train.X.shape[1],
        tuned={"hidden": _HIDDEN, "epochs": best_epoch},
    )


def _network(rows: int, seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        hidden_layer_sizes=(_HIDDEN,),
        batch_size=min(256, rows),
        alpha=1e-3,
        learning_rate_init=3e-3,
        random_state=np.random.RandomState(seed),  # an int would shuffle every epoch alike
    )
