"""What can be wrong with the columns of a file: type, name, text that does not parse."""

from __future__ import annotations

import polars as pl
from damage import Case, column, frame, line, sql, text, toml

STATEMENTS, CUSTOMERS = "statements-0.parquet", "customers-1.parquet"

TYPE_CASES = [
    Case(
        "text for a number",
        "parquet",
        frame(STATEMENTS, lambda rows: rows.cast({"balance": pl.String})),
        65,
        (STATEMENTS, "balance", "String", "float64"),
    ),
    Case(
        "CSV: text for a number",
        "csv",
        text("raw/statements-0.csv", column(3, "much")),
        65,
        ("statements-0.csv", "balance", "unreadable", "'much'", "rows 60"),
    ),
    Case(
        "CSV: text for a date",
        "csv",
        text("raw/statements-0.csv", column(1, "30.06.2026")),
        65,
        ("statements-0.csv", "statement_date", "unreadable", "'30.06.2026'", "rows 60"),
    ),
    Case(
        "types differ between files",
        "parquet",
        frame("statements-1.parquet", lambda rows: rows.cast({"customer_id": pl.String})),
        65,
        ("statements-1.parquet", "customer_id", "int64"),
    ),
    Case(
        "fractions for integers",
        "parquet",
        frame(CUSTOMERS, lambda rows: rows.cast({"arrears": pl.Float64})),
        65,
        (CUSTOMERS, "arrears", "int64"),
    ),
    Case(
        "column missing",
        "parquet",
        frame(CUSTOMERS, lambda rows: rows.rename({"income": "incomes"})),
        65,
        (CUSTOMERS, "income", "did you mean 'incomes'"),
    ),
    Case(
        "CSV: column missing",
        "csv",
        text("raw/customers-0.csv", line(0, lambda names: names.replace("income", "incomes"))),
        65,
        ("customers-0.csv", "income", "did you mean 'incomes'"),
    ),
    Case(
        "DuckDB: text for a number",
        "table",
        sql("alter table statements alter balance type varchar"),
        65,
        ("bank.duckdb", "balance"),
    ),
    Case(
        "DuckDB: no table", "table", sql("drop table statements"), 66, ("bank.duckdb", "statements")
    ),
    Case(
        "DuckDB: query fails",
        "query",
        toml("from statements where", "from statements wher"),
        78,
        ("bank.duckdb",),
    ),
    Case(
        "key of another type in a child table",
        "parquet",
        frame("statements-*.parquet", lambda rows: rows.cast({"customer_id": pl.String})),
        65,
        (STATEMENTS, "customer_id", "String", "int64"),
    ),
    Case(
        "text that is no date",
        "parquet",
        frame(STATEMENTS, lambda rows: rows.with_columns(statement_date=pl.lit("30.06.2026"))),
        65,
        (STATEMENTS, "statement_date", "unreadable", "'30.06.2026'"),
    ),
]
