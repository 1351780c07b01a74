"""Columns of a frame as what the kernels read, and their results as columns: no value is copied,
save of a column that lies in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from kernels.segments import Column, Results


class Numbers(NamedTuple):
    """A column as float32 or float64.

    ``known``: None for numbers and booleans; else the distinct values (of strings, dates) in
    ascending order, and ``values`` are their positions.
    """

    values: pl.Series
    known: pl.Series | None


def as_numbers(column: pl.Series) -> Numbers:
    """Floats as they are, integers and booleans as float64, everything else by position."""
    if column.dtype.is_float():
        return Numbers(column, None)
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null):
        return Numbers(column.cast(pl.Float64), None)
    known = column.drop_nulls().unique().sort()
    positions = pl.Series(np.arange(len(known), dtype=np.float64))
    return Numbers(
        column.replace_strict(known, positions, default=None, return_dtype=pl.Float64), known
    )


def kernel_column(values: pl.Series) -> Column:
    """The memory of a float32 or float64 series: its values and its validity."""
    array = (
        values.rechunk().to_arrow()
    )  # which alone would keep what it joins as long as the series
    bitmap, data = array.buffers()
    if data is None or not len(array):
        return Column(values.to_numpy(), np.empty(0, dtype=np.uint8))
    dtype = np.float32 if values.dtype == pl.Float32 else np.float64
    numbers = np.frombuffer(data, dtype=dtype)[array.offset : array.offset + len(array)]
    if bitmap is None or not array.null_count:
        return Column(numbers, np.empty(0, dtype=np.uint8))
    return Column(numbers, np.frombuffer(bitmap, dtype=np.uint8), array.offset)


def result_series(results: Results) -> Iterator[pl.Series]:
    """A float64 series for each ask, over the memory of ``results``; NaN where it is null.

    They are slices of one: to hand each over by itself takes 2.6 times as long (5,015 of them).
    """
    values, valid, missing = results
    asks, customers = values.shape
    apart = valid.shape[1] * 8
    size = max(0, (asks - 1) * apart + customers)
    together = np.lib.stride_tricks.as_strided(values, (size,), (values.itemsize,))
    bitmap = pa.py_buffer(valid) if missing.any() else None
    series = pl.Series(
        pa.Array.from_buffers(pa.float64(), size, [bitmap, pa.py_buffer(together)], -1)
    )
    for ask in range(asks):
        yield series.slice(ask * apart, customers)


def from_positions(positions: pl.Series, known: pl.Series) -> pl.Series:
    """Values of ``known`` at ``positions`` (float64); null where that is."""
    return known.gather(positions.cast(pl.UInt32)).alias(positions.name)
