"""A scan of the whole file and one call of the kernels: no index, no contract, no chunks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from engine.aggregate.columns import kernel_column
from kernels.segments import Ask, Results, Segments, Statistic, segment_statistics

_SIMPLE = (Statistic.MEAN, Statistic.STD, Statistic.MIN, Statistic.MAX, Statistic.LAST)


def scan(path: Path, columns: Sequence[str]) -> pl.DataFrame:
    """The bare scan: what nobody who reads these columns can do without."""
    return pl.scan_parquet(path).select(columns).collect(engine="in-memory")


def simple(path: Path, key: str, columns: Sequence[str], threads: int = 2) -> list[Results]:
    """Five statistics of each column, for customers in the order of the file."""
    rows = scan(path, [key, *columns])
    starts = np.flatnonzero((rows[key] != rows[key].shift(1)).fill_null(True).to_numpy())
    stops = np.append(starts[1:], len(rows))
    segments = Segments(starts.astype(np.int64), stops.astype(np.int64), starts[None].copy())
    asks = [Ask(0, statistic) for statistic in _SIMPLE]
    numbers = [kernel_column(rows[name]) for name in columns]
    return segment_statistics(numbers, segments, [asks] * len(columns), threads=threads)
