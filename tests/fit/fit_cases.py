"""Small populations to label, split and train on."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from engine.fit import Target, TargetConfig

AS_OF = dt.date(2025, 1, 31)


def table_form(**changes):
    """The table form of a target: bad above 90 days within a year."""
    settings = {
        "table": "performance",
        "date": "month",
        "days_past_due": "dpd",
        "bad_over": 90,
        "indeterminate_over": 30,
        "window_days": 365,
        "observed_until": dt.date(2026, 1, 31),
    }
    return TargetConfig(**(settings | changes))


def population(rows: int = 4_000, *, seed: int = 1, bad_share: float = 0.1):
    """Features of which two matter, and their target: keys 0 .. rows - 1, dates over 200 days."""
    rng = np.random.default_rng(seed)
    risk, noise = rng.standard_normal(rows), rng.standard_normal(rows)
    odds = bad_share / (1 - bad_share) * np.exp(1.2 * risk - 0.7)
    bad = rng.random(rows) < odds / (1 + odds)
    features = pl.DataFrame(
        {
            "customer_id": np.arange(rows),
            "joined_on": np.datetime64("2024-01-01") + rng.integers(0, 200, rows),
            "risk": risk + 0.3 * noise,
            "utilisation": np.where(rng.random(rows) < 0.1, np.nan, 0.5 * risk + noise),
            "noise": noise,
            "segment": pl.Series(["salaried", "student"])[rng.integers(0, 2, rows)],
            "constant": np.ones(rows),
            "empty": pl.Series([None] * rows, dtype=pl.Float64),
        }
    ).with_columns(pl.col("utilisation").fill_nan(None))
    return features, target_of(bad)


def target_of(bad) -> Target:
    frame = pl.DataFrame({"customer_id": np.arange(len(bad)), "target": bad}).cast(
        {"target": pl.Int8}
    )
    counts = {
        "customers": len(bad),
        "good": int((~bad).sum()),
        "bad": int(bad.sum()),
        "indeterminate": 0,
        "immature": 0,
        "missing": 0,
        "excluded": {},
    }
    return Target("customer_id", frame, counts)
