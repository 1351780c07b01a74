"""XGBoost on a model of its own, without the copy that a ``DMatrix`` is."""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from benchmarks.forest.peers import Predict


def prepare(path: str) -> Predict:
    """A model in XGBoost JSON."""
    booster = xgboost.Booster(model_file=path)

    def predict(X: NDArray[Any], threads: int) -> NDArray[Any]:
        booster.set_param({"nthread": threads})
        return np.asarray(booster.inplace_predict(X))

    return predict
