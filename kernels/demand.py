"""The probability that a customer takes an offer (take-up), in three forms.

    LOGISTIC    logit P = base + intercept_s + rate_s rate + log_limit_s ln(limit / reference_s)
    MARKET      logit P = base + intercept_s + slope_s ln(max(win, WIN_FLOOR))
    PROPENSITY  P = base * win

``s`` is the customer's segment, ``base`` what is known of the customer besides (0 where nothing
is; a propensity between 0 and 1 in the last form). ``win`` is the probability that the offer beats
those of the market: a table per segment and grade over the rate and the logarithm of the limit,
read bilinearly, as at its edge beyond it. All three fall with the rate and rise with the limit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LOGISTIC, MARKET, PROPENSITY = 0, 1, 2
WIN_FLOOR = 1e-6
"""A win probability below counts as this: ln 0 would make every customer refuse for sure."""

Vector = NDArray[np.float64]


class Surface(NamedTuple):
    """Win probabilities ``(tables, rates, limits)`` on regular knots, at least ``(1, 2, 2)``."""

    win: NDArray[np.float64]
    rate_lo: float
    rate_step: float
    log_limit_lo: float
    log_limit_step: float


class Demand(NamedTuple):
    """``form``, the parameters by segment, and the market (of zeros in the form LOGISTIC)."""

    form: int
    intercept: Vector
    rate: Vector
    log_limit: Vector
    log_reference: Vector
    slope: Vector
    surface: Surface


NO_MARKET = Surface(np.zeros((1, 2, 2)), 0.0, 1.0, 0.0, 1.0)


def logistic_demand(
    *, intercept: Vector, rate: Vector, log_limit: Vector, reference_limit: Vector
) -> Demand:
    """Parameters by segment: float64 ``(segments,)``; slope of the rate (<= 0), slope of the
    logarithm of the limit (>= 0), the limit at which that logarithm is 0 (> 0).

    Raises
    ------
    ValueError
        Shapes, dtypes or signs that do not fit.
    """
    given = {
        "intercept": intercept,
        "rate": rate,
        "log_limit": log_limit,
        "reference_limit": reference_limit,
    }
    _check_vectors(given)
    if not (rate <= 0.0).all():
        raise ValueError("take_up rate must not be above 0: a higher rate attracts nobody")
    if not (log_limit >= 0.0).all():
        raise ValueError("take_up log_limit must not be below 0: a higher limit repels nobody")
    if not (reference_limit > 0.0).all():
        raise ValueError("take_up reference_limit must be above 0")
    return Demand(
        form=LOGISTIC,
        intercept=np.ascontiguousarray(intercept),
        rate=np.ascontiguousarray(rate),
        log_limit=np.ascontiguousarray(log_limit),
        # of the C library, as the kernels' own: NumPy's has other last bits
        log_reference=np.array([math.log(limit) for limit in reference_limit]),
        slope=np.zeros(rate.size),
        surface=NO_MARKET,
    )


def market_demand(*, form: int, intercept: Vector, slope: Vector, surface: Surface) -> Demand:
    """``slope`` float64 ``(segments,)``, >= 0; ``form`` MARKET or PROPENSITY.

    Raises
    ------
    ValueError
        Shapes, dtypes or signs that do not fit; win probabilities that are not in [0, 1] or not
        monotone.
    """
    _check_vectors({"intercept": intercept, "slope": slope})
    if form not in (MARKET, PROPENSITY):
        raise ValueError(f"form must be MARKET or PROPENSITY, not {form}")
    if not (slope >= 0.0).all():
        raise ValueError("take_up slope must not be below 0: a better offer repels nobody")
    win = surface.win
    if win.ndim != 3 or win.dtype != np.float64 or min(win.shape[1:]) < 2 or not win.shape[0]:
        raise ValueError("win must be float64 (tables, rates, limits), at least (1, 2, 2)")
    if not ((win >= 0.0) & (win <= 1.0)).all():
        raise ValueError("win must be in [0, 1]")
    if (np.diff(win, axis=1) > 0.0).any() or (np.diff(win, axis=2) < 0.0).any():
        raise ValueError("win must fall with the rate and rise with the limit")
    if not (surface.rate_step > 0.0 and surface.log_limit_step > 0.0):
        raise ValueError("the steps between knots must be above 0")
    none = np.zeros(slope.size)
    own = surface._replace(win=np.ascontiguousarray(win))
    own_intercept, own_slope = np.ascontiguousarray(intercept), np.ascontiguousarray(slope)
    return Demand(form, own_intercept, none, none, none, own_slope, own)


def _check_vectors(vectors: dict[str, Vector]) -> None:
    size = next(iter(vectors.values())).size
    for name, vector in vectors.items():
        if vector.shape != (size,) or vector.dtype != np.float64:
            raise ValueError(f"take_up {name} must be float64 ({size},)")
