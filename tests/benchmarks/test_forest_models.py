"""What the forest benchmark trains on and keeps: data, folders named by content, shapes counted."""

from __future__ import annotations

from pathlib import Path

import lightgbm
import numpy as np
import pytest

from benchmarks.forest import store
from benchmarks.forest.cases import CASES, Case, case_named
from benchmarks.forest.data import MOST_CATEGORIES, rows_of
from benchmarks.forest.store import Store, shape_of
from benchmarks.forest.training import train_lightgbm

CASE = Case(4, 9, 12, categorical=3)


def test_rows_are_the_same_every_time_and_new_ones_for_another_seed() -> None:
    X, y = rows_of(CASE, 3000, 1)
    again, _ = rows_of(CASE, 3000, 1)
    other, _ = rows_of(CASE, 3000, 2)
    assert X.dtype == y.dtype == np.float32
    assert X.shape == (3000, 12)
    np.testing.assert_array_equal(X, again)
    assert not np.array_equal(X, other, equal_nan=True)


def test_a_twelfth_is_missing_and_codes_are_whole_numbers() -> None:
    X, y = rows_of(CASE, 20_000, 1)
    assert np.isnan(X).mean() == pytest.approx(0.08, abs=0.005)
    codes = X[:, 9:][~np.isnan(X[:, 9:])]
    np.testing.assert_array_equal(codes, np.floor(codes))
    assert codes.min() == 0
    assert MOST_CATEGORIES // 2 < codes.max() < MOST_CATEGORIES
    assert set(np.unique(y)) == {0.0, 1.0}


def test_the_shape_of_a_model_is_what_lightgbm_says(tmp_path: Path) -> None:
    file = tmp_path / "model.txt"
    train_lightgbm(CASE, *rows_of(CASE, 50_000, 1), file)
    shape = shape_of(file.read_text())
    trees = lightgbm.Booster(model_file=file).dump_model()["tree_info"]
    splits = [split for tree in trees for split in _splits(tree["tree_structure"])]
    numbers = {(s["split_feature"], s["threshold"]) for s in splits if s["decision_type"] == "<="}
    assert shape["trees"] == len(trees) == 4
    assert shape["mean_leaves"] == np.mean([tree["num_leaves"] for tree in trees]) == 9
    assert shape["features_read"] == len({s["split_feature"] for s in splits})
    assert shape["thresholds"] == len(numbers)
    share = np.mean([s["decision_type"] == "==" for s in splits])
    assert 0 < share < 1
    assert shape["categorical_share"] == pytest.approx(share)


def _splits(node: dict) -> list[dict]:  # type: ignore[type-arg]
    if "split_feature" not in node:
        return []
    return [node, *_splits(node["left_child"]), *_splits(node["right_child"])]


def test_another_recipe_or_generator_is_another_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = Store(CASE, tmp_path)
    first = kept.folder
    assert first.name.startswith("4x9x12-3cat-")
    assert kept.folder == first
    monkeypatch.setattr(store, "ROWS", 1000)
    second = kept.folder
    monkeypatch.setitem(store.RECIPES, "catboost", lambda case: {"depth": 3})
    third = kept.folder
    monkeypatch.setattr(store, "rows_of", lambda case, rows, seed: rows_of(case, rows, seed + 1))
    assert len({first, second, third, kept.folder}) == 4


def test_cases_are_found_by_name() -> None:
    assert [case_named(case.name) for case in CASES] == list(CASES)
    with pytest.raises(ValueError, match="no case '1x1x1'; there are 100x31x30, 500x63x188, "):
        case_named("1x1x1")
