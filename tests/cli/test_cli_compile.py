"""``nightbook compile``: the file, what it says, and its exit codes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import lightgbm as lgb
import numpy as np
import pytest
from command import call, nightbook

from engine import load_model

KEYS = {
    *("file", "format", "source_sha256", "content_sha256", "trees", "leaves", "features"),
    *("used_features", "classes", "is_probability", "bytes"),
}


@pytest.fixture
def model(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    params = {"objective": "binary", "num_leaves": 7, "num_threads": 1, "verbose": -1}
    data = lgb.Dataset(X, (X[:, 0] + X[:, 2] > 0).astype(float), feature_name=list("abcd"))
    path = tmp_path / "pd.txt"
    lgb.train(params, data, 5).save_model(path)
    return path


@pytest.mark.slow
def test_as_a_process(model: Path) -> None:
    """Relative paths, and nothing beside the JSON object."""
    done = nightbook("compile", model.name, "--json", cwd=model.parent)
    assert done.err == ""
    found = done.json
    assert set(found) == KEYS
    target = model.with_suffix(".nbm")
    assert found["file"] == "pd.nbm"
    assert found["bytes"] == target.stat().st_size
    assert found["source_sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
    said = [found[key] for key in ("format", "trees", "features", "classes")]
    assert said == ["lightgbm", 5, 4, 1]
    lines = model.read_text().splitlines()
    leaves = [int(line[11:]) for line in lines if line.startswith("num_leaves=")]
    assert found["leaves"] == sum(leaves)
    X = np.random.default_rng(1).normal(size=(100, 4))
    assert np.array_equal(load_model(target).predict(X), load_model(model).predict(X))


def test_out_and_the_table(model: Path, tmp_path: Path) -> None:
    target = tmp_path / "other.bin"
    target.write_text("what was there is replaced")
    done = call("compile", model, "-o", target)
    assert done.code == 0
    assert done.out.startswith("compiled\n  file ")
    assert "trees           5\n" in done.out
    assert load_model(target).feature_names == tuple("abcd")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.bin", "pd.txt"]
    assert call("compile", model, "--out", target).out == done.out


def test_exit_codes(model: Path, tmp_path: Path) -> None:
    done = call("compile", tmp_path / "nothing.txt")
    assert (done.code, done.message) == (66, f"model file {tmp_path}/nothing.txt is not there")
    wrong = tmp_path / "wrong.txt"
    wrong.write_text(model.read_text()[:-200])
    done = call("compile", wrong)
    assert done.code == 78
    assert done.message.startswith(f"model file {wrong}: ")
    done = call("compile", model, "-o", tmp_path / "no folder" / "pd.nbm")
    assert done.code == 74
    assert done.message.startswith(f"cannot write {tmp_path}/no folder/pd.nbm: ")
    done = call("compile", model, "-o", f"{tmp_path}/./pd.txt")
    assert (done.code, "is the model itself" in done.message) == (74, True)
    assert load_model(model).classes == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pd.txt", "wrong.txt"]


def test_a_compiled_model_is_not_compiled_again(model: Path, tmp_path: Path) -> None:
    found = json.loads(call("compile", model, "--json").out)
    done = call("compile", found["file"], "-o", tmp_path / "again.nbm")
    assert done.code == 78
    assert done.message.endswith("it is compiled already; use it as it is")


def test_help_names_the_formats() -> None:
    done = call("compile", "--help")
    assert (done.code, done.err) == (0, "")
    for piece in ("--out", "-o", "--json", "MODEL", ".nbm", "LightGBM", "XGBoost", "treelite"):
        assert piece in done.out
    assert "compile" in call("--help").out
