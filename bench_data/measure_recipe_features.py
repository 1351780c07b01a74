"""What the recipe's features add to the original columns, for LightGBM on repeated splits.

The parameters are two sets that know nothing of these splits: those of the published figure, and
those of ``nightbook fit pd``, whose trees are counted anew in each split by a fifth of its train
part. Both feature sets get the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from sklearn.model_selection import train_test_split

from bench_data.features import book_features
from bench_data.figures import print_figures
from bench_data.measure_scorecards import Split, interval, stratified_splits
from bench_data.measure_taiwan import Matrix, original_matrix, recipe_matrix
from bench_data.real_data import real_file
from bench_data.taiwan import import_taiwan, read_taiwan
from engine.fit.gbm import MAX_ROUNDS, PARAMETERS, PATIENCE
from engine.metrics import auc

Train = Callable[[Matrix, Matrix, Matrix], Matrix]
"""Rows to train on, their 0/1 target, other rows; returns the other rows' scores."""


def published(X: Matrix, y: Matrix, others: Matrix) -> Matrix:
    """100 trees, as in the published figure of the original columns."""
    model: Any = lgb.LGBMClassifier(
        random_state=42,
        max_depth=10,
        learning_rate=0.01,
        n_jobs=1,
        deterministic=True,
        force_row_wise=True,
        verbosity=-1,
    )
    return np.asarray(model.fit(X, y).predict_proba(others)[:, 1])


def stopped(X: Matrix, y: Matrix, others: Matrix) -> Matrix:
    """As many trees as do best on a fifth of the rows, which does not train them."""
    train, validation = train_test_split(np.arange(len(y)), test_size=0.2, random_state=42)
    parameters = PARAMETERS | {"seed": 42, "num_threads": 1}
    data = lgb.Dataset(X[train], y[train])
    held = lgb.Dataset(X[validation], y[validation], reference=data)
    stop = lgb.early_stopping(PATIENCE, verbose=False)
    booster = lgb.train(parameters, data, MAX_ROUNDS, valid_sets=[held], callbacks=[stop])
    return np.asarray(booster.predict(others, num_iteration=booster.best_iteration))


WAYS: dict[str, Train] = {"published parameters": published, "fit pd's parameters": stopped}


def taiwan_matrices(book: Path) -> tuple[Matrix, Matrix, Matrix]:
    """The 23 original columns, the recipe's features of the imported book, the 0/1 target."""
    original = read_taiwan(real_file("taiwan/taiwan.csv"))
    X, y = original_matrix(original)
    return X, recipe_matrix(book_features(book), original), y


def areas(train: Train, X: Matrix, y: Matrix, splits: list[Split]) -> Matrix:
    """AUC on the test rows of each split, (k,)."""
    return np.array([auc(train(X[rows], y[rows], X[others]), y[others]) for rows, others in splits])


def recipe_figures(splits: int) -> dict[str, dict[str, float]]:
    """By parameters: mean AUC of both feature sets, and the gain with its 95 % interval."""
    with tempfile.TemporaryDirectory() as folder:
        original, recipe, y = taiwan_matrices(import_taiwan(Path(folder) / "taiwan"))
    drawn = stratified_splits(y, range(splits))
    figures = {}
    for name, train in WAYS.items():
        plain, made = (areas(train, X, y, drawn) for X in (original, recipe))
        figures[name] = {
            "original": float(plain.mean()),
            "recipe": float(made.mean()),
            "above in": int((made > plain).sum()),
            **{f"gain {what}": value for what, value in interval(made, plain)._asdict().items()},
        }
    return figures


def print_recipe_figures(splits: int, *, json: bool) -> None:
    """One line per set of parameters, or one JSON object."""
    print_figures(recipe_figures(splits), json=json)
