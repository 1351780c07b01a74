"""Aggregates of a table by ``group_by``: what the segments must agree with.

A window is a filter of rows, and each window is one ``group_by`` over the rows it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import polars as pl

from engine.aggregate.config import Window
from engine.aggregate.recipe import Feature
from engine.aggregate.statistics import for_kernel
from engine.expressions import AS_OF

_FROM_END = "__from_end"
_ZERO_WITHOUT_ROWS = ("count", "sum", "nunique")


def by_group(
    frame: pl.DataFrame,
    features: Sequence[Feature],
    customers: pl.Series,
    *,
    date: str | None,
    filters: Mapping[str, str],
) -> pl.DataFrame:
    """What ``table_features`` returns, of a frame whose expressions were evaluated."""
    key = customers.name
    frame = _with_differences(frame.with_columns(_as_float64(frame, key)), features, key)
    from_end = pl.int_range(pl.len(), 0, -1, dtype=pl.Int64).over(key)
    frame = frame.with_columns(from_end.alias(_FROM_END))
    result = customers.to_frame()
    for window in dict.fromkeys(feature.window for feature in features):
        made = (
            frame.lazy()
            .filter(_rows_of(window, date, filters))
            .group_by(key, maintain_order=True)
            .agg(_statistic(feature) for feature in features if feature.window == window)
            .collect(engine="in-memory")
        )
        result = result.join(made, on=key, how="left", maintain_order="left")
    zeros = [f.name for f in features if f.statistic in _ZERO_WITHOUT_ROWS]
    return result.select(feature.name for feature in features).with_columns(
        pl.col(zeros).fill_null(0)
    )


def _as_float64(frame: pl.DataFrame, key: str) -> list[pl.Expr]:
    return [
        pl.col(name).cast(pl.Float64).fill_nan(None)
        for name, dtype in frame.drop(key).schema.items()
        if dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)
    ]


def _with_differences(frame: pl.DataFrame, features: Sequence[Feature], key: str) -> pl.DataFrame:
    """Row-to-row differences, null in a customer's first row (all rows count, not the window's)."""
    same_customer = pl.col(key) == pl.col(key).shift(1)
    columns = dict.fromkeys(f.column for f in features if f.of == "diff")
    return frame.with_columns(
        pl.when(same_customer).then(pl.col(name) - pl.col(name).shift(1)).alias(_diff(name))
        for name in columns
    )


def _diff(column: str) -> str:
    return f"{column}__diff"


def _rows_of(window: Window, date: str | None, filters: Mapping[str, str]) -> pl.Expr:
    if window.is_row_filter:
        return pl.sql_expr(filters[window.name])
    if window.rows is not None:
        return pl.col(_FROM_END) <= window.rows
    if window.days is not None and date is not None:
        first = pl.col(AS_OF) - timedelta(days=window.days - 1)
        return pl.col(date).cast(pl.Date).is_between(first, pl.col(AS_OF))
    return pl.lit(True)


def _statistic(feature: Feature) -> pl.Expr:
    values = pl.col(feature.column if feature.of == "value" else _diff(feature.column))
    _, back = for_kernel(feature.statistic)
    made = values.shift(back).last() if back else _STATISTICS[feature.statistic](values)
    return made.alias(feature.name)


_STATISTICS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "count": lambda v: v.count().cast(pl.Float64),
    "sum": lambda v: v.sum(),
    "mean": lambda v: v.mean(),
    "std": lambda v: v.std(ddof=1),
    "min": lambda v: v.min(),
    "max": lambda v: v.max(),
    "range": lambda v: v.max() - v.min(),
    "first": lambda v: v.first(),
    "last": lambda v: v.last(),
    "last_valid": lambda v: v.drop_nulls().last(),
    "nunique": lambda v: v.drop_nulls().n_unique().cast(pl.Float64),
    "last_minus_mean": lambda v: v.last() - v.mean(),
    "last_minus_first": lambda v: v.last() - v.first(),
    "last_rank": lambda v: v.rank("average").last() / v.count(),
    "last_valid_rank": lambda v: v.drop_nulls().rank("average").last() / v.count(),
}
