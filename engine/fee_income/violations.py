"""What of a customer's cards and fees can have no fee income; it sends the customer away."""

from __future__ import annotations

import polars as pl

MOST = 2**31 - 1
"""Of the number of one row: the sum of fewer than 2^32 rows then fits into 64 bits."""
_FOUND = ("table", "column", "reason", "value", "rows")


def of_cards(cards: pl.DataFrame, table: str, column: str, tenure: str) -> pl.DataFrame:
    """Customers without an activation, or with one after the as-of date.

    ``cards``: the key, ``column`` (the earliest date) and ``tenure`` in days, a row per customer.
    """
    date, days = pl.col(column), pl.col(tenure)
    rules = {
        (column, "no activation date"): date.is_null(),
        (column, "after the as-of date"): days < 0,
    }
    return _found(cards, table, rules)


def of_fees(fees: pl.DataFrame, table: str, kind: str, number: str, place: str) -> pl.DataFrame:
    """Customers with a fee that has no tariff, or whose number is none.

    ``fees``: the key, ``kind``, ``number`` and ``place`` (null: not in the tariff table).
    """
    rules = {
        (kind, "null"): pl.col(kind).is_null(),
        (kind, "fee type without a tariff"): pl.col(kind).is_not_null() & pl.col(place).is_null(),
        (number, "null"): pl.col(number).is_null(),
        (number, "below 1"): pl.col(number) < 1,
        (number, f"above {MOST}"): pl.col(number) > MOST,
    }
    return _found(fees, table, rules)


def _found(frame: pl.DataFrame, table: str, rules: dict[tuple[str, str], pl.Expr]) -> pl.DataFrame:
    """Key, table, column, reason, value (the customer's first), rows: by customer and rule."""
    key = frame.columns[0]
    return pl.concat(
        frame.filter(broken)
        .group_by(key, maintain_order=True)
        .agg(pl.col(column).first().cast(pl.String).alias("value"), pl.len().alias("rows"))
        .with_columns(table=pl.lit(table), column=pl.lit(column), reason=pl.lit(reason))
        .select(key, *_FOUND)
        for (column, reason), broken in rules.items()
    )
