"""SQL expressions of a book: ``balance / credit_limit``, ``dpd__max > 90``.

Polars parses and evaluates them. An expression sees one row at a time: aggregates and window
functions are refused, because their result would depend on the chunk.
"""

from __future__ import annotations

import polars as pl

from engine.errors import BookError

AS_OF = "as_of"
"""The column of every customer's as-of date; expressions of the customers table may read it."""


def row_expression(sql: str, place: str) -> pl.Expr:
    """Parses ``sql``; ``place`` (a dotted key of the book) names it in errors.

    Raises
    ------
    BookError
        The text does not parse, or it is not a function of one row.
    """
    try:
        expression = pl.sql_expr(sql)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as exc:
        raise BookError(f"{place}: cannot read the expression '{sql}': {exc}") from exc
    if not expression.meta.is_row_separable() and expression.meta.root_names():
        raise BookError(
            f"{place}: '{sql}' looks at more than one row; an expression sees one row at a time"
        )
    return expression


def columns_of(sql: str, place: str) -> tuple[str, ...]:
    """The columns that the expression reads, in order of first mention."""
    return tuple(dict.fromkeys(row_expression(sql, place).meta.root_names()))


def numeric(expression: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A computed column in the engine's types.

    Integers, decimals and booleans become float64, a duration its number of days; what is not
    finite (a division by zero) becomes null. Strings and dates stay.
    """
    if isinstance(dtype, pl.Duration):
        expression = expression.dt.total_microseconds() / 86_400_000_000
    elif not (dtype.is_numeric() or dtype == pl.Boolean or dtype == pl.Null):
        return expression
    value = expression.cast(pl.Float64)
    return pl.when(value.is_finite()).then(value)
