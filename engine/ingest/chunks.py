"""Cuts the book into chunks of whole customers: for each, a row range of every table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from engine.ingest.table import Table


class Chunk(NamedTuple):
    """``customers`` keys of the customers table and where their rows lie.

    ``rows`` maps a table to (start, stop). Rows whose key is null lie in the first chunk; rows of
    a customer that the customers table does not know lie in the chunk of their key's range.
    """

    number: int
    customers: int
    rows: dict[str, tuple[int, int]]

    @property
    def size(self) -> int:
        """Rows of all tables."""
        return sum(stop - start for start, stop in self.rows.values())


def plan_chunks(
    tables: Mapping[str, Table], *, customers: str, key: str, size: int
) -> tuple[Chunk, ...]:
    """One pass over the key column of every table.

    Parameters
    ----------
    tables : all tables with customers; in the order of ``key``, unless there is only one.
    customers : the table whose keys are the customers.
    size : customers per chunk; the last has what is left.
    """
    cuts, cut_keys, total = _cut(tables[customers], key, size)
    starts = {customers: cuts}
    for name, table in tables.items():
        if name != customers:
            starts[name] = _rows_below(table, key, cut_keys)
    ends = {name: [*rows[1:], tables[name].rows] for name, rows in starts.items()}
    return tuple(
        Chunk(
            index,
            min(size, total - index * size),
            {name: (starts[name][index], ends[name][index]) for name in tables},
        )
        for index in range(len(cuts))
    )


def _cut(table: Table, key: str, size: int) -> tuple[list[int], pl.Series, int]:
    """Start row of every chunk, the first key of every chunk but the first, and all customers."""
    cuts, cut_keys = [], []
    rows = seen = 0
    previous = None
    for piece in table.stream([key]):
        keys = piece[key]
        new = keys.ne_missing(keys.shift(1, fill_value=previous)) & keys.is_not_null()
        starts = np.flatnonzero(new.to_numpy())
        first_of_chunk = starts[(seen + np.arange(len(starts))) % size == 0]
        cuts += [rows + int(row) for row in first_of_chunk]
        cut_keys.append(keys.gather(first_of_chunk))
        rows, seen, previous = rows + len(keys), seen + len(starts), keys[-1]
    cuts = [0, *cuts[1:]]
    return cuts, pl.concat(cut_keys)[1:], seen


def _rows_below(table: Table, key: str, bounds: pl.Series) -> list[int]:
    """For every chunk, how many rows of ``table`` lie before it; ``table`` is sorted by key."""
    below = np.zeros(len(bounds), dtype=np.int64)
    for piece in table.stream([key]):
        keys = piece[key].drop_nulls()
        below += piece[key].null_count() + keys.search_sorted(bounds, side="left").to_numpy()
    return [0, *(int(row) for row in below)]
