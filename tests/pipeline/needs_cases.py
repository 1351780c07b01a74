"""A book in which much is declared and little is needed: side tables, joins, chains of columns."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl
from builders import AS_OF, KEY, columns, minimal_book

EACH = 5
"""Rows of a customer in the tables with many."""
STATISTICS = ["count", "sum", "mean", "std", "min", "max", "first", "last"]


def rich_book() -> dict[str, Any]:
    """Two event tables, two side tables and two lookups; a scorecard ``pd.json``."""
    book = deepcopy(minimal_book())
    day, at = {"order": "day"}, {KEY: "int64", "day": "date"}
    book["book"] |= {"segment": "segment"}
    book["tables"] = {
        "customers": {
            "columns": columns(
                {KEY: "int64", "segment": "string", "income": "float64?", "branch": "int64"}
            ),
            "join": [{"table": "branches", "on": "branch", "columns": ["rent", "staff"]}],
            "derive": {
                "income_k": "income / 1000",
                "rent_share": "rent / income_k",
                "staff_2": "staff * 2",
            },
        },
        "statements": day
        | {
            "tie": "number",
            "prefix": "s_",
            "columns": columns(
                at
                | {"number": "int64", "a": "float64?", "b": "float64?", "c": "float64?"}
                | {"tariff": "int64"}
            ),
            "join": [{"table": "tariffs", "on": "tariff", "columns": ["fee", "days"]}],
            "derive": {"ab": "a + b", "paid": "ab - fee", "cc": "c * 2"},
        },
        "visits": day | {"prefix": "v_", "columns": columns(at | {"minutes": "float64"})},
        "side": {
            "prefix": "x_",
            "columns": columns({KEY: "int64", "u": "float64?", "v": "float64?"}),
            "derive": {"uv": "u * v"},
        },
        "other": {"prefix": "y_", "columns": columns({KEY: "int64", "w": "float64"})},
        "tariffs": {
            "lookup": True,
            "unique": ["tariff"],
            "columns": columns({"tariff": "int64", "fee": "float64", "days": "int64"}),
        },
        "branches": {
            "lookup": True,
            "columns": columns({"branch": "int64", "rent": "float64", "staff": "int64"}),
        },
    }
    for name, table in book["tables"].items():
        table["files"] = f"{name}.parquet"
    book["recipe"] = [
        {
            "table": "statements",
            "columns": ["a", "b", "c", "ab", "paid", "cc", "fee", "days"],
            "statistics": STATISTICS,
            "windows": ["all", "last_3", "last_90d"],
            "of": ["value", "diff"],
        },
        {"table": "visits", "columns": ["minutes"], "statistics": STATISTICS},
    ]
    book["features"] = {
        "trend": "s_a__last_3__mean - s_a__mean",
        "trend_2": "trend * x_uv",
        "trend_3": "trend_2 + s_cc__max",
        "long": "v_minutes__sum / s_b__count",
    }
    return book


def rich_frames(customers: int = 40, seed: int = 3) -> dict[str, pl.DataFrame]:
    """The tables of ``rich_book``; a third of ``a`` is missing."""
    rng = np.random.default_rng(seed)
    keys = np.arange(customers) + 100
    rows = customers * EACH
    events = {
        KEY: np.repeat(keys, EACH),
        "day": [AS_OF - timedelta(days=40 * (EACH - 1 - i)) for i in range(EACH)] * customers,
    }
    gaps = pl.Series(rng.random(rows) < 1 / 3)
    numbers = {name: pl.Series(rng.gamma(2, 50, rows)) for name in "abc"}
    return {
        "customers": pl.DataFrame(
            {
                KEY: keys,
                "segment": rng.choice(["north", "south"], customers),
                "income": rng.uniform(1e3, 9e3, customers),
                "branch": rng.integers(0, 3, customers),
            }
        ),
        "statements": pl.DataFrame(
            events | {"number": np.arange(rows)} | numbers | {"tariff": rng.integers(0, 3, rows)}
        ).with_columns(a=pl.when(~gaps).then("a")),
        "visits": pl.DataFrame(events | {"minutes": rng.gamma(1, 9, rows)}),
        "side": pl.DataFrame({KEY: keys[::2], "u": rng.random(keys[::2].size)}).with_columns(
            v=pl.col("u") + 1
        ),
        "other": pl.DataFrame({KEY: keys, "w": rng.random(customers)}),
        "tariffs": pl.DataFrame({"tariff": [0, 1, 2], "fee": [1.5, 2.5, 9.0], "days": [7, 30, 91]}),
        "branches": pl.DataFrame(
            {"branch": [0, 1, 2], "rent": [10.0, 20.0, 35.0], "staff": [3, 4, 9]}
        ),
    }


def scorecard(features: list[str]) -> dict[str, Any]:
    """One that reads ``features``."""
    terms = [{"name": name, "coefficient": 0.0001, "impute": 1.0} for name in features]
    return {"kind": "scorecard", "intercept": -2.0, "features": terms}
