"""A small population whose good and bad are drawn from a logistic truth, and fits of it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from engine.fit import FitConfig, Target
from engine.fit.scorecard import FittedScorecard, fit_scorecard
from engine.fit.scorecard_config import ScorecardFitConfig
from engine.score import Model, load_model

KEY = "customer_id"
PARTS = ("train", "validation", "heldout")


@cache
def population(rows: int = 3_000, seed: int = 1) -> tuple[pl.DataFrame, Target]:
    """``debt`` and ``income`` matter, ``debt`` is missing now and then; ``noise`` does not."""
    rng = np.random.default_rng(seed)
    debt, income = rng.gamma(2.0, 500.0, rows), rng.normal(30_000.0, 9_000.0, rows)
    known = rng.random(rows) > 0.1
    z = -1.4 + 0.002 * (debt - 1_000.0) - 0.0001 * (income - 30_000.0)
    bad = rng.random(rows) < 1 / (1 + np.exp(-z))
    features = pl.DataFrame(
        {
            KEY: np.arange(rows),
            "joined_on": np.datetime64("2024-01-01") + rng.integers(0, 200, rows),
            "debt": np.where(known, debt, np.nan),
            "income": income,
            "noise": rng.normal(size=rows),
            "constant": np.ones(rows),
            "empty": pl.Series([None] * rows, dtype=pl.Float64),
            "town": pl.Series(["north", "south"])[rng.integers(0, 2, rows)],
            "copies": rng.integers(0, 4, rows).astype(float),
            "prior": np.where(rng.random(rows) < 0.5, 0.7, -0.7),
        }
    ).with_columns(pl.col("debt").fill_nan(None))
    return features, target_of(bad)


def target_of(bad: Any) -> Target:
    frame = pl.DataFrame({KEY: np.arange(len(bad)), "target": bad}).cast({"target": pl.Int8})
    counts = dict.fromkeys(("indeterminate", "immature", "missing"), 0)
    known = {"customers": len(bad), "good": int((~bad).sum()), "bad": int(bad.sum())}
    return Target(KEY, frame, known | counts | {"excluded": {}})


CANDIDATES = ("debt", "income", "noise", "constant", "empty", "town", "joined_on")


def config(**changes: Any) -> ScorecardFitConfig:
    return ScorecardFitConfig(**({"model": "card", "plots": False} | changes))


def fit(
    rows: pl.DataFrame | None = None,
    target: Target | None = None,
    *,
    how: FitConfig | None = None,
    threads: int = 1,
    names: tuple[str, ...] = CANDIDATES,
    **changes: Any,
) -> FittedScorecard:
    usual = population()
    return fit_scorecard(
        usual[0] if rows is None else rows,
        usual[1] if target is None else target,
        names,
        how or FitConfig(),
        config(**changes),
        threads=threads,
        note=print,
    )


def loaded(folder: Path, card: dict[str, Any]) -> Model:
    """The scorecard as a run loads it."""
    path = folder / "card.json"
    path.write_text(json.dumps(card))
    return load_model(path)
