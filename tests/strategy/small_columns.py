"""A few hundred customers as narrow columns, and pricings over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.evaluate import (
    EconomicsConfig,
    Pricing,
    StrategyConfig,
    TakeUpConfig,
    load_pricing,
)
from engine.strategy import BookFacts, Columns, OptimiseConfig

GRADES: list[dict[str, Any]] = [
    {"grade": "A", "max_pd": 0.02, "rate": 0.08, "limit": 4000},
    {"grade": "B", "max_pd": 0.08, "rate": 0.14, "limit": 2500},
    {"grade": "C", "rate": 0.2, "limit": 1000, "approve": False},
]
ECONOMICS: dict[str, Any] = {
    "mode": "source",
    "funding_cost": 0.02,
    "operating_cost": 0.01,
    "lgd": 0.5,
}
TAKE_UP: dict[str, Any] = {
    "intercept": 1.0,
    "rate": -16.0,
    "log_limit": 0.4,
    "reference_limit": 3000,
}
MENU: dict[str, Any] = {
    "rates": {"from": 0.05, "to": 0.3, "steps": 11, "round_to": 0.005},
    "limits": {"values": [500, 1000, 2000, 4000]},
}
FACTS = BookFacts(name="small", currency="EUR", as_of=None, made_from={}, models={})


def columns(n: int = 400, seed: int = 3, **changes: Any) -> Columns:
    """Two segments, two groups; a third of the caps bind."""
    rng = np.random.default_rng(seed)
    pd = np.clip(np.exp(rng.normal(-3.2, 0.9, n)), 1e-4, 0.9)
    grade = np.searchsorted([0.02, 0.08], pd)
    made: dict[str, Any] = {
        "segments": ("a", "b"),
        "groups": ("x", "y"),
        "segment": rng.integers(0, 2, n).astype(np.int16),
        "group": rng.integers(0, 2, n).astype(np.int16),
        "pd": pd,
        "rate": np.array([0.08, 0.14, 0.2])[grade],
        "limit": np.array([4000.0, 2500.0, 1000.0])[grade],
        "cap": np.where(rng.random(n) < 0.6, np.inf, rng.uniform(0, 4500, n)),
        "propensity": np.full(n, np.nan),
        "approve": grade < 2,
        "knocked_out": 7,
    }
    return Columns(**(made | changes))


def pricing(
    *,
    economics: dict[str, Any] | None = None,
    take_up: dict[str, Any] | None = None,
    folder: Path = Path(),
    **strategy: Any,
) -> Pricing:
    """Of the constants above, with changes."""
    return load_pricing(
        EconomicsConfig.model_validate(ECONOMICS | (economics or {})),
        StrategyConfig.model_validate({"grades": GRADES} | strategy),
        TakeUpConfig.model_validate(TAKE_UP if take_up is None else take_up),
        folder=folder,
        book="small",
        as_of=None,
    )


def config(**changes: Any) -> OptimiseConfig:
    """The small menu, with changes."""
    return OptimiseConfig.model_validate({"menu": MENU} | changes)
