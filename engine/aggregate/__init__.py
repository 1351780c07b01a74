"""Aggregate: tables of a chunk to one row of features per customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from engine.aggregate.config import RecipeConfig, ShapeConfig
from engine.aggregate.features import aggregate_table
from engine.aggregate.recipe import Feature, check_columns, expand
from engine.aggregate.shape import derive, shape
from engine.expressions import AS_OF

__all__ = [
    "EventTable",
    "Feature",
    "RecipeConfig",
    "ShapeConfig",
    "aggregate",
    "check_columns",
    "expand",
]


class EventTable(NamedTuple):
    """How one table with many rows per customer is aggregated."""

    shape: ShapeConfig
    keep: tuple[str, ...]
    date: str | None
    features: tuple[Feature, ...]


def aggregate(
    customers: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    lookups: Mapping[str, pl.DataFrame],
    *,
    key: str,
    single: Mapping[str, ShapeConfig],
    events: Mapping[str, EventTable],
    expressions: Mapping[str, str],
) -> pl.DataFrame:
    """One row per customer: columns of one-row tables, all aggregates, then ``[features]``.

    Parameters
    ----------
    customers : key, ``AS_OF`` and the columns of the customers table.
    tables : the checked rows of this chunk, sorted by key and order.
    single : tables with one row per customer; the one without rows in ``tables`` is the customers
        table, unless that has many rows per customer itself.
    events : tables with many.

    Returns
    -------
    Rows and order of ``customers``. A customer that a table does not know has nulls there.
    """
    features = customers
    for name, config in single.items():
        if name not in tables:
            features = shape(features, config, lookups, table=name, keep=(key, AS_OF))
    for name, config in single.items():
        if name in tables:
            rows = shape(tables[name], config, lookups, table=name, keep=(key, AS_OF)).drop(AS_OF)
            rows = rows.select(key, pl.exclude(key).name.prefix(config.prefix))
            features = features.join(rows, on=key, how="left", maintain_order="left")
    for name, event in events.items():
        rows = shape(tables[name], event.shape, lookups, table=name, keep=event.keep)
        part = aggregate_table(rows, event.features, customers, key=key, date=event.date)
        features = pl.concat([features, part.drop(key)], how="horizontal")
    return derive(features, expressions, place="features").rechunk()
