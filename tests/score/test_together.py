"""Several scorecards of a book in one pass: the same bits as each alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from engine.errors import ModelError
from engine.score import ModelConfig, load_model, load_models, score
from engine.score import together as subject

ROWS = 9_000

CARDS = {
    "pd": [
        {"name": "income", "coefficient": -0.7, "impute": 2.0, "mean": 1.5, "std": 0.5},
        {"name": "age", "coefficient": 0.4, "bins": {"edges": [-1, 1], "woe": [1, 0.5, -1]}},
        {"name": "debt", "coefficient": 1.1, "impute": 0.0},
    ],
    "response": [
        {"name": "debt", "coefficient": -0.3},
        {"name": "tenure", "coefficient": 0.9, "impute": 0.1},
        {"name": "income", "coefficient": 0.2, "impute": 1.0},
    ],
    "churn": [
        {"name": "tenure", "coefficient": 0.5, "categories": {"codes": [0], "woe": [2], "other": 1}}
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, features in CARDS.items():
        card = {"kind": "scorecard", "features": features, "intercept": 0.1}
        (tmp_path / f"{name}.json").write_text(json.dumps(card))
    return tmp_path


@pytest.fixture
def features() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    names = ("age", "debt", "income", "other", "tenure")
    columns = {name: rng.normal(size=ROWS).round(1) for name in names}
    missing = {name: np.where(rng.random(ROWS) < 0.1, np.nan, x) for name, x in columns.items()}
    return pl.DataFrame(missing).with_columns(pl.col("debt").cast(pl.Float32))


def configs(**more: ModelConfig) -> dict[str, ModelConfig]:
    return {name: ModelConfig(file=f"{name}.json", predicts=name) for name in CARDS} | more


@pytest.mark.parametrize("threads", [1, 2])
def test_they_score_as_each_alone(folder: Path, features: pl.DataFrame, threads: int) -> None:
    scores = score(load_models(configs(), folder), features, threads)
    assert scores.columns == list(CARDS)
    for name in CARDS:
        alone = load_model(folder / f"{name}.json").predict(features)
        assert scores[name].to_numpy().tobytes() == alone.tobytes()
        assert np.isfinite(alone).any()
        assert np.isnan(alone).any()


def test_the_frame_is_read_once(
    folder: Path, features: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes = []
    monkeypatch.setattr(
        subject, "over_blocks", lambda *arguments: passes.append(arguments), raising=True
    )
    score(load_models(configs(), folder), features, 1)
    assert len(passes) == 1


def test_what_follows_the_score_is_each_model_s_own(folder: Path, features: pl.DataFrame) -> None:
    floor = ModelConfig(file="pd.json", predicts="pd_floor", floor=0.4)
    scores = score(load_models(configs(floored=floor), folder), features, 1)
    pd = scores["pd"].to_numpy()
    assert (pd < 0.4).any()
    np.testing.assert_array_equal(scores["pd_floor"].to_numpy(), np.maximum(pd, 0.4))


def test_a_missing_feature_names_the_model(folder: Path, features: pl.DataFrame) -> None:
    models = load_models(configs(), folder)
    with pytest.raises(ModelError, match="model 'response': feature 'tenure', which the model"):
        score(models, features.drop("tenure"), 1)
    text = features.with_columns(pl.lit("x").alias("age"))
    with pytest.raises(ModelError, match="model 'pd': feature 'age' is String"):
        score(models, text, 1)


def test_no_rows(folder: Path, features: pl.DataFrame) -> None:
    assert score(load_models(configs(), folder), features[:0], 1).shape == (0, 3)
