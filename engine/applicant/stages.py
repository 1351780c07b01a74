"""The batch's own stages, for frames that come from no file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from engine.aggregate.derived import derive
from engine.book import Book, Table
from engine.chunk_work import features_of
from engine.expressions import AS_OF
from engine.ingest import Batch
from engine.ingest.config import ColumnType
from engine.ingest.schema import DTYPES
from engine.needs import Needs, whole

KINDS: dict[pl.DataType, ColumnType] = {dtype: kind for kind, dtype in DTYPES.items()}
Schema = Mapping[str, pl.DataType]


def schema_of(book: Book) -> dict[str, pl.DataType]:
    """The types of all features, the key and ``AS_OF`` among them: those of no customers."""
    needs = whole(book)
    frames = {name: no_rows(table) for name, table in needs.read.items()}
    made = features_of_frames(replace(needs, expressions={}), frames)
    types = book.fee_income.feature_types if book.fee_income else {}
    made = made.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in types.items())
    return dict(derive(made, needs.expressions, place="features").schema)


def no_rows(table: Table) -> pl.DataFrame:
    """The declared columns of a table, without rows."""
    return pl.DataFrame(schema={name: DTYPES[c.type] for name, c in table.columns.items()})


def features_of_frames(needs: Needs, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """``features_of`` the ``frames`` by table; ``AS_OF`` is null where a frame has none.

    Ranks over all customers are null: there are no others.
    """
    rows = {name: _with_as_of(frames[name]) for name in needs.tables}
    base = next(iter(needs.tables))
    one_row_each = needs.tables[base].order is None
    customers = rows.pop(base) if one_row_each else rows[base].select(needs.key, AS_OF)
    ranks = {feature.table: _no_ranks(needs, feature.table) for feature in needs.cross_sectional}
    lookups = {name: frames[name] for name in needs.lookups}
    return features_of(needs, _batch(customers, rows), lookups, threads=1, ranks=ranks)


def _batch(customers: pl.DataFrame, tables: dict[str, pl.DataFrame]) -> Batch:
    return Batch(customers, tables, pl.DataFrame(), {}, customers.height, 0, {})


def _with_as_of(frame: pl.DataFrame) -> pl.DataFrame:
    if AS_OF in frame.columns:
        return frame
    return frame.with_columns(pl.lit(None, dtype=pl.Date).alias(AS_OF))


def _no_ranks(needs: Needs, table: str) -> pl.DataFrame:
    names = [feature.name for feature in needs.cross_sectional if feature.table == table]
    key = DTYPES[needs.tables[table].columns[needs.key].type]
    return pl.DataFrame(schema={needs.key: key, **dict.fromkeys(names, pl.Float64())})
