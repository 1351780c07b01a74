"""The contenders of the aggregation do the same work: they agree, and with plain Python."""

from __future__ import annotations

import importlib.util
import math
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from benchmarks.aggregation import with_duckdb, with_polars
from benchmarks.aggregation.home_credit import credit_bureau_a_2
from benchmarks.aggregation.plain import CONTENDERS
from benchmarks.aggregation.recipes import DATE, FIVE, KEY, winning_names

COLUMNS = ["P_2", "B_1", "D_42"]
CUSTOMERS = 60
MONTHS = pl.date_range(date(2017, 3, 1), date(2018, 3, 1), "1mo", eager=True)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Customers of 1 to 13 monthly statements; D_42 is missing in three of four."""
    rng = np.random.default_rng(8)
    rows = rng.integers(1, 14, CUSTOMERS)
    total = int(rows.sum())
    missing = {"P_2": 0.02, "B_1": 0.3, "D_42": 0.75}
    values = {
        name: pl.Series(rng.random(total, np.float32)).set(
            pl.Series(rng.random(total) < rate), None
        )
        for name, rate in missing.items()
    }
    keys = np.repeat([f"{7 * n % CUSTOMERS:064x}" for n in range(CUSTOMERS)], rows)
    days = pl.concat([MONTHS.tail(int(count)) for count in rows])
    path = tmp_path_factory.mktemp("amex") / "statements.parquet"
    pl.DataFrame({KEY: keys, DATE: days, **values}).write_parquet(path, row_group_size=100)
    return path


def test_duckdb_agrees_with_polars(file: Path) -> None:
    expected = with_polars.simple(file, COLUMNS)
    found = expected.select(KEY).join(
        with_duckdb.simple(file, COLUMNS), on=KEY, maintain_order="left"
    )
    assert_frame_equal(found, expected, rel_tol=1e-9, abs_tol=0)


@pytest.mark.parametrize("recipe", ["simple", "winning"])
def test_engines_agree(file: Path, recipe: str) -> None:
    aggregate = getattr(with_polars, recipe)
    found, expected = (aggregate(file, COLUMNS, engine=e) for e in ("streaming", "in-memory"))
    assert_frame_equal(found, expected, rel_tol=1e-9, abs_tol=0)


@pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed")
def test_pandas_agrees_with_polars(file: Path) -> None:
    from benchmarks.aggregation import with_pandas

    made = pl.from_pandas(with_pandas.winning(file, COLUMNS), include_index=True)
    found = made.with_columns(pl.selectors.float().fill_nan(None))
    assert_frame_equal(found, with_polars.winning(file, COLUMNS), rel_tol=1e-9, abs_tol=1e-9)


def test_polars_agrees_with_python(file: Path) -> None:
    rows = pl.read_parquet(file).with_columns((pl.col(COLUMNS).cast(pl.Float64) * 100).floor())
    found = with_polars.winning(file, COLUMNS)
    assert found.columns == winning_names(COLUMNS)
    assert len(found.columns) == 1 + 29 * len(COLUMNS)
    customers = rows.partition_by(KEY, maintain_order=True)
    assert found[KEY].to_list() == [customer[KEY][0] for customer in customers]
    months = {day: rows.filter(pl.col(DATE) == day) for day in MONTHS}
    for made, customer in zip(found.iter_rows(named=True), customers, strict=True):
        for name in COLUMNS:
            expected = in_python(customer[name].to_list())
            dated = customer.filter(pl.col(name).is_not_null())
            if dated.height:
                others = months[dated[DATE][-1]][name].drop_nulls().to_list()
                expected["__last_valid_rank_in_month"] = rank(dated[name][-1], others)
            for suffix, value in expected.items():
                close = value if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)
                assert made[name + suffix] == close, suffix


def in_python(values: list[float | None]) -> dict[str, float | None]:
    """All but the rank in the month, by what follows the column's name."""
    steps = [None, *(None if a is None or b is None else b - a for a, b in pairwise(values))]
    made = five(values, "") | five(steps, "__diff")
    made |= five(values[-3:], "__last_3") | five(values[-6:], "__last_6")
    made |= five(steps[-3:], "__diff__last_3")
    known = [value for value in values if value is not None]
    made["__last_valid"] = known[-1] if known else None
    made["__diff__last_valid"] = next((s for s in reversed(steps) if s is not None), None)
    made["__last_valid_rank"] = rank(known[-1], known) if known else None
    return made


def five(values: list[float | None], part: str) -> dict[str, float | None]:
    known = [value for value in values if value is not None]
    made = (
        fmean(known) if known else None,
        stdev(known) if len(known) > 1 else None,
        min(known, default=None),
        max(known, default=None),
        math.fsum(known),
    )
    return {f"{part}__{name}": value for name, value in zip(FIVE, made, strict=True)}


def rank(value: float, values: list[float]) -> float:
    less, equal = sum(v < value for v in values), sum(v == value for v in values)
    return (less + (equal + 1) / 2) / len(values)


def test_every_contender_is_there(file: Path) -> None:
    for contender in CONTENDERS:
        if contender.module != "with_pandas" or importlib.util.find_spec("pandas"):
            assert contender.load()(file, COLUMNS).shape[0] == CUSTOMERS
    assert "with_pandas" in {contender.module for contender in CONTENDERS}


def test_parts_of_home_credit(tmp_path: Path) -> None:
    rows = {"case_id": [5, 5, 9], "num_group1": [0, 0, 0], "num_group2": [0, 1, 0]}
    first = pl.DataFrame(
        rows | {"pmts_dpd_303P": [2.0, None, 1.0], "subjectroles_name_541M": ["a", "b", "a"]}
    )
    parts = [tmp_path / f"train_credit_bureau_a_2_{part}.parquet" for part in range(2)]
    first.write_parquet(parts[0])
    first.with_columns(pl.col("case_id") + 10).write_parquet(parts[1])
    found = credit_bureau_a_2(parts)
    assert found["case_id"].to_list() == [5, 9, 15, 19]
    assert found["credit_bureau_a_2_rows__count"].to_list() == [2, 1, 2, 1]
    assert found["pmts_dpd_303P__first"].to_list() == [2.0, 1.0, 2.0, 1.0]
    assert found["pmts_dpd_303P__last"].to_list() == [None, 1.0, None, 1.0]
    assert found["pmts_dpd_303P__std"].null_count() == 4
    assert found["subjectroles_name_541M__nunique"].to_list() == [2, 1, 2, 1]
    assert "num_group1__mean" not in found.columns
