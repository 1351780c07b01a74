"""Small markets: offers with a gap, smooth ones, averages, and markets drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from engine.fit.market import fit_market
from engine.fit.market_config import MarketConfig
from engine.market_file import Market, read_market

GAP = (0.07, 0.10)
"""Nobody in ``gapped_offers`` has a rate between these."""


def offers_config(**changes: Any) -> MarketConfig:
    return MarketConfig.model_validate({"offers": "offers.parquet"} | changes)


def averages_config(**changes: Any) -> MarketConfig:
    stated = {"averages": "averages.csv", "rate_spread": 0.01, "log_limit_spread": 0.5}
    return MarketConfig.model_validate(stated | changes)


def offers(rate: Any, limit: Any, *, sector: Any = "bank", grade: Any = "A") -> pl.DataFrame:
    columns = {"rate": rate, "limit": limit}
    frame = pl.DataFrame({name: np.asarray(value, float) for name, value in columns.items()})
    return frame.with_columns(
        **{
            name: pl.lit(value) if isinstance(value, str) else pl.Series(value)
            for name, value in {"sector": sector, "grade": grade}.items()
        }
    )


def gapped_offers(rows: int = 600, *, seed: int = 1) -> pl.DataFrame:
    """Two grades; banks up to 7 %, card companies from 10 % and savings banks from 15 % on."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(3, rows, p=[0.4, 0.35, 0.25])
    lo, hi = np.array([0.03, 0.10, 0.15]), np.array([0.07, 0.16, 0.20])
    rate = rng.uniform(lo[kind], hi[kind])
    for edge in GAP:  # the edges of the gap are offered, in both grades
        rate[np.flatnonzero(kind == (edge == GAP[1]))[:8]] = edge
    names = np.array(["bank", "card", "savings bank"])[kind]
    limit = np.exp(rng.normal(9.5, 0.5, rows))
    return offers(rate, limit, sector=names, grade=np.tile(["A", "B"], rows)[:rows])


def random_offers(seed: int, rows: int) -> pl.DataFrame:
    """Offers with ties, clusters and weights; grades A and B each have at least one."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(0.0, 0.3, 4)
    rate = np.abs(
        rng.choice(centres, rows) + rng.choice([0.0, 0.001, 0.02]) * rng.normal(size=rows)
    )
    limit = np.exp(rng.choice([8.0, *rng.normal(9.0, 1.0, 5)], rows))
    names = rng.choice(["bank", "card", "capital"], rows)
    grade = np.where(np.arange(rows) % 2 == 0, "A", "B")
    weight = rng.choice([0.2, 1.0, 3.0], rows)
    return offers(rate, limit, sector=names, grade=grade).with_columns(weight=pl.Series(weight))


def averages() -> pl.DataFrame:
    """Two sectors, two grades; shares of offers as weights."""
    return pl.DataFrame(
        {
            "sector": ["bank", "card", "bank", "card"],
            "grade": ["A", "A", "B", "B"],
            "average_rate": [0.05, 0.14, 0.012, 0.17],
            "average_limit": [30_000.0, 8_000.0, 20_000.0, 6_000.0],
            "weight": [3.0, 1.0, 1.0, 1.0],
        }
    )


def fitted(table: pl.DataFrame, config: MarketConfig) -> tuple[dict[str, Any], Market]:
    """The content of the file, and what is read of it."""
    content = fit_market(table, config, file="table")
    return content, read_market(content)
