"""Looks at a table without staging it: rows, customers, order, columns."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from engine.ingest.config import TableConfig
from engine.ingest.csv_files import csv_header, text_batches
from engine.ingest.duckdb_table import describe
from engine.ingest.grouping import SORTED, Role, in_place
from engine.ingest.limits import Limits
from engine.ingest.reading import reading
from engine.ingest.row_groups import widest_group
from engine.ingest.sources import Source
from engine.ingest.table import Table


class TableSurvey(NamedTuple):
    """``customers``: distinct keys, None for a lookup. ``order``: what a run will do about it."""

    rows: int
    customers: int | None
    order: str
    columns: list[str]


def survey(source: Source, config: TableConfig, *, key: str | None, role: Role) -> TableSurvey:
    """What a plan says of a table. CSV is read once, for its rows and keys."""
    if not source.files:
        return TableSurvey(0, None if key is None else 0, "no file", list(config.columns))
    match source.kind:
        case "parquet":
            return _survey_parquet(source, config, key=key, role=role)
        case "csv":
            return _survey_csv(source, config, key=key)
        case "duckdb":
            rows, customers, columns = describe(source.files[0], config, key)
            return TableSurvey(rows, customers, "sorted by DuckDB", columns)


def _survey_parquet(
    source: Source, config: TableConfig, *, key: str | None, role: Role
) -> TableSurvey:
    origins = tuple(str(file) for file in source.files)
    table = Table(source.table, config, source.files, origins, False, "streamed")
    table.check_types()
    with reading(source.files[0]):
        columns = pl.scan_parquet(source.files[0], glob=False).collect_schema()
    if key is None:
        return TableSurvey(table.rows, None, "read whole", list(columns))
    index = table.index(key)
    customers, limits = index.runs, Limits()
    if not index.ascending:
        keys = pl.concat([piece[key].unique() for piece in table.stream([key])])
        customers = keys.drop_nulls().n_unique()
    ready = in_place(table, key, role=role, limits=limits)
    how = ready.how if ready else SORTED
    if widest_group(table) > limits.group_bytes:
        how = f"{how}, rewritten first: its row groups are too large"
    return TableSurvey(table.rows, customers, how, list(columns))


def _survey_csv(source: Source, config: TableConfig, *, key: str | None) -> TableSurvey:
    columns = list(config.columns)
    name = key or columns[0]
    rows, keys = 0, [pl.Series(name, [], pl.String)]
    for file in source.files:
        for batch in text_batches(file, config.csv, columns):
            rows += batch.height
            keys.append(batch[name].unique())
    header = csv_header(source.files[0], config.csv)
    if key is None:
        return TableSurvey(rows, None, "read whole", header)
    order = "converted from CSV, sorted by key where it is not"
    return TableSurvey(rows, pl.concat(keys).drop_nulls().n_unique(), order, header)
