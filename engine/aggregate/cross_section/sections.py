"""The two passes: chunks give their values, and later take their ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from engine.aggregate.cross_section.table import TableRanks
from engine.aggregate.recipe import Feature

_BUDGET = 64 << 20


class CrossSections:
    """Ranks of customers' values among those of all customers' rows of the same calendar month.

    First pass: ``add`` each chunk. Then ``finish``. Second pass: ``ranks`` of each chunk. Whole
    numbers in a narrow range are counted (``kernels.counted``) in as many months as there is room
    for; of other values 4 or 8 bytes lie on disk, and 12 of each rank. Memory is ``budget_bytes``
    for the counts of each table and once more in ``finish``, a copy of a column for each thread,
    and an index of some kilobytes a chunk.

    Parameters
    ----------
    folder : for intermediate files; it exists, is empty and is removed by the caller.
    features : ``last_rank_in_month`` and ``last_valid_rank_in_month``, of any tables.
    key : the column that tells customers apart.
    dates : by table, the column whose month counts.
    """

    def __init__(
        self,
        folder: Path,
        features: Sequence[Feature],
        *,
        key: str,
        dates: Mapping[str, str],
        budget_bytes: int = _BUDGET,
    ) -> None:
        self._tables = {}
        for number, table in enumerate(dict.fromkeys(f.table for f in features)):
            mine = [f for f in features if f.table == table]
            files = folder / f"{number}-values", folder / f"{number}-ranks"
            self._tables[table] = TableRanks(
                files, mine, key=key, date=dates[table], budget_bytes=budget_bytes
            )

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that ``add`` needs."""
        return tuple(self._tables)

    def add(self, chunk: int, table: str, rows: pl.DataFrame, *, threads: int = 1) -> None:
        """Takes the shaped rows of one table and chunk, sorted by key and order.

        A row whose date is null is in no month: it counts nowhere, and has no rank. Columns are
        shared out to ``threads``; the ranks do not depend on them.

        Raises
        ------
        OutputError
            The disk is full or cannot be written.
        BookError
            A column to be ranked holds no numbers.
        """
        self._tables[table].add(chunk, rows, threads)

    def finish(self, *, threads: int = 1) -> None:
        """Ranks everything, once all chunks are added. Raises OutputError."""
        for table in self._tables.values():
            table.finish(threads)

    def ranks(self, chunk: int) -> dict[str, pl.DataFrame]:
        """By table, the key and the features (float64, null where missing) of a chunk.

        One row for each customer that has rows, in their order. Raises OutputError.
        """
        return {name: table.ranks(chunk) for name, table in self._tables.items()}
