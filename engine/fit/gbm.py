"""Gradient-boosted trees for a 0/1 target, by LightGBM: same data and seed, same model text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.errors import BookError, DataError, ModelError

if TYPE_CHECKING:
    import lightgbm as lgb

PARAMETERS: dict[str, object] = {
    "objective": "binary",
    "metric": "binary_logloss",  # a proper score: stops where the probabilities are best
    "learning_rate": 0.05,
    "num_leaves": 15,  # bads are few: small trees, each leaf with enough customers
    "min_data_in_leaf": 50,
    "lambda_l2": 5.0,
    "feature_fraction": 0.5,  # statistics of one column repeat each other
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "deterministic": True,
    "force_row_wise": True,  # LightGBM otherwise picks by a timing, and sums in another order
    "verbosity": -1,
}
MAX_ROUNDS = 2000
PATIENCE = 100  # rounds without progress on validation before training stops

_UNSAFE_SIGNS = '",:[]{}'
_UNSAFE = re.compile(rf"[\s{re.escape(_UNSAFE_SIGNS)}]")

Matrix = NDArray[np.float64]


def usable_features(rows: pl.DataFrame, names: tuple[str, ...]) -> tuple[list[str], dict[str, str]]:
    """Which of ``names`` can train a model, and why each other one is dropped.

    ``rows`` are the training rows. Dropped are columns that are not numbers, that are null in every
    row, and that hold the same number in every row; one number and nulls can still tell.

    Raises
    ------
    BookError
        A name holds a character that a LightGBM model file cannot.
    DataError
        No feature is left.
    """
    numeric = [name for name in names if rows.schema[name].is_numeric()]
    dropped = {n: f"not a number: {rows.schema[n]}" for n in names if n not in numeric}
    least, most, nulls = (
        rows.select(statistic).row(0, named=True) if numeric else {}
        for statistic in (
            pl.col(numeric).min(),
            pl.col(numeric).max(),
            pl.col(numeric).null_count(),
        )
    )
    for name in numeric:
        if nulls[name] == len(rows):
            dropped[name] = "null in every training row"
        elif least[name] == most[name] and nulls[name] == 0:
            dropped[name] = "the same in every training row"
    kept = [name for name in names if name not in dropped]
    if not kept:
        raise DataError(f"none of {len(names)} features can train a model", count=len(rows))
    for name in kept:
        if _UNSAFE.search(name):
            raise BookError(f"feature '{name}': a model file cannot hold blanks or {_UNSAFE_SIGNS}")
    return kept, dropped


def train(
    train_rows: tuple[Matrix, Matrix],
    validation_rows: tuple[Matrix, Matrix],
    names: list[str],
    *,
    seed: int,
    num_threads: int,
) -> str:
    """Trains until ``PATIENCE`` rounds bring nothing on validation; the best rounds as model text.

    Parameters
    ----------
    train_rows, validation_rows:
        X (n, f) float64, NaN where missing, and the 0/1 target (n,).

    Raises
    ------
    DataError
        LightGBM refuses the data, or no split separates good from bad.
    """
    import lightgbm as lgb  # 0.65 s, which a run that only reads the book need not wait for

    parameters = PARAMETERS | {"seed": seed, "num_threads": num_threads}
    try:
        data = lgb.Dataset(*train_rows, feature_name=names, params=parameters)
        held = lgb.Dataset(*validation_rows, reference=data)
        stop = lgb.early_stopping(PATIENCE, verbose=False)
        booster = lgb.train(parameters, data, MAX_ROUNDS, valid_sets=[held], callbacks=[stop])
    except lgb.basic.LightGBMError as exc:
        raise DataError(f"LightGBM cannot train on these features: {exc}") from exc
    if not booster.feature_importance("split", iteration=booster.best_iteration).any():
        least = PARAMETERS["min_data_in_leaf"]
        problem = f"no split separates good from bad customers in leaves of {least} or more"
        raise DataError(problem, count=len(train_rows[1]))
    return model_text(booster)


def read_model(text: str) -> lgb.Booster:
    """The trained model.

    Raises
    ------
    ModelError
        LightGBM cannot read it: what it says of its training, say, which scoring does not look at.
    """
    import lightgbm as lgb

    try:
        return lgb.Booster(model_str=text)
    except lgb.basic.LightGBMError as exc:
        raise ModelError(f"LightGBM cannot read it: {exc}") from exc


def model_text(booster: lgb.Booster) -> str:
    """The model up to its best round; the thread count, which changes nothing else, becomes 0."""
    text: str = booster.model_to_string(num_iteration=booster.best_iteration)
    return re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", text)
