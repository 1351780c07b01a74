"""Predictions equal ``lightgbm.Booster.predict`` on an array, to the bit."""

from __future__ import annotations

import re
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest
from lightgbm_cases import MISSING, OBJECTIVES, REAL_DATA, nasty_rows, same_bits, train, with_sizes

from engine.score import load_model

CASES = [(o, m) for o in OBJECTIVES for m in MISSING]


def assert_parity(path: Path, text: str, n: int = 1_500) -> None:
    booster, model = lgb.Booster(model_str=text), load_model(path)
    rows = nasty_rows(text, n)
    with np.errstate(over="ignore"):
        single = rows.astype(np.float32)
    for X in (rows, single, np.asfortranarray(rows)):
        for raw in (False, True):
            expected = booster.predict(X, raw_score=raw, num_threads=1)
            assert same_bits(model.predict(X, raw_score=raw), np.asarray(expected))


@pytest.mark.parametrize("categorical", [False, True], ids=["numbers", "categories"])
@pytest.mark.parametrize(("objective", "missing"), CASES, ids=["-".join(c) for c in CASES])
def test_every_objective_and_missing_type(
    objective: str, missing: str, categorical: bool, tmp_path: Path
) -> None:
    text = train(objective, missing, categorical=categorical)
    path = tmp_path / "model.txt"
    path.write_text(text)
    assert_parity(path, text)


def test_the_cases_hold_what_they_are_meant_to_test() -> None:
    """Otherwise parity is cheap: each missing type, both defaults, several bitset words."""
    missing = {"none": 0, "zero": 1, "nan": 2}
    for name, code in missing.items():
        text = train("binary", name, categorical=True)
        decisions = [
            int(d)
            for line in text.splitlines()
            if line.startswith("decision_type=")
            for d in line.partition("=")[2].split()
        ]
        assert {d >> 2 for d in decisions if not d & 1} == {code}
        assert any(d & 1 for d in decisions)
        assert any(line.startswith("cat_boundaries=0 3") for line in text.splitlines())
    assert {d & 2 for d in decisions} == {0, 2}


@pytest.mark.parametrize("leaves", [1, 2, 300])
def test_constant_stump_and_deep_trees(leaves: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(leaves)
    X, y = rng.normal(size=(2_000, 3)), rng.normal(size=2_000)
    params = {
        "objective": "regression",
        "num_leaves": max(leaves, 2),
        "min_data_in_leaf": 2_000 if leaves == 1 else 1,
        "num_threads": 1,
        "verbose": -1,
    }
    text = lgb.train(params, lgb.Dataset(X, y), 3).model_to_string()
    assert ("num_leaves=1\n" in text) == (leaves == 1)
    path = tmp_path / "model.txt"
    path.write_text(text)
    assert_parity(path, text)
    assert (load_model(path).used_features == ()) == (leaves == 1)


@pytest.mark.parametrize("missing", MISSING)
@pytest.mark.parametrize("threshold", ["0", "-0", "1e-35", "1.0000000180025095e-35", "-1e-40"])
def test_thresholds_around_zero(threshold: str, missing: str, tmp_path: Path) -> None:
    """NaN, 0 and nearly 0 on either side of a threshold that is nearly 0 itself."""
    text = train("regression", missing, categorical=False)
    text = with_sizes(re.sub(r"(?m)^threshold=\S+", f"threshold={threshold}", text))
    path = tmp_path / "model.txt"
    path.write_text(text)
    assert_parity(path, text)


@pytest.mark.parametrize("missing", MISSING)
def test_default_left_at_a_categorical_split_is_ignored(missing: str, tmp_path: Path) -> None:
    text = train("binary", missing, categorical=True)

    def edited(line: re.Match[str]) -> str:
        return re.sub(r"\b(1|5|9)\b", lambda m: str(int(m[1]) + 2), line[0])

    text = with_sizes(re.sub(r"(?m)^decision_type=.*$", edited, text))
    assert re.search(r"(?m)^decision_type=.*\b(3|7|11)\b", text)
    path = tmp_path / "model.txt"
    path.write_text(text)
    assert_parity(path, text)


def test_an_infinite_threshold(tmp_path: Path) -> None:
    """LightGBM parts NaN from all numbers with the threshold inf."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    X[::2, 0] = np.nan
    y = np.isnan(X[:, 0]).astype(float)
    params = {"objective": "binary", "num_leaves": 4, "num_threads": 1, "verbose": -1}
    text = lgb.train(params, lgb.Dataset(X, y), 2).model_to_string()
    assert "inf" in "".join(x for x in text.splitlines() if x.startswith("threshold="))
    path = tmp_path / "model.txt"
    path.write_text(text)
    assert_parity(path, text)


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["NYC_taxi", "airline", "multiclass"])
def test_published_models(name: str) -> None:
    path = REAL_DATA / "models" / name / "model.txt"
    if not path.exists():
        pytest.skip(f"{path} is not there (set NIGHTBOOK_REAL_DATA)")
    assert_parity(path, path.read_text(), n=5_000)


@pytest.mark.parametrize("sigmoid", ["1.5514", "1.58523", "2.85918", "0.7", "1e-05", "12.5e-1"])
def test_parameters_are_read_as_lightgbm_reads_them(sigmoid: str, tmp_path: Path) -> None:
    """Its quick parser is not correctly rounded: the first three differ from float(sigmoid)."""
    text = train("binary", "nan", categorical=False)
    text = re.sub(r"(?m)^objective=.*$", f"objective=binary sigmoid:{sigmoid}", text)
    path = tmp_path / "model.txt"
    path.write_text(text)
    assert_parity(path, text)
