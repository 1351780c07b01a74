"""Fits the market: a table of rival offers or averages in, the content of the market file out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from engine.fit.market.cliffs import find_cliffs
from engine.fit.market.dominance import beats_all, beats_one
from engine.fit.market.joint import joint_masses
from engine.fit.market.knots import Knots, limit_knots, rate_knots
from engine.fit.market.rivals import Rivals, rivals_by_grade
from engine.fit.market.table import checked_table
from engine.fit.market_config import MarketConfig
from engine.market_file import Cliff, read_market

_DECIMALS = 9
"""Of a tabulated probability, to keep the file short. Rounding keeps the order of numbers, so the
tables stay monotone."""

Matrix = NDArray[np.float64]


def fit_market(table: pl.DataFrame, config: MarketConfig, *, file: str) -> dict[str, Any]:
    """The content of the market file, ready for JSON; see ``engine.market_file`` for its form.

    One win table per grade, for segment ``"*"`` and for each of ``config.trade_offs``.

    Parameters
    ----------
    table:
        One row per rival offer (sector, grade, rate, limit, and a weight if there is one), or per
        sector and grade (averages and weight), under the names of ``config.columns``.
    file:
        Where the table comes from, for messages.

    Raises
    ------
    DataError
        A column, value, grade or unit does not fit; see ``checked_table``, ``rivals_by_grade``.
    BookError
        ``config.rates`` leaves out rivals, or the bandwidth is too narrow for them.
    """
    checked = checked_table(table, config, file)
    market = rivals_by_grade(checked, config, file)
    limits = limit_knots(market, config)
    rates = rate_knots(market, limits, config)
    content = {
        "kind": "market",
        "source": "offers" if config.averages is None else "averages (dispersion assumed)",
        "rates": rates._asdict(),
        "log_limits": limits._asdict(),
        "support": {rivals.grade: _support(rivals) for rivals in market},
        "cliffs": [
            _cliff_entry(rivals, cliff, config)
            for rivals in market
            for cliff in find_cliffs(rivals, rates, config)
        ],
        "counts": _counts(market, len(table), len(checked)),
        "interpolation_error": _interpolation_error(market, rates, limits, config),
        "settings": config.model_dump(mode="json", by_alias=True, exclude={"file"}),
        "joint": joint_masses(market),
        "tables": [
            {"segment": segment, "grade": rivals.grade, "win": table.tolist()}
            for segment, rivals, table in _tables(market, rates.values, limits.values, config)
        ],
    }
    read_market(content, file=config.file)  # above all: every table is monotone, to the bit
    return content


def _tables(
    market: Sequence[Rivals], rates: Matrix, limits: Matrix, config: MarketConfig
) -> list[tuple[str, Rivals, Matrix]]:
    """The win table of every segment and grade at the given rates and ln(limits)."""
    return [
        (segment, rivals, _win(rivals, trade_off, rates, limits, config))
        for segment, trade_off in config.by_segment.items()
        for rivals in market
    ]


def _win(
    rivals: Rivals, trade_off: float, rates: Matrix, limits: Matrix, config: MarketConfig
) -> Matrix:
    return beats_all(beats_one(rivals, trade_off, rates, limits), config.rivals).round(_DECIMALS)


def _interpolation_error(
    market: Sequence[Rivals], rates: Knots, limits: Knots, config: MarketConfig
) -> float:
    """By how much a bilinear reading is off in the middle of a cell, at the worst."""
    at_knots = _tables(market, rates.values, limits.values, config)
    between = _tables(market, rates.middles, limits.middles, config)
    worst = 0.0
    for (_, _, table), (_, _, exact) in zip(at_knots, between, strict=True):
        corners = table[:-1, :-1] + table[1:, :-1] + table[:-1, 1:] + table[1:, 1:]
        worst = max(worst, float(np.abs(corners / 4.0 - exact).max()))
    return worst


def _support(rivals: Rivals) -> dict[str, list[float]]:
    """Lowest and highest rate and limit of a grade's points."""
    limit = np.exp(rivals.log_limit)
    return {
        "rate": [float(rivals.rate.min()), float(rivals.rate.max())],
        "limit": [float(limit.min()), float(limit.max())],
    }


def _cliff_entry(rivals: Rivals, cliff: Cliff, config: MarketConfig) -> dict[str, Any]:
    """``win_drop``: by how much win falls from edge to edge at the market's median limit.

    0 where limits do not count; a trade-off blurs a cliff, as large limits make up for rates.
    """
    edges, limit = np.array([cliff.start, cliff.end]), _median_limit(rivals)
    drops = {
        segment: float(np.subtract(*_win(rivals, trade_off, edges, limit, config)[:, 0]))
        for segment, trade_off in config.by_segment.items()
    }
    return {
        "grade": cliff.grade,
        "from": cliff.start,
        "to": cliff.end,
        "sector_below": cliff.sector_below,
        "sector_above": cliff.sector_above,
        "mass": cliff.mass,
        "win_drop": drops,
    }


def _median_limit(rivals: Rivals) -> Matrix:
    order = np.argsort(rivals.log_limit, kind="stable")
    half = np.searchsorted(np.cumsum(rivals.share[order]), 0.5)
    return rivals.log_limit[order][[min(int(half), order.size - 1)]]


def _counts(market: Sequence[Rivals], rows: int, used: int) -> dict[str, Any]:
    """Rows read and used; per grade: rows, their effective number, sectors that were pooled."""
    grades = {
        rivals.grade: {
            "rows": sum(rivals.rows),
            "effective_offers": None if np.isinf(rivals.effective) else rivals.effective,
            "pooled_sectors": list(rivals.pooled),
        }
        for rivals in market
    }
    return {"rows": rows, "rows_without_weight": rows - used, "grades": grades}
