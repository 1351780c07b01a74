"""DuckDB tables and queries to staged Parquet, by Arrow batches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from engine.ingest.config import TableConfig
from engine.ingest.marks import FILE
from engine.ingest.reading import reading, staging
from engine.ingest.schema import declared_columns, require_columns

_BATCH_ROWS = 131_072
_MEMORY_LIMIT = "512MB"
"""DuckDB sorts in this much and spills the rest to disk."""


def stage_duckdb(
    database: Path, config: TableConfig, folder: Path, *, key: str | None
) -> tuple[Path, ...]:
    """Writes the rows, sorted by key, order and tie, as Parquet files of a fixed number of rows.

    The same rows give the same files to the byte, so their sha256 identifies the input. (Rows equal
    in key, order and tie break the contract; they alone may come in any order.)
    """
    with reading(database):
        connection = duckdb.connect(str(database), read_only=True)
    try:
        with reading(database):
            connection.execute(f"set memory_limit = '{_MEMORY_LIMIT}'")
            connection.execute("set temp_directory = ?", [str(folder / "spill")])
            found = connection.sql(_query(config)).columns
            require_columns(found, config.columns, file=str(database))
            rows = connection.sql(_sorted_query(config, key))
            reader = rows.to_arrow_reader(_BATCH_ROWS)
        return tuple(_write(reader, config, folder, database))
    finally:
        connection.close()


def _query(config: TableConfig) -> str:
    if config.query:
        return config.query.strip().rstrip(";")
    return f"select * from {_quoted(config.table or '')}"


def _sorted_query(config: TableConfig, key: str | None) -> str:
    order = [name for name in (key, config.order, config.tie) if name] or list(config.columns)
    columns = ", ".join(_quoted_name(name) for name in config.columns)
    by = ", ".join(f"{_quoted_name(name)} nulls first" for name in order)
    return f"select {columns} from ({_query(config)}\n) order by {by}"


def _quoted(table: str) -> str:
    """A table's name, perhaps with its schema before a dot."""
    return ".".join(_quoted_name(part) for part in table.split("."))


def _quoted_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _write(
    reader: pa.RecordBatchReader, config: TableConfig, folder: Path, database: Path
) -> Iterator[Path]:
    """DuckDB's batches need not have the rows asked for, so they are cut anew."""
    with reading(database):
        declared = declared_columns(_schema(reader), config.columns, file=str(database))
    for number, frame in enumerate(_frames(reader, database)):
        target = folder / f"{number:05d}.parquet"
        with reading(database):
            typed = declared.of(frame, config.columns)
            stamped = typed.with_columns(pl.lit(0, dtype=pl.UInt32).alias(FILE))
        with staging(folder):
            stamped.write_parquet(target)
        yield target


def _schema(reader: pa.RecordBatchReader) -> pl.Schema:
    return pl.DataFrame(reader.schema.empty_table()).schema


def _frames(reader: pa.RecordBatchReader, database: Path) -> Iterator[pl.DataFrame]:
    waiting = pl.DataFrame(reader.schema.empty_table())
    written = False
    while True:
        with reading(database):
            batch = next(reader, None)
        if batch is not None:
            waiting = pl.concat([waiting, pl.DataFrame(pa.table(batch))])
        while waiting.height >= _BATCH_ROWS or (batch is None and (waiting.height or not written)):
            yield waiting[:_BATCH_ROWS].rechunk()
            waiting, written = waiting[_BATCH_ROWS:], True
        if batch is None:
            return


def describe(
    database: Path, config: TableConfig, key: str | None
) -> tuple[int, int | None, list[str]]:
    """Rows, distinct keys (None without a key) and columns of the table or query."""
    customers = f"count(distinct {_quoted_name(key)})" if key else "null"
    with reading(database), duckdb.connect(str(database), read_only=True) as connection:
        columns = [str(name) for name in connection.sql(_query(config)).columns]
        require_columns(columns, config.columns, file=str(database))
        rows = connection.execute(f"select count(*), {customers} from ({_query(config)}\n)")
        count, distinct = rows.fetchall()[0]
    return int(count), None if distinct is None else int(distinct), columns
