"""Every source becomes a ``Table``: Parquet files in customer order, readable by row range."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from engine.errors import DataError
from engine.ingest.config import TableConfig
from engine.ingest.csv_files import stage_csv
from engine.ingest.duckdb_table import stage_duckdb
from engine.ingest.grouping import is_grouped, is_sorted, sort_by_key
from engine.ingest.reading import reading, staging
from engine.ingest.sources import Source
from engine.ingest.table import FILE, Table

_DONE = "staged.json"


def prepare(
    source: Source,
    config: TableConfig,
    *,
    key: str | None,
    alone: bool,
    folder: Path,
    note: Callable[[str], None],
) -> Table:
    """Brings one table into customer order, writing into ``folder`` only where it must.

    Parameters
    ----------
    key : None for a lookup table, which stays in its own order.
    alone : no other table has customers, so contiguous customers need not ascend.
    note : told what is done before it is done, for a person who waits.

    Raises
    ------
    DataError
        The table is empty, a file cannot be read, or a column is null in every row.
    """
    kept = _kept(source, config, folder)
    if kept is not None:
        return kept
    table = _as_parquet(source, config, key=key, folder=folder, note=note)
    if table.rows == 0:
        raise DataError(f"table '{source.table}' has no rows", file=table.origins[0])
    _check_not_all_null(table)
    if key is not None and source.kind != "duckdb" and not is_sorted(table, key):
        if alone and is_grouped(table, key):
            table = replace(table, how=f"{table.how}, in the order of the file")
        else:
            note(f"{source.table}: not in the order of {key}; sorting {table.rows:,} rows")
            table = sort_by_key(table, key, _fresh(folder / "sorted"))
    if table.staged:
        _keep(table, folder)
    return table


def _as_parquet(
    source: Source,
    config: TableConfig,
    *,
    key: str | None,
    folder: Path,
    note: Callable[[str], None],
) -> Table:
    origins = tuple(str(file) for file in source.files)
    match source.kind:
        case "parquet":
            table = Table(source.table, config, source.files, origins, False, "streamed")
            for number in range(len(source.files)):
                table.check_types(number)
            return table
        case "csv":
            note(f"{source.table}: reading CSV")
            files = stage_csv(source.files, config, _fresh(folder / "csv"))
            return Table(source.table, config, files, origins, True, "streamed, from CSV")
        case "duckdb":
            note(f"{source.table}: reading from DuckDB")
            fetched = _fresh(folder / "duckdb")
            files = stage_duckdb(source.files[0], config, fetched, key=key)
            return Table(source.table, config, files, origins, True, "sorted by DuckDB")


def _fresh(folder: Path) -> Path:
    with staging(folder):
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    return folder


def _keep(table: Table, folder: Path) -> None:
    """Marks the staged files as complete, so that a resumed run need not stage again."""
    done: dict[str, Any] = {
        "how": table.how,
        "files": [str(file.relative_to(folder)) for file in table.files],
    }
    with staging(folder):
        temporary = folder / f"{_DONE}.tmp"
        temporary.write_text(json.dumps(done))
        temporary.replace(folder / _DONE)


def _kept(source: Source, config: TableConfig, folder: Path) -> Table | None:
    marker = folder / _DONE
    if not marker.is_file():
        return None
    done = json.loads(marker.read_text())
    files = tuple(folder / name for name in done["files"])
    origins = tuple(str(file) for file in source.files)
    return Table(source.table, config, files, origins, True, done["how"])


def _check_not_all_null(table: Table) -> None:
    """A declared column without any value is a broken feed, not a missing value."""
    for name, column in table.config.columns.items():
        if not column.may_be_empty and not _has_value(table, name):
            raise DataError(
                f"every value is null in table '{table.name}'; if that is right, declare "
                "may_be_empty = true",
                file=", ".join(table.origins[:3]),
                column=name,
                count=table.rows,
            )


def _has_value(table: Table, column: str) -> bool:
    """By the footers' null counts; where a file has none, by reading the column."""
    unknown = False
    for file in table.files:
        nulls = _null_count(file, column)
        if nulls is not None and nulls < pq.read_metadata(file).num_rows:
            return True
        unknown |= nulls is None
    return unknown and any(piece[column].count() for piece in table.stream([column]))


def _null_count(file: Path, column: str) -> int | None:
    with reading(file):
        metadata = pq.read_metadata(file)
        index = metadata.schema.names.index(column)
        total = 0
        for group in range(metadata.num_row_groups):
            statistics = metadata.row_group(group).column(index).statistics
            if statistics is None or not statistics.has_null_count:
                return None
            if not (statistics.has_min_max or statistics.num_values == 0):
                return None  # perhaps all NaN, which is null to us
            total += statistics.null_count
    return total


def read_lookups(tables: Mapping[str, Table]) -> dict[str, pl.DataFrame]:
    """Lookup tables, whole."""
    return {name: table.read(0, table.rows).drop(FILE) for name, table in tables.items()}
