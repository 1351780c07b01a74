"""LightGBM's own ``Booster.predict`` on an array."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from benchmarks.forest.peers import Predict


def prepare(path: str) -> Predict:
    """A model in LightGBM text."""
    booster = lightgbm.Booster(model_file=path)

    def predict(X: NDArray[Any], threads: int) -> NDArray[Any]:
        return np.asarray(booster.predict(X, num_threads=threads, predict_disable_shape_check=True))

    return predict
