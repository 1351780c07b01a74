"""A table that is ready to be read by row range: Parquet files in customer order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from engine.ingest.config import TableConfig
from engine.ingest.reading import reading
from engine.ingest.schema import typed_columns

FILE = "__file"
"""Which of ``origins`` a row came from (UInt32)."""
UNREADABLE = "__unreadable"
"""Cells of a CSV that are not of their declared type: ``column=text`` parts, or null."""
SEPARATOR = "\x1f"
_PIECE_ROWS = 1_000_000


@dataclass(frozen=True)
class Table:
    """Rows of ``files``, one after another.

    Attributes
    ----------
    origins : the user's files, for messages; a staged table carries an index into them per row.
    how : what was done to bring the rows into customer order, for the plan and the manifest.
    """

    name: str
    config: TableConfig
    files: tuple[Path, ...]
    origins: tuple[str, ...]
    staged: bool
    how: str

    @cached_property
    def file_rows(self) -> tuple[int, ...]:
        """Rows per file, from the footers."""
        return tuple(_rows_in(file) for file in self.files)

    @property
    def rows(self) -> int:
        return sum(self.file_rows)

    def read(self, start: int, stop: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Rows start..stop in declared types, with ``FILE``; ``UNREADABLE`` where staged from CSV.

        ``columns``: only these of the declared columns, without ``UNREADABLE``.
        """
        pieces = [
            self._read_file(number, offset, length, columns)
            for number, offset, length in self._pieces(start, stop)
        ]
        return pl.concat(pieces, rechunk=True) if pieces else self._read_file(0, 0, 0, columns)

    def check_types(self, number: int) -> None:
        """Raises DataError where a declared column of file ``number`` is missing or mistyped."""
        self._read_file(number, 0, 0, None)

    def stream(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """All rows in order, in bounded pieces."""
        for start in range(0, self.rows, _PIECE_ROWS):
            yield self.read(start, min(self.rows, start + _PIECE_ROWS), columns)

    def _pieces(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        first = 0
        for number, rows in enumerate(self.file_rows):
            lo, hi = max(start, first), min(stop, first + rows)
            if lo < hi:
                yield number, lo - first, hi - lo
            first += rows

    def _read_file(
        self, number: int, offset: int, length: int, columns: Sequence[str] | None
    ) -> pl.DataFrame:
        file = self.files[number]
        names = self.config.columns if columns is None else columns
        with reading(file if not self.staged else self.origins[0]):
            plan = pl.scan_parquet(file, glob=False, hive_partitioning=False)
            schema = plan.collect_schema()
            wanted = typed_columns(
                schema, {name: self.config.columns[name] for name in names}, file=str(file)
            )
            if self.staged:
                wanted.append(pl.col(FILE))
                if columns is None and UNREADABLE in schema:
                    wanted.append(pl.col(UNREADABLE))
            else:
                wanted.append(pl.lit(number, dtype=pl.UInt32).alias(FILE))
            return plan.slice(offset, length).select(wanted).collect(engine="in-memory")


def _rows_in(file: Path) -> int:
    with reading(file):
        return int(pq.read_metadata(file).num_rows)
