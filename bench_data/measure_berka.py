"""What 392 loans with 35 bads can tell: little, so it is told in more than one way.

LightGBM has the parameters of ``nightbook fit pd`` and 100 trees, the logistic regression its
defaults; nothing is chosen by what it brings here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import lightgbm as lgb
import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from engine.fit.config import FitConfig
from engine.fit.gbm import PARAMETERS
from engine.fit.split import split_customers
from engine.metrics import auc

TREES, REPEATS, FOLDS = 100, 10, 5
KEY = "account_id"

Matrix = NDArray[np.float64]


class Interval(NamedTuple):
    """``standard_error`` of an AUC, by Hanley and McNeil 1982."""

    auc: float
    standard_error: float


class Repeated(NamedTuple):
    """AUC over repeated cross-validations: mean, least and most of ``REPEATS``."""

    mean: float
    least: float
    most: float


def hanley_mcneil(area: float, *, goods: int, bads: int) -> Interval:
    """The standard error of an AUC from so many goods and bads."""
    q1, q2 = area / (2.0 - area), 2.0 * area**2 / (1.0 + area)
    spread = (bads - 1) * (q1 - area**2) + (goods - 1) * (q2 - area**2)
    return Interval(area, float(np.sqrt((area * (1.0 - area) + spread) / (goods * bads))))


def loans_matrix(features: pl.DataFrame, loans: pl.DataFrame) -> tuple[Matrix, Matrix]:
    """All numeric features (n, f) and the 0/1 target (n,), by account."""
    rows = loans.select(KEY, "bad").join(features, on=KEY, maintain_order="left")
    numbers = [n for n, dtype in features.schema.items() if dtype == pl.Float64]
    return rows.select(numbers).to_numpy(), rows["bad"].cast(pl.Float64).to_numpy()


def repeated(X: Matrix, y: Matrix, *, trees: bool) -> Repeated:
    """AUC of out-of-fold scores; each repeat deals the loans into other folds."""
    areas = [_cross_validated(X, y, seed, trees=trees) for seed in range(REPEATS)]
    return Repeated(float(np.mean(areas)), min(areas), max(areas))


def out_of_time(X: Matrix, y: Matrix, loans: pl.DataFrame, *, trees: bool) -> Interval:
    """Trained on the earlier half of the loans, judged on the later half."""
    config = FitConfig(split_column="granted_on", holdout=0.5)
    part = split_customers(loans, key=KEY, config=config)["part"]
    late = (part == "heldout").to_numpy()
    area = auc(_scores(X[~late], y[~late], X[late], trees=trees), y[late])
    bads = int(y[late].sum())
    return hanley_mcneil(area, goods=int(late.sum()) - bads, bads=bads)


def _cross_validated(X: Matrix, y: Matrix, seed: int, *, trees: bool) -> float:
    score = np.empty(len(y))
    for rest, fold in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(X, y):
        score[fold] = _scores(X[rest], y[rest], X[fold], trees=trees)
    return auc(score, y)


def _scores(X: Matrix, y: Matrix, new: Matrix, *, trees: bool) -> Matrix:
    if trees:
        parameters = PARAMETERS | {"seed": 42, "num_threads": 1}
        return np.asarray(lgb.train(parameters, lgb.Dataset(X, y), TREES).predict(new))
    median: Any = SimpleImputer(strategy="median")
    model = make_pipeline(median, StandardScaler(), LogisticRegression(max_iter=1000))
    return np.asarray(model.fit(X, y).predict_proba(new)[:, 1])
