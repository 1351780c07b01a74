"""Aggregates by segments against ``group_by``: to the bit, save what is added up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from aggregate_cases import table_of
from builders import AS_OF, KEY
from hypothesis import given, settings
from hypothesis import strategies as st
from polars_reference import by_group

from engine.aggregate import Feature, RecipeConfig, event_rows, expand
from engine.aggregate.features import table_features
from engine.aggregate.statistics import STATISTICS
from engine.book_file import load_book
from engine.chunk_work import chunked, event_tables, read_ahead
from engine.inputs import open_inputs
from engine.needs import whole
from engine.progress import Silent
from engine.synth import write_demo

ROUNDED = ("sum", "mean", "std", "last_minus_mean")
"""Statistics that add; all others are equal to the bit."""
FILTERS = {
    "half": "x_even < 0.5",
    "few": "x_even > 0.9 OR day < as_of",
    "middle": "row >= 1 AND row < 4",
}


def recipe(table: str, columns: Sequence[str], windows: Sequence[str]) -> tuple[Feature, ...]:
    settings = RecipeConfig(
        table=table,
        columns=tuple(columns),
        statistics=(*STATISTICS, "lag_1", "lag_4"),
        windows=tuple(windows),
        of=("value", "diff"),
    )
    return expand([settings], {})


def assert_agree(
    found: pl.DataFrame, expected: pl.DataFrame, features: Sequence[Feature], scale: float
) -> None:
    """``scale``: of the values, since a sum near zero has lost its leading digits."""
    assert found.columns == [feature.name for feature in features]
    for feature in features:
        ours, theirs = found[feature.name], expected[feature.name]
        if feature.statistic not in ROUNDED:
            assert ours.equals(theirs.cast(ours.dtype)), feature.name
            continue
        assert ours.is_null().equals(theirs.is_null()), feature.name
        error = (ours - theirs).abs() - 1e-9 * theirs.abs().clip(scale)
        assert (error.max() or 0.0) <= 0.0, feature.name


def random_table(
    seed: int, lengths: Sequence[int], dtype: Any, *, nan: bool, ascending: bool
) -> pl.DataFrame:
    """Rows of ``x`` (8 % missing, as null or NaN); ``row`` and ``x_even`` are for row filters."""
    rng = np.random.default_rng(seed)
    keys = np.repeat(np.arange(len(lengths)), lengths)
    values = np.round(rng.standard_normal(len(keys)) * 10.0 ** rng.integers(-3, 4, len(keys)), 2)
    x = pl.Series("x", values).cast(dtype)
    x = x.set(pl.Series(rng.random(len(keys)) < 0.08, dtype=pl.Boolean), np.nan if nan else None)
    ago = rng.integers(0, 60, len(keys))
    if ascending:
        ago = ago[np.lexsort((-ago, keys))]
    return pl.DataFrame(
        {
            KEY: pl.Series(keys, dtype=pl.Int64),
            "day": pl.Series([AS_OF - timedelta(days=int(d)) for d in ago], dtype=pl.Date),
            "x": x,
            "row": [row for length in lengths for row in range(length)],
            "x_even": rng.random(len(keys)),
            "as_of": pl.Series([AS_OF] * len(keys), dtype=pl.Date),
        }
    )


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    lengths=st.lists(st.integers(0, 30), min_size=1, max_size=12),
    dtype=st.sampled_from([pl.Float32, pl.Float64]),
    nan=st.booleans(),
    ascending=st.booleans(),
    threads=st.sampled_from([1, 2]),
)
def test_random_tables(
    seed: int, lengths: list[int], dtype: Any, nan: bool, ascending: bool, threads: int
) -> None:
    frame = random_table(seed, lengths, dtype, nan=nan, ascending=ascending)
    features = recipe("t", ["x"], ["all", "last_3", "last_6", "last_20d", *FILTERS])
    customers = range(len(lengths))
    found = table_of(frame, features, customers=customers, filters=FILTERS, threads=threads)
    keys = pl.Series(KEY, customers, dtype=pl.Int64)
    expected = by_group(frame, features, keys, date="day", filters=FILTERS)
    assert_agree(found, expected, features, 1e4)


def test_rows_of_other_customers_are_no_matter() -> None:
    """The fit asks for some customers of a chunk, in an order of its own."""
    frame = random_table(5, [3, 0, 7, 1, 9], pl.Float32, nan=True, ascending=False)
    features = recipe("t", ["x"], ["all", "last_3", "last_20d", *FILTERS])
    every = table_of(frame, features, customers=range(5), filters=FILTERS)
    some = table_of(frame, features, customers=[4, 8, 1, 2], filters=FILTERS)
    assert some[[0, 2, 3]].equals(every[[4, 1, 2]])
    assert some[1].equals(every[1])  # neither has rows


def test_demo_book(tmp_path: Path) -> None:
    """All statistics of all numbers of its tables with many rows."""
    book = load_book(write_demo(tmp_path, customers=300))
    needs, out = whole(book), tmp_path / "out"
    with open_inputs(book, needs.read, out=out, whole=False, progress=Silent()) as inputs:
        data = chunked(inputs, needs, tmp_path / "work")
        (batch,) = [batch for _, batch in read_ahead(data, data.chunks)]
    keys = batch.customers[book.book.key]
    for event in event_tables(needs):
        rows = event_rows(batch.tables[event.name], event, data.lookups)
        numbers = [n for n, kind in rows.schema.items() if kind.is_float() and n != "as_of"]
        windows = ["all", "last_3", *(["last_90d"] if event.date else [])]
        features = recipe(event.name, numbers, windows)
        found = table_features(rows, event, features, keys, threads=2)
        expected = by_group(rows, features, keys, date=event.date, filters={})
        assert_agree(
            found, expected, features, float(rows.select(numbers).max().max_horizontal()[0])
        )


def test_dates_and_strings() -> None:
    start = date(2026, 1, 1)
    frame = pl.DataFrame(
        {
            KEY: [1, 1, 1, 2, 2, 3],
            "day": [start + timedelta(days=d) for d in range(6)],
            "x": ["b", None, "a", None, None, "é"],
            "y": [start, date(9999, 12, 31), None, None, start, date(1, 1, 1)],
            "as_of": [AS_OF] * 6,
        }
    )
    statistics = ("count", "nunique", "min", "max", "first", "last", "last_valid", "lag_1")
    settings = RecipeConfig(
        table="t", columns=("x", "y"), statistics=statistics, windows=("all", "last_2")
    )
    features = expand([settings], {})
    keys = pl.Series(KEY, [1, 2, 3, 4], dtype=pl.Int64)
    expected = by_group(frame, features, keys, date="day", filters={})
    assert table_of(frame, features, customers=[1, 2, 3, 4]).equals(expected)
