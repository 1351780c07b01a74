"""The data contract of a table as rules: what makes a row break it.

A rule is a boolean expression over one row, or a repetition within a customer. Most rules can be
ruled out for a whole chunk by the least, the greatest and the missing values of a column, which
Polars finds several times faster than a boolean for every row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache
from math import inf
from typing import NamedTuple

import polars as pl

from engine.expressions import AS_OF
from engine.ingest.config import ColumnConfig, TableConfig
from engine.ingest.marks import is_unreadable

KNOWN = "__known"
"""Whether the customers table has the row's customer."""

NO_SUCH_CUSTOMER = "no such customer"
UNREADABLE_CELL = "unreadable"


class Rule(NamedTuple):
    """``broken`` is true for a row that breaks the rule.

    ``possible`` is one value of all rows: unless it is true, no row breaks it.
    """

    column: str
    reason: str
    broken: pl.Expr
    possible: pl.Expr = pl.lit(True)  # expressions do not change


def table_rules(
    config: TableConfig,
    key: str,
    as_of: str | None,
    *,
    has_text: bool,
    future: bool,
    repeats: bool,
) -> Iterator[Rule]:
    """All rules of a table with customers; a customer's rows lie side by side, by order and tie.

    Parameters
    ----------
    as_of : the column that ``AS_OF`` was taken from, where this is the customers table.
    has_text : some cell was unreadable.
    future : dates are held to the as-of date.
    repeats : some row may equal the one before it in key, order and tie.
    """
    stranger = ~pl.col(KNOWN) & pl.col(key).is_not_null()
    yield Rule(key, NO_SUCH_CUSTOMER, stranger, ~pl.col(KNOWN).all())
    yield from column_rules(config, has_text=has_text, future=future)
    if as_of is not None and config.order is not None:
        differs = pl.col(as_of).cast(pl.Date) != pl.col(AS_OF)
        yield Rule(as_of, "differs from the as-of date of the customer's first row", differs)
    yield from unique_rule(config, (key,))
    if repeats:
        yield _repetition_rule(config, key)


def column_rules(config: TableConfig, *, has_text: bool, future: bool) -> Iterator[Rule]:
    """The rules of single columns."""
    for name, column in config.columns.items():
        yield from _column_rules(name, column, has_text=has_text)
        if future and column.type in ("date", "datetime") and column.future == "forbid":
            when = pl.col(name).cast(pl.Date)
            possible = pl.col(name).max().cast(pl.Date) >= pl.col(AS_OF).min()
            yield Rule(name, "after the as-of date", when > pl.col(AS_OF), possible)
            if name == config.event_date and config.cutoff == "before":
                yield Rule(name, "on the as-of date", when == pl.col(AS_OF), possible)


def unique_rule(config: TableConfig, within: tuple[str, ...]) -> Iterator[Rule]:
    """As in SQL, a combination with a null in it repeats none."""
    if config.unique:
        names = list(dict.fromkeys((*within, *config.unique)))
        known = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
        yield Rule(config.unique[0], "repeated", pl.struct(names).is_duplicated() & known)


def in_calendar(value: pl.Expr) -> pl.Expr:
    """Any integer can be a date to Parquet; Python's and the book's have years 1 to 9999."""
    return value.is_between(date.min, date.max)


@cache
def _column_rules(name: str, column: ColumnConfig, *, has_text: bool) -> tuple[Rule, ...]:
    """Made once, not for every chunk: for 187 columns that takes 6 ms, where reading 60,000 rows
    takes 41."""
    return tuple(_rules_of_column(name, column, has_text=has_text))


def _rules_of_column(name: str, column: ColumnConfig, *, has_text: bool) -> Iterator[Rule]:
    readable = pl.lit(True)
    if has_text and column.type != "string":
        yield Rule(name, UNREADABLE_CELL, is_unreadable(name))
        readable = ~is_unreadable(name).fill_null(False)
    stored = pl.col(name)
    value, low, high = stored, stored.min(), stored.max()
    has_null = stored.null_count() > 0
    if column.type == "float64":  # NaN is missing; Polars' min and max leave it out
        value = stored.cast(pl.Float64).fill_nan(None)
        low, high = low.cast(pl.Float64), high.cast(pl.Float64)
        has_null = has_null | stored.is_nan().any()
        infinite = (low == -inf) | (high == inf)
        yield Rule(name, "not finite", value.is_infinite(), infinite)
    if not column.nullable:
        yield Rule(name, "null", value.is_null() & readable, has_null)
    if column.type in ("date", "datetime"):
        yield Rule(name, "not a date", ~in_calendar(value), ~(in_calendar(low) & in_calendar(high)))
    yield from _range_rules(name, column, value, low, high)
    if column.allowed is not None:
        yield Rule(name, "not allowed", ~value.is_in(list(column.allowed)))


def _range_rules(
    name: str, column: ColumnConfig, value: pl.Expr, low: pl.Expr, high: pl.Expr
) -> Iterator[Rule]:
    if column.type == "datetime":
        value, low, high = (part.cast(pl.Date) for part in (value, low, high))
    if column.min is not None:
        bound = pl.lit(column.min)
        yield Rule(name, f"below {column.min}", value < bound, low < bound)
    if column.max is not None:
        bound = pl.lit(column.max)
        yield Rule(name, f"above {column.max}", value > bound, high > bound)


def _repetition_rule(config: TableConfig, key: str) -> Rule:
    """Neighbours are compared, which is enough in that order."""
    if config.order is None:
        return _no_equal_neighbours(key, "repeated key", [key])
    names = [key, config.order, *([config.tie] if config.tie else [])]
    reason = "equal order and tie" if config.tie else "equal order; declare a tie column"
    return _no_equal_neighbours(config.order, reason, names)


def _no_equal_neighbours(column: str, reason: str, names: Sequence[str]) -> Rule:
    """Broken by a row that equals the one before or after it in all of ``names``, none null."""
    before = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in names)
    after = pl.all_horizontal(pl.col(name) == pl.col(name).shift(-1) for name in names)
    broken = before.fill_null(False) | after.fill_null(False)
    return Rule(column, reason, broken, before.any())
