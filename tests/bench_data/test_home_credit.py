"""Generated Home Credit files: names, columns, types, parts, keys and order."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from real_books import real_data_folder

from bench_data.home_credit.columns import columns_of, table_names
from bench_data.home_credit.days import day_text
from bench_data.home_credit.layout import FULL, calendar, file_names, part_of
from bench_data.home_credit.rows import within

PARTS = {"static_0": (2, 3), "applprev_1": (2, 3), "credit_bureau_a_1": (4, 5),
         "credit_bureau_a_2": (11, 12)}  # fmt: skip
COLUMNS = {"base": 5, "static_0": 168, "static_cb_0": 53, "applprev_1": 41, "applprev_2": 6,
           "credit_bureau_a_1": 79, "credit_bureau_a_2": 19, "credit_bureau_b_1": 45,
           "credit_bureau_b_2": 6, "debitcard_1": 6, "deposit_1": 5, "other_1": 7, "person_1": 37,
           "person_2": 11, "tax_registry_a_1": 5, "tax_registry_b_1": 5,
           "tax_registry_c_1": 5}  # fmt: skip
ARROW = {"int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(), "string": pa.string()}


def parts(folder: Path, table: str, split: str = "train") -> list[pl.DataFrame]:
    files = file_names(table, split)  # type: ignore[arg-type]
    return [pl.read_parquet(folder / split / name) for name in files]


def whole(folder: Path, table: str) -> pl.DataFrame:
    return pl.concat(parts(folder, table))


@pytest.mark.parametrize("split", ["train", "test"])
def test_files_are_named_as_in_the_competition(home_credit: Path, split: str) -> None:
    expected = set()
    for table in COLUMNS:
        count = PARTS[table][split == "test"] if table in PARTS else None
        numbers = [""] if count is None else [f"_{part}" for part in range(count)]
        expected |= {f"{split}_{table}{number}.parquet" for number in numbers}
    assert {file.name for file in (home_credit / split).iterdir()} == expected


def test_columns_per_table_and_suffix_are_the_published_counts() -> None:
    assert {table: len(columns_of(table)) for table in table_names()} == COLUMNS
    told = [c for t in table_names() if t != "base" for c in columns_of(t) if c.type != "int64"]
    assert Counter(column.suffix for column in told) == {
        "A": 102, "D": 57, "M": 63, "P": 33, "L": 187, "T": 22,
    }  # fmt: skip
    assert Counter(c.type for c in told if c.suffix == "L") == {
        "float64": 143, "string": 31, "bool": 13,
    }  # fmt: skip


@pytest.mark.realdata
def test_every_defined_column_is_in_one_table() -> None:
    file = real_data_folder() / "homecredit_stability" / "feature_definitions.csv"
    with file.open(encoding="utf-8") as lines:
        defined = {row["Variable"] for row in csv.DictReader(lines)}
    told = [
        c.name for t in table_names() if t != "base" for c in columns_of(t) if c.type != "int64"
    ]
    assert len(told) == len(set(told))
    assert defined - set(told) == {"score_940"}
    assert set(told) <= defined


@pytest.mark.parametrize("table", COLUMNS)
def test_types_and_order_of_columns(home_credit: Path, table: str) -> None:
    expected = [(column.name, ARROW[column.type]) for column in columns_of(table)]
    for name in file_names(table, "train"):
        schema = pq.read_schema(home_credit / "train" / name)
        assert list(zip(schema.names, schema.types, strict=True)) == expected


@pytest.mark.parametrize("table", COLUMNS)
def test_keys_count_from_zero_and_rows_are_sorted(home_credit: Path, table: str) -> None:
    base = pl.read_parquet(home_credit / "train" / "train_base.parquet")["case_id"]
    for frame in parts(home_credit, table):
        keys = [key for key in ("case_id", "num_group1", "num_group2") if key in frame.columns]
        assert frame.select(keys).equals(frame.select(keys).sort(keys))
        assert not frame.select(keys).is_duplicated().any()
        assert frame["case_id"].is_in(base.implode()).all()
        if len(keys) > 1 and len(frame):
            counted = frame.group_by(keys[:-1]).agg(pl.len(), pl.col(keys[-1]).max() + 1)
            assert counted["len"].equals(counted[keys[-1]].cast(pl.UInt32), check_names=False)


def test_one_row_per_case_where_the_depth_is_zero(home_credit: Path) -> None:
    base = whole(home_credit, "base")["case_id"]
    assert whole(home_credit, "static_0")["case_id"].sort().equals(base)
    answered = whole(home_credit, "static_cb_0")["case_id"]
    assert answered.n_unique() == len(answered)
    assert 0.96 < len(answered) / len(base) < 1
    assert set(whole(home_credit, "person_1")["case_id"]) == set(base)


@pytest.mark.parametrize("table", PARTS)
def test_parts_follow_the_weeks_but_their_ids_overlap(home_credit: Path, table: str) -> None:
    """The trap: part 1 does not hold the higher ids."""
    weeks = whole(home_credit, "base").select("case_id", "WEEK_NUM")
    joined = [
        part.select("case_id").join(weeks, on="case_id") for part in parts(home_credit, table)
    ]
    for earlier, later in pairwise(joined):
        assert earlier["WEEK_NUM"].max() < later["WEEK_NUM"].min()  # type: ignore[operator]
        assert earlier["case_id"].max() > later["case_id"].min()  # type: ignore[operator]


def test_base_agrees_with_its_dates(home_credit: Path) -> None:
    base = whole(home_credit, "base").with_columns(pl.col("date_decision").str.to_date())
    day = pl.col("date_decision")
    months = base.select(day.dt.year() * 100 + day.dt.month()).to_series()
    assert months.cast(pl.Int64).equals(base["MONTH"], check_names=False)
    weeks = base.select((day - date(2019, 1, 1)).dt.total_days() // 7).to_series()
    assert weeks.equals(base["WEEK_NUM"], check_names=False)
    assert base["WEEK_NUM"].unique().sort().to_list() == list(range(92))
    assert base["target"].unique().sort().to_list() == [0, 1]


@pytest.mark.parametrize("table", COLUMNS)
def test_dates_are_text_that_parses(home_credit: Path, table: str) -> None:
    frame = whole(home_credit, table)
    for name in (column.name for column in columns_of(table) if column.is_date):
        read = frame[name].str.to_date("%Y-%m-%d", strict=True)
        assert read.null_count() == frame[name].null_count()
        if "birth" in name:
            assert read.drop_nulls().dt.year().is_between(1940, 2001).all()


@given(st.lists(st.integers(0, 5), max_size=30))
def test_places_within_a_case_count_from_zero(counts: list[int]) -> None:
    expected = [place for count in counts for place in range(count)]
    assert within(np.array(counts, dtype=np.int64)).tolist() == expected


@given(st.integers(-14_000, 27_000))
def test_days_as_text(day: int) -> None:
    text = day_text(np.array([day, day]), np.array([False, True])).to_pylist()
    assert text == [str(np.datetime64(day, "D")), None]


@given(cases=st.integers(1_000, 20_000), table=st.sampled_from(sorted(PARTS)))
def test_any_number_of_cases_has_ids_and_parts(cases: int, table: str) -> None:
    days = calendar("train", cases)
    assert len(days.case_id) == cases
    assert (np.diff(days.case_id) > 0).all()
    part = part_of(table, "train", days.week)
    by_week = part[np.argsort(days.week, kind="stable")]
    assert (np.diff(by_week) >= 0).all()
    assert part.max() < PARTS[table][0]


def test_ids_of_train_and_test_never_meet() -> None:
    train, test = calendar("train", FULL), calendar("test", 1_000_000)
    assert (np.diff(train.case_id) > 0).all()
    assert (np.diff(test.case_id) > 0).all()
    assert not np.isin(test.case_id, train.case_id).any()
    assert (train.week.min(), train.week.max(), test.week.min()) == (0, 91, 92)
