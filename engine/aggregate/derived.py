"""SQL expressions over the rows of a frame: derived columns and row filters."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache

import polars as pl

from engine.date_differences import with_days
from engine.errors import BookError, did_you_mean
from engine.expressions import columns_of, numeric, row_expression

_Finish = Callable[[pl.Expr, pl.DataType], pl.Expr]
"""What is made of an expression that gives a type."""
_TOGETHER = 16
"""Expressions of one plan. All of 188 at once take as long, but then their inputs are all in memory
as float64: a peak of 1,960 MB instead of 1,276 (480,000 rows of float32)."""


def derive(
    frame: pl.DataFrame,
    expressions: Mapping[str, str],
    *,
    place: str,
    keep: Collection[str] = (),
) -> pl.DataFrame:
    """Adds ``expressions`` in order, or replaces columns; a later one may read an earlier one.

    Expressions read numbers and booleans as float64 with null for NaN, save those in ``keep``.
    The columns they read stay as they are.

    Raises
    ------
    BookError
        An expression names a column that is not there, or its types do not fit.
    """
    if not expressions:
        return frame
    columns = _by_name(frame)
    for batch in _batches(expressions, place):
        columns |= _by_name(_results(columns, batch, place, keep, _value))
    return pl.DataFrame(list(columns.values()))


def conditions(
    frame: pl.DataFrame, expressions: Mapping[str, str], *, place: str, keep: Collection[str]
) -> pl.DataFrame:
    """A boolean column for each of ``expressions``: the rows for which it is true, not null.

    Raises
    ------
    BookError
        As ``derive``; or an expression gives something else than true and false.
    """
    return _results(_by_name(frame), expressions, place, keep, _condition)


def readable(frame: pl.DataFrame, *, keep: Collection[str]) -> pl.DataFrame:
    """Numbers and booleans as float64 with null for NaN, save the columns in ``keep``."""
    return frame.with_columns(_as_readable(frame, keep))


def _as_readable(frame: pl.DataFrame, keep: Collection[str]) -> list[pl.Expr]:
    converted = frame.drop(keep, strict=False)
    with_nan = _not_finite(converted)
    return [_readable(name, dtype, name in with_nan) for name, dtype in converted.schema.items()]


def _batches(expressions: Mapping[str, str], place: str) -> Iterator[dict[str, str]]:
    """Neighbours that do not read each other's results, and not too many."""
    batch: dict[str, str] = {}
    for name, sql in expressions.items():
        roots = _roots(sql, f"{place}.{name}")
        if len(batch) == _TOGETHER or not batch.keys().isdisjoint(roots):
            yield batch
            batch = {}
        batch[name] = sql
    if batch:
        yield batch


def _results(
    columns: Mapping[str, pl.Series],
    expressions: Mapping[str, str],
    place: str,
    keep: Collection[str],
    finish: _Finish,
) -> pl.DataFrame:
    """One plan for all; where that fails, one for each, to name the expression at fault."""
    roots: dict[str, pl.Series] = {}
    for name, sql in expressions.items():
        for root in _roots(sql, f"{place}.{name}"):
            if root not in columns:
                hint = did_you_mean(root, columns)
                raise BookError(f"{place}.{name}: no column '{root}'{hint}")
            roots[root] = columns[root]
    made = {name: row_expression(sql, f"{place}.{name}") for name, sql in expressions.items()}
    try:
        read = pl.DataFrame(list(roots.values()) or list(columns.values())[:1])
        return _evaluate(read, made, keep, finish)
    except pl.exceptions.PolarsError as exc:
        if len(expressions) == 1:
            ((name, sql),) = expressions.items()
            raise BookError(f"{place}.{name}: '{sql}': {str(exc).splitlines()[0]}") from exc
    alone = [_results(columns, {n: sql}, place, keep, finish) for n, sql in expressions.items()]
    return pl.concat(alone, how="horizontal")


def _evaluate(
    frame: pl.DataFrame, made: Mapping[str, pl.Expr], keep: Collection[str], finish: _Finish
) -> pl.DataFrame:
    """``frame``: no more columns than it must have, for all are made contiguous. To select them in
    a plan does that with all columns there are: half of the time of 186 expressions."""
    frame = frame.rechunk()
    made = {name: with_days(expression, frame.schema) for name, expression in made.items()}
    plan = frame.lazy().with_columns(_as_readable(frame, keep))
    schema = plan.with_columns(e.alias(name) for name, e in made.items()).collect_schema()
    finished = [finish(e, schema[name]).alias(name) for name, e in made.items()]
    results = plan.with_columns(finished).select(list(made)).collect(engine="in-memory")
    return results.with_columns(numeric(pl.col(n), pl.Float64()) for n in _not_finite(results))


def _value(expression: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_nested():
        raise pl.exceptions.SchemaError(f"gives {dtype}, which is no single value")
    return expression.cast(pl.Float64) if dtype.is_float() else numeric(expression, dtype)


def _condition(expression: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype != pl.Boolean:
        raise pl.exceptions.SchemaError(f"gives {dtype}, which is not true or false")
    return expression.fill_null(False)


def _readable(name: str, dtype: pl.DataType, with_nan: bool) -> pl.Expr:
    if not dtype.is_float():
        return numeric(pl.col(name), dtype).alias(name)
    value = pl.col(name).cast(pl.Float64)
    return value.fill_nan(None) if with_nan else value


def _not_finite(frame: pl.DataFrame) -> list[str]:
    """The float columns that hold NaN or an infinity, and perhaps one whose sum overflows.

    A finite sum has finite terms only. To look at sums and replace where need be takes 0.4 of the
    time of replacing in every column (188 of them, 480,000 rows, ``floor(x * 100)``).
    """
    sums = frame.select(pl.selectors.float().sum())
    return [total.name for total in sums if not math.isfinite(total.item())]


def _by_name(frame: pl.DataFrame) -> dict[str, pl.Series]:
    return {column.name: column for column in frame}


@cache
def _roots(sql: str, place: str) -> tuple[str, ...]:
    return columns_of(sql, place)
