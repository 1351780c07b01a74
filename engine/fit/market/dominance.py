"""F, the probability that an offer beats one rival, and win, that it beats all of them.

With ``v(r, l) = -r + t ln(l)`` an offer beats a rival (R, L) when ``S >= s`` for the scores
``S = R - t ln(L)`` and ``s = r - t ln(l)``: two dimensions become one, and F is the upper
tail of S. It falls with the rate and rises with the limit because s does the opposite.

Each rival's rate is spread by a triangular density of bounded width. Beyond that width it adds
nothing, so a gap in the market stays empty; a normal kernel would fill it. No bandwidth is taken
from the data either: rules for it look at the spread of the whole and are far too wide for a market
of several sectors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.fit.market.rivals import Rivals

Array = NDArray[np.float64]


def cumulative(values: Array, share: Array, half_width: float, at: Array) -> Array:
    """The share of ``values``, each spread by a triangle, below each of ``at``.

    float64 of the shape of ``at``; exactly 0 below and 1 above all triangles, exactly constant
    where none is, and never falling in ``at``.

    With u the distance of ``at`` from a value in half widths, a triangle holds ``(1 + u)^2 / 2``
    below for u in -1..0, ``1 - (1 - u)^2 / 2`` for u in 0..1. Sums of squares come from running
    moments; the result is put in order where their rounding is not, which is some 1e-16 times the
    square of the values' range in half widths: 1e-11 for rates over 0.5 and widths of 0.001.
    """
    order = np.argsort(values, kind="stable")
    centre = float(values[order[values.size // 2]])  # smaller numbers, less rounding
    v, w = values[order] - centre, share[order]
    moments = [np.concatenate([[0.0], np.cumsum(w * v**power)]) for power in range(3)]
    below = moments[0] / moments[0][-1]
    queries, back = np.unique(at, return_inverse=True)
    z = queries - centre
    first, here, last = (np.searchsorted(v, z + d, "right") for d in (-half_width, 0.0, half_width))

    def squares(lo: NDArray[np.intp], hi: NDArray[np.intp], edge: Array) -> Array:
        zeroth, once, twice = (moment[hi] - moment[lo] for moment in moments)
        return np.where(lo == hi, 0.0, edge * edge * zeroth - 2.0 * edge * once + twice)

    partial = squares(here, last, z + half_width) - squares(first, here, z - half_width)
    found = below[here] + 0.5 * partial / (half_width**2 * moments[0][-1])
    return np.maximum.accumulate(np.clip(found, 0.0, 1.0))[back].reshape(at.shape)


def beats_one(rivals: Rivals, trade_off: float, rate: Array, log_limit: Array) -> Array:
    """F at all pairs of ``rate`` (n,) and ``log_limit`` (m,): float64 ``(n, m)``."""
    scores = rivals.rate - trade_off * rivals.log_limit
    own = rate[:, None] - trade_off * log_limit[None, :]
    return 1.0 - cumulative(scores, rivals.share, rivals.half_width, own)


def beats_all(f: Array, rivals: Sequence[float]) -> Array:
    """``sum over K of p(K) F^K`` for ``rivals`` = p(0), p(1), ...; each p is at least 0.

    By Horner's rule: products and sums of numbers that are not negative keep their order when they
    are rounded, so that the result never falls where F does not.
    """
    total = sum(rivals)
    found = np.zeros_like(f)
    for p in reversed(rivals):
        found = found * f + p / total
    return np.minimum(found, 1.0)
