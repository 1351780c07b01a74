"""The contract check: which rules the rows of a table break, by customer.

What is certain to hold is sorted out first, for all rules in one pass; then broken rows are
counted, in another; only where there are some, rows are looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from engine.errors import DataError
from engine.ingest.config import TableConfig
from engine.ingest.marks import FILE, UNREADABLE, unreadable_text
from engine.ingest.rules import (
    UNREADABLE_CELL,
    Rule,
    column_rules,
    in_calendar,
    table_rules,
    unique_rule,
)

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


def violations(
    frame: pl.DataFrame,
    name: str,
    config: TableConfig,
    *,
    key: str,
    origins: Sequence[str],
    as_of: str | None = None,
    check_future: bool = True,
    repeats: bool = True,
) -> pl.DataFrame:
    """Broken rules by customer.

    Parameters
    ----------
    frame : a customer's rows side by side, by order and tie; with ``AS_OF``, ``KNOWN``, ``FILE``.
    as_of : the column that ``AS_OF`` was taken from, where this is the customers table.
    repeats : False where no row equals the one before it in key, order and tie.

    Returns
    -------
    ``key`` and ``VIOLATIONS``: one row per customer, column, reason and file.
    """
    text = _has_text(frame)
    rules = table_rules(config, key, as_of, has_text=text, future=check_future, repeats=repeats)
    found = [_by_customer(frame, name, rule, key, origins) for rule, _ in _broken(frame, rules)]
    empty = pl.DataFrame(schema={key: frame.schema[key], **VIOLATIONS})
    return pl.concat([empty, *found])


def check_lookup(frame: pl.DataFrame, name: str, config: TableConfig, file: str) -> None:
    """Raises DataError where a row breaks a rule: a lookup has no customers to put aside."""
    rules = column_rules(config, has_text=_has_text(frame), future=False)
    for rule, count in _broken(frame, [*rules, *unique_rule(config, ())]):
        value = frame.filter(rule.broken).select(_value(rule, frame.schema)).item(0, 0)
        example = f", such as '{value}'" if value is not None else ""
        raise DataError(
            f"lookup table '{name}': {rule.reason}{example}",
            file=file,
            column=rule.column,
            count=count,
        )


def _has_text(frame: pl.DataFrame) -> bool:
    return UNREADABLE in frame.columns and frame[UNREADABLE].null_count() < frame.height


def _broken(frame: pl.DataFrame, rules: Iterable[Rule]) -> Iterator[tuple[Rule, int]]:
    """The rules that some row breaks, and how many do."""
    rules = list(rules)
    possible = _row(frame, [rule.possible for rule in rules])
    rules = [rule for rule, may_be in zip(rules, possible, strict=True) if may_be]
    counts = _row(frame, [rule.broken.fill_null(False).sum() for rule in rules])
    yield from ((rule, count) for rule, count in zip(rules, counts, strict=True) if count)


def _row(frame: pl.DataFrame, values: Sequence[pl.Expr]) -> tuple[int, ...]:
    """One value per expression."""
    if not values:
        return ()
    named = [value.alias(str(number)) for number, value in enumerate(values)]
    return frame.lazy().select(named).collect(engine="in-memory").row(0)


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
    """What to show of a row that breaks the rule, as text; nothing of a missing value."""
    if rule.reason == UNREADABLE_CELL:
        return unreadable_text(rule.column)
    value = pl.col(rule.column)
    if schema[rule.column].is_temporal():  # Polars panics where it should write such a date
        value = pl.when(in_calendar(value)).then(value)
    if schema[rule.column].is_float():
        value = value.fill_nan(None)
    return value.cast(pl.String)
