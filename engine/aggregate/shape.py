"""Before aggregation: joins to lookup tables, then derived columns."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from engine.aggregate.config import JoinConfig, ShapeConfig
from engine.aggregate.derived import derive
from engine.errors import DataError


def shape(
    frame: pl.DataFrame,
    config: ShapeConfig,
    lookups: Mapping[str, pl.DataFrame],
    *,
    table: str,
    keep: tuple[str, ...],
) -> pl.DataFrame:
    """Adds joined and derived columns; the rows and their order stay, the other columns too.

    Derived columns are float64, strings or dates and read the columns in ``keep`` (the key, the
    order) as they are. A row without a partner in the lookup table gets nulls.
    """
    for join in config.join:
        frame = _join(frame, join, lookups[join.table], table)
    return derive(frame, config.derive, place=f"tables.{table}.derive", keep=keep)


def _join(frame: pl.DataFrame, join: JoinConfig, lookup: pl.DataFrame, table: str) -> pl.DataFrame:
    repeated = int(lookup[join.on].is_duplicated().sum())
    if repeated:
        raise DataError(
            f"lookup table '{join.table}' has repeated values, so rows of '{table}' would double",
            column=join.on,
            count=repeated,
        )
    partner = lookup.select(_meeting(lookup, join.on), *join.columns)
    found = frame.select(_meeting(frame, join.on)).join(
        partner, on=join.on, how="left", maintain_order="left"
    )
    return frame.hstack(found.drop(join.on))


def _meeting(frame: pl.DataFrame, on: str) -> pl.Expr:
    """The column of a join: floats are float64 on both sides, and NaN is nobody's partner."""
    column = pl.col(on)
    return column.cast(pl.Float64).fill_nan(None) if frame.schema[on].is_float() else column
