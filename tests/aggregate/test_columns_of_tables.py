"""Columns as kernels read them, and results as columns: the same memory, the same values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.aggregate.columns import kernel_column, result_series
from engine.aggregate.numbers import as_numbers
from kernels.segments import Ask, Codes, Column, Results, Segments, Statistic, segment_statistics


def values_of(column: Column) -> list[float | None]:
    """What a kernel sees, row by row."""
    bits = np.unpackbits(column.valid, bitorder="little")[column.offset :]
    valid = bits[: len(column.values)] if column.valid.size else np.ones(len(column.values))
    return [float(v) if ok else None for v, ok in zip(column.values, valid, strict=True)]


@pytest.mark.parametrize("dtype", [pl.Float32, pl.Float64])
@given(
    values=st.lists(st.one_of(st.none(), st.integers(-9, 9).map(lambda n: n / 4)), max_size=40),
    cut=st.integers(0, 20),
)
def test_any_slice_of_a_column(dtype: Any, values: list[float | None], cut: int) -> None:
    column = kernel_column(pl.Series("x", values, dtype=dtype)[cut:])
    assert values_of(column) == values[cut:]
    assert column.values.dtype == (np.float32 if dtype == pl.Float32 else np.float64)


def test_no_value_is_copied() -> None:
    values = np.arange(100.0, dtype=np.float32)
    assert np.shares_memory(kernel_column(pl.Series("x", values)).values, values)


def test_a_column_in_several_pieces() -> None:
    pieces = pl.concat([pl.Series([1.0, None]), pl.Series([3.0])], rechunk=False)
    assert pieces.n_chunks() == 2
    assert values_of(kernel_column(pieces)) == [1.0, None, 3.0]


def test_nan_stays_for_the_kernel_to_skip() -> None:
    column = kernel_column(pl.Series([1.0, float("nan")]))
    assert column.valid.size == 0
    assert np.isnan(column.values[1])


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Int8, pl.UInt32, pl.Boolean, pl.Null])
def test_other_numbers_are_float64(dtype: Any) -> None:
    values = [None, None] if dtype == pl.Null else [1, None]
    numbers = as_numbers(pl.Series("x", values, dtype=dtype, strict=False))
    assert numbers.back is None
    assert isinstance(numbers.column, Column)
    assert numbers.column.values.dtype == np.float64
    assert values_of(numbers.column) == values


FAR = datetime(9999, 12, 31, 23, 59, 59, 999_999)
"""Its microseconds are no float64, nor are those of the moment before."""


def assert_there_and_back(column: pl.Series, *, codes: bool = True) -> None:
    """Numbers lead back to the values; codes have no gap, and ascend with the values if asked."""
    distinct = column.drop_nulls().unique().sort()
    for in_order in (True, False):
        numbers, back = as_numbers(column, in_order=in_order)
        assert back is not None
        assert isinstance(numbers, Codes) == codes
        made = numbers.column if isinstance(numbers, Codes) else numbers
        found = pl.Series(column.name, values_of(made), dtype=pl.Float64)
        assert back(found).equals(column, check_dtypes=True)
        assert found.drop_nulls().n_unique() == len(distinct)
        if isinstance(numbers, Codes):
            assert numbers.below == len(distinct)
            assert found.drop_nulls().is_between(0, numbers.below, closed="left").all()
        if in_order:
            ascending = pl.Series(sorted(found.drop_nulls().unique()), dtype=pl.Float64)
            assert back(ascending).equals(distinct)


@pytest.mark.parametrize(
    "values",
    [
        ["b", None, "a", "é", "b"],
        [FAR, FAR.replace(microsecond=999_998), None, FAR],
        [None, None],
        [],
    ],
)
def test_other_values_keep_their_order_and_come_back(values: list[Any]) -> None:
    kind = pl.Datetime("us") if values and isinstance(values[0], datetime) else pl.String
    column = pl.Series("x", values, dtype=kind)
    assert_there_and_back(column)


LONG = ["x" * 12, "x" * 13, "x" * 13 + "y", "x" * 40, "é" * 7, "", "\0", "a\0", "a"]
"""Those above 12 bytes lie elsewhere, each piece of a column has them once more."""


@given(
    st.lists(st.lists(st.sampled_from([*LONG, None]) | st.text(), max_size=9)), st.integers(0, 5)
)
def test_strings_of_any_length_in_pieces(pieces: list[list[str | None]], cut: int) -> None:
    some = [pl.Series("x", piece, dtype=pl.String) for piece in [[], *pieces]]
    assert_there_and_back(pl.concat(some, rechunk=False)[cut:])


@pytest.mark.parametrize("dtype", [pl.Date, pl.Datetime("us"), pl.Duration("us")])
@given(values=st.lists(st.none() | st.integers(-9, 9)), cut=st.integers(0, 5))
def test_dates_and_times(dtype: Any, values: list[int | None], cut: int) -> None:
    column = pl.Series("x", values, dtype=pl.Int64).cast(dtype)[cut:]
    assert_there_and_back(column, codes=dtype != pl.Date)


def test_results_are_not_copied() -> None:
    room = np.full((2, 8), 9.0)
    room[:, :3] = [[1.0, np.nan, 3.0], [4.0, 5.0, 6.0]]
    results = Results(room[:, :3], np.array([[0b101], [0b111]], np.uint8), np.array([1, 0]))
    one, other = result_series(results)
    assert one.to_list() == [1.0, None, 3.0]
    assert other.to_list() == [4.0, 5.0, 6.0]
    assert np.shares_memory(other.to_numpy(), room)


@pytest.mark.parametrize("customers", [0, 1, 7, 8, 9, 64, 65])
@pytest.mark.parametrize("asks", [0, 1, 3])
def test_results_of_any_size(customers: int, asks: int) -> None:
    stop = np.arange(1, customers + 1)
    values = np.where(stop % 3 == 0, np.nan, stop + 0.5)
    each = [Ask(0, Statistic.LAST), Ask(0, Statistic.COUNT), Ask(0, Statistic.MAX)][:asks]
    segments = Segments(stop - 1, stop, (stop - 1)[None])
    (results,) = segment_statistics([kernel_column(pl.Series(values))], segments, [each], threads=1)
    last = [None if np.isnan(x) else float(x) for x in values]
    expected = [last, [float(x is not None) for x in last], last][:asks]
    assert [series.to_list() for series in result_series(results)] == expected
