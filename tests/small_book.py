"""A small book for end-to-end tests: customers, statements, a scorecard; by Parquet, CSV, DuckDB.

The numbers are drawn once and then rounded to three decimals, so that CSV holds them exactly. Sums
of them are not exact: an order of addition that varied would show.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Literal

import duckdb
import numpy as np
import polars as pl

Frames = dict[str, pl.DataFrame]
Source = Literal["parquet", "csv", "table", "query"]

AS_OF = date(2026, 6, 30)
STATEMENTS_EACH = 6

TOML = """\
[book]
name = "small"
key = "customer_id"
segment = "segment"
as_of = 2026-06-30

[ingest]
max_quarantine_share = 0.1

[tables.customers]
@customers@
[tables.customers.columns]
customer_id = { type = "int64" }
segment = { type = "string", allowed = ["salaried", "retired", "student"] }
joined_on = { type = "date" }
income = { type = "float64", min = 0, nullable = true }
arrears = { type = "int64", min = 0, max = 999 }
[tables.customers.derive]
income_cap = "coalesce(income, 9000) * 0.3"

[tables.statements]
@statements@
order = "statement_date"
tie = "statement_id"
unique = ["statement_id"]
[tables.statements.columns]
customer_id = { type = "int64" }
statement_date = { type = "date" }
statement_id = { type = "int64" }
balance = { type = "float64", min = 0 }
payment = { type = "float64", min = 0, nullable = true }

[[recipe]]
table = "statements"
columns = ["balance", "payment"]
statistics = ["mean", "std", "sum", "last"]
windows = ["all", "last_3", "last_90d"]

[features]
payment_share = "payment__sum / (balance__sum + 1)"

[models.pd]
file = "models/pd.json"
predicts = "pd"
floor = 0.001

[economics]
mode = "source"
funding_cost = 0.03
operating_cost = 0.01
lgd = 0.5

[strategy]
caps = ["income_cap"]
[[strategy.grades]]
grade = "A"
max_pd = 0.05
rate = 0.08
limit = 6000
[[strategy.grades]]
grade = "B"
rate = 0.15
limit = 2000
[[strategy.knock_outs]]
reason = "overdue"
when = "arrears > 60"

[take_up]
intercept = 1.0
rate = -9.0
log_limit = 0.4
reference_limit = 4000
[take_up.segments.student]
rate = -14.0

[output]
dir = "out"
chunk_customers = 25
"""

CARD = {
    "kind": "scorecard",
    "intercept": -4.0,
    "features": [
        {"name": "balance__mean", "coefficient": 0.4, "impute": 900.0, "mean": 800.0, "std": 500.0},
        {"name": "payment__last_3__std", "coefficient": -0.2, "impute": 50.0, "std": 90.0},
        {"name": "balance__last_90d__sum", "coefficient": 0.1, "impute": 0.0, "std": 2000.0},
        {"name": "payment_share", "coefficient": -1.5, "impute": 0.1},
        {"name": "arrears", "coefficient": 0.05},
    ],
}


def make_frames(customers: int = 60, *, seed: int = 1) -> Frames:
    """Tables in customer order; keys ascend with gaps, each customer has six statements."""
    rng = np.random.default_rng(seed)
    keys = 1000 + 3 * np.arange(customers)
    rows = customers * STATEMENTS_EACH
    income = np.where(
        rng.random(customers) < 0.1, np.nan, rng.uniform(5e3, 9e4, customers).round(3)
    )
    payment = np.where(rng.random(rows) < 0.2, np.nan, rng.gamma(2, 60, rows).round(3))
    months = [
        AS_OF - timedelta(days=30 * (STATEMENTS_EACH - 1 - i)) for i in range(STATEMENTS_EACH)
    ]
    joined = [date(2015, 1, 1) + timedelta(days=int(d)) for d in rng.integers(0, 3000, customers)]
    return {
        "customers": pl.DataFrame(
            {
                "customer_id": keys,
                "segment": rng.choice(["salaried", "retired", "student"], customers),
                "joined_on": joined,
                "income": pl.Series(income).fill_nan(None),
                "arrears": rng.choice([0, 0, 0, 15, 45, 90], customers),
            }
        ),
        "statements": pl.DataFrame(
            {
                "customer_id": np.repeat(keys, STATEMENTS_EACH),
                "statement_date": months * customers,
                "statement_id": 1 + np.arange(rows),
                "balance": rng.gamma(2, 500, rows).round(3),
                "payment": pl.Series(payment).fill_nan(None),
            }
        ),
    }


def shuffled(frames: Mapping[str, pl.DataFrame], seed: int = 5) -> Frames:
    """The same rows in another order."""
    return {
        name: frame.sample(fraction=1.0, shuffle=True, seed=seed) for name, frame in frames.items()
    }


def write_book(
    folder: Path,
    frames: Mapping[str, pl.DataFrame],
    source: Source | Mapping[str, Source] = "parquet",
    *,
    files: int = 2,
    edit: Callable[[str], str] = str,
) -> Path:
    """Writes tables, scorecard and book.toml; ``edit`` changes the text of the book. Its path.

    ``source``: of all tables, or by table.
    """
    raw = folder / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    text = TOML
    for name, frame in frames.items():
        kind = source if isinstance(source, str) else source[name]
        text = text.replace(f"@{name}@", write_table(raw, name, frame, kind, files))
    write_card(folder)
    book = folder / "book.toml"
    book.write_text(edit(text))
    return book


def write_card(folder: Path, **changes: object) -> Path:
    """The scorecard, with some of its fields changed."""
    path = folder / "models" / "pd.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({**CARD, **changes}))
    return path


def write_table(raw: Path, name: str, frame: pl.DataFrame, source: Source, files: int) -> str:
    """One table in ``files`` files, or in DuckDB; the lines of the book that say where it lies."""
    if source in ("table", "query"):
        with duckdb.connect(str(raw / "bank.duckdb")) as bank:
            bank.register("frame", frame.to_arrow())
            bank.execute(f"create or replace table {name} as select * from frame")
        what = {
            "table": f'table = "{name}"',
            "query": f'query = "select *, 1 as one from {name} where customer_id > 0"',
        }
        return f'duckdb = "raw/bank.duckdb"\n{what[source]}'
    for number, part in enumerate(in_parts(frame, files)):
        path = raw / f"{name}-{number}.{source}"
        part.write_csv(path) if source == "csv" else part.write_parquet(path)
    return f'files = "raw/{name}-*.{source}"'


def in_parts(frame: pl.DataFrame, parts: int) -> list[pl.DataFrame]:
    """Slices of about equal length."""
    cuts = np.linspace(0, frame.height, parts + 1).astype(int)
    return [frame[int(lo) : int(hi)] for lo, hi in pairwise(cuts)]


def replace(old: str, new: str) -> Callable[[str], str]:
    """An ``edit`` for ``write_book``; what it replaces must be there."""

    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return edit
