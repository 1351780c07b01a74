"""Train a model of a case: ``python -m benchmarks.forest.training LIBRARY CASE FILE``.

CASE is the numbers of a ``Case``, as JSON. A process of its own for each library, because they live
in environments of their own.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.forest.cases import Case
from benchmarks.forest.data import rows_of
from benchmarks.forest.recipes import (
    ROWS,
    SEED,
    catboost_recipe,
    lightgbm_recipe,
    xgboost_recipe,
)


def train_lightgbm(case: Case, X: NDArray[np.float32], y: NDArray[np.float32], file: Path) -> None:
    """LightGBM text."""
    import lightgbm

    data = lightgbm.Dataset(X, y, categorical_feature=_categorical(case))
    lightgbm.train(lightgbm_recipe(case), data, case.trees).save_model(file)


def train_xgboost(case: Case, X: NDArray[np.float32], y: NDArray[np.float32], file: Path) -> None:
    """XGBoost JSON."""
    import xgboost

    categorical = _categorical(case)
    types = ["c" if j in categorical else "q" for j in range(case.features)]
    data = xgboost.DMatrix(X, y, feature_types=types, enable_categorical=True, nthread=1)
    xgboost.train(xgboost_recipe(case), data, case.trees).save_model(file)


def train_catboost(case: Case, X: NDArray[np.float32], y: NDArray[np.float32], file: Path) -> None:
    """CatBoost's binary format."""
    import catboost

    model = catboost.CatBoostClassifier(**catboost_recipe(case))
    model.fit(X, y)
    model.save_model(str(file))


def _categorical(case: Case) -> list[int]:
    return list(range(case.features - case.categorical, case.features))


TRAINERS = {"lightgbm": train_lightgbm, "xgboost": train_xgboost, "catboost": train_catboost}


def main(library: str, shape: str, file: str) -> None:
    """Train and write, complete or not at all."""
    case = Case(*json.loads(shape))
    X, y = rows_of(case, ROWS, SEED)
    unfinished = Path(file).with_name("unfinished-" + Path(file).name)
    TRAINERS[library](case, X, y, unfinished)
    unfinished.replace(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
