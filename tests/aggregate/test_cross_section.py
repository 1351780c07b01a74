"""Ranks within a month over all customers equal Polars' over the whole table, however cut."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest
from cross_section_cases import DAY, KEY, by_polars, feature, ranked
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.errors import BookError
from kernels.counted import SIZE

LAST, LAST_VALID = "last_rank_in_month", "last_valid_rank_in_month"
BOTH = [feature("x", LAST), feature("x", LAST_VALID)]
SCHEMA = {KEY: pl.Int64, DAY: pl.Date, "x": pl.Float64}
FEW = st.sampled_from([0.0, -0.0, 1.0, 2.5, -3.0, float("inf"), -float("inf"), 5e-324])
"""So few that most are tied; among them a pair of zeros and neighbours of zero."""
A_MONTH = 8 * SIZE
"""Bytes of what is counted of a column in a month."""

_days = st.none() | st.dates(date(2025, 11, 28), date(2026, 2, 3))
_values = st.none() | st.just(float("nan")) | FEW | st.floats(allow_nan=False)
_rows = st.lists(st.tuples(st.integers(0, 8), _days, _values), max_size=60)


def table(rows: list[tuple[int, date | None, float | None]]) -> pl.DataFrame:
    return pl.DataFrame(rows, SCHEMA, orient="row").sort(KEY, maintain_order=True)


@settings(deadline=None, max_examples=60)
@given(
    rows=_rows, size=st.integers(1, 10), budget=st.sampled_from([8, 64, 256, 2 * A_MONTH, 1 << 20])
)
def test_equals_polars_over_the_whole_table(
    rows: list[tuple[int, date | None, float | None]], size: int, budget: int
) -> None:
    frame = table(rows)
    with TemporaryDirectory() as folder:
        found = ranked(Path(folder), frame, BOTH, customers_a_chunk=size, budget_bytes=budget)
    assert_frame_equal(found, by_polars(frame, BOTH), check_exact=True)


def test_by_hand(tmp_path: Path) -> None:
    """May has 1, 2, 2, 4; the second customer's last row, in June, has no value."""
    may, june = date(2026, 5, 3), date(2026, 6, 30)
    rows = [(1, may, 2.0), (2, may, 4.0), (2, june, 7.0), (2, june, None), (3, may, 1.0)]
    found = ranked(tmp_path, table([*rows, (4, may, 2.0)]), BOTH, customers_a_chunk=1)
    expected = {
        KEY: [1, 2, 3, 4],
        BOTH[0].name: [(1 + 1.5) / 4, None, 1 / 4, (1 + 1.5) / 4],
        BOTH[1].name: [(1 + 1.5) / 4, 1.0, 1 / 4, (1 + 1.5) / 4],
    }
    assert_frame_equal(found, pl.DataFrame(expected), check_exact=True)


def wide(customers: int = 3_000, seed: int = 5) -> pl.DataFrame:
    """A continuous, a coarse and a nearly constant column, over three months of two years."""
    rng = np.random.default_rng(seed)
    keys = np.repeat(np.arange(customers), rng.integers(1, 5, customers))
    months = pl.Series([date(2025, 12, 5), date(2026, 1, 5), date(2026, 2, 5)])
    missing = pl.Series(rng.random(len(keys)) < 0.1)
    columns = {
        "x": rng.standard_normal(len(keys)),
        "coarse": np.floor(4 * rng.random(len(keys))),
        "constant": np.where(rng.random(len(keys)) < 0.001, rng.random(len(keys)), 7.0),
    }
    days = {KEY: keys, DAY: months[rng.integers(0, 3, len(keys))]}
    return pl.DataFrame(days | columns).with_columns(
        pl.when(~missing).then(pl.col(name)).alias(name) for name in columns
    )


FEATURES = [feature(c, s) for c in ("x", "coarse", "constant") for s in (LAST, LAST_VALID)]


@pytest.mark.parametrize(
    ("customers", "size", "budget"), [(3_000, 3_000, 1 << 20), (3_000, 100, 1 << 12), (90, 7, 512)]
)
def test_chunks_budgets_and_threads(tmp_path: Path, customers: int, size: int, budget: int) -> None:
    frame = wide(customers)
    expected = by_polars(frame, FEATURES)
    for threads in (1, 3):
        found = ranked(
            tmp_path / str(threads),
            frame,
            FEATURES,
            customers_a_chunk=size,
            budget_bytes=budget,
            threads=threads,
        )
        assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize("dtype", [pl.Float32, pl.Int16, pl.Boolean])
def test_other_numbers(tmp_path: Path, dtype: pl.DataType) -> None:
    frame = wide().with_columns(pl.col("coarse").fill_null(0).cast(dtype).alias("x"))
    assert_frame_equal(ranked(tmp_path, frame, BOTH), by_polars(frame, BOTH), check_exact=True)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_dates_with_a_time(tmp_path: Path, unit: str) -> None:
    frame = wide()
    expected = ranked(tmp_path / "date", frame, BOTH)
    frame = frame.with_columns(pl.col(DAY).cast(pl.Datetime(unit)) + timedelta(hours=23))
    assert_frame_equal(ranked(tmp_path / unit, frame, BOTH), expected, check_exact=True)


def test_years_are_not_mixed(tmp_path: Path) -> None:
    rows = [(1, date(2025, 5, 1), 1.0), (2, date(2026, 5, 1), 2.0), (3, date(1969, 5, 1), 3.0)]
    assert ranked(tmp_path, table(rows), BOTH)[BOTH[0].name].to_list() == [1.0, 1.0, 1.0]


def test_more_months_than_fit_a_byte(tmp_path: Path) -> None:
    """25 years; every month has the first customer's value and a larger one."""
    months = pl.date_range(date(2000, 1, 1), date(2025, 12, 1), "1mo", eager=True)
    rows = [(1, day, 1.0) for day in months] + [(2 + n, day, 2.0) for n, day in enumerate(months)]
    frame = table(rows)
    found = ranked(tmp_path, frame, BOTH, customers_a_chunk=1_000)
    assert_frame_equal(found, by_polars(frame, BOTH), check_exact=True)
    assert found[BOTH[0].name].to_list() == [0.5] + [1.0] * 312


def test_a_row_without_a_date_counts_nowhere(tmp_path: Path) -> None:
    day = date(2026, 5, 1)
    rows = [(1, day, 1.0), (2, None, 0.0), (3, day, 2.0), (3, None, None)]
    found = ranked(tmp_path, table(rows), BOTH)
    assert found[BOTH[0].name].to_list() == [0.5, None, None]
    assert found[BOTH[1].name].to_list() == [0.5, None, 1.0]


def test_a_column_without_values(tmp_path: Path) -> None:
    """Whatever its type."""
    for dtype in (pl.Null, pl.Float32, pl.Float64):
        frame = wide().with_columns(pl.lit(None, dtype).alias("x"))
        found = ranked(tmp_path / str(dtype), frame, BOTH)
        assert found[BOTH[0].name].null_count() == found.height == 3_000


def test_chunks_without_rows(tmp_path: Path) -> None:
    empty = pl.DataFrame(schema=SCHEMA)
    found = ranked(tmp_path, empty, BOTH)
    assert found.schema == {KEY: pl.Int64, **{f.name: pl.Float64 for f in BOTH}}
    assert found.is_empty()


def test_long_keys_of_text(tmp_path: Path) -> None:
    frame = wide(50).with_columns(pl.col(KEY).cast(pl.String).str.zfill(64))
    found = ranked(tmp_path, frame, BOTH, customers_a_chunk=9)
    assert_frame_equal(found, by_polars(frame, BOTH), check_exact=True)


def test_text_cannot_be_ranked(tmp_path: Path) -> None:
    frame = wide(5).with_columns(pl.lit("a").alias("x"))
    with pytest.raises(BookError, match=r"last_rank_in_month of 'statements.x', which is String"):
        ranked(tmp_path, frame, BOTH)
