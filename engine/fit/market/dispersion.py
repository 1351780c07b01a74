"""Published averages with an assumed dispersion, as weighted points.

    R ~ normal with standard deviation ``rate_spread``, kept at 0 and above,
    ln L | R ~ normal, correlated with R before R is cut off at 0.

An average says where a market lies, not how wide it is: the spreads are the book's assumption.
Location parameters are solved for, so that the points have the published averages of rate and
limit, whatever the cut at 0 does.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.fit.market_config import MarketConfig

Vector = NDArray[np.float64]

_REACH = 4.0  # points go so many standard deviations from the average; 6e-5 of a normal lies beyond
_LIMIT_POINTS = 33  # per rate, a quarter of a standard deviation apart
_FURTHEST = 20.0  # how many spreads below the average the normal's own centre may lie


class Dispersion(NamedTuple):
    """Standard deviations of rate and ln(limit), their correlation; ``spacing`` of the rates."""

    rate: float
    log_limit: float
    correlation: float
    spacing: float

    @classmethod
    def of(cls, config: MarketConfig) -> Dispersion:
        """What the book assumes; rates a tenth of their spread apart, or half a bandwidth."""
        rate = config.rate_spread or 0.0
        spacing = min(rate / 10.0, config.bandwidth / 2.0)
        return cls(rate, config.log_limit_spread or 0.0, config.correlation or 0.0, spacing)


class Points(NamedTuple):
    """float64 ``(n,)`` each; ``share`` sums to 1."""

    rate: Vector
    log_limit: Vector
    share: Vector


def disperse(
    average_rate: float, average_limit: float, assumed: Dispersion, *, place: str, file: str
) -> Points:
    """Points whose weighted mean rate and mean limit are the averages.

    Raises
    ------
    DataError
        The average rate is so near to 0 that no normal of this spread, cut off at 0, has it.
    """
    rate, centre = _rates(average_rate, assumed, place, file)
    share = _normal(rate, centre, assumed.rate)
    z: Vector = np.linspace(-_REACH, _REACH, _LIMIT_POINTS)
    follows = assumed.correlation * (rate - centre) / assumed.rate
    own = math.sqrt(1.0 - assumed.correlation**2) * z
    log_limit = assumed.log_limit * (follows[:, None] + own)
    joint = share[:, None] * _normal(z, 0.0, 1.0)
    log_limit += math.log(average_limit) - math.log(float((joint * np.exp(log_limit)).sum()))
    return Points(np.repeat(rate, z.size), log_limit.ravel(), joint.ravel())


def _rates(average: float, assumed: Dispersion, place: str, file: str) -> tuple[Vector, float]:
    """Regular rates, and the centre at which a normal over them has the mean ``average``."""
    from scipy.optimize import brentq  # 0.3 s that a run need not wait for

    steps = math.ceil(_REACH * assumed.rate / assumed.spacing)
    rate = average + assumed.spacing * np.arange(-steps, steps + 1, dtype=np.float64)
    rate = rate[rate >= 0.0]

    def excess(centre: float) -> float:
        return float(_normal(rate, centre, assumed.rate) @ rate) - average

    lowest = average - _FURTHEST * assumed.rate
    if excess(lowest) > 0.0:
        raise DataError(
            f"market.rate_spread ({assumed.rate:g}) is too wide for the average rate "
            f"{average:g} of {place}: rates are never below 0",
            file=file,
        )
    return rate, float(brentq(excess, lowest, average + assumed.rate, xtol=1e-14))


def _normal(x: Vector, centre: float, spread: float) -> Vector:
    """Shares in proportion to a normal density."""
    exponent = -0.5 * ((x - centre) / spread) ** 2
    density = np.exp(exponent - exponent.max())
    return np.asarray(density / density.sum())
