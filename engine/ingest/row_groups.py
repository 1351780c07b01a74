"""Wide row groups: a file whose row groups are too large to be read in parts is written anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from engine.ingest.limits import Limits
from engine.ingest.marks import FILE
from engine.ingest.reading import reading, staging
from engine.ingest.table import Table

_BUFFER = 1 << 20
"""Bytes of each column that are read at a time; without it, a row group is read whole."""


class _Group(NamedTuple):
    """One row group: its rows, and bytes of the declared columns, in the file and unpacked."""

    rows: int
    packed: int
    unpacked: int


def widest_group(table: Table) -> int:
    """Bytes in the file of the declared columns, of the largest row group."""
    return max((group.packed for file in table.files for group in _groups(table, file)), default=0)


def with_narrow_groups(table: Table, folder: Path, limits: Limits) -> Table:
    """``table``, its rows written to ``folder`` in row groups of about ``limits.piece_bytes``.

    Memory is some pages of every column and one piece, however large the row groups were.
    """
    groups = [group for file in table.files for group in _groups(table, file)]
    widest = max(groups, key=lambda group: group.packed)
    piece_rows = max(1, limits.piece_bytes * widest.rows // max(widest.unpacked, 1))
    files: list[Path] = []
    for number in range(len(table.files)):
        for piece in _pieces(table, number, piece_rows):
            files.append(folder / f"{len(files):05d}.parquet")
            stamped = piece.with_columns(pl.lit(number, dtype=pl.UInt32).alias(FILE))
            with staging(folder):
                stamped.write_parquet(files[-1], compression="lz4", statistics=False)
    how = f"{table.how}, rewritten: row groups of {widest.rows:,} rows"
    return replace(table, files=tuple(files), staged=True, how=how)


def _groups(table: Table, file: Path) -> Iterator[_Group]:
    with reading(file):
        footer = pq.read_metadata(file)
    names = set(table.config.columns)
    wanted = [
        number
        for number in range(footer.num_columns)
        if footer.schema.column(number).path.split(".")[0] in names
        or footer.schema.column(number).path in names
    ]
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        columns = [group.column(index) for index in wanted]
        yield _Group(
            group.num_rows,
            sum(column.total_compressed_size for column in columns),
            sum(column.total_uncompressed_size for column in columns),
        )


def _pieces(table: Table, number: int, rows: int) -> Iterator[pl.DataFrame]:
    """The declared columns of a file as they are stored, at most ``rows`` at a time."""
    file = table.files[number]
    with reading(file), pq.ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER) as source:
        for batch in source.iter_batches(batch_size=rows, columns=list(table.config.columns)):
            yield pl.DataFrame(pa.table(batch))
