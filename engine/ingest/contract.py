"""The data contract: which rows of a table break which rule.

A rule is a boolean expression over one row (true: broken), or a repetition within a customer.
All rules of a table are counted in one pass; only where one is broken are rows looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from engine.errors import DataError
from engine.expressions import AS_OF
from engine.ingest.config import ColumnConfig, TableConfig
from engine.ingest.table import FILE, SEPARATOR, UNREADABLE

VIOLATIONS = pl.Schema(
    {
        "table": pl.String(),
        "column": pl.String(),
        "reason": pl.String(),
        "file": pl.String(),
        "value": pl.String(),
        "rows": pl.Int64(),
    }
)
"""Columns of a table of violations, after the key; ``value`` is the first of the customer's."""

KNOWN = "__known"
"""Whether the customers table has the row's customer."""

NO_SUCH_CUSTOMER = "no such customer"
UNREADABLE_CELL = "unreadable"


class Rule(NamedTuple):
    """``broken`` is true for a row that breaks the rule."""

    column: str
    reason: str
    broken: pl.Expr


def violations(
    frame: pl.DataFrame,
    name: str,
    config: TableConfig,
    *,
    key: str,
    origins: Sequence[str],
    as_of: str | None = None,
    check_future: bool = True,
) -> pl.DataFrame:
    """Broken rules by customer.

    Parameters
    ----------
    frame : sorted by key, order and tie; with ``AS_OF``, ``KNOWN`` and ``FILE``.
    as_of : the column that ``AS_OF`` was taken from, where this is the customers table.

    Returns
    -------
    ``key`` and ``VIOLATIONS``: one row per customer, column, reason and file.
    """
    has_text = UNREADABLE in frame.columns
    rules = _rules(config, key, as_of, has_text=has_text, future=check_future)
    found = [_by_customer(frame, name, rule, key, origins) for rule, _ in _broken(frame, rules)]
    empty = pl.DataFrame(schema={key: frame.schema[key], **VIOLATIONS})
    return pl.concat([empty, *found])


def check_lookup(frame: pl.DataFrame, name: str, config: TableConfig, file: str) -> None:
    """Raises DataError where a row breaks a rule: a lookup has no customers to put aside."""
    rules = [*_all_column_rules(config, has_text=UNREADABLE in frame.columns, future=False)]
    for rule, count in _broken(frame, [*rules, *_unique_rule(config, ())]):
        value = frame.filter(rule.broken).select(_value(rule, frame.schema)).item(0, 0)
        example = f", such as '{value}'" if value is not None else ""
        raise DataError(
            f"lookup table '{name}': {rule.reason}{example}",
            file=file,
            column=rule.column,
            count=count,
        )


def _broken(frame: pl.DataFrame, rules: Iterable[Rule]) -> Iterator[tuple[Rule, int]]:
    """The rules that some row breaks, and how many do."""
    rules = list(rules)
    counts = frame.lazy().select(
        rule.broken.fill_null(False).sum().alias(str(number)) for number, rule in enumerate(rules)
    )
    broken = counts.collect(engine="in-memory").row(0)
    yield from ((rule, count) for rule, count in zip(rules, broken, strict=True) if count)


def _by_customer(
    frame: pl.DataFrame, name: str, rule: Rule, key: str, origins: Sequence[str]
) -> pl.DataFrame:
    names = pl.Series(list(origins))
    value = _value(rule, frame.schema).first()
    return (
        frame.filter(rule.broken)
        .group_by(key, FILE, maintain_order=True)
        .agg(value.alias("value"), pl.len().cast(pl.Int64).alias("rows"))
        .select(
            key,
            pl.lit(name).alias("table"),
            pl.lit(rule.column).alias("column"),
            pl.lit(rule.reason).alias("reason"),
            pl.lit(names).gather(pl.col(FILE)).alias("file"),
            "value",
            "rows",
        )
    )


def _value(rule: Rule, schema: pl.Schema) -> pl.Expr:
    """What to show of a row that breaks the rule, as text."""
    if rule.reason == UNREADABLE_CELL:
        text = f"{SEPARATOR}{re.escape(rule.column)}=([^{SEPARATOR}]*)"
        return pl.col(UNREADABLE).str.extract(text)
    value = pl.col(rule.column)
    if schema[rule.column].is_temporal():  # Polars panics where it should write such a date
        value = pl.when(_in_calendar(value)).then(value)
    return value.cast(pl.String)


def _in_calendar(value: pl.Expr) -> pl.Expr:
    """Any integer can be a date to Parquet; Python's and the book's have years 1 to 9999."""
    return value.is_between(date.min, date.max)


def _rules(
    config: TableConfig, key: str, as_of: str | None, *, has_text: bool, future: bool
) -> Iterator[Rule]:
    yield Rule(key, NO_SUCH_CUSTOMER, ~pl.col(KNOWN) & pl.col(key).is_not_null())
    yield from _all_column_rules(config, has_text=has_text, future=future)
    if as_of is not None and config.order is not None:
        differs = pl.col(as_of).cast(pl.Date) != pl.col(AS_OF)
        yield Rule(as_of, "differs from the as-of date of the customer's first row", differs)
    yield from _unique_rule(config, (key,))
    yield _repetition_rule(config, key)


def _all_column_rules(config: TableConfig, *, has_text: bool, future: bool) -> Iterator[Rule]:
    for name, column in config.columns.items():
        yield from _column_rules(name, column, has_text=has_text)
        if future and column.type in ("date", "datetime") and column.future == "forbid":
            when = pl.col(name).cast(pl.Date)
            yield Rule(name, "after the as-of date", when > pl.col(AS_OF))
            if name == config.event_date and config.cutoff == "before":
                yield Rule(name, "on the as-of date", when == pl.col(AS_OF))


def _column_rules(name: str, column: ColumnConfig, *, has_text: bool) -> Iterator[Rule]:
    value = pl.col(name)
    readable = pl.lit(True)
    if has_text and column.type != "string":
        unreadable = pl.col(UNREADABLE).str.contains(f"{SEPARATOR}{name}=", literal=True)
        yield Rule(name, UNREADABLE_CELL, unreadable)
        readable = ~unreadable.fill_null(False)
    if not column.nullable:
        yield Rule(name, "null", value.is_null() & readable)
    if column.type == "float64":
        yield Rule(name, "not finite", value.is_infinite())
    if column.type in ("date", "datetime"):
        yield Rule(name, "not a date", ~_in_calendar(value))
    compared = value.cast(pl.Date) if column.type == "datetime" else value
    if column.min is not None:
        yield Rule(name, f"below {column.min}", compared < pl.lit(column.min))
    if column.max is not None:
        yield Rule(name, f"above {column.max}", compared > pl.lit(column.max))
    if column.allowed is not None:
        yield Rule(name, "not allowed", ~value.is_in(list(column.allowed)))


def _unique_rule(config: TableConfig, within: tuple[str, ...]) -> Iterator[Rule]:
    """As in SQL, a combination with a null in it repeats none."""
    if config.unique:
        names = list(dict.fromkeys((*within, *config.unique)))
        known = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
        yield Rule(config.unique[0], "repeated", pl.struct(names).is_duplicated() & known)


def _repetition_rule(config: TableConfig, key: str) -> Rule:
    """Neighbours are compared, since the frame is sorted by key, order and tie."""
    if config.order is None:
        return Rule(key, "repeated key", _same_as_neighbour([key]))
    names = [key, config.order, *([config.tie] if config.tie else [])]
    reason = "equal order and tie" if config.tie else "equal order; declare a tie column"
    return Rule(config.order, reason, _same_as_neighbour(names))


def _same_as_neighbour(names: Sequence[str]) -> pl.Expr:
    """True for a row that equals the one before or after it in all of ``names``, none null."""
    before = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in names)
    after = pl.all_horizontal(pl.col(name) == pl.col(name).shift(-1) for name in names)
    return before.fill_null(False) | after.fill_null(False)
