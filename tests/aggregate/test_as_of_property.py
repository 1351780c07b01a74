"""What had not happened or was not known at a customer's own as-of date is in none of its features.

The features of a shuffled table with such rows equal those of a table without them, whose book
knows nothing of cut-offs.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import polars as pl
import pytest
from aggregate_cases import aggregated
from builders import KEY, columns, minimal_book
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

FIRST = date(2026, 1, 1)
SCHEMA = {
    KEY: pl.Int64,
    "id": pl.Int64,
    "day": pl.Date,
    "booked": pl.Date,
    "balance": pl.Float64,
    "purpose": pl.String,
}
STATISTICS = [
    *("count", "sum", "mean", "std", "min", "max", "range", "first", "last", "last_valid"),
    *("nunique", "last_minus_mean", "last_minus_first", "last_rank", "last_valid_rank", "lag_1"),
]

days = st.integers(0, 5).map(lambda step: FIRST + timedelta(days=9 * step))  # often the same
balances = st.none() | st.integers(-3, 3).map(float) | st.floats(-1e6, 1e6)
rows = st.tuples(st.integers(0, 3), days, st.none() | days, balances, st.sampled_from("abc"))


def book(**cut_offs: str) -> dict[str, Any]:
    """As-of dates of the customers; windows in rows, in days and of filters; derived columns."""
    spec = {KEY: "int64", "id": "int64", "day": "date", "purpose": "string"}
    empty = {"nullable": True, "may_be_empty": True}
    values = {"booked": {"type": "date", **empty}, "balance": {"type": "float64", **empty}}
    statements = {
        "files": "statements.parquet",
        "order": "day",
        "tie": "id",
        "optional": True,
        "columns": columns(spec | values),
        "derive": {"ago": "as_of - day", "larger": "balance * 2 + 1"},
        "windows": {"rent": "purpose = 'a'", "recent": "ago < 10"},
    }
    customers = minimal_book()["tables"]["customers"]
    customers["columns"] |= columns({"granted": "date"})
    numbers = {
        "table": "statements",
        "columns": ["balance", "larger", "ago"],
        "statistics": STATISTICS,
        "windows": ["all", "last_3", "last_30d", "rent", "recent"],
        "of": ["value", "diff"],
    }
    others = {
        "table": "statements",
        "columns": ["purpose", "day"],
        "statistics": ["count", "first", "last", "last_valid", "nunique"],
    }
    return minimal_book() | {
        "book": {"name": "cut_off", "key": KEY, "as_of_column": "granted"},
        "tables": {"customers": customers, "statements": statements | cut_offs},
        "recipe": [numbers, others],
    }


def allowed(frame: pl.DataFrame, granted: list[date], cutoff: str) -> pl.DataFrame:
    as_of = pl.DataFrame({KEY: range(len(granted)), "granted": granted})
    happened = pl.col("day") < pl.col("granted")
    if cutoff == "up_to":
        happened = pl.col("day") <= pl.col("granted")
    known = pl.col("booked") <= pl.col("granted")
    return frame.join(as_of, on=KEY).filter(happened & known).drop("granted")


@pytest.mark.slow
@settings(max_examples=40)
@given(
    granted=st.lists(days, min_size=4, max_size=4),
    events=st.lists(rows, min_size=1, max_size=40),
    cutoff=st.sampled_from(["up_to", "before"]),
    size=st.integers(1, 4),
    seed=st.integers(0, 99),
)
@example([FIRST] * 4, [(0, FIRST, FIRST, 1.0, "a")], "up_to", 1, 0)
@example([FIRST] * 4, [(0, FIRST, FIRST, 1.0, "a")], "before", 1, 0)
def test_features_see_nothing_after_the_as_of_date(
    granted: list[date],
    events: list[tuple[int, date, date | None, float | None, str]],
    cutoff: Literal["up_to", "before"],
    size: int,
    seed: int,
) -> None:
    numbered = [(key, n, *others) for n, (key, *others) in enumerate(events)]
    clean = allowed(pl.DataFrame(numbered, SCHEMA, orient="row"), granted, cutoff)
    random.Random(seed).shuffle(numbered)
    shuffled = pl.DataFrame(numbered, SCHEMA, orient="row")
    base = pl.DataFrame({KEY: range(4), "segment": "a", "income": 1.0, "granted": granted})
    with TemporaryDirectory() as folder:
        found = aggregated(
            Path(folder),
            book(known_at="booked", after_as_of="drop", cutoff=cutoff),
            {"customers": base, "statements": shuffled},
            size=size,
        )
    with TemporaryDirectory() as folder:
        expected = aggregated(Path(folder), book(), {"customers": base, "statements": clean})
    assert_frame_equal(found, expected, check_exact=True)
