"""Before aggregation: joins to lookup tables, then derived columns."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from engine.aggregate.config import JoinConfig, ShapeConfig
from engine.errors import BookError, DataError, did_you_mean
from engine.expressions import numeric, row_expression


def shape(
    frame: pl.DataFrame,
    config: ShapeConfig,
    lookups: Mapping[str, pl.DataFrame],
    *,
    table: str,
    keep: tuple[str, ...],
) -> pl.DataFrame:
    """Adds joined and derived columns; the rows and their order stay.

    Numbers and booleans become float64, save the columns in ``keep`` (the key, the order). A row
    without a partner in the lookup table gets nulls.
    """
    for join in config.join:
        frame = _join(frame, join, lookups[join.table], table)
    frame = frame.with_columns(
        numeric(pl.col(name), dtype).alias(name)
        for name, dtype in frame.schema.items()
        if name not in keep and dtype != pl.Float64
    )
    return derive(frame, config.derive, place=f"tables.{table}.derive")


def derive(frame: pl.DataFrame, expressions: Mapping[str, str], *, place: str) -> pl.DataFrame:
    """Adds ``expressions`` in order; a later one may read an earlier one.

    Raises
    ------
    BookError
        An expression names a column that is not there, or its types do not fit.
    """
    for name, sql in expressions.items():
        expression = row_expression(sql, f"{place}.{name}")
        unknown = [root for root in expression.meta.root_names() if root not in frame.columns]
        if unknown:
            hint = did_you_mean(unknown[0], frame.columns)
            raise BookError(f"{place}.{name}: no column '{unknown[0]}'{hint}")
        frame = _with_column(frame, name, expression, f"{place}.{name}: '{sql}'")
    return frame


def _with_column(frame: pl.DataFrame, name: str, expression: pl.Expr, place: str) -> pl.DataFrame:
    try:
        plan = frame.lazy()
        dtype = plan.select(expression.alias(name)).collect_schema()[name]
        if dtype.is_nested():
            raise BookError(f"{place}: gives {dtype}, which is no single value")
        return plan.with_columns(numeric(expression, dtype).alias(name)).collect(engine="in-memory")
    except pl.exceptions.PolarsError as exc:
        raise BookError(f"{place}: {str(exc).splitlines()[0]}") from exc


def _join(frame: pl.DataFrame, join: JoinConfig, lookup: pl.DataFrame, table: str) -> pl.DataFrame:
    repeated = int(lookup[join.on].is_duplicated().sum())
    if repeated:
        raise DataError(
            f"lookup table '{join.table}' has repeated values, so rows of '{table}' would double",
            column=join.on,
            count=repeated,
        )
    partner = lookup.select(join.on, *join.columns)
    return frame.join(partner, on=join.on, how="left", maintain_order="left")
