"""What an offer is expected to bring, row by row.

    take_up         = 1 / (1 + exp(-(intercept + rate_slope * rate
                                     + log_limit_slope * ln(limit / reference_limit))))
    margin          = rate - cost
    exposure        = approve * take_up * limit
    expected_loss   = exposure * pd * lgd
    expected_profit = exposure * ((1 - pd) * margin - pd * lgd)

Conventions: rates, margins, costs and lgd are annual fractions, pd a fraction, limits and results
amounts of the book's currency. Nobody takes up a limit of 0 or less: take_up is 0. Where nothing is
lent (declined, or no limit) the three amounts are exactly 0.0, whatever else is unknown; elsewhere
NaN in gives NaN out. Source: an online lender's pricing team.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel

_offer_rows = Kernel("profit", "offer_rows")


class OfferEconomics(NamedTuple):
    """float64 ``(n,)`` each; see the module."""

    take_up: NDArray[np.float64]
    margin: NDArray[np.float64]
    exposure: NDArray[np.float64]
    expected_loss: NDArray[np.float64]
    expected_profit: NDArray[np.float64]


class TakeUp(NamedTuple):
    """float64 ``(segments,)`` each."""

    intercept: NDArray[np.float64]
    rate: NDArray[np.float64]
    log_limit: NDArray[np.float64]
    reference_limit: NDArray[np.float64]


class Rows(NamedTuple):
    """One entry per row."""

    pd: NDArray[np.float64]
    rate: NDArray[np.float64]
    limit: NDArray[np.float64]
    approve: NDArray[Any]
    segment: NDArray[Any]


def offer_economics(
    *,
    pd: NDArray[np.float64],
    rate: NDArray[np.float64],
    limit: NDArray[np.float64],
    approve: NDArray[Any],
    segment: NDArray[Any],
    take_up_intercept: NDArray[np.float64],
    take_up_rate: NDArray[np.float64],
    take_up_log_limit: NDArray[np.float64],
    take_up_reference_limit: NDArray[np.float64],
    lgd: float,
    cost: float,
) -> OfferEconomics:
    """Evaluate one offer per row.

    Parameters
    ----------
    pd, rate, limit
        float64 ``(n,)``.
    approve
        bool or uint8 ``(n,)``.
    segment
        int32 or int64 ``(n,)``: the row's place in the four arrays that follow.
    take_up_intercept, take_up_rate, take_up_log_limit, take_up_reference_limit
        float64 ``(segments,)``: intercept, slope of the rate (<= 0), slope of the logarithm of the
        limit (>= 0), the limit at which that logarithm is 0 (> 0).
    lgd, cost
        Loss given default; funding, operating and credit cost together.

    Raises
    ------
    ValueError
        Shapes, dtypes, signs or segments that do not fit.
    """
    rows = Rows(pd, rate, limit, approve, segment)
    take_up = TakeUp(take_up_intercept, take_up_rate, take_up_log_limit, take_up_reference_limit)
    _check_rows(rows)
    _check_take_up(take_up)
    n, segments = pd.size, take_up.intercept.size
    if n and not (segment.min() >= 0 and segment.max() < segments):
        raise ValueError(f"segment must be in 0..{segments - 1}")
    out = OfferEconomics(*(np.zeros(n) for _ in OfferEconomics._fields))
    own = Rows(*map(np.ascontiguousarray, rows)), TakeUp(*map(np.ascontiguousarray, take_up))
    _offer_rows(*own, float(lgd), float(cost), out)
    return out


def _check_rows(rows: Rows) -> None:
    kinds = {"approve": (np.bool_, np.uint8), "segment": (np.int32, np.int64)}
    for name, array in rows._asdict().items():
        allowed = kinds.get(name, (np.float64,))
        if array.shape != (rows.pd.size,) or array.dtype not in allowed:
            raise ValueError(
                f"{name} must be {' or '.join(kind.__name__ for kind in allowed)} "
                f"({rows.pd.size},), not {array.dtype} {array.shape}"
            )


def _check_take_up(take_up: TakeUp) -> None:
    for name, array in take_up._asdict().items():
        if array.shape != (take_up.intercept.size,) or array.dtype != np.float64:
            raise ValueError(f"take_up_{name} must be float64 ({take_up.intercept.size},)")
    if not (take_up.rate <= 0.0).all():
        raise ValueError("take_up_rate must not be above 0: a higher rate attracts nobody")
    if not (take_up.log_limit >= 0.0).all():
        raise ValueError("take_up_log_limit must not be below 0: a higher limit repels nobody")
    if not (take_up.reference_limit > 0.0).all():
        raise ValueError("take_up_reference_limit must be above 0")
