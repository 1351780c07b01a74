"""A small book with models of several kinds, and what a run of it publishes.

The scorecard ``pd`` has points and a cut-off, ``good`` predicts the opposite, with bins; ``trees``
is LightGBM text, ``others`` XGBoost JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import polars as pl
import xgboost
from command import Done, call
from small_book import CARD, Frames, make_frames, replace, write_book

POINTS = {"base": 600, "base_odds": 50, "pdo": 20}
READ = ["arrears", "balance__mean", "payment__last_3__std", "income"]
GOOD = {
    "kind": "scorecard",
    "intercept": 0.4,
    "features": [
        {
            "name": "arrears",
            "coefficient": 1.5,
            "bins": {"edges": [0.0, 30.0], "woe": [0.4, -0.3, -1.2]},
        },
        {"name": "balance__sum", "coefficient": -0.2, "impute": 5000.0, "std": 3000.0},
    ],
    "event": "good",
    "points": POINTS | {"base": 500},
    "cut_off": 0.6,
}
MODELS = """
[models.good]
file = "models/good.json"
predicts = "good"
[models.trees]
file = "models/trees.txt"
predicts = "trees"
prior_correction = 1.3
[models.others]
file = "models/others.json"
predicts = "others"
"""

RANKED = (
    replace(
        "[features]",
        '[[recipe]]\ntable = "statements"\ncolumns = ["balance"]\n'
        'statistics = ["last_rank_in_month"]\n'
        '[features]\ncapped = "balance__last_rank_in_month * 9000"',
    ),
    replace('caps = ["income_cap"]', 'caps = ["income_cap", "capped"]'),
)
"""Edits of the book: a cap that depends on a rank over all customers."""


def book_with_models(
    folder: Path,
    frames: Frames | None = None,
    source: Any = "parquet",
    *edits: Callable[[str], str],
) -> Path:
    """The path of its book.toml."""

    def edit(text: str) -> str:
        for one in edits:
            text = one(text)
        return text.replace("[economics]", MODELS + "[economics]")

    book = write_book(folder, frames or make_frames(40), source, edit=edit)
    models = folder / "models"
    told = CARD | {"event": "bad", "points": POINTS, "cut_off": 0.03}
    (models / "pd.json").write_text(json.dumps(told))
    (models / "good.json").write_text(json.dumps(GOOD))
    X, y = _training()
    data = lgb.Dataset(X, y, feature_name=READ)
    parameters = {"objective": "binary", "verbosity": -1, "num_leaves": 7, "num_threads": 1}
    lgb.train(parameters, data, 20).save_model(models / "trees.txt")
    boosted = xgboost.train(
        {"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "seed": 1},
        xgboost.DMatrix(X, y, feature_names=READ),
        10,
    )
    boosted.save_model(models / "others.json")
    return book


def _training() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(8)
    X = rng.uniform([0, 0, 0, 5e3], [90, 3000, 200, 9e4], (400, len(READ)))
    y = (X[:, 0] / 90 + X[:, 1] / 3000 + rng.normal(0, 0.4, 400) > 1.0).astype(int)
    X[rng.random(X.shape) < 0.1] = np.nan
    return X, y


def published(book: Path, *options: object) -> pl.DataFrame:
    """Runs the book; all published rows."""
    done = call("run", book, "--threads", 1, "--json", *options)
    parts = sorted(Path(done.json["path"]).glob("part-*.parquet"))
    return pl.concat([pl.read_parquet(part) for part in parts])


def explain(book: Path, key: object, *options: object) -> Done:
    return call("explain", book, key, "--threads", 1, *options)


def found(book: Path, key: object, *options: object) -> dict[str, Any]:
    return explain(book, key, "--json", *options).json
