"""Cuts the book into chunks of whole customers: for each, the row ranges of every table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from engine.ingest.key_index import KeyIndex, run_starts
from engine.ingest.table import Table

Ranges = tuple[tuple[int, int], ...]
"""(start, stop) of rows of a table: one, or where sorted files are merged, one for each of them."""


class Chunk(NamedTuple):
    """``customers`` keys of the customers table and where their rows lie.

    ``rows`` maps a table to its ranges. Rows whose key is null lie in the first chunk; rows of a
    customer that the customers table does not know lie in the chunk of their key's range.
    """

    number: int
    customers: int
    rows: dict[str, Ranges]

    @property
    def size(self) -> int:
        """Rows of all tables."""
        return sum(stop - start for ranges in self.rows.values() for start, stop in ranges)


def plan_chunks(
    tables: Mapping[str, Table], *, customers: str, key: str, size: int
) -> tuple[Chunk, ...]:
    """From the indexes of the key columns, and a few keys around each cut.

    Parameters
    ----------
    tables : all tables with customers; in the order of ``key``, or of sorted files to be merged,
        unless there is only one.
    customers : the table whose keys are the customers; never one to be merged.
    size : customers per chunk; the last has what is left.
    """
    base = tables[customers]
    index = base.index(key)
    cuts = [_start_of(base, index, key, number) for number in range(size, index.runs, size)]
    bounds = [first for _, first in cuts]
    ranges = {name: _cut(table, key, bounds) for name, table in tables.items() if name != customers}
    ranges[customers] = _side_by_side([pairwise([0, *(row for row, _ in cuts), base.rows])])
    return tuple(
        Chunk(
            number,
            min(size, index.runs - number * size),
            {name: ranges[name][number] for name in tables},
        )
        for number in range(len(cuts) + 1)
    )


def _cut(table: Table, key: str, bounds: list[Any]) -> list[Ranges]:
    """By chunk, the rows of ``table`` from one of ``bounds`` up to the next."""
    return _side_by_side(
        pairwise([s.start, *(_first_from(table, s, key, bound) for bound in bounds), s.stop])
        for s in table.sections(key)
    )


def _side_by_side(sections: Iterable[Iterable[tuple[int, int]]]) -> list[Ranges]:
    """By chunk its ranges, of those by section."""
    return list(zip(*sections, strict=True))


def _start_of(table: Table, index: KeyIndex, key: str, number: int) -> tuple[int, Any]:
    """The first row of customer ``number``, from 0, and its key."""
    mark = int(np.searchsorted(index.runs_before, number, side="right")) - 1
    at_mark = int(index.mark_rows[mark])
    first = max(0, at_mark - 1)  # with the row before, which tells whether a customer goes on
    keys = table.read(first, _next_mark(index, mark), [key])[key]
    starts = run_starts(keys)
    at = int(starts[starts >= at_mark - first][number - index.runs_before[mark]])
    return first + at, keys[at]


def _first_from(table: Table, section: KeyIndex, key: str, bound: Any) -> int:
    """The first row of a section, which is sorted by key, whose key is not below ``bound``."""
    mark = _below(section.mark_keys, bound) - 1
    if mark < 0:
        return section.start
    keys = _keys_from(table, section, key, mark)
    return int(section.mark_rows[mark]) + _below(keys, bound)


def _below(keys: pl.Series, bound: Any) -> int:
    """How many of ``keys``, which ascend, nulls first, are below ``bound`` or null."""
    known = keys.drop_nulls()
    return keys.null_count() + (int(known.search_sorted(bound, side="left")) if len(known) else 0)


def _keys_from(table: Table, index: KeyIndex, key: str, mark: int) -> pl.Series:
    """The keys from a mark of the index up to the next."""
    return table.read(int(index.mark_rows[mark]), _next_mark(index, mark), [key])[key]


def _next_mark(index: KeyIndex, mark: int) -> int:
    """The row at which the next mark stands, or the end."""
    rows = index.mark_rows
    return int(rows[mark + 1]) if mark + 1 < len(rows) else index.stop
