"""SQL expressions of a book: ``balance / credit_limit``, ``dpd__max > 90``.

Polars parses and evaluates them. An expression sees one row at a time: aggregates and window
functions are refused, because their result would depend on the chunk.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import polars as pl

from engine.date_differences import days
from engine.errors import BookError

AS_OF = "as_of"
"""The column of every customer's as-of date; expressions of the customers table may read it."""

_OTHER_ROWS = frozenset(
    (
        *("Agg", "Len", "Mode", "Quantile", "ApproxQuantile", "Correlation", "Over", "Window"),
        *("Shift", "Rank", "Gather", "IntRange", "Explode", "Selector", "SubPlan"),
    )
)
"""Nodes of a Polars expression tree that look beyond the row. ``meta.is_row_separable`` would say
it, but fails on decimal literals (``a * 0.5``) in Polars 2.1, for want of a schema."""
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
_CLOCK = re.compile(
    r"\b(current_date|current_time|current_timestamp|localtime|localtimestamp)\b|\bnow *\("
)
"""Polars reads the clock while it parses: the tree holds a literal like any other."""


@cache
def row_expression(sql: str, place: str) -> pl.Expr:
    """Parses ``sql``; ``place`` (a dotted key of the book) names it in errors.

    Raises
    ------
    BookError
        The text does not parse, it is not a function of one row, or it reads the clock.
    """
    try:
        expression = pl.sql_expr(sql)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as exc:
        raise BookError(f"{place}: cannot read the expression '{sql}': {exc}") from exc
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the format is not promised to last; tests hold it
        tree = json.loads(expression.meta.serialize(format="json"))
    if not _OTHER_ROWS.isdisjoint(_nodes(tree)):
        raise BookError(
            f"{place}: '{sql}' looks at more than one row; an expression sees one row at a time"
        )
    if _CLOCK.search(_QUOTED.sub("", sql.lower())):
        raise BookError(f"{place}: '{sql}' reads the clock; use {AS_OF}")
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
        expression = days(expression)
    elif not (dtype.is_numeric() or dtype == pl.Boolean or dtype == pl.Null):
        return expression
    value = expression.cast(pl.Float64)
    return pl.when(value.is_finite()).then(value)


def _nodes(tree: Any) -> Iterator[str]:
    """Names of the nodes of a serialised expression; column names and literals are none."""
    match tree:
        case dict():
            for name, part in tree.items():
                yield name
                if name not in ("Column", "Literal"):
                    yield from _nodes(part)
        case list():
            for part in tree:
                yield from _nodes(part)
        case str():
            yield tree
