"""``nightbook fit pd`` on a ready target column, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from command import call
from fitting import TARGET, Edit, edited, fit, fitted, small, with_target
from small_book import Frames, replace, shuffled

from engine import load_model


def test_ready_column(tmp_path: Path) -> None:
    book = small(tmp_path)
    metrics = fit(book).json["metrics"]
    assert metrics["target"]["excluded"] == {"overdue": sum(is_overdue(tmp_path))}
    assert metrics["parts"]["heldout"]["auc"] > 0.7
    names = set(load_model(tmp_path / "models" / "pd.txt").feature_names)
    assert "balance__mean" in names
    assert not names & {"bad", "customer_id"}

    plan = call("run", book, "--dry-run", "--json").json
    (customers,) = (table for table in plan["tables"] if table["table"] == "customers")
    assert customers["does_not_read"] == ["joined_on", "bad"]
    with_it = call("run", book, "--json").json
    for file in (tmp_path / "raw").glob("customers-*"):
        pl.read_parquet(file).drop("bad").write_parquet(file)
    without = call("run", book, "--json").json
    assert (with_it["no_op"], without["no_op"]) == (False, False)
    assert without["content_hash"] == with_it["content_hash"]


def test_a_calibrator_that_no_run_takes(tmp_path: Path) -> None:
    book = small(tmp_path)
    assert "names no calibrator: a run will not calibrate" in fit(book).err
    edited(book, replace('"models/pd.txt"', '"models/pd.txt"\ncalibrator = "models/c.json"'))
    assert "calibrator" not in fit(book).err
    assert (tmp_path / "models" / "c.json").is_file()


def is_overdue(folder: Path) -> pl.Series:
    return pl.read_parquet(folder / "raw" / "customers-*.parquet")["arrears"] > 60


def test_rows_and_threads_of_a_small_book(tmp_path: Path) -> None:
    models = []
    for number, frames in enumerate((with_target(), shuffled(with_target()))):
        book = small(tmp_path / f"{number}", frames=frames)
        done = call("fit", "pd", book, "--threads", 1 + number)
        assert done.code == 0, done.err
        models.append(fitted(book))
    assert models[0] == models[1]


def test_quarantined_customers_are_left_out_and_counted(tmp_path: Path) -> None:
    frames = with_target()
    wrong = pl.when(pl.int_range(pl.len()) % 90 == 0).then(-1.0).otherwise("balance")
    frames["statements"] = frames["statements"].with_columns(wrong.alias("balance"))
    metrics = fit(small(tmp_path, frames=frames)).json["metrics"]
    assert metrics["quarantined"] == {"labels": 0, "features": 60}
    assert metrics["customers_without_features"] == 60 - overlap(frames)


def overlap(frames: Frames) -> int:
    """Customers with a wrong balance who are excluded from the target anyway."""
    wrong = frames["statements"].filter(pl.col("balance") < 0)["customer_id"]
    overdue = frames["customers"].filter(pl.col("arrears") > 60)
    return overdue.filter(pl.col("customer_id").is_in(wrong.implode())).height


REFUSED: dict[str, tuple[tuple[Edit, ...], int, tuple[str, ...]]] = {
    "no target": ((replace(TARGET, ""),), 78, ("[target] is missing",)),
    "a scorecard": (
        (replace("models/pd.txt", "models/pd.json"),),
        78,
        ("models.pd.file", "scorecard"),
    ),
    "no such column": (
        (replace('column = "bad"', 'column = "bed"'),),
        78,
        ("target.column", "'bed'", "did you mean 'bad'"),
    ),
    "a feature of the target": (
        (replace("income_cap =", 'worse = "bad * 2"\nincome_cap ='),),
        78,
        ("derive.worse", "bad"),
    ),
    "a rule of the target": (
        (replace('"arrears > 60"\n\n[take', '"bad = 1"\n\n[take'),),
        78,
        ("bad",),
    ),
    "an exclusion of nothing": (
        (replace('when = "arrears > 60"\n', 'when = "arrear > 60"\n'),),
        78,
        ("arrear",),
    ),
    "too many in quarantine": (
        (replace("max = 999", "max = 60"),),
        65,
        ("customers break the data contract", "column arrears"),
    ),
    "split by no date": (
        (lambda text: text + '[fit]\nsplit_column = "arrears"\n',),
        78,
        ("arrears",),
    ),
    "unwritable": ((replace("models/pd.txt", "book.toml/pd.txt"),), 74, ("book.toml",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path: Path, case: str) -> None:
    edits, code, says = REFUSED[case]
    done = fit(small(tmp_path, *edits))
    assert done.code == code, done.err
    missing = [piece for piece in says if piece not in done.message]
    assert not missing, done.message
    assert not list(tmp_path.rglob("pd.txt*"))


def test_too_few_bads(tmp_path: Path) -> None:
    done = fit(small(tmp_path, frames=with_target(bad_share=0.02)))
    assert done.code == 65
    assert "at least 10 bad" in done.message


def test_target_of_other_values(tmp_path: Path) -> None:
    frames = with_target()
    frames["customers"] = frames["customers"].with_columns(pl.col("bad") * 2)
    done = fit(small(tmp_path, replace(", allowed = [0, 1]", ""), frames=frames))
    assert done.code == 65
    assert "0, 1 and null" in done.message
