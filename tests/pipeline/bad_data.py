"""What can be wrong with files and tables: exit code and what the message names."""

from __future__ import annotations

from datetime import date

import polars as pl
from bad_types import TYPE_CASES
from damage import Case, cells, data, frame, line, lose, sql, text, toml

STATEMENTS, CUSTOMERS = "statements-0.parquet", "customers-1.parquet"
NO_ROWS = frame("customers-*.parquet", lambda rows: rows.clear())

DATA_CASES = [
    # 66: not there
    Case("no customers", "parquet", lose("raw/customers-*"), 66, ("customers-*.parquet",)),
    Case("no file", "parquet", toml("statements-*", "statements-9"), 66, ("statements-9.parquet",)),
    Case(
        "one part of several missing",
        "parquet",
        toml(
            'files = "raw/statements-*.parquet"',
            'files = ["raw/statements-0.parquet", "raw/statements-7.parquet"]',
        ),
        66,
        ("tables.statements", "statements-7.parquet"),
    ),
    Case("no DuckDB file", "table", lose("raw/bank.duckdb"), 66, ("bank.duckdb",)),
    Case("no model", "parquet", lose("models/pd.json"), 66, ("pd.json",)),
    Case(
        "no calibrator",
        "parquet",
        toml('predicts = "pd"', 'predicts = "pd"\ncalibrator = "models/cal.json"'),
        66,
        ("cal.json",),
    ),
    # 65: truncated, empty
    Case("zero customers", "parquet", NO_ROWS, 65, ("customers", "no rows", "customers-0.parquet")),
    Case(
        "empty table",
        "parquet",
        frame("statements-*.parquet", lambda rows: rows.clear()),
        65,
        ("statements", "no rows"),
    ),
    Case("empty DuckDB table", "table", sql("delete from customers"), 65, ("customers", "no rows")),
    Case(
        "CSV: header only",
        "csv",
        lambda folder: [text(f"raw/customers-{i}.csv", lambda r: r[:1])(folder) for i in (0, 1)],
        65,
        ("customers", "no rows"),
    ),
    Case(
        "CSV: 0 bytes", "csv", data("raw/customers-0.csv", lambda _: b""), 65, ("customers-0.csv",)
    ),
    Case(
        "truncated Parquet",
        "parquet",
        data(f"raw/{STATEMENTS}", lambda all_: all_[:-200]),
        65,
        (STATEMENTS, "cut off"),
    ),
    Case("0 bytes", "parquet", data(f"raw/{CUSTOMERS}", lambda _: b""), 65, (CUSTOMERS,)),
    Case(
        "Parquet: footer only",
        "parquet",
        data(f"raw/{STATEMENTS}", lambda all_: b"PAR1" + all_[-1500:]),
        65,
        (STATEMENTS,),
    ),
    Case(
        "Parquet: overwritten in the middle",
        "parquet",
        data(f"raw/{STATEMENTS}", lambda all_: all_[:100] + b"\xff" * 900 + all_[1000:]),
        65,
        (STATEMENTS,),
    ),
    Case(
        "not Parquet", "parquet", data(f"raw/{STATEMENTS}", lambda _: b"x" * 999), 65, (STATEMENTS,)
    ),
    Case(
        "not DuckDB", "table", data("raw/bank.duckdb", lambda _: b"x" * 9999), 65, ("bank.duckdb",)
    ),
    # 65: ragged
    Case(
        "ragged: too long",
        "csv",
        text("raw/statements-1.csv", line(7, lambda cells: cells + ",1")),
        65,
        ("statements-1.csv", "line 8", "6 cells", "5", "rows 1"),
    ),
    Case(
        "ragged: too short",
        "csv",
        text("raw/statements-1.csv", line(7, lambda cells: cells.rsplit(",", 1)[0])),
        65,
        ("statements-1.csv", "line 8", "4 cells", "5", "rows 1"),
    ),
    Case("cut in a line", "csv", data("raw/statements-1.csv", lambda a: a[:-30]), 65, ("ragged",)),
    Case(
        "not UTF-8",
        "csv",
        data("raw/customers-0.csv", lambda all_: all_.replace(b"retired", b"retir\xe9")),
        65,
        ("customers-0.csv",),
    ),
    *TYPE_CASES,
    # 65: keys and ranges
    Case(
        "keys that are no customer's",
        "parquet",
        frame(STATEMENTS, lambda rows: rows.with_columns(-pl.col("customer_id"))),
        65,
        (STATEMENTS, "customer_id", "no such customer", "rows"),
    ),
    Case(
        "equal order",
        "parquet",
        lambda folder: [
            toml('tie = "statement_id"\nunique = ["statement_id"]\n', "")(folder),
            cells(STATEMENTS, "statement_date", date(2026, 1, 31))(folder),
        ],
        65,
        (STATEMENTS, "statement_date", "equal order; declare a tie column", "'2026-01-31'"),
    ),
    Case(
        "repeated keys",
        "parquet",
        frame(CUSTOMERS, lambda rows: pl.concat([rows, rows[:9]])),
        65,
        (CUSTOMERS, "customer_id", "repeated key", "rows 18"),
    ),
    Case(
        "null keys",
        "parquet",
        cells(CUSTOMERS, "customer_id", None, 9),
        65,
        ("customers", "customer_id", "null", "rows 9"),
    ),
    Case(
        "column all null",
        "parquet",
        frame("customers-*", lambda rows: rows.with_columns(income=pl.lit(None, pl.Float64))),
        65,
        ("customers-0.parquet", "income", "every value is null", "rows 60"),
    ),
    Case(
        "column all NaN",
        "parquet",
        frame("customers-*", lambda rows: rows.with_columns(income=pl.lit(float("nan")))),
        65,
        ("customers-0.parquet", "income", "every value is null", "rows 60"),
    ),
    Case(
        "infinite",
        "parquet",
        cells(STATEMENTS, "balance", float("inf")),
        65,
        ("not finite", "rows 60"),
    ),
    Case("NaN", "parquet", cells(STATEMENTS, "balance", float("nan")), 65, ("null", "rows 60")),
    Case(
        "negative",
        "parquet",
        cells(STATEMENTS, "balance", -0.01),
        65,
        (STATEMENTS, "balance", "below 0", "'-0.01'", "rows 60"),
    ),
    Case(
        "above the range",
        "parquet",
        cells(CUSTOMERS, "arrears", 1000, 10),
        65,
        (CUSTOMERS, "arrears", "above 999", "rows 10"),
    ),
    Case(
        "in the future",
        "parquet",
        cells(STATEMENTS, "statement_date", date(2026, 7, 1)),
        65,
        (STATEMENTS, "statement_date", "after the as-of date", "rows 60"),
    ),
]
