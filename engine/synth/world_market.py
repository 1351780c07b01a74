"""The market of the known world: what rivals offer, and exactly how often an offer beats them.

A rival of a sector offers a customer of a grade a rate drawn evenly from a range and a limit drawn
log-normally; an offer beats it when ``S >= r - t ln(l)`` with ``S = R - t ln(L)``. S is the sum of
an even and a normal variable, so F has a closed form. No rival offers the two best grades between
7 and 10 %: a rate cliff.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

GRADES = ("A", "B", "C", "D")
TRADE_OFF = 0.005
"""Rate that one unit of ln(limit) is worth to a customer."""
RIVALS = (0.0, 0.3, 0.4, 0.3)
"""Probability of meeting 0, 1, 2, 3 rivals."""
CLIFF = (0.07, 0.10)
CLIFF_GRADES = ("A", "B")


class Sector(NamedTuple):
    """A kind of lender in a grade: its share of offers, rates from ``lo`` to ``hi``, ln limits."""

    name: str
    share: float
    lo: float
    hi: float
    log_limit: float
    spread: float


SECTORS: dict[str, tuple[Sector, ...]] = {
    "A": (
        Sector("bank", 0.40, 0.030, 0.070, 9.6, 0.4),
        Sector("card", 0.35, 0.100, 0.160, 9.0, 0.4),
        Sector("capital", 0.25, 0.120, 0.200, 8.8, 0.5),
    ),
    "B": (
        Sector("bank", 0.30, 0.045, 0.070, 9.4, 0.4),
        Sector("card", 0.40, 0.100, 0.170, 8.9, 0.4),
        Sector("capital", 0.30, 0.130, 0.210, 8.7, 0.5),
    ),
    "C": (
        Sector("bank", 0.20, 0.060, 0.110, 9.2, 0.4),
        Sector("card", 0.45, 0.100, 0.180, 8.7, 0.4),
        Sector("capital", 0.35, 0.130, 0.230, 8.5, 0.5),
    ),
    "D": (
        Sector("bank", 0.10, 0.080, 0.130, 9.0, 0.4),
        Sector("card", 0.45, 0.120, 0.210, 8.5, 0.4),
        Sector("capital", 0.45, 0.150, 0.260, 8.3, 0.5),
    ),
}


def true_win(grade: Integers, rate: Floats, limit: Floats) -> Floats:
    """The probability that an offer beats all rivals; arguments broadcast, ``grade`` counts GRADES.

    Annual rates, limits above 0. NaN gives NaN.
    """
    grade, rate, limit = np.broadcast_arrays(grade, rate, limit)
    own = rate - TRADE_OFF * np.log(limit)
    beats = np.zeros(own.shape)
    for number, name in enumerate(GRADES):
        mine = grade == number
        for sector in SECTORS[name]:
            beats[mine] += sector.share * _beats(sector, own[mine])
    found: Floats = sum(
        (p * beats**rivals for rivals, p in enumerate(RIVALS)), start=np.zeros(own.shape)
    )
    return found


def _beats(sector: Sector, own: Floats) -> Floats:
    """P(S >= own): one minus the distribution of an even plus a normal variable."""
    spread = TRADE_OFF * sector.spread
    middle = own + TRADE_OFF * sector.log_limit
    below = _ramp(middle - sector.lo, spread) - _ramp(middle - sector.hi, spread)
    return np.asarray(1.0 - np.clip(below / (sector.hi - sector.lo), 0.0, 1.0))


def _ramp(x: Floats, spread: float) -> Floats:
    """The integral of the normal distribution function up to x."""
    z = x / spread
    density = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return np.asarray(x * ndtr(z) + spread * density)


def draw_offers(rng: np.random.Generator, rows: int) -> pl.DataFrame:
    """Rival offers as a survey finds them: sector, grade, rate, limit; grades equally often."""
    grade = np.arange(rows) % len(GRADES)
    sector, rate, limit = np.empty(rows, object), np.empty(rows), np.empty(rows)
    for number, name in enumerate(GRADES):
        mine = np.flatnonzero(grade == number)
        kinds = SECTORS[name]
        kind = rng.choice(len(kinds), mine.size, p=[each.share for each in kinds])
        lo, hi, mean, spread = (
            np.array([getattr(each, key) for each in kinds])[kind]
            for key in ("lo", "hi", "log_limit", "spread")
        )
        sector[mine] = np.array([each.name for each in kinds], object)[kind]
        rate[mine] = rng.uniform(lo, hi)
        limit[mine] = np.exp(rng.normal(mean, spread))
    return pl.DataFrame(
        {
            "sector": pl.Series(sector, dtype=pl.String),
            "grade": pl.Series(GRADES)[grade],
            "rate": rate,
            "limit": limit,
        }
    )
