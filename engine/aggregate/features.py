"""Statement rows to one row per customer: the recipe as Polars plans.

A window is a filter of rows: each window of a table is one ``group_by`` over the rows it takes,
so a statistic is written once and serves every window. All evaluation is per chunk, rechunked,
float64 and on the in-memory engine: Polars' default engine sums in an order that varies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import polars as pl

from engine.aggregate.config import Window
from engine.aggregate.recipe import Feature
from engine.errors import BookError
from engine.expressions import AS_OF, numeric

NUMBERS_ONLY = ("sum", "mean", "std", "last_minus_mean")
"""Statistics of numbers; the others are of strings and dates too."""
_FROM_END = "__from_end"
_ZERO_WITHOUT_ROWS = ("count", "sum", "nunique")


def aggregate_table(
    frame: pl.DataFrame,
    features: Sequence[Feature],
    customers: pl.DataFrame,
    *,
    key: str,
    date: str | None,
) -> pl.DataFrame:
    """Aggregates of one table, a row for each row of ``customers``, in its order.

    Parameters
    ----------
    frame : rows sorted by key and order, a customer's contiguous; with ``AS_OF`` for windows in
        days.
    features : of this table. Every statistic skips null; ``std`` has ddof 1; ``first`` and
        ``last`` are the value in the first and last row, null or not.
    customers : column ``key``.
    date : the column that windows in days refer to.

    Returns
    -------
    ``key`` and one column per feature, float64 unless it is a string or a date. A customer without
    rows has 0 for count, sum and nunique and null for the others.

    Raises
    ------
    BookError
        A difference, or a statistic of numbers, is asked of a column that holds none.
    """
    _check_types(frame, features)
    frame = _with_differences(frame, features, key)
    windows = list(dict.fromkeys(feature.window for feature in features))
    if any(window.rows for window in windows):
        from_end = pl.int_range(pl.len(), 0, -1, dtype=pl.Int64).over(key)
        frame = frame.with_columns(from_end.alias(_FROM_END))
    plans = [
        _rows_of(frame.lazy(), window, date)
        .group_by(key, maintain_order=True)
        .agg(_statistic(feature) for feature in features if feature.window == window)
        for window in windows
    ]
    result = customers.select(key)
    for part in pl.collect_all(plans, engine="in-memory"):
        result = result.join(part, on=key, how="left", maintain_order="left")
    zeros = [f.name for f in features if f.statistic in _ZERO_WITHOUT_ROWS]
    return result.with_columns(pl.col(zeros).fill_null(0)).select(
        key, *(_as_feature(pl.col(f.name), result.schema[f.name]) for f in features)
    )


def _check_types(frame: pl.DataFrame, features: Sequence[Feature]) -> None:
    for feature in features:
        dtype = frame.schema[feature.column]
        needs_numbers = feature.of == "diff" or feature.statistic in NUMBERS_ONLY
        if needs_numbers and not (dtype.is_numeric() or dtype == pl.Null):
            what = "diff" if feature.of == "diff" else feature.statistic
            raise BookError(
                f"recipe: {what} of '{feature.table}.{feature.column}', which is {dtype}"
            )


def _as_feature(expression: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Float64 as it is; integers (a key, an order, a tie) become float64."""
    return expression if dtype == pl.Float64 else numeric(expression, dtype)


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


def _rows_of(plan: pl.LazyFrame, window: Window, date: str | None) -> pl.LazyFrame:
    if window.rows is not None:
        return plan.filter(pl.col(_FROM_END) <= window.rows)
    if window.days is not None and date is not None:
        day = pl.col(date).cast(pl.Date)
        first = pl.col(AS_OF) - timedelta(days=window.days - 1)
        return plan.filter(day.is_between(first, pl.col(AS_OF)))
    return plan


def _statistic(feature: Feature) -> pl.Expr:
    values = pl.col(feature.column if feature.of == "value" else _diff(feature.column))
    return _STATISTICS[feature.statistic](values).alias(feature.name)


_STATISTICS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "count": lambda v: v.count().cast(pl.Float64),
    "sum": lambda v: v.sum(),
    "mean": lambda v: v.mean(),
    "std": lambda v: v.std(ddof=1),
    "min": lambda v: v.min(),
    "max": lambda v: v.max(),
    "first": lambda v: v.first(),
    "last": lambda v: v.last(),
    "last_valid": lambda v: v.drop_nulls().last(),
    "nunique": lambda v: v.drop_nulls().n_unique().cast(pl.Float64),
    "last_minus_mean": lambda v: v.last() - v.mean(),
}
