"""``nightbook fit pd`` on the demo: what it writes, and what it does not depend on."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from command import call, nightbook
from fitting import edited, fit, fitted
from small_book import replace


@pytest.fixture
def demo(demo_book: Path, tmp_path: Path) -> Path:
    """A copy of the demo book, whose model is fitted."""
    return Path(shutil.copytree(demo_book.parent, tmp_path / "demo")) / "book.toml"


@pytest.mark.parametrize("threads", [1, 2])
def test_same_data_same_model(demo: Path, threads: int) -> None:
    """To the byte, for any chunks, threads and order of the rows."""
    before = fitted(demo)
    for file in sorted((demo.parent / "raw").rglob("*.parquet")):
        pl.read_parquet(file).sample(fraction=1.0, shuffle=True, seed=3).write_parquet(file)
    edited(demo, replace("chunk_customers = 50000", f"chunk_customers = {700 * threads}"))
    shutil.rmtree(demo.parent / "models")
    done = nightbook("fit", "pd", demo, "--threads", threads, "--json")
    assert done.code == 0, done.err
    assert fitted(demo) == before


def test_what_is_written(demo: Path) -> None:
    found = call("fit", "pd", demo, "--threads", 1, "--json").json
    assert set(found) == {"model", "calibrator", "metrics_file", "metrics"}
    metrics = json.loads(Path(found["metrics_file"]).read_text())
    assert metrics == found["metrics"]
    parts, target = metrics["parts"], metrics["target"]
    assert set(parts) == {"train", "validation", "heldout"}
    for part in parts.values():
        assert 0 < part["bads"] < part["customers"]
        assert 0.5 < part["auc"] <= 1
        assert part["gini"] == pytest.approx(2 * part["auc"] - 1, abs=1e-12)
        assert 0 < part["ks"] <= 1
        assert 0 < part["brier"] < 0.25
        assert 0 < part["mean_pd"] < 1
    usable = sum(part["customers"] for part in parts.values())
    assert usable == target["good"] + target["bad"]
    unusable = sum(target[name] for name in ("indeterminate", "immature", "missing"))
    assert usable + unusable + sum(target["excluded"].values()) == target["customers"] == 3000
    assert metrics["split"]["by"] == "reviewed_on"
    dates = metrics["split"]["dates"]
    assert dates["train"][1] < dates["validation"][0]
    assert dates["validation"][1] < dates["heldout"][0]
    assert metrics["quarantined"] == {"labels": 0, "features": 0}


def test_a_run_takes_the_model(demo: Path) -> None:
    found = call("run", demo, "--json").json
    manifest = json.loads((Path(found["path"]) / "manifest.json").read_text())
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in fitted(demo).items()}
    assert manifest["models"]["pd"]["sha256"] == digests["pd.txt"]
    assert manifest["models"]["pd"]["calibrator_sha256"] == digests["pd.calibrator.json"]
    published = pl.read_parquet(Path(found["path"]) / "part-*.parquet")
    assert published["pd"].null_count() == 0
    assert published["pd"].is_between(0.0005, 1.0).all()


def test_random_split(demo: Path) -> None:
    edited(
        demo,
        replace('split_column = "reviewed_on"', 'split = "random"'),
        replace("holdout = 0.25", "holdout = 0.4"),
    )
    first = fit(demo).json["metrics"]
    assert first["split"] == {"by": "random", "seed": 7}
    share = first["parts"]["heldout"]["customers"] / sum(
        part["customers"] for part in first["parts"].values()
    )
    assert share == pytest.approx(0.4, abs=0.001)
    edited(demo, replace("seed = 7", "seed = 8"))
    other = fit(demo).json["metrics"]
    assert other["parts"] != first["parts"]


def test_sample(demo: Path) -> None:
    edited(
        demo,
        replace("sample = 100000", "sample = 2200"),
        replace("chunk_customers = 50000", "chunk_customers = 150"),
    )
    metrics = fit(demo).json["metrics"]
    assert sum(part["customers"] for part in metrics["parts"].values()) == 2200
    assert metrics["target"]["good"] + metrics["target"]["bad"] > 2200


def test_an_outcome_is_no_feature(demo: Path) -> None:
    recipe = (
        '[[recipe]]\ntable = "performance"\ncolumns = ["days_past_due"]\nstatistics = ["max"]\n'
    )
    edited(demo, replace("[models.pd]", recipe + "\n[models.pd]"))
    for verb in (("fit", "pd"), ("run",)):
        done = call(*verb, demo)
        assert done.code == 78
        assert "target.table: 'performance' says what happened later" in done.message


def test_outcomes_that_break_the_contract(demo: Path) -> None:
    """A feed of outcomes that is broken must not train a model on what is left."""
    before = fitted(demo)
    file = demo.parent / "raw" / "performance.parquet"
    negative = (-1 - pl.col("days_past_due")).alias("days_past_due")
    pl.read_parquet(file).with_columns(negative).write_parquet(file)
    done = fit(demo)
    assert done.code == 65
    assert "column days_past_due" in done.message
    assert fitted(demo) == before
    assert call("run", demo).code == 0
