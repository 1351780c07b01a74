"""What can be told of the Taiwan customers: published figures, and the recipe on the same split.

All figures are AUC on the published split: ``train_test_split(test_size=0.25, random_state=42)`` of
the customers in the order of the file. The test part is used for nothing but its figure.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench_data.taiwan import TARGET
from engine.fit.gbm import PARAMETERS
from engine.metrics import auc

ROUNDS_ORIGINAL, ROUNDS_RECIPE = 115, 139
"""Trees with the engine's parameters, as ``choose_rounds`` finds them on the train part."""

Matrix = NDArray[np.float64]


class TrainTest(NamedTuple):
    """AUC of a model on the rows it was trained on, and on the others."""

    train: float
    test: float


def original_matrix(original: pl.DataFrame) -> tuple[Matrix, Matrix]:
    """All original columns but ID and target, (n, 23), and the 0/1 target (n,)."""
    X = original.drop("ID", TARGET).cast(pl.Float64).to_numpy()
    return X, original[TARGET].cast(pl.Float64).to_numpy()


def recipe_matrix(features: pl.DataFrame, original: pl.DataFrame) -> Matrix:
    """All numeric features of the imported book, in the order of the original file."""
    in_order = original.select("ID").join(
        features, left_on="ID", right_on="customer_id", how="left", maintain_order="left"
    )
    numbers = [n for n, dtype in features.schema.items() if dtype == pl.Float64]
    return in_order.select(numbers).to_numpy()


def published_lightgbm(X: Matrix, y: Matrix) -> TrainTest:
    """Known: 0.8038 and 0.7778."""
    model = lgb.LGBMClassifier(random_state=42, max_depth=10, learning_rate=0.01, verbosity=-1)
    return judge(_fitted_scores(model, X, y), y)


def published_logistic(X: Matrix, y: Matrix) -> TrainTest:
    """Known: 0.7240 and 0.7232."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return judge(_fitted_scores(model, X, y), y)


def engine_scores(X: Matrix, y: Matrix, rounds: int) -> Matrix:
    """Scores of LightGBM with the parameters of ``nightbook fit pd`` and so many trees, (n,)."""
    train, _ = _split(len(y))
    model = lgb.train(_parameters(), lgb.Dataset(X[train], y[train]), rounds)
    return np.asarray(model.predict(X))


def judge(score: Matrix, y: Matrix) -> TrainTest:
    """AUC of scores (n,) on both parts of the split."""
    train, test = _split(len(y))
    return TrainTest(auc(score[train], y[train]), auc(score[test], y[test]))


def gain_interval(better: Matrix, worse: Matrix, y: Matrix) -> tuple[float, float]:
    """95 % interval of the difference of two test AUCs: 1,000 paired bootstrap samples, seed 42."""
    _, test = _split(len(y))
    random = np.random.default_rng(42)
    draws = (test[random.integers(len(test), size=len(test))] for _ in range(1000))
    gains = [auc(better[rows], y[rows]) - auc(worse[rows], y[rows]) for rows in draws]
    low, high = np.quantile(gains, [0.025, 0.975])
    return float(low), float(high)


def choose_rounds(X: Matrix, y: Matrix) -> int:
    """Trees with the best mean AUC in a five-fold cross-validation inside the train part."""
    train, _ = _split(len(y))
    found: dict[str, Any] = lgb.cv(
        _parameters() | {"metric": "auc"},
        lgb.Dataset(X[train], y[train]),
        2000,
        nfold=5,
        seed=42,
        callbacks=[lgb.early_stopping(50, verbose=False)],
    )
    return len(found["valid auc-mean"])


def _parameters() -> dict[str, object]:
    return PARAMETERS | {"seed": 42, "num_threads": 2}


def _split(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    train, test = train_test_split(np.arange(n), test_size=0.25, random_state=42)
    return train, test


def _fitted_scores(model: Any, X: Matrix, y: Matrix) -> Matrix:
    train, _ = _split(len(y))
    model.fit(X[train], y[train])
    return np.asarray(model.predict_proba(X)[:, 1])
