"""Rate cliffs: intervals of the rate that hardly any rival offers, between rates that many do.

A gap between sampled offers is called a cliff only where it would be a surprise without one. Were
the market as dense in the gap as it is next to it, on its emptier side, the gap would have held
``expected`` of the n offers, and been empty with probability ``exp(-expected)``; with about n gaps
to choose from it must be above ``ln(n / 0.01)``. The density next to it is that of the nearest
``cliff_side`` of the market, and of ten offers at least: with fewer, smooth markets of 30 offers
showed false cliffs in 6 to 16 draws of a hundred. ``tests/fit/test_market_cliffs.py`` counts them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.fit.market.dominance import cumulative
from engine.fit.market.knots import Knots
from engine.fit.market.rivals import Rivals
from engine.fit.market_config import MarketConfig
from engine.market_file import Cliff

Vector = NDArray[np.float64]

_CHANCE = 0.01
_NEIGHBOURS = 10.0


class _Marginal(NamedTuple):
    """The rates of one grade: ``below`` is the share of rivals below each of the knots ``rate``."""

    rate: Vector
    below: Vector

    def mass(self, first: int, last: int) -> float:
        return float(self.below[last] - self.below[first])


def find_cliffs(rivals: Rivals, knots: Knots, config: MarketConfig) -> tuple[Cliff, ...]:
    """The cliffs of one grade, by rising rate; their edges are knots.

    Each is the widest interval of less than ``cliff_mass`` within a run of cells that each hold
    less than their part of it.
    """
    rate = knots.values
    marginal = _Marginal(
        rate, cumulative(rivals.rate, rivals.share, rivals.half_width, rate).round(12)
    )
    thin = np.diff(marginal.below) < config.cliff_mass * min(1.0, knots.step / config.cliff_width)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], thin, [False]]).astype(np.int8)))
    found = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        start, end = _widest(marginal.below, int(first), int(last), config.cliff_mass)
        if _is_cliff(marginal, start, end, rivals.effective, config):
            found.append(_cliff(rivals, marginal, start, end))
    return tuple(found)


def _widest(below: Vector, first: int, last: int, most: float) -> tuple[int, int]:
    """The longest stretch of the knots ``first`` .. ``last`` with less mass than ``most``."""
    inside = below[first : last + 1]
    ends = np.searchsorted(inside, inside + most, "left") - 1
    best = int(np.argmax(ends - np.arange(inside.size)))
    return first + best, first + int(ends[best])


def _is_cliff(
    marginal: _Marginal, start: int, end: int, offers: float, config: MarketConfig
) -> bool:
    rate, below = marginal.rate, marginal.below
    side = max(config.cliff_side, _NEIGHBOURS / offers)
    width = rate[end] - rate[start]
    if width < config.cliff_width * (
        1.0 - 1e-9
    ):  # knots are sums: 1 point may be 0.99999... points
        return False
    if below[start] < side or 1.0 - below[end] < side:
        return False
    if math.isinf(offers):
        return True
    left = rate[start] - np.interp(below[start] - side, below, rate)
    right = np.interp(below[end] + side, below, rate) - rate[end]
    expected = offers * width * side / max(float(left), float(right))
    return bool(expected > math.log(offers / _CHANCE))


def _cliff(rivals: Rivals, marginal: _Marginal, start: int, end: int) -> Cliff:
    """Its neighbours are the sectors with most offers within its own width on either side."""
    lo, hi = float(marginal.rate[start]), float(marginal.rate[end])
    below = _strongest(rivals, lo - (hi - lo), lo)
    above = _strongest(rivals, hi, hi + (hi - lo))
    return Cliff(rivals.grade, lo, hi, below, above, marginal.mass(start, end))


def _strongest(rivals: Rivals, lo: float, hi: float) -> str:
    """The sector with most of its market between two rates."""
    shares = [
        float(np.diff(cumulative(part.rate, part.share, part.half_width, np.array([lo, hi])))[0])
        * float(part.share.sum())
        for part in map(rivals.of_sector, range(len(rivals.sectors)))
    ]
    return rivals.sectors[int(np.argmax(shares))]
