"""A book whose models read ranks over all customers, and what Polars says those ranks are."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from builders import AS_OF, KEY, columns, minimal_book, toml

RANKS = ("amount__last_rank_in_month", "amount__last_valid_rank_in_month")
_MISSING = -5.0
_DAYS = 200
"""Statements are of so many days up to the as-of date, and of 20 days after it."""


def rank_book() -> dict[str, Any]:
    """``RANKS`` of statements that count once they were known; late ones are left out."""
    book = minimal_book()
    customer = {KEY: "int64", "bad": {"type": "int64", "allowed": [0, 1]}}
    row = {KEY: "int64", "day": "date", "number": "int64", "booked_on": "date?"}
    book["tables"] = {
        "customers": {"files": "customers.parquet", "columns": columns(customer)},
        "statements": {
            "files": "statements.parquet",
            "order": "day",
            "tie": "number",
            "known_at": "booked_on",
            "after_as_of": "drop",
            "columns": columns(row | {"amount": {"type": "float64", "min": 0, "nullable": True}}),
        },
    }
    statistics = [name.removeprefix("amount__") for name in RANKS]
    book["recipe"] = [{"table": "statements", "columns": ["amount"], "statistics": statistics}]
    book["ingest"] = {"max_quarantine_share": 0.5}
    book["target"] = {"column": "bad"}
    book["fit"] = {"split": "random", "least_bads": 2}
    return book


def rank_frames(customers: int = 150, *, seed: int = 4) -> dict[str, pl.DataFrame]:
    """Up to six statements a customer; of amounts some are equal, some are missing."""
    rng = np.random.default_rng(seed)
    keys = 10 + 2 * np.arange(customers)
    owner = np.repeat(keys, rng.integers(0, 7, customers))
    size = owner.size
    days = [AS_OF - timedelta(days=int(back)) for back in rng.integers(-20, _DAYS, size)]
    booked = [
        day + timedelta(days=int(more))
        for day, more in zip(days, rng.integers(0, 9, size), strict=True)
    ]
    amounts = rng.integers(0, 40, size) / 8
    worst = [amounts[owner == key].max(initial=0) for key in keys]
    return {
        "customers": pl.DataFrame({KEY: keys, "bad": (np.array(worst) > 4).astype(int)}),
        "statements": pl.DataFrame(
            {
                KEY: owner,
                "day": days,
                "number": np.arange(size),
                "booked_on": booked,
                "amount": amounts,
            }
        ).with_columns(
            booked_on=pl.when(pl.Series(rng.random(size) >= 0.1)).then("booked_on"),
            amount=pl.when(pl.Series(rng.random(size) >= 0.1)).then("amount"),
        ),
    }


def write_rank_book(folder: Path, frames: dict[str, pl.DataFrame], **changes: Any) -> Path:
    """The book, its tables and a scorecard for each of ``RANKS``, the first the PD model too."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    models: dict[str, Any] = {"pd": {"file": f"{RANKS[0]}.json", "predicts": "pd"}}
    for name in RANKS:
        part = {"name": name, "coefficient": 1.0, "impute": _MISSING}
        card = {"kind": "scorecard", "intercept": 0.0, "features": [part]}
        (folder / f"{name}.json").write_text(json.dumps(card))
        models[f"of_{name}"] = {"file": f"{name}.json", "predicts": f"of_{name}"}
    book = folder / "book.toml"
    book.write_text(toml(rank_book() | {"models": models} | changes))
    return book


def ranks_of(published: pl.DataFrame) -> pl.DataFrame:
    """Key and ``RANKS``, read off the scores; NaN where missing."""
    scores = (published[f"of_{name}"].rename(name) for name in RANKS)
    return published.select(KEY).with_columns(
        pl.Series(score.name, [_logit(value) for value in score]) for score in scores
    )


def _logit(score: float) -> float:
    value = math.log(score / (1 - score))
    return math.nan if abs(value - _MISSING) < 1e-9 else value


def by_polars(frames: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The same from the rows that count, of the customers that hold the contract."""
    rows = frames["statements"]
    broken = rows.filter(pl.col("amount") < 0, pl.col("booked_on") <= AS_OF, pl.col("day") <= AS_OF)
    rows = rows.filter(
        pl.col("day") <= AS_OF,
        pl.col("booked_on") <= AS_OF,
        ~pl.col(KEY).is_in(broken[KEY].unique().implode()),
    ).sort(KEY, "day", "number")
    amount, month = pl.col("amount"), pl.col("day").dt.strftime("%Y-%m")
    rank = amount.rank("average").over(month) / amount.count().over(month)
    last = (
        rows.with_columns(rank=rank)
        .group_by(KEY)
        .agg(
            pl.col("rank").last().alias(RANKS[0]),
            pl.col("rank").drop_nulls().last().alias(RANKS[1]),
        )
    )
    kept = frames["customers"].filter(~pl.col(KEY).is_in(broken[KEY].unique().implode()))
    found = kept.select(KEY).join(last, on=KEY, how="left").sort(KEY)
    return found.with_columns(pl.col(RANKS).fill_null(math.nan))
