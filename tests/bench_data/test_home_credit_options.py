"""Generated Home Credit files: the same bytes, the test split, and options that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from real_books import command

from bench_data.home_credit import write_home_credit
from engine.errors import BookError, OutputError


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.rglob("*.parquet")}


def written(folder: Path, **options: Any) -> dict[str, bytes]:
    list(write_home_credit(folder, cases=1_000, test_cases=0, **options))
    return contents(folder)


def test_the_seed_makes_the_bytes_and_a_table_does_not_need_the_others(tmp_path: Path) -> None:
    small = ["applprev_1", "person_2"]
    first = written(tmp_path / "a", seed=5, tables=small)
    assert written(tmp_path / "b", seed=5, tables=small) == first
    alone = written(tmp_path / "c", seed=5, tables=["person_2"])
    assert set(alone) == {"train_base.parquet", "train_person_2.parquet"}
    assert alone.items() <= first.items()
    other = written(tmp_path / "d", seed=6, tables=small)
    assert all(other[name] != first[name] for name in first)


def test_what_is_written_is_reported(tmp_path: Path) -> None:
    done = list(write_home_credit(tmp_path, cases=1_000, test_cases=50, tables=["other_1"]))
    assert [(one.split, one.table) for one in done] == [
        ("train", "base"), ("train", "other_1"), ("test", "base"), ("test", "other_1"),
    ]  # fmt: skip
    for one in done:
        file = tmp_path / "parquet_files" / one.split / f"{one.split}_{one.table}.parquet"
        assert one.rows == pq.read_metadata(file).num_rows
        assert one.bytes == file.stat().st_size


def test_ten_test_cases_fill_all_36_files_some_with_no_rows(tmp_path: Path) -> None:
    done = list(write_home_credit(tmp_path, cases=1_000, test_cases=10, seed=2))
    files = sorted((tmp_path / "parquet_files" / "test").iterdir())
    assert len(files) == 36
    assert {one.table: one.rows for one in done}["static_0"] == 10
    assert 0 in {pq.read_metadata(file).num_rows for file in files}


def test_test_goes_on_after_train_without_outcomes(home_credit: Path) -> None:
    train = pl.read_parquet(home_credit / "train" / "train_base.parquet")
    test = pl.read_parquet(home_credit / "test" / "test_base.parquet")
    assert test.columns == [name for name in train.columns if name != "target"]
    assert test["date_decision"].min() > train["date_decision"].max()  # type: ignore[operator]
    assert test["WEEK_NUM"].min() == 92
    assert not test["case_id"].is_in(train["case_id"].implode()).any()
    assert pq.read_metadata(home_credit / "test" / "test_tax_registry_c_1.parquet").num_rows == 0


@pytest.mark.parametrize("table", ["static_0", "applprev_1", "credit_bureau_a_1"])
def test_all_null_columns_of_test_have_other_types(home_credit: Path, table: str) -> None:
    train = pq.read_schema(home_credit / "train" / f"train_{table}_0.parquet")
    found = 0
    for file in sorted((home_credit / "test").glob(f"test_{table}_?.parquet")):
        stored = pq.read_table(file)
        assert stored.column_names == train.names
        for name in train.names:
            if stored.schema.field(name).type != train.field(name).type:
                assert stored[name].null_count == len(stored)
                found += 1
    assert found


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cases": 999}, "cases must be 1,000 to 1,526,659, not 999"),
        ({"cases": 1_526_660}, "cases must be 1,000 to 1,526,659, not 1,526,660"),
        ({"test_cases": -1}, "test cases must be 0 to 1,000,000, not -1"),
        ({"test_cases": 1_000_001}, "test cases must be 0 to 1,000,000"),
        ({"seed": -1}, "seed must be 0 or more, not -1"),
        ({"tables": ["static_cb"]}, "no table 'static_cb'; did you mean 'static_cb_0'"),
    ],
)
def test_options_that_make_no_files_are_refused(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(BookError, match=message.replace("?", r"\?")):
        next(iter(write_home_credit(tmp_path / "new", **options)))
    assert not (tmp_path / "new").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not empty"):
        next(iter(write_home_credit(tmp_path)))
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_writes_and_refuses(tmp_path: Path) -> None:
    options = ("--cases", 1_000, "--test-cases", 0, "--tables", "other_1")
    done = command("bench_data", "home-credit", tmp_path / "files", *options)
    assert done.returncode == 0, done.stderr
    assert [line.split()[1] for line in done.stdout.splitlines()] == ["base", "other_1"]
    again = command("bench_data", "home-credit", tmp_path / "files", *options)
    assert again.returncode == 74
    assert "is not empty" in again.stderr
