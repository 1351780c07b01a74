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

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.compiled import entry, part


class OfferEconomics(NamedTuple):
    """float64 ``(n,)`` each; see the module."""

    take_up: NDArray[np.float64]
    margin: NDArray[np.float64]
    exposure: NDArray[np.float64]
    expected_loss: NDArray[np.float64]
    expected_profit: NDArray[np.float64]


class _TakeUp(NamedTuple):
    """float64 ``(segments,)`` each."""

    intercept: NDArray[np.float64]
    rate: NDArray[np.float64]
    log_limit: NDArray[np.float64]
    reference_limit: NDArray[np.float64]


class _Rows(NamedTuple):
    """One entry per row."""

    pd: NDArray[np.float64]
    rate: NDArray[np.float64]
    limit: NDArray[np.float64]
    approve: NDArray[Any]
    segment: NDArray[Any]


@part
def _sigmoid(z: float) -> float:
    """Point: ``1 / (1 + exp(-z))`` without overflow, to the bits of the reference.

    ``kernels.sigmoid`` differs in the last bits, and so would every published profit.
    """
    if z >= 0.0:
        return 1.0 / (1.0 + math.exp(-z))
    e = math.exp(z)
    return e / (1.0 + e)


@part
def _take_up(take_up: _TakeUp, segment: int, rate: float, limit: float) -> float:
    """Point: the probability that the customer takes the offer.

    A difference of logarithms: the quotient of a tiny limit underflows to 0, whose logarithm times
    a slope of 0 is NaN.
    """
    if limit <= 0.0:
        return 0.0
    log_ratio = math.log(limit) - math.log(take_up.reference_limit[segment])
    return _sigmoid(
        take_up.intercept[segment]
        + take_up.rate[segment] * rate
        + take_up.log_limit[segment] * log_ratio
    )


@part
def _amounts(lent: float, pd: float, margin: float, lgd: float) -> tuple[float, float]:
    """Point: expected loss and expected profit of an exposure."""
    return lent * pd * lgd, lent * ((1.0 - pd) * margin - pd * lgd)


@entry
def _offer_block(
    rows: _Rows, take_up: _TakeUp, lgd: float, cost: float, out: OfferEconomics, lo: int, hi: int
) -> None:
    """Block: rows ``lo..hi`` into ``out``, which holds zeros."""
    for i in range(lo, hi):
        rate, limit = rows.rate[i], rows.limit[i]
        margin = rate - cost
        taken = _take_up(take_up, rows.segment[i], rate, limit)
        out.take_up[i] = taken
        out.margin[i] = margin
        if rows.approve[i] and not limit <= 0.0:
            lent = taken * limit
            out.exposure[i] = lent
            out.expected_loss[i], out.expected_profit[i] = _amounts(lent, rows.pd[i], margin, lgd)


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
    rows = _Rows(pd, rate, limit, approve, segment)
    take_up = _TakeUp(take_up_intercept, take_up_rate, take_up_log_limit, take_up_reference_limit)
    _check_rows(rows)
    _check_take_up(take_up)
    n, segments = pd.size, take_up.intercept.size
    if n and not (segment.min() >= 0 and segment.max() < segments):
        raise ValueError(f"segment must be in 0..{segments - 1}")
    out = OfferEconomics(*(np.zeros(n) for _ in OfferEconomics._fields))
    _offer_block(rows, take_up, lgd, cost, out, 0, n)
    return out


def _check_rows(rows: _Rows) -> None:
    kinds = {"approve": (np.bool_, np.uint8), "segment": (np.int32, np.int64)}
    for name, array in rows._asdict().items():
        allowed = kinds.get(name, (np.float64,))
        if array.shape != (rows.pd.size,) or array.dtype not in allowed:
            raise ValueError(
                f"{name} must be {' or '.join(kind.__name__ for kind in allowed)} "
                f"({rows.pd.size},), not {array.dtype} {array.shape}"
            )


def _check_take_up(take_up: _TakeUp) -> None:
    for name, array in take_up._asdict().items():
        if array.shape != (take_up.intercept.size,) or array.dtype != np.float64:
            raise ValueError(f"take_up_{name} must be float64 ({take_up.intercept.size},)")
    if not (take_up.rate <= 0.0).all():
        raise ValueError("take_up_rate must not be above 0: a higher rate attracts nobody")
    if not (take_up.log_limit >= 0.0).all():
        raise ValueError("take_up_log_limit must not be below 0: a higher limit repels nobody")
    if not (take_up.reference_limit > 0.0).all():
        raise ValueError("take_up_reference_limit must be above 0")
