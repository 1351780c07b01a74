"""The joint distribution of rate and ln(limit) per sector and grade, coarse enough to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.fit.market.rivals import Rivals

_RATES, _LIMITS = 32, 24


class Cells(NamedTuple):
    """``n`` cells from ``lo`` on, ``step`` wide."""

    lo: float
    step: float
    n: int


def joint_masses(market: Sequence[Rivals]) -> dict[str, Any]:
    """Cells of rate and ln(limit) that all sectors share, and the mass of each sector in them.

    ``mass[i][j]`` is the share of the grade's rivals in rate cell i and limit cell j; over the
    cells it sums to the sector's ``weight``, over the sectors of a grade to 1. ``rows``: rows of
    the table behind it.
    """
    rates = _cells([rivals.rate for rivals in market], _RATES)
    limits = _cells([rivals.log_limit for rivals in market], _LIMITS)
    return {
        "rate_cells": rates._asdict(),
        "log_limit_cells": limits._asdict(),
        "sectors": [entry for rivals in market for entry in _entries(rivals, rates, limits)],
    }


def _entries(rivals: Rivals, rates: Cells, limits: Cells) -> Iterator[dict[str, Any]]:
    for code, sector in enumerate(rivals.sectors):
        mine = rivals.of_sector(code)
        mass = np.zeros((rates.n, limits.n))
        np.add.at(mass, (_cell(mine.rate, rates), _cell(mine.log_limit, limits)), mine.share)
        yield {
            "grade": rivals.grade,
            "sector": sector,
            "weight": float(mine.share.sum()),
            "rows": rivals.rows[code],
            "average_rate": float(np.average(mine.rate, weights=mine.share)),
            "average_limit": float(np.average(np.exp(mine.log_limit), weights=mine.share)),
            "mass": mass.round(9).tolist(),
        }


def _cells(values: Sequence[NDArray[np.float64]], n: int) -> Cells:
    lo, hi = min(float(v.min()) for v in values), max(float(v.max()) for v in values)
    return Cells(lo, max(hi - lo, 1e-6) / n, n)  # a width even where all offers are equal


def _cell(values: NDArray[np.float64], cells: Cells) -> NDArray[np.intp]:
    return np.clip(((values - cells.lo) / cells.step).astype(np.intp), 0, cells.n - 1)
