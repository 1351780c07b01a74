"""A small strategy, economics and take-up, and one call from features and scores to rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from engine.evaluate import (
    EconomicsConfig,
    StrategyConfig,
    TakeUpConfig,
    evaluate,
    load_pricing,
)

KEY = "customer_id"
GRADES: list[dict[str, Any]] = [
    {"grade": "A", "max_pd": 0.02, "rate": 0.05, "limit": 5000},
    {"grade": "B", "max_pd": 0.1, "rate": 0.12, "limit": 2000},
    {"grade": "C", "rate": 0.2, "limit": 500, "approve": False},
]
ECONOMICS: dict[str, Any] = {
    "mode": "source",
    "funding_cost": 0.03,
    "operating_cost": 0.01,
    "lgd": 0.5,
}
TAKE_UP: dict[str, Any] = {
    "intercept": 0.5,
    "rate": -10.0,
    "log_limit": 0.3,
    "reference_limit": 1000,
}


def strategy(**changes: Any) -> StrategyConfig:
    return StrategyConfig.model_validate({"grades": GRADES} | changes)


def by_column(**changes: Any) -> StrategyConfig:
    """One grade of all PDs, whose rate and limit are the columns ``rate`` and ``limit``."""
    return strategy(
        **{"grades": [{"grade": "A"}], "rate_column": "rate", "limit_column": "limit"} | changes
    )


def features(count: int, **columns: Sequence[Any]) -> pl.DataFrame:
    """Customers 0, 1, 2, ... with these columns, numbers as float64, as aggregation does it."""
    keys = pl.Series(KEY, range(count), dtype=pl.Int64)
    values = (pl.Series(name, column, strict=False) for name, column in columns.items())
    return pl.DataFrame([keys, *(_as_number(column) for column in values)])


def _as_number(column: pl.Series) -> pl.Series:
    is_number = column.dtype.is_numeric() or column.dtype == pl.Null
    return column.cast(pl.Float64) if is_number else column


def rows(
    table: pl.DataFrame,
    pds: Sequence[float | None],
    *,
    offers: StrategyConfig | None = None,
    economics: Mapping[str, Any] = ECONOMICS,
    take_up: Mapping[str, Any] = TAKE_UP,
    segment: str | None = None,
    folder: Path = Path(),
    **scores: Sequence[float],
) -> pl.DataFrame:
    """The published rows of these features and PDs."""
    pd_scores = pl.Series("pd", pds, dtype=pl.Float64)
    config = EconomicsConfig.model_validate(economics)
    return evaluate(
        table,
        pl.DataFrame({"pd": pd_scores, **scores}),
        key=KEY,
        segment=segment,
        pricing=load_pricing(
            config,
            offers or strategy(),
            TakeUpConfig.model_validate(take_up),
            folder=folder,
            book="small",
            as_of=None,
        ),
        profit=config.customer_profit,
    )
