"""Aggregate: tables of a chunk to one row of features per customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from engine.aggregate.config import RecipeConfig, ShapeConfig
from engine.aggregate.derived import derive, readable
from engine.aggregate.features import EventTable, Rooms, table_features
from engine.aggregate.recipe import Feature, check_columns, cross_sectional, expand
from engine.aggregate.shape import shape
from engine.expressions import AS_OF

__all__ = [
    "EventTable",
    "Feature",
    "RecipeConfig",
    "Rooms",
    "ShapeConfig",
    "aggregate",
    "check_columns",
    "cross_sectional",
    "event_rows",
    "expand",
]


def aggregate(
    customers: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    lookups: Mapping[str, pl.DataFrame],
    *,
    key: str,
    single: Mapping[str, ShapeConfig],
    events: Sequence[EventTable],
    expressions: Mapping[str, str],
    threads: int,
    ranks: Mapping[str, pl.DataFrame] | None = None,
    rooms: Rooms | None = None,
) -> pl.DataFrame:
    """One row per customer: columns of one-row tables, all aggregates, then ``[features]``.

    Parameters
    ----------
    customers : key, ``AS_OF`` and the columns of the customers table.
    tables : the checked rows of this chunk, sorted by key and order.
    single : tables with one row per customer; the one without rows in ``tables`` is the customers
        table, unless that has many rows per customer itself.
    events : tables with many.
    ranks : by table, the key and the cross-sectional features of the customers; must be there for
        a table with such features.
    threads : share the columns of a table; the result does not depend on them.
    rooms : for whoever calls chunk after chunk and drops the features of one before the next.

    Returns
    -------
    Rows and order of ``customers``. A customer that a table does not know has nulls there.
    """
    features = customers
    for name, config in single.items():
        if name not in tables:
            features = _single_rows(features, config, lookups, name, key)
    for name, config in single.items():
        if name in tables:
            rows = _single_rows(tables[name], config, lookups, name, key).drop(AS_OF)
            rows = rows.select(key, pl.exclude(key).name.prefix(config.prefix))
            features = features.join(rows, on=key, how="left", maintain_order="left")
    keys = customers[key]
    for event in events:
        made = table_features(
            event_rows(tables[event.name], event, lookups),
            event,
            event.features,
            keys,
            threads=threads,
            ranks=_ranks_of(event, keys, ranks or {}),
            rooms=rooms,
        )
        features = features.hstack(made)
    return derive(features, expressions, place="features").rechunk()


def event_rows(
    rows: pl.DataFrame, event: EventTable, lookups: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """The rows of a table with its joined and derived columns; floats as they are stored."""
    return shape(rows, event.shape, lookups, table=event.name, keep=event.keep)


def _single_rows(
    rows: pl.DataFrame,
    config: ShapeConfig,
    lookups: Mapping[str, pl.DataFrame],
    table: str,
    key: str,
) -> pl.DataFrame:
    keep = (key, AS_OF)
    return readable(shape(rows, config, lookups, table=table, keep=keep), keep=keep)


def _ranks_of(
    event: EventTable, keys: pl.Series, ranks: Mapping[str, pl.DataFrame]
) -> dict[str, pl.Series]:
    """The cross-sectional features of a table by name."""
    if not any(map(cross_sectional, event.features)):
        return {}
    by_key = keys.to_frame()
    found = by_key.join(ranks[event.name], on=keys.name, how="left", maintain_order="left")
    return dict(zip(found.columns, found.get_columns(), strict=True))
