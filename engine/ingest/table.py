"""A table that is ready to be read by row range: Parquet files in customer order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow.parquet as pq

from engine.ingest.config import TableConfig
from engine.ingest.key_index import KeyIndex, in_order, index_of, joined
from engine.ingest.marks import FILE, UNREADABLE
from engine.ingest.reading import reading
from engine.ingest.schema import DTYPES, Columns, declared_columns, plain_floats

_PIECE_ROWS = 1_000_000


class _File(NamedTuple):
    """One file: its scan (which keeps the footer), and what its columns are."""

    scan: pl.LazyFrame
    schema: pl.Schema
    columns: Columns


@dataclass(frozen=True)
class Table:
    """Rows of ``files``, one after another; no file: no rows.

    Attributes
    ----------
    origins : the user's files, for messages; a staged table carries an index into them per row.
    how : what was done to bring the rows into customer order, for the plan and the manifest.
    merged : the files are in customer order each, but not one after another.
    """

    name: str
    config: TableConfig
    files: tuple[Path, ...]
    origins: tuple[str, ...]
    staged: bool
    how: str
    merged: bool = False
    _indexes: dict[str, tuple[KeyIndex, ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @cached_property
    def file_rows(self) -> tuple[int, ...]:
        """Rows per file, from the footers."""
        return tuple(_rows_in(file) for file in self.files)

    @property
    def rows(self) -> int:
        return sum(self.file_rows)

    def index(self, key: str) -> KeyIndex:
        """The index of the key column."""
        return joined(self._file_indexes(key))

    def sections(self, key: str) -> tuple[KeyIndex, ...]:
        """Of rows that are in customer order: all, or where ``merged``, as many files as are."""
        if not self.merged:
            return (self.index(key),)
        return tuple(joined(together) for together in in_order(self._file_indexes(key)))

    def ordered(self, how: str, *, merged: bool = False) -> Table:
        """The same rows, and what is known of their keys."""
        table = replace(self, how=f"{self.how}, {how}", merged=merged)
        table._indexes.update(self._indexes)
        return table

    def _file_indexes(self, key: str) -> tuple[KeyIndex, ...]:
        """An index of each file, made in one pass when one is first asked for."""
        if key not in self._indexes:
            ends = pairwise(accumulate(self.file_rows, initial=0))
            self._indexes[key] = tuple(
                index_of((piece[key] for piece in self.stream([key], rows=rows)), rows[0])
                for rows in ends
            )
        return self._indexes[key]

    def check_types(self) -> None:
        """Raises DataError where a declared column is missing or mistyped in one of the files."""
        _ = self._opened

    def read(
        self,
        start: int,
        stop: int,
        columns: Sequence[str] | None = None,
        *,
        unreadable: bool = True,
    ) -> pl.DataFrame:
        """Rows start..stop, see ``read_ranges``."""
        return self.read_ranges([(start, stop)], columns, unreadable=unreadable)

    def read_ranges(
        self,
        ranges: Sequence[tuple[int, int]],
        columns: Sequence[str] | None = None,
        *,
        unreadable: bool = True,
    ) -> pl.DataFrame:
        """Ranges of rows in declared types, with ``FILE``; nothing else is read from disk.

        Floats of a table with an order come as they are stored, missing as null or NaN; all other
        floats, and those that order rows or must be unique, as Float64 with null. A column is as
        many Arrow chunks as row groups were read.

        Parameters
        ----------
        columns : only these of the declared columns.
        unreadable : add ``UNREADABLE`` where some cell has text but no value.
        """
        pieces = [
            self._read_file(number, offset, length, columns, unreadable)
            for start, stop in ranges
            for number, offset, length in self._pieces(start, stop)
        ]
        if not pieces:
            return self._nothing(columns)
        return pieces[0] if len(pieces) == 1 else pl.concat(pieces, how="diagonal_relaxed")

    def no_rows(self) -> pl.DataFrame:
        """All columns that ``read`` may give, in types that hold those of every file."""
        files = [self._read_file(number, 0, 0) for number in range(len(self.files))]
        marks = pl.DataFrame(schema={FILE: pl.UInt32(), UNREADABLE: pl.String()})
        return pl.concat([*files, marks], how="diagonal_relaxed")

    def stream(
        self,
        columns: Sequence[str],
        *,
        rows: tuple[int, int] | None = None,
        unreadable: bool = False,
    ) -> Iterator[pl.DataFrame]:
        """Rows (start, stop), default all, in the order of the files, a million at a time."""
        first, end = rows or (0, self.rows)
        for start in range(first, end, _PIECE_ROWS):
            yield self.read(start, min(end, start + _PIECE_ROWS), columns, unreadable=unreadable)

    def _pieces(self, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
        first = 0
        for number, rows in enumerate(self.file_rows):
            lo, hi = max(start, first), min(stop, first + rows)
            if lo < hi:
                yield number, lo - first, hi - lo
            first += rows

    def _nothing(self, columns: Collection[str] | None) -> pl.DataFrame:
        if self.files:
            return self._read_file(0, 0, 0, columns)
        names = self.config.columns if columns is None else columns
        types = {name: DTYPES[self.config.columns[name].type] for name in names}
        return pl.DataFrame(schema={**types, FILE: pl.UInt32()})

    @cached_property
    def _opened(self) -> tuple[_File, ...]:
        return tuple(self._open(file) for file in self.files)

    def _open(self, file: Path) -> _File:
        def is_null(column: str) -> bool:
            return bool(scan.select(pl.col(column).is_null().all()).collect().item())

        with reading(self._shown(file)):
            scan = pl.scan_parquet(file, glob=False, hive_partitioning=False)
            schema = scan.collect_schema()
            columns = declared_columns(schema, self.config.columns, file=str(file), is_null=is_null)
        return _File(scan, schema, columns)

    def _shown(self, file: Path) -> str:
        return self.origins[0] if self.staged else str(file)

    @cached_property
    def _plain(self) -> frozenset[str]:
        """The float columns that are handed over as Float64 with null for NaN."""
        config = self.config
        compared = {config.order, config.tie, *config.unique}
        return frozenset(
            name
            for name, column in config.columns.items()
            if column.type == "float64" and (config.order is None or name in compared)
        )

    def _read_file(
        self,
        number: int,
        offset: int,
        length: int,
        columns: Collection[str] | None = None,
        unreadable: bool = True,
    ) -> pl.DataFrame:
        file = self._opened[number]
        names = list(self.config.columns if columns is None else columns)
        marks = [FILE] if self.staged else []
        if self.staged and unreadable and UNREADABLE in file.schema:
            marks.append(UNREADABLE)
        with reading(self._shown(self.files[number])):
            rows = file.scan.slice(offset, length).select(*names, *marks)
            stored = rows.collect(engine="in-memory")
            frame = file.columns.of(stored, names, unreadable=unreadable)
        frame = frame.with_columns(plain_floats(self._plain.intersection(names)))
        if self.staged:
            return frame.hstack(stored.select(marks))
        return frame.with_columns(pl.lit(number, dtype=pl.UInt32).alias(FILE))


def _rows_in(file: Path) -> int:
    with reading(file):
        return int(pq.read_metadata(file).num_rows)
