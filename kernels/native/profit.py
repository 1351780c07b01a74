"""What an offer is expected to bring, row by row: see ``kernels.profit``."""

from __future__ import annotations

import math

from kernels.native import part
from kernels.profit import OfferEconomics, Rows, TakeUp


@part
def _sigmoid(z: float) -> float:
    """Point: ``1 / (1 + exp(-z))`` without overflow, to the bits of the reference.

    ``kernels.native.sigmoid`` differs in the last bits, and so would every published profit.
    """
    if z >= 0.0:
        return 1.0 / (1.0 + math.exp(-z))
    e = math.exp(z)
    return e / (1.0 + e)


@part
def _take_up(take_up: TakeUp, segment: int, rate: float, limit: float) -> float:
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


@part
def offer_rows(rows: Rows, take_up: TakeUp, lgd: float, cost: float, out: OfferEconomics) -> int:
    """Block: into ``out``, which holds zeros."""
    for i in range(rows.pd.size):
        rate, limit = rows.rate[i], rows.limit[i]
        margin = rate - cost
        taken = _take_up(take_up, rows.segment[i], rate, limit)
        out.take_up[i] = taken
        out.margin[i] = margin
        if rows.approve[i] and not limit <= 0.0:
            lent = taken * limit
            out.exposure[i] = lent
            out.expected_loss[i], out.expected_profit[i] = _amounts(lent, rows.pd[i], margin, lgd)
    return 0
