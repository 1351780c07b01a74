"""Where the market is tabulated: regular rates and ln(limits) that all tables share.

Rates are half a bandwidth apart or less, so that a table follows every triangle of
``engine.fit.market.dominance`` and a gap of one bandwidth keeps a knot. They reach from where an
offer beats everybody to where it beats nobody, at any tabulated limit; beyond them nothing changes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import BookError
from engine.fit.market.rivals import Rivals
from engine.fit.market_config import MarketConfig

_FEWEST = 64
_MOST = 2048
_LOWEST_RATE = -0.05
"""Nobody offers less than 0; five points below it serve rivals who raise their rates by five."""
_BEYOND_LIMITS = math.log(2.0)
"""Tables go to half the lowest and twice the highest limit of the market."""


class Knots(NamedTuple):
    """``n`` knots from ``lo`` on, ``step`` apart."""

    lo: float
    step: float
    n: int

    @property
    def values(self) -> NDArray[np.float64]:
        """All knots, float64 ``(n,)``."""
        return self.lo + self.step * np.arange(self.n, dtype=np.float64)

    @property
    def middles(self) -> NDArray[np.float64]:
        """Half way between neighbours, float64 ``(n - 1,)``."""
        return self.values[:-1] + 0.5 * self.step


def limit_knots(market: Sequence[Rivals], config: MarketConfig) -> Knots:
    """Knots of ln(limit); a step is worth at most half a bandwidth of rate."""
    lo = min(float(rivals.log_limit.min()) for rivals in market) - _BEYOND_LIMITS
    hi = max(float(rivals.log_limit.max()) for rivals in market) + _BEYOND_LIMITS
    worth = max(config.by_segment.values()) * (hi - lo)
    n = max(_FEWEST, math.ceil(2.0 * worth / config.bandwidth) + 1)
    return Knots(lo, (hi - lo) / (n - 1), _affordable(n, "limits"))


def rate_knots(market: Sequence[Rivals], limits: Knots, config: MarketConfig) -> Knots:
    """Knots of the rate: the book's, or multiples of a step that enclose all that matters.

    Raises
    ------
    BookError
        The book's rates leave out rivals, or so many knots would be needed that nobody can want it.
    """
    if config.rates is not None:
        return _given(market, config)
    ends = [
        end
        for rivals in market
        for trade_off in config.by_segment.values()
        for end in _reach(rivals, trade_off, limits)
    ]
    lo, hi = max(min(ends), _LOWEST_RATE), max(ends)
    step = min(config.bandwidth / 2.0, (hi - lo) / (_FEWEST - 3))
    first, last = math.floor(lo / step), math.ceil(hi / step)
    return Knots(first * step, step, _affordable(last - first + 1, "rates"))


def _reach(rivals: Rivals, trade_off: float, limits: Knots) -> tuple[float, float]:
    """The rate that wins for certain at the lowest limit, and that never does at the highest."""
    scores = rivals.rate - trade_off * rivals.log_limit
    highest = limits.lo + limits.step * (limits.n - 1)
    lo = float(scores.min()) - rivals.half_width + trade_off * limits.lo
    return lo, float(scores.max()) + rivals.half_width + trade_off * highest


def _given(market: Sequence[Rivals], config: MarketConfig) -> Knots:
    if config.rates is None:
        raise BookError("market.rates is missing")
    start, end, steps = config.rates.start, config.rates.end, config.rates.steps
    outside = sum(int(((r.rate < start) | (r.rate > end)).sum()) for r in market)
    if outside:
        lo = min(float(rivals.rate.min()) for rivals in market)
        hi = max(float(rivals.rate.max()) for rivals in market)
        raise BookError(
            f"market.rates from {start:g} to {end:g} leaves out {outside} rival rates, which go "
            f"from {lo:g} to {hi:g}; widen it, or leave it away"
        )
    return Knots(start, (end - start) / steps, steps + 1)


def _affordable(n: int, what: str) -> int:
    if n > _MOST:
        raise BookError(
            f"the market would need {n} knots of {what}, more than {_MOST}: choose a wider "
            "market.bandwidth or a smaller market.trade_off"
        )
    return n
