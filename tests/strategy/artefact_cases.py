"""Odd customers and odd strategies, and the rows that a run would publish of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from hypothesis import strategies as st

from engine.evaluate import (
    EconomicsConfig,
    Pricing,
    StrategyConfig,
    TakeUpConfig,
    evaluate,
    load_pricing,
)
from engine.evaluate.strategy_file import CellOffer, GradeBound, StrategyFile

KEY = "customer_id"
SEGMENTS = ("north", "it's", 'a "b"', "(none)", "Ünïted", "a;--b\nc")
PDS = (0.0, 0.02, 0.1, 0.1 + 0.2, 0.012345678901234567, 1.0)
"""Bounds of grades are drawn from these, and PDs are equal to them or their neighbours."""
LIMITS = (0.0, 700.0, 1234.56, 9_000.1)


def pricing(*, file: StrategyFile | None = None, caps: bool = True, **changes: Any) -> Pricing:
    """Economics of one year, logistic take-up; ``changes``: keys of ``[take_up]``."""
    strategy = {
        "grades": [
            {"grade": "A", "max_pd": 0.02, "rate": 0.05, "limit": 5000},
            {"grade": "B", "rate": 0.12, "limit": 2000},
        ],
        "caps": ["cap", "other"] if caps else [],
        "group": "branch",
        "knock_outs": [{"reason": "staff", "when": "staff = 1"}],
    }
    take_up = {"intercept": 0.4, "rate": -9.0, "log_limit": 0.3, "reference_limit": 1000}
    loaded = load_pricing(
        EconomicsConfig(mode="source", funding_cost=0.03, operating_cost=0.01, lgd=0.5),
        StrategyConfig.model_validate(strategy),
        TakeUpConfig.model_validate(
            take_up | {"segments": {SEGMENTS[1]: {"rate": -20, "intercept": 2}}} | changes
        ),
        folder=Path(),
        book="small",
        as_of=None,
    )
    return replace(loaded, file=file)


def customers(seed: int, count: int = 200) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Features and scores: PDs at, beside and between bounds, unknown; caps missing or below 0."""
    rng = np.random.default_rng(seed)

    def some(values: list[Any], share: float = 0.1) -> pl.Series:
        chosen = pl.Series(values).gather(rng.integers(0, len(values), count))
        return pl.select(pl.when(pl.Series(rng.random(count) >= share)).then(chosen)).to_series()

    pds = [f(x) for x in PDS for f in (float, lambda x: np.nextafter(x, 2), lambda x: x * 0.7)]
    features = pl.DataFrame(
        {
            KEY: np.arange(count),
            "segment": some(list(SEGMENTS)),
            "branch": some(["x", "y", "z"]),
            "staff": some([0.0, 0.0, 0.0, 1.0]),
            "cap": some([-50.0, 0.0, 350.25, 1e5, *rng.uniform(0, 9e3, 20)]),
            "other": some([500.0, 1e6, 1e6], share=0.02),
        }
    )
    scores = pl.DataFrame(
        {
            "pd": some([min(pd, 1.0) for pd in pds]),
            "p": some([0.0, 1.0, 1e-12, 1 - 1e-12, 0.3, 0.7]),
        }
    )
    return features, scores


def published(seed: int, priced: Pricing) -> pl.DataFrame:
    """What a run would publish."""
    features, scores = customers(seed)
    return evaluate(features, scores, key=KEY, segment="segment", pricing=priced, profit=None)


@st.composite
def strategy_files(draw: st.DrawFn, names: tuple[str, ...] = SEGMENTS) -> StrategyFile:
    """Strategies for some of the segments; declined cells with prices too."""
    bounds = sorted(draw(st.sets(st.sampled_from([pd for pd in PDS if 0 < pd < 1]))))
    grades = [f"G'{number}" for number in range(len(bounds) + 1)]
    segments = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    offer = st.tuples(
        st.booleans(), st.sampled_from([0.0, 0.1, 0.1 + 0.2, 0.335]), st.sampled_from(LIMITS)
    )
    offers = []
    for segment in segments:
        for grade in grades:
            approve, rate, limit = draw(offer)
            priced = approve or draw(st.booleans())
            offers.append(
                CellOffer(
                    segment=segment,
                    grade=grade,
                    approve=approve,
                    rate=rate if priced else None,
                    limit=limit if priced else None,
                )
            )
    return StrategyFile(
        kind="strategy",
        book="small",
        currency="EUR",
        grades=tuple(
            GradeBound(grade=grade, max_pd=bound)
            for grade, bound in zip(grades, [*bounds, None], strict=True)
        ),
        offers=tuple(offers),
    )
