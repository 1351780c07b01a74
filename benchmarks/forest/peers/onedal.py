"""oneDAL's model builder, as scikit-learn-intelex ships it."""

from __future__ import annotations

from typing import Any

import daal4py
import lightgbm
from numpy.typing import NDArray

from benchmarks.forest.peers import Predict


def prepare(path: str) -> Predict:
    """A model in LightGBM text. The number of threads is the library's own, one for all models."""
    model = daal4py.mb.convert_model(lightgbm.Booster(model_file=path))

    def predict(X: NDArray[Any], threads: int) -> NDArray[Any]:
        if daal4py.num_threads() != threads:
            daal4py.daalinit(threads)
        found: NDArray[Any] = model.predict_proba(X)
        return found[:, 1]

    return predict
