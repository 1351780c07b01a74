"""The data contract: which rows of a table break which rule.

A rule is a boolean expression over one row (true: broken), or a repetition within a customer.
All rules of a table are counted in one pass; only where one is broken are rows looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

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
    check_future: bool = True,
) -> pl.DataFrame:
    """Broken rules by customer.

    Parameters
    ----------
    frame : sorted by key, order and tie; with ``AS_OF``, ``KNOWN`` and ``FILE``.

    Returns
    -------
    ``key`` and ``VIOLATIONS``: one row per customer, column, reason and file.
    """
    rules = list(_rules(config, key, has_text=UNREADABLE in frame.columns, future=check_future))
    counts = frame.lazy().select(
        rule.broken.fill_null(False).sum().alias(str(number)) for number, rule in enumerate(rules)
    )
    broken = counts.collect(engine="in-memory").row(0)
    found = [
        _by_customer(frame, name, rule, key, origins)
        for rule, count in zip(rules, broken, strict=True)
        if count
    ]
    empty = pl.DataFrame(schema={key: frame.schema[key], **VIOLATIONS})
    return pl.concat([empty, *found])


def _by_customer(
    frame: pl.DataFrame, name: str, rule: Rule, key: str, origins: Sequence[str]
) -> pl.DataFrame:
    value = pl.col(rule.column)
    if rule.reason == "unreadable":
        value = pl.col(UNREADABLE).str.extract(f"{SEPARATOR}{rule.column}=([^{SEPARATOR}]*)")
    names = pl.Series(list(origins))
    return (
        frame.filter(rule.broken)
        .group_by(key, FILE, maintain_order=True)
        .agg(value.first().cast(pl.String).alias("value"), pl.len().cast(pl.Int64).alias("rows"))
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


def _rules(config: TableConfig, key: str, *, has_text: bool, future: bool) -> Iterator[Rule]:
    yield Rule(key, NO_SUCH_CUSTOMER, ~pl.col(KNOWN) & pl.col(key).is_not_null())
    for name, column in config.columns.items():
        yield from _column_rules(name, column, has_text=has_text, future=future)
    yield from _repetition_rules(config, key)


def _column_rules(
    name: str, column: ColumnConfig, *, has_text: bool, future: bool
) -> Iterator[Rule]:
    value = pl.col(name)
    readable = pl.lit(True)
    if has_text and column.type != "string":
        unreadable = pl.col(UNREADABLE).str.contains(f"{SEPARATOR}{name}=", literal=True)
        yield Rule(name, "unreadable", unreadable)
        readable = ~unreadable.fill_null(False)
    if not column.nullable:
        yield Rule(name, "null", value.is_null() & readable)
    if column.type == "float64":
        yield Rule(name, "not finite", value.is_infinite())
    if column.min is not None:
        yield Rule(name, f"below {column.min}", value < _bound(column.min))
    if column.max is not None:
        yield Rule(name, f"above {column.max}", value > _bound(column.max))
    if column.allowed is not None:
        yield Rule(name, "not allowed", ~value.is_in(list(column.allowed)))
    if future and column.type in ("date", "datetime") and column.future == "forbid":
        yield Rule(name, "after the as-of date", value.cast(pl.Date) > pl.col(AS_OF))


def _bound(bound: float | date) -> pl.Expr:
    return pl.lit(bound)


def _repetition_rules(config: TableConfig, key: str) -> Iterator[Rule]:
    """Neighbours are compared, since the frame is sorted by key, order and tie."""
    if config.unique:
        names = [key, *(name for name in config.unique if name != key)]
        yield Rule(config.unique[0], "repeated", pl.struct(names).is_duplicated())
    if config.order is None:
        yield Rule(key, "repeated key", _same_as_neighbour([key]))
        return
    names = [key, config.order, *([config.tie] if config.tie else [])]
    reason = "equal order and tie" if config.tie else "equal order; declare a tie column"
    yield Rule(config.order, reason, _same_as_neighbour(names))


def _same_as_neighbour(names: Sequence[str]) -> pl.Expr:
    """True for a row that equals the one before or after it in all of ``names``, none null."""
    before = pl.all_horizontal(pl.col(name) == pl.col(name).shift(1) for name in names)
    after = pl.all_horizontal(pl.col(name) == pl.col(name).shift(-1) for name in names)
    return before.fill_null(False) | after.fill_null(False)
