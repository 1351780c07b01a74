"""``nightbook metrics``: what it says of a file, what it refuses, and its exit codes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from command import Done, call, nightbook

from engine import metrics as module
from engine.metrics import Ranking

COLUMNS = ("--score", "pd", "--target", "bad")
KEYS = {
    *("files", "rows", "bads", "rows_without_weight", "weight", "bad_rate"),
    *("auc", "gini", "ks", "amex", "tie_mass", "lift", "capture", "brier", "log_loss"),
    *("calibration", "stability", "intervals", "reasons"),
}


def frame(rows: int = 400) -> pl.DataFrame:
    rng = np.random.default_rng(0)
    pd = rng.beta(1, 4, rows).round(2)
    bad = (rng.random(rows) < pd).astype(np.int8)
    week = np.arange(rows) % 12
    return pl.DataFrame({"pd": pd, "bad": bad, "week": week, "w": rng.integers(0, 4, rows) / 2})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "scored.parquet"
    frame().write_parquet(path)
    return path


def changed(path: Path, **columns: Any) -> Done:
    """What is said of the file with some columns replaced by others."""
    series = [pl.Series(name, values, strict=False) for name, values in columns.items()]
    frame().with_columns(series).write_parquet(path)
    return call("metrics", path, *COLUMNS, "--week", "week", "--weight", "w", "--json")


@pytest.mark.slow
def test_as_a_process(file: Path) -> None:
    """Relative paths, and nothing beside the JSON object."""
    done = nightbook("metrics", file.name, *COLUMNS, "--json", cwd=file.parent)
    assert done.err == ""
    assert done.json["files"] == ["scored.parquet"]


def test_json_is_what_the_functions_measure(file: Path) -> None:
    found = call("metrics", file, *COLUMNS, "--week", "week", "--weight", "w", "--json").json
    assert set(found) == KEYS
    rows = frame()
    columns = rows["pd"].to_numpy(), rows["bad"].to_numpy(), rows["w"].to_numpy()
    ranking = Ranking.of(*columns)
    for name in ("auc", "gini", "ks", "amex", "tie_mass", "brier", "log_loss"):
        assert found[name] == getattr(ranking, name)()
    assert found["lift"] == {str(k): v for k, v in module.lift(*columns).items()}
    assert found["capture"] == {str(k): v for k, v in module.capture(*columns).items()}
    assert found["calibration"] == ranking.calibration_table(by_weight=True)
    stability = module.stability(columns[0], columns[1], rows["week"].to_numpy(), columns[2])
    weekly = {str(week): gini for week, gini in stability.gini_by_week.items()}
    assert found["stability"] == {**stability._asdict(), "gini_by_week": weekly}
    assert (found["rows"], found["bads"]) == (400, rows["bad"].sum())
    assert found["rows_without_weight"] == (rows["w"] == 0).sum()
    assert found["weight"] == rows["w"].sum()
    customers = sum(row["customers"] for row in found["calibration"])
    assert customers == 400 - found["rows_without_weight"]
    assert found["intervals"] is None
    assert found["reasons"] == {}


def test_csv_folders_and_globs_have_the_same_rows(file: Path) -> None:
    asked = (*COLUMNS, "--week", "week", "--weight", "w", "--bootstrap", "5", "--json")
    expected = call("metrics", file, *asked).json
    folder = file.parent / "run"
    (folder / "deep").mkdir(parents=True)
    frame()[:150].write_parquet(folder / "part-0.parquet")
    frame()[150:].write_parquet(folder / "part-1.parquet")
    (folder / "manifest.json").write_text("{}")
    frame().write_csv(file.with_suffix(".csv"))
    (file.parent / "CURRENT").write_text("run")
    for place in (file.with_suffix(".csv"), folder, folder / "part-*.parquet", file.parent):
        found = call("metrics", place, *asked).json
        assert found | {"files": 0} == expected | {"files": 0}, place
    assert found["files"] == [str(folder / "part-0.parquet"), str(folder / "part-1.parquet")]


def test_week_10_comes_after_week_9_in_csv_too(tmp_path: Path) -> None:
    path = tmp_path / "scored.csv"
    frame().write_csv(path)
    found = call("metrics", path, *COLUMNS, "--week", "week", "--json").json
    assert list(found["stability"]["gini_by_week"]) == [str(k) for k in range(12)]


def test_dates_are_weeks_too(file: Path) -> None:
    days = [date(2024, 1, 1 + 7 * (k % 3)) for k in range(400)]
    found = changed(file, week=days).json["stability"]
    assert list(found["gini_by_week"]) == ["2024-01-01", "2024-01-08", "2024-01-15"]
    assert (found["weeks"], found["weeks_left_out"]) == (3, 0)


def test_a_score_that_is_no_probability_has_no_brier(file: Path) -> None:
    found = changed(file, pd=frame()["pd"] * 1000).json
    assert (found["brier"], found["log_loss"]) == (None, None)
    assert set(found["reasons"]) == {"brier", "log_loss"}
    assert "must be a probability" in found["reasons"]["brier"]
    done = call("metrics", file, *COLUMNS, "--bootstrap", "3")
    assert (done.code, "brier" in done.out) == (0, False)
    assert done.err.startswith("warning: no brier: score must be a probability")


def test_intervals(file: Path) -> None:
    asked = (*COLUMNS, "--week", "week", "--bootstrap", "50", "--seed", "3", "--confidence", "0.8")
    found = call("metrics", file, *asked, "--json", "--threads", "1").json["intervals"]
    assert call("metrics", file, *asked, "--json", "--threads", "2").json["intervals"] == found
    shares = {f"{name} {share}" for name in ("lift", "capture") for share in module.SHARES}
    ranks = {"auc", "gini", "ks", "amex", "brier", "log_loss", "stability"}
    assert set(found) == ranks | shares
    assert found["auc"]["low"] < found["auc"]["estimate"] < found["auc"]["high"]
    rows = frame()
    expected = module.bootstrap(rows["pd"], rows["bad"], replicates=50, seed=3, confidence=0.8)
    assert found["ks"] == expected["ks"]._asdict()


def test_draws_without_a_class(file: Path) -> None:
    """Two rows, drawn twice, have never both been there."""
    frame().filter(pl.int_range(pl.len()) < 2).with_columns(bad=pl.Series([0, 1])).write_parquet(
        file
    )
    done = call("metrics", file, *COLUMNS, "--bootstrap", "1", "--seed", "1")
    assert done.code == 65
    assert "no replicate of 1 has auc: too few rows of a class (file" in done.message


def test_more_threads_than_rows(file: Path) -> None:
    found = call("metrics", file, *COLUMNS, "--json", "--threads", "1000000").json
    assert found == call("metrics", file, *COLUMNS, "--json").json


def test_the_table(file: Path) -> None:
    done = call("metrics", file, *COLUMNS, "--week", "week", "--bootstrap", "9")
    lines = done.out.splitlines()
    assert lines[0] == f"400 rows, {frame()['bad'].sum()} bad"
    assert lines[1].split()[0] == "auc"
    assert "bias" in lines[1]
    for piece in ("tie_mass", "capture 0.2", "slope_penalty", "weeks_left_out", "calibration"):
        assert piece in done.out


def test_files_that_are_not_there_or_cannot_be_read(file: Path) -> None:
    folder = file.parent
    for place, message in [
        (folder / "nothing.parquet", f"there is no file {folder}/nothing.parquet"),
        (folder / "*.csv", f"there is no file {folder}/*.csv"),
    ]:
        done = call("metrics", place, *COLUMNS)
        assert (done.code, done.message) == (66, message)
    (folder / "empty").mkdir()
    done = call("metrics", folder / "empty", *COLUMNS)
    assert (done.code, done.message) == (66, f"no Parquet or CSV file in {folder}/empty")
    cut = folder / "cut.parquet"
    cut.write_bytes(file.read_bytes()[:-100])
    wrong = folder / "scored.txt"
    wrong.write_text("pd,bad\n0.1,1\n")
    ragged = folder / "ragged.csv"
    ragged.write_text("pd,bad\n0.1,1\n0.2,0,7\n")
    nothing = folder / "nothing.csv"
    nothing.write_text("pd,bad\n")
    for place, message in [
        (cut, "cannot read"),
        (wrong, "ends in none of .parquet, .pq, .csv"),
        (ragged, "cannot read"),
        (nothing, "there are no rows"),
    ]:
        done = call("metrics", place, *COLUMNS)
        assert done.code == 65
        assert message in done.message
        assert str(place) in done.message


def test_a_column_that_is_not_there(file: Path) -> None:
    done = call("metrics", file, "--score", "pd", "--target", "bda")
    assert done.code == 65
    assert done.message.startswith("there is no column 'bda'; did you mean 'bad'? (file ")


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("pd", [None, float("nan"), *[0.5] * 398], "missing values (file {}, column pd, rows 2)"),
        ("pd", ["a"] * 400, "must hold numbers, not String (file {}, column pd)"),
        ("bad", [None, *[1, 0] * 199, 0], "missing values (file {}, column bad, rows 1)"),
        ("bad", [2, 3, 0.5, *[1] * 397], "0 or 1 (file {}, column bad, rows 3)"),
        ("bad", [0] * 400, "one class only: all {rows} rows with weight are good (0)"),
        ("w", [None, *[1] * 399], "missing values (file {}, column w, rows 1)"),
        ("w", [-1.0, float("inf"), *[1] * 398], "1e+100 (file {}, column w, rows 2)"),
        ("w", [1e-101, 1e101, 1e-320, *[1] * 397], "1e+100 (file {}, column w, rows 3)"),
        ("pd", [float("inf"), *[0.5] * 399], "scores that are infinite or beyond 1e+100 (file {}"),
        ("w", [0.0] * 400, "weights are all 0 (file {}, column w)"),
        ("week", [None, *[1] * 399], "missing values (file {}, column week, rows 1)"),
        ("week", [float("nan"), *[1.0] * 399], "missing values (file {}, column week, rows 1)"),
        ("week", list(range(400)), "no week has both classes; there are {weeks} weeks (file {}"),
    ],
)
def test_bad_values(file: Path, column: str, values: list[Any], message: str) -> None:
    done = changed(file, **{column: values})
    assert done.code == 65
    rows = (frame()["w"] > 0).sum()
    assert (
        message.replace("{rows}", str(rows)).replace("{weeks}", "400").replace("{}", str(file))
        in done.message
    )


def test_cells_of_csv_that_are_no_numbers_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "scored.csv"
    path.write_text("pd,bad\n0.1,0\nhigh,1\n,1\n")
    done = call("metrics", path, *COLUMNS)
    assert (done.code, "missing values" in done.message, "rows 1" in done.message) == (
        65,
        True,
        True,
    )
    path.write_text("pd,bad\n0.1,0\nhigh,1\n0.3,1\n")
    done = call("metrics", path, *COLUMNS)
    assert "cells that are not numbers" in done.message
    assert f"(file {path}, column pd, rows 1)" in done.message


def test_the_file_that_is_wrong_is_named(file: Path) -> None:
    folder = file.parent / "parts"
    folder.mkdir()
    frame().write_parquet(folder / "a.parquet")
    frame().with_columns(pl.lit(2).alias("bad")).write_parquet(folder / "b.parquet")
    done = call("metrics", folder, *COLUMNS)
    assert (done.code, f"(file {folder}/b.parquet, column bad, rows 400)" in done.message) == (
        65,
        True,
    )


@pytest.mark.parametrize(
    "wrong", [("--bootstrap", "0"), ("--confidence", "1"), ("--seed", "-1"), ("--scores", "pd")]
)
def test_wrong_use(file: Path, wrong: tuple[str, str]) -> None:
    assert call("metrics", file, *COLUMNS, *wrong).code == 2


def test_help() -> None:
    done = call("metrics", "--help")
    assert (done.code, done.err) == (0, "")
    for piece in ("FILE", "--score", "--target", "--week", "--weight", "--bootstrap", "--json"):
        assert piece in done.out
