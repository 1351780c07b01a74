"""Predictions equal ``xgboost.Booster.predict`` on an array, to the bit of its float32."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import xgboost as xgb
from lightgbm_cases import same_bits
from xgboost_cases import (
    BOOSTERS,
    N_FEATURES,
    OBJECTIVES,
    WIDE,
    document,
    nasty_rows,
    train,
    trees_of,
    write,
)

from engine.score import load_model
from kernels.trees import DEFAULT_LEFT, IS_CATEGORICAL

FORMATS = ("json", "ubj")
NEARLY = ("survival:aft",)
"""XGBoost takes ``exp`` in float64 there: 1 ulp of float32 away in 1 of 1,000 rows."""


def assert_parity(booster: xgb.Booster, path: Path, n: int = 1_500, seed: int = 0) -> None:
    booster.save_model(path)
    model = load_model(path)
    X = nasty_rows(booster, n, seed=seed)
    data = xgb.DMatrix(X, nthread=1)
    for raw in (True, False):
        expected = booster.predict(data, output_margin=raw).astype(np.float64)
        found = model.predict(X, raw_score=raw)
        name = document(booster)["learner"]["objective"]["name"]
        if name in NEARLY and not raw:
            np.testing.assert_array_max_ulp(found.astype("f4"), expected.astype("f4"), 1)
        else:
            assert same_bits(found, expected)
        assert same_bits(model.predict(np.asfortranarray(X), raw_score=raw), found)
        assert same_bits(model.predict(X.astype(np.float32), raw_score=raw), found)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("categorical", [False, True], ids=["numbers", "categories"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective(objective: str, categorical: bool, format_: str, tmp_path: Path) -> None:
    assert_parity(train(objective, categorical=categorical), tmp_path / f"model.{format_}")


@pytest.mark.parametrize("booster", ["dart", "forest"])
@pytest.mark.parametrize("categorical", [False, True], ids=["numbers", "categories"])
@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob", "count:poisson"])
def test_boosters(objective: str, categorical: bool, booster: str, tmp_path: Path) -> None:
    model = train(objective, categorical=categorical, rounds=20, **BOOSTERS[booster])
    assert_parity(model, tmp_path / "model.json")


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "objective", ["targets", "labels", "quantiles", "multi:softprob", "binary:logistic"]
)
def test_wide_leaves(objective: str, format_: str, tmp_path: Path) -> None:
    assert_parity(train(objective, **WIDE), tmp_path / f"model.{format_}")


@pytest.mark.parametrize("categorical", [False, True], ids=["numbers", "categories"])
@pytest.mark.parametrize(
    "shape",
    [
        {"gamma": 1e9},  # trees of one leaf
        {"depth": 1},
        {"depth": 0, "grow_policy": "lossguide", "max_leaves": 300, "min_child_weight": 0},
        {"depth": 60, "eta": 1.0, "min_child_weight": 0, "max_bin": 1024},
    ],
    ids=["constant", "stump", "large", "deep"],
)
def test_shapes_of_trees(shape: dict[str, Any], categorical: bool, tmp_path: Path) -> None:
    booster = train("reg:squarederror", categorical=categorical, **shape)
    assert_parity(booster, tmp_path / "model.json")
    if "gamma" in shape:
        assert load_model(tmp_path / "model.json").used_features == ()


@pytest.mark.parametrize("categorical", [False, True], ids=["numbers", "categories"])
@pytest.mark.parametrize("objective", ["binary:logistic", "multi:softprob"])
def test_infinite_and_too_large_for_float32(
    objective: str, categorical: bool, tmp_path: Path
) -> None:
    booster = train(objective, categorical=categorical)
    booster.save_model(tmp_path / "model.json")
    X = nasty_rows(booster, 3_000, beyond=True)
    with np.errstate(over="ignore"):
        expected = booster.inplace_predict(X).astype(np.float64)
        assert same_bits(load_model(tmp_path / "model.json").predict(X), expected)


@pytest.mark.parametrize("objective", ["binary:logistic", "count:poisson", "binary:logitraw"])
def test_base_scores(objective: str, tmp_path: Path) -> None:
    """It becomes a sum by the C library's ``logf``; NumPy's differs in half of them."""
    scores = np.concatenate([[1e-6, 0.5, 1 - 1e-6], np.random.default_rng(0).random(30)])
    X = np.zeros((1, N_FEATURES))
    for score in scores.astype(np.float32):
        booster = train(objective, rounds=1, depth=1, base_score=score)
        booster.save_model(tmp_path / "model.json")
        expected = booster.predict(xgb.DMatrix(X), output_margin=True).astype(np.float64)
        found = load_model(tmp_path / "model.json").predict(X, raw_score=True)
        assert same_bits(found, expected), score


def test_all_trees_count_also_those_after_the_best_iteration(tmp_path: Path) -> None:
    booster = train("binary:logistic")
    booster.set_attr(best_iteration="1", best_score="0.5")
    assert_parity(booster, tmp_path / "model.json")


@pytest.mark.parametrize("version", ["1.7.6", "2.1.4"])
def test_files_of_old_versions(version: str) -> None:
    """Dart with categories, written by that version: one base score, other parameters."""
    path = Path(__file__).parent / "golden" / f"xgboost-{version}.json"
    booster = xgb.Booster(model_file=path)
    X = nasty_rows(booster, 2_000)
    for raw in (True, False):
        expected = booster.predict(xgb.DMatrix(X), output_margin=raw).astype(np.float64)
        assert same_bits(load_model(path).predict(X, raw_score=raw), expected)


def test_what_old_versions_left_out(tmp_path: Path) -> None:
    """Categories, and where iterations begin."""
    booster = train("binary:logistic")
    content = document(booster)
    for tree in trees_of(content):
        for key in [key for key in tree if key.startswith(("categories", "split_type"))]:
            del tree[key]
    del content["learner"]["gradient_booster"]["model"]["iteration_indptr"]
    X = nasty_rows(booster, 500)
    found = load_model(write(tmp_path / "model.json", content)).predict(X)
    assert same_bits(found, booster.predict(xgb.DMatrix(X)).astype(np.float64))


@pytest.mark.parametrize(
    "threshold", [0.0, -0.0, 1e-45, -1e-45, 1.2e-38, -3.4e38, -3.4028235e38, 3.4028235e38, 1e39]
)
def test_thresholds_at_the_ends_of_float32(threshold: float, tmp_path: Path) -> None:
    """``x < t`` has become ``x <=`` the float32 below; that of 0 is -1e-45."""
    content = document(train("reg:squarederror", depth=2))
    for tree in trees_of(content):
        tree["split_conditions"] = [
            threshold if left >= 0 else leaf
            for left, leaf in zip(tree["left_children"], tree["split_conditions"], strict=True)
        ]
    path = write(tmp_path / "model.json", content)
    booster = xgb.Booster(model_file=path)
    X = nasty_rows(booster, 2_000, beyond=True)
    with np.errstate(over="ignore"):
        expected = booster.inplace_predict(X).astype(np.float64)
        assert same_bits(load_model(path).predict(X), expected)


@pytest.mark.parametrize("format_", FORMATS)
def test_features_are_matched_by_name(format_: str, tmp_path: Path) -> None:
    booster = train("binary:logistic")
    X = nasty_rows(booster, 500)
    path = tmp_path / f"model.{format_}"
    booster.save_model(path)
    assert load_model(path).feature_names == tuple(f"f{i}" for i in range(N_FEATURES))
    names = ("balance", "größe", "a b", "x,0", "e", "f")
    booster.feature_names = list(names)
    booster.save_model(path)
    model = load_model(path)
    assert model.feature_names == names
    frame = pl.DataFrame({names[i]: X[:, i] for i in (5, 2, 0, 1, 4, 3)})
    assert same_bits(model.predict(frame), model.predict(X))


def test_what_is_a_probability(tmp_path: Path) -> None:
    for objective in OBJECTIVES:
        path = tmp_path / "model.json"
        train(objective, rounds=1).save_model(path)
        fractions = ("binary:logistic", "reg:logistic", "multi:softprob", "labels")
        assert load_model(path).is_probability == (objective in fractions)


def test_the_cases_hold_what_they_are_meant_to_test() -> None:
    """Otherwise parity is cheap: both defaults, several bitset words, weights that are not 1."""
    from engine.score.readers.xgboost import read

    trees = read(bytes(train("binary:logistic", categorical=True).save_raw("json"))).trees
    categorical = (trees.decision & IS_CATEGORICAL) != 0
    assert 0 < categorical.sum() < categorical.size
    assert set(trees.decision & DEFAULT_LEFT) == {0, DEFAULT_LEFT}
    assert np.diff(trees.words).max() >= 3
    dart = document(train("binary:logistic", rounds=20, **BOOSTERS["dart"]))
    weights = dart["learner"]["gradient_booster"]["weight_drop"]
    assert len(set(weights)) > 3


GRID = [
    (objective, booster, categorical, depth)
    for objective in OBJECTIVES
    for booster in BOOSTERS
    for categorical in (False, True)
    for depth in (2, 6, 12)
]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("objective", "booster", "categorical", "depth"), GRID)
def test_grid(
    objective: str, booster: str, categorical: bool, depth: int, seed: int, tmp_path: Path
) -> None:
    more = BOOSTERS[booster] | {"rounds": 12}
    model = train(objective, categorical=categorical, depth=depth, seed=seed + 1, **more)
    assert_parity(model, tmp_path / "model.ubj", n=10_000, seed=seed)


@pytest.mark.parametrize("share", [1e-10, 1e-7, 1e-6, 0.3, 1.0 - 1e-7])
def test_base_scores_of_shares_are_kept_from_the_ends(share: float, tmp_path: Path) -> None:
    """XGBoost clamps them to 1e-6 from 0 and 1 before it takes the logit: rare events."""
    X = np.random.default_rng(0).normal(size=(200, 3))
    y = (X[:, 0] > 0).astype(float)
    params = {"objective": "binary:logistic", "base_score": share, "nthread": 1}
    booster = xgb.train(params, xgb.DMatrix(X, y), 2)
    path = tmp_path / "model.json"
    booster.save_model(path)
    for raw in (True, False):
        expected = booster.predict(xgb.DMatrix(X), output_margin=raw).astype(np.float64)
        assert same_bits(load_model(path).predict(X, raw_score=raw), expected)
