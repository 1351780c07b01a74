"""Every source becomes a ``Table``: Parquet files in customer order, readable by row range."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from engine.errors import DataError
from engine.ingest.config import TableConfig
from engine.ingest.contract import check_lookup
from engine.ingest.csv_files import stage_csv
from engine.ingest.duckdb_table import stage_duckdb
from engine.ingest.grouping import Role, in_place, sort_by_key
from engine.ingest.limits import Limits
from engine.ingest.marks import FILE, UNREADABLE, is_unreadable
from engine.ingest.reading import staging
from engine.ingest.row_groups import widest_group, with_narrow_groups
from engine.ingest.schema import plain_floats
from engine.ingest.sources import Source
from engine.ingest.table import Table

_DONE = "staged.json"
_HEAD_ROWS = 1_000
_LIMITS = Limits()


def prepare(
    source: Source,
    config: TableConfig,
    *,
    key: str | None,
    role: Role,
    folder: Path,
    note: Callable[[str], None],
    limits: Limits = _LIMITS,
) -> Table:
    """Brings one table into customer order, writing into ``folder`` only where it must.

    Parameters
    ----------
    key : None for a lookup table, which stays in its own order.
    role : where no other table has customers, contiguous ones need not ascend; sorted files are
        merged as they are read, unless they are the customers table's.
    note : told what is done before it is done, for a person who waits.

    Raises
    ------
    DataError
        The table is empty and not optional, a file cannot be read, or a column is null in every
        row.
    """
    kept = _kept(source, config, folder)
    if kept is not None:
        return kept
    if not source.files:
        return Table(source.table, config, (), (), False, "no file")
    table = _as_parquet(source, config, key=key, folder=folder, note=note, limits=limits)
    if table.rows == 0:
        if config.optional:
            return replace(table, files=(), how="no rows")
        raise DataError(f"table '{source.table}' has no rows", file=table.origins[0])
    _check_not_all_null(table)
    if key is not None and source.kind != "duckdb":
        ready = in_place(table, key, role=role, limits=limits)
        if ready is None:
            note(f"{source.table}: not in the order of {key}; sorting {table.rows:,} rows")
            target = _fresh(folder / "sorted")
            ready = sort_by_key(table, key, target, limits=limits, note=note)
        table = ready
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
    limits: Limits,
) -> Table:
    origins = tuple(str(file) for file in source.files)
    match source.kind:
        case "parquet":
            table = Table(source.table, config, source.files, origins, False, "streamed")
            table.check_types()
            if widest_group(table) <= limits.group_bytes:
                return table
            note(f"{source.table}: rewriting {table.rows:,} rows, whose row groups are too large")
            return with_narrow_groups(table, _fresh(folder / "narrow"), limits)
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
        "merged": table.merged,
        "files": {str(file.relative_to(folder)): file.stat().st_size for file in table.files},
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
    sizes = [file.stat().st_size if file.is_file() else None for file in files]
    if sizes != list(done["files"].values()):
        return None
    origins = tuple(str(file) for file in source.files)
    return Table(source.table, config, files, origins, True, done["how"], done["merged"])


def _check_not_all_null(table: Table) -> None:
    """A declared column without any value is a broken feed, not a missing value.

    The first rows show one of nearly every column; only what they do not show is read further.
    (Not by footers: their counts may be absent, and a flipped bit there aborts pyarrow.)
    """
    names = [name for name, column in table.config.columns.items() if not column.may_be_empty]
    head = _values(table.read(0, min(table.rows, _HEAD_ROWS), names))
    for name in names:
        if head[name].count():
            continue
        if not (_has_value(table, name) or _has_unreadable(table, name)):
            raise DataError(
                f"every value is null in table '{table.name}'; if that is right, declare "
                "may_be_empty = true",
                file=", ".join(table.origins[:3]),
                column=name,
                count=table.rows,
            )


def _has_value(table: Table, column: str) -> bool:
    return any(_values(piece)[column].count() for piece in table.stream([column]))


def _values(frame: pl.DataFrame) -> pl.DataFrame:
    """With null for NaN, too."""
    return frame.with_columns(plain_floats(frame.select(cs.float()).columns))


def _has_unreadable(table: Table, column: str) -> bool:
    """Whether the cells have text, only none of the declared type: the contract says which."""
    return any(
        piece.select(is_unreadable(column).any()).item()
        for piece in table.stream([column], unreadable=True)
        if UNREADABLE in piece.columns
    )


def read_lookups(tables: Mapping[str, Table]) -> dict[str, pl.DataFrame]:
    """Lookup tables, whole.

    Raises DataError where one breaks its contract.
    """
    frames = {}
    for name, table in tables.items():
        frame = table.read(0, table.rows)
        check_lookup(frame, name, table.config, ", ".join(table.origins[:3]))
        frames[name] = frame.drop(FILE, UNREADABLE, strict=False)
    return frames
