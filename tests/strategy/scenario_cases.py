"""Prepared books for frontiers and scenarios, a market, and what offers bring by plain NumPy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from small_columns import ECONOMICS, FACTS, TAKE_UP, columns, config, pricing

from engine.evaluate import Pricing
from engine.strategy import OptimiseConfig, prepare
from engine.strategy.config import ScenarioConfig
from engine.strategy.optimise import Prepared

Floats = NDArray[np.float64]
CAPPED: dict[str, Any] = {"bad_rate_balance": {"max": 0.03}, "min_volume": {"min": 60_000}}


def prepared(
    *,
    n: int = 400,
    seed: int = 3,
    priced: Pricing | None = None,
    wanted: OptimiseConfig | None = None,
    **constraints: Any,
) -> Prepared:
    """The small book, without constraints or with these."""
    wanted = wanted or config(constraints=constraints)
    return prepare(columns(n, seed), priced or pricing(), wanted, FACTS, threads=1)


def scenario(name: str = "other", **changes: Any) -> ScenarioConfig:
    """One, as a book has it."""
    return ScenarioConfig.model_validate({"name": name, **changes})


def market_take_up(folder: Path, **changes: Any) -> dict[str, Any]:
    """``[take_up]`` over a market that wins less at higher rates and smaller limits, by grade."""
    rates, limits = 0.02 + 0.01 * np.arange(30), np.log(200.0) + 0.5 * np.arange(8)
    tables = []
    for place, grade in enumerate("ABC"):
        z = 1.0 - 25.0 * (rates[:, None] - 0.08 - 0.05 * place) + 0.5 * (limits - np.log(2000.0))
        tables.append({"segment": "*", "grade": grade, "win": (1 / (1 + np.exp(-z))).tolist()})
    support = {"rate": [0.02, 0.31], "limit": [200.0, 7000.0]}
    document = {
        "kind": "market",
        "rates": {"lo": 0.02, "step": 0.01, "n": 30},
        "log_limits": {"lo": float(limits[0]), "step": 0.5, "n": 8},
        "tables": tables,
        "support": dict.fromkeys("ABC", support),
        "cliffs": [],
    }
    (folder / "market.json").write_text(json.dumps(document))
    return {"form": "market", "market": "market.json", "slope": 1.3, "intercept": 0.5} | changes


def offer_amounts(
    pd: Floats,
    rate: Floats,
    limit: Floats,
    *,
    lgd: float = ECONOMICS["lgd"],
    funding: float = ECONOMICS["funding_cost"],
    intercept: float | Floats = TAKE_UP["intercept"],
    slope: float = TAKE_UP["rate"],
) -> dict[str, Floats]:
    """Per customer, in the words of the result: mode source, take-up logistic."""
    with np.errstate(divide="ignore"):
        z = intercept + slope * rate + TAKE_UP["log_limit"] * np.log(limit / 3000.0)
    taken = np.where(limit > 0.0, 1.0 / (1.0 + np.exp(-z)), 0.0)
    margin = rate - funding - ECONOMICS["operating_cost"]
    lent = taken * limit
    return {
        "taken": taken,
        "exposure": lent,
        "expected_loss": lent * pd * lgd,
        "expected_profit": lent * ((1.0 - pd) * margin - pd * lgd),
    }


def chosen_offers(made: Prepared, choice: NDArray[np.int64]) -> tuple[Floats, Floats, Any]:
    """Rate and limit after the cap of each customer, and whether it is approved; by key."""
    own, rows = made.columns, made.table.rows
    cell = np.empty(own.pd.size, np.int64)
    cell[rows.order] = np.repeat(np.arange(choice.size), np.diff(rows.first))
    entry = choice.ravel()[cell]
    limits = made.table.limits
    at = np.maximum(entry, 0)
    limit = np.minimum(limits[at % limits.size], own.cap)
    return made.table.rates[at // limits.size], limit, entry >= 0
