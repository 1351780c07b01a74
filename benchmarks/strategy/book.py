"""A made-up book as the optimiser sees it: narrow columns, a market with a rate cliff, pricings."""

from __future__ import annotations

import json
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

SEGMENTS = ("employed", "retired", "self_employed", "student")
RATES, LIMITS, KNOTS = 60, 25, 64
FACTS = BookFacts(name="benchmark", currency="EUR", as_of=None, made_from={}, models={})
SOURCE = {"mode": "source", "funding_cost": 0.03, "operating_cost": 0.02, "lgd": 0.5}
CASHFLOW = {
    "mode": "cashflow",
    "funding_cost": 0.03,
    "operating_cost": 0.02,
    "lgd": 0.5,
    "term_months": 36,
    "prepayment": 0.1,
    "recovery_lag_months": 12,
    "drawn_share": 0.8,
    "acquisition_cost": 30,
    "cost_of_capital": 0.1,
}
LOGISTIC = {
    "intercept": 1.6,
    "rate": -18.0,
    "log_limit": 0.5,
    "reference_limit": 5000,
    "segments": {
        "self_employed": {"rate": -14.0},
        "student": {"intercept": 2.0, "rate": -26.0},
        "retired": {"intercept": 1.0, "log_limit": 0.3},
    },
}


def columns(customers: int, segments: int = 4, seed: int = 1) -> Columns:
    """PD log-normal, half of the customers capped by income."""
    rng = np.random.default_rng(seed)
    income = np.exp(rng.normal(10.2, 0.5, customers))
    return Columns(
        segments=SEGMENTS[:segments],
        groups=("all",),
        segment=rng.integers(0, segments, customers).astype(np.int16),
        group=np.zeros(customers, np.int16),
        pd=np.clip(np.exp(rng.normal(-3.9, 0.95, customers)), 2e-4, 0.9),
        rate=np.full(customers, 0.14),
        limit=np.full(customers, 4000.0),
        cap=np.where(rng.random(customers) < 0.5, np.inf, 0.25 * income),
        propensity=rng.beta(2.0, 3.0, customers),
        approve=np.ones(customers, np.bool_),
        knocked_out=0,
    )


def pricing(folder: Path, economics: dict[str, Any], form: str, grades: int = 1) -> Pricing:
    """``form``: of take-up. The market has one table for all grades and a cliff from 7 to 10 %."""
    take_up: dict[str, Any] = LOGISTIC
    if form != "logistic":
        names = [f"G{grade}" for grade in range(grades)]
        (folder / "market.json").write_text(json.dumps(market(names)))
        take_up = {"form": form, "market": "market.json", "propensity": "propensity"}
        take_up |= {"slope": 1.3} if form == "market" else {}
    book_grades = [{"grade": f"G{g}", "max_pd": None, "rate": 0.1, "limit": 1} for g in range(1)]
    return load_pricing(
        EconomicsConfig.model_validate(economics),
        StrategyConfig.model_validate({"grades": book_grades}),
        TakeUpConfig.model_validate(take_up),
        folder=folder,
        book="benchmark",
        as_of=None,
    )


def market(grades: list[str]) -> dict[str, Any]:
    """Banks below 7 %, card companies above 10 %, three rivals."""
    rates = np.linspace(0.02, 0.36, KNOTS)
    log_limits = np.linspace(np.log(300.0), np.log(25_000.0), KNOTS)
    value = rates[:, None] - 0.006 * (log_limits[None, :] - np.log(5000.0))
    rival = np.where(value < 0.07, 0.75 - 5.0 * (value - 0.02), 0.5)
    rival = np.where(value > 0.10, 0.5 * np.exp(-(value - 0.10) / 0.06), rival)
    win = np.minimum.accumulate(np.clip(rival, 0.0, 1.0) ** 1.5, axis=0)
    win = np.maximum.accumulate(win, axis=1)
    knots = {
        name: {"lo": float(axis[0]), "step": float(axis[1] - axis[0]), "n": KNOTS}
        for name, axis in (("rates", rates), ("log_limits", log_limits))
    }
    tables = [{"segment": "*", "grade": grade, "win": win.tolist()} for grade in grades]
    support = {grade: {"rate": [0.02, 0.36], "limit": [300.0, 25_000.0]} for grade in grades}
    return {"kind": "market", **knots, "tables": tables, "support": support, "cliffs": []}


def config(
    grades: int, constraints: dict[str, Any] | None = None, **changes: Any
) -> OptimiseConfig:
    """The menu of the goals: 60 rates x 25 limits."""
    wanted: dict[str, Any] = {
        "grades": grades if grades > 1 else "book",
        "menu": {
            "rates": {"from": 0.05, "to": 0.345, "steps": RATES},
            "limits": {"from": 500, "to": 15_000, "steps": LIMITS, "spacing": "log"},
        },
        "constraints": constraints or {},
    }
    return OptimiseConfig.model_validate(wanted | changes)
