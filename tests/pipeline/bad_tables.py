"""What can be wrong between tables, parts of a table and rows: exit code and what is named."""

from __future__ import annotations

import polars as pl
from damage import Case, Damage, all_of, frame, lose, toml

PART = "statements-1.parquet"
LISTED = toml(
    'files = "raw/statements-*.parquet"',
    f'files = ["raw/statements-0.parquet", "raw/{PART}"]',
)
NO_TIE = toml('tie = "statement_id"\n', "")
ONE_DAY = frame(
    PART,
    lambda rows: rows.with_columns(pl.col("statement_date").first().over("customer_id")),
)
ONE_NUMBER = frame(
    PART,
    lambda rows: rows.with_columns(pl.col("statement_id").first().over("customer_id")),
)


def preset(name: str, folder: str) -> Damage:
    """The book names a preset, over its own tables."""
    return toml("[book]", f'[preset]\nname = "{name}"\nfolder = "{folder}"\n[book]')


TABLE_CASES = [
    Case(
        "keys of different types over tables",
        "parquet",
        toml(
            '[tables.statements.columns]\ncustomer_id = { type = "int64" }',
            '[tables.statements.columns]\ncustomer_id = { type = "string" }',
        ),
        78,
        ("book.key", "customer_id", "customers: int64", "statements: string"),
    ),
    Case(
        "keys stored as text in one table",
        "parquet",
        frame("statements-*", lambda rows: rows.cast({"customer_id": pl.String})),
        65,
        ("statements-0.parquet", "customer_id", "String", "int64"),
    ),
    Case(
        "keys that are not in the customers table",
        "parquet",
        frame(PART, lambda rows: rows.with_columns(pl.col("customer_id") + 1)),
        65,
        (PART, "customer_id", "no such customer", "'1091'", "rows 120"),
    ),
    Case("part of a list lost", "parquet", all_of(LISTED, lose(f"raw/{PART}")), 66, (PART,)),
    Case(
        "equal order values, no tie",
        "parquet",
        all_of(NO_TIE, ONE_DAY),
        65,
        (PART, "statement_date", "equal order; declare a tie column", "rows 120"),
    ),
    Case(
        "equal order values, equal ties",
        "parquet",
        all_of(ONE_DAY, ONE_NUMBER),
        65,
        (PART, "statement_date", "equal order and tie", "rows 120"),
    ),
    Case(
        "no order",
        "parquet",
        toml('order = "statement_date"\ntie = "statement_id"\n', ""),
        78,
        ("recipe: table 'statements' has no order", "declare order"),
    ),
    Case(
        "unknown preset",
        "parquet",
        preset("amx", "raw"),
        78,
        ("preset.name", "'amx'", "did you mean 'amex'?"),
    ),
    Case(
        "no folder of a preset",
        "parquet",
        preset("amex", "nowhere"),
        66,
        ("preset.folder", "nowhere"),
    ),
]
