"""Files that grow table by table, as Parquet or CSV."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 65_536
"""Rows; not whole customers, as in files that were turned into Parquet by rows."""


class ParquetFile(AbstractContextManager["ParquetFile"]):
    """Row groups of ``ROW_GROUP`` rows, whatever the lengths of the tables.

    Compressed by Snappy, as pandas does it. Numbers are not encoded by dictionary: with noise,
    almost every one is different.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self._rest: pa.Table | None = None

    def append(self, table: pa.Table) -> None:
        waiting = table if self._rest is None else pa.concat_tables([self._rest, table])
        while len(waiting) >= ROW_GROUP:
            self._write(waiting.slice(0, ROW_GROUP))
            waiting = waiting.slice(ROW_GROUP)
        self._rest = waiting

    def _write(self, table: pa.Table) -> None:
        if self._writer is None:
            text = [field.name for field in table.schema if field.type == pa.string()]
            self._writer = pq.ParquetWriter(
                self._path, table.schema, compression="snappy", use_dictionary=text
            )
        self._writer.write_table(table, row_group_size=ROW_GROUP)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and self._rest is not None and (len(self._rest) or self._writer is None):
            self._write(self._rest)
        if self._writer is not None:
            self._writer.close()


class CsvFile(AbstractContextManager["CsvFile"]):
    """Comma-separated with a header, null an empty cell, dates as in 2018-03-31.

    A number is the shortest text that reads back as the same float32.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._started = False

    def append(self, table: pa.Table) -> None:
        frame = pl.DataFrame(pl.from_arrow(table))
        frame.write_csv(self._file, include_header=not self._started)
        self._started = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
