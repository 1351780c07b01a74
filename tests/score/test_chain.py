"""The models of a book: loading, pins, and raw score -> prior -> calibrator -> floor."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from lightgbm_cases import nasty_rows, same_bits, train
from pydantic import ValidationError

from engine.errors import InputMissingError, ModelError
from engine.score import ModelConfig, load_model, load_models, score
from engine.score.calibration import load_calibrator

K = 20.0
FLOOR = 0.02


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    (folder / "models").mkdir()
    for name, objective in (
        ("pd", "binary"),
        ("income", "regression"),
        ("grade", "multiclass"),
    ):
        (folder / "models" / f"{name}.txt").write_text(train(objective, "nan", categorical=True))
    platt = {"kind": "platt", "slope": 1.1, "intercept": 0.3}
    (folder / "models" / "pd.json").write_text(json.dumps(platt))
    card = {
        "kind": "scorecard",
        "features": [{"name": "Column_0", "coefficient": 1.0}],
        "intercept": 0.0,
    }
    (folder / "models" / "card.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="module")
def features(folder: Path) -> pl.DataFrame:
    X = nasty_rows((folder / "models" / "pd.txt").read_text(), 6_000)
    names = [f"Column_{i}" for i in range(6)]
    return pl.DataFrame(dict(zip(names, X.T, strict=True))).with_columns(name=pl.lit("x"))


def config(file: str = "models/pd.txt", predicts: str = "pd", **more: Any) -> ModelConfig:
    return ModelConfig(file=file, predicts=predicts, **more)


def test_one_column_per_model(folder: Path, features: pl.DataFrame) -> None:
    configs = {
        "risk": config(),
        "income": config("models/income.txt", "income"),
        "card": config("models/card.json", "response"),
    }
    models = load_models(configs, folder)
    scores = score(models, features, threads=2)
    assert scores.schema == dict.fromkeys(("pd", "income", "response"), pl.Float64)
    for name, one in configs.items():
        expected = load_model(folder / one.file).predict(features)
        assert same_bits(scores[one.predicts].to_numpy(), expected)
        assert models[name].model.used_features == models.required_features[name]
    assert list(models) == list(configs)
    assert len(models) == 3
    assert scores["response"].is_nan().any()
    assert scores["response"].null_count() == 0


def test_the_order_of_the_chain(folder: Path, features: pl.DataFrame) -> None:
    full = config(prior_correction=K, calibrator="models/pd.json", floor=FLOOR)
    got = score(load_models({"pd": full}, folder), features, 1)["pd"].to_numpy()
    p = load_model(folder / "models/pd.txt").predict(features)
    p = p / (p + K * (1.0 - p))
    p = load_calibrator(folder / "models/pd.json")[0].apply(p)
    assert (p < FLOOR).any()
    assert (p > FLOOR).any()
    assert same_bits(got, np.maximum(p, FLOOR))


def test_scores_do_not_depend_on_chunks(folder: Path, features: pl.DataFrame) -> None:
    models = load_models({"pd": config(prior_correction=K, calibrator="models/pd.json")}, folder)
    whole = score(models, features, 1)
    for rows in (1_000, 4_097):
        parts = [score(models, part, 2) for part in features.iter_slices(rows)]
        assert same_bits(pl.concat(parts)["pd"].to_numpy(), whole["pd"].to_numpy())
    assert score(models, features[:0], 1).height == 0


def test_prior_correction_keeps_the_ends_and_nan(folder: Path) -> None:
    card = config("models/card.json", prior_correction=K, floor=0.0)
    X = pl.DataFrame({"Column_0": [-1e6, 0.0, 1e6, None]})
    got = score(load_models({"pd": card}, folder), X, 1)["pd"].to_list()
    assert got[:3] == [0.0, pytest.approx(1 / 21), 1.0]
    assert np.isnan(got[3])


def test_pins_and_fingerprints(folder: Path) -> None:
    digests = {
        name: hashlib.sha256((folder / "models" / name).read_bytes()).hexdigest()
        for name in ("pd.txt", "pd.json")
    }
    pinned = config(sha256=digests["pd.txt"].upper(), calibrator="models/pd.json")
    assert load_models({"pd": pinned, "raw": config()}, folder).fingerprints == {
        "pd": {
            "file": "models/pd.txt",
            "sha256": digests["pd.txt"],
            "calibrator_sha256": digests["pd.json"],
        },
        "raw": {"file": "models/pd.txt", "sha256": digests["pd.txt"]},
    }
    with pytest.raises(ModelError) as caught:
        load_models({"pd": config(sha256="0" * 64)}, folder)
    for part in ("model 'pd'", "models/pd.txt", digests["pd.txt"], "0" * 64):
        assert part in str(caught.value)


def test_absent_files(folder: Path) -> None:
    with pytest.raises(InputMissingError, match=r"none.txt is not there.*`nightbook fit pd`"):
        load_models({"pd": config("none.txt")}, folder)
    with pytest.raises(InputMissingError, match=r"none.json is not there.*`nightbook fit pd`"):
        load_models({"pd": config(calibrator="none.json")}, folder)
    with pytest.raises(InputMissingError) as caught:
        load_models({"income": config("none.txt", "income")}, folder)
    assert "nightbook fit" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        (config("models/grade.txt", "grade"), "model 'm': models/grade.txt predicts 3 classes"),
        (config("models/income.txt", "income", prior_correction=2.0), "prior_correction needs a"),
        (config("models/income.txt", calibrator="models/pd.json"), "calibrator needs a probabil"),
    ],
)
def test_models_that_cannot_be_chained(wrong: ModelConfig, match: str, folder: Path) -> None:
    with pytest.raises(ModelError, match=match):
        load_models({"m": wrong}, folder)


def test_a_missing_feature_names_the_model(folder: Path, features: pl.DataFrame) -> None:
    models = load_models({"risk": config()}, folder)
    with pytest.raises(ModelError, match="model 'risk': feature 'Column_0'"):
        score(models, features.drop("Column_0"), 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"prior_correction": 0.0},
        {"prior_correction": float("inf")},
        {"floor": 1.5},
        {"floor": float("nan")},
        {"sha256": "abc"},
        {"florr": 0.1},
        {"file": ""},
    ],
)
def test_a_wrong_config_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ModelConfig(**({"file": "a", "predicts": "pd"} | wrong))


def test_a_config_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        config().file = "b"  # type: ignore[misc]
