"""Rows of sorted files that were read after one another: each customer's are put together."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.ingest.runs import Runs


def together(frame: pl.DataFrame, runs: Runs) -> pl.DataFrame:
    """The rows of ``frame`` by ascending key, nulls first; those of one key keep their order.

    Not for files that share no customer: nothing later asks for more than a customer's rows side by
    side, and a copy of the rows costs as much as reading them. Runs are sorted, not rows. Memory
    is one more frame and one column.
    """
    rows = pl.Series(_rows_of(runs, _stable_order(runs.keys)))
    return pl.DataFrame([column.rechunk().gather(rows) for column in frame])


def _stable_order(keys: pl.Series) -> NDArray[np.int64]:
    numbered = pl.DataFrame([keys.alias("key"), pl.int_range(len(keys), eager=True).alias("run")])
    ordered = numbered.sort("key", nulls_last=False, maintain_order=True)
    return ordered["run"].to_numpy()


def _rows_of(runs: Runs, order: NDArray[np.int64]) -> NDArray[np.uint32]:
    """The rows of the runs in ``order``; a frame has fewer than 2^32."""
    starts, lengths = runs.starts[order], runs.lengths[order]
    before = np.cumsum(lengths) - lengths
    return (np.repeat(starts - before, lengths) + np.arange(runs.rows)).astype(np.uint32)
