"""What one unit of limit earns and loses: see ``kernels.economics``."""

from __future__ import annotations

import math
from typing import Any

from numpy.typing import NDArray

from kernels.economics import SOURCE, Economics
from kernels.native import part


@part
def shifted_pd(e: Economics, pd: float, rate: float, log_limit: float) -> float:
    """Point: the PD of those who take this offer."""
    if e.alpha == 0.0 and e.beta == 0.0:
        return pd
    odds = math.exp(
        e.alpha * (rate - e.reference_rate) + e.beta * (log_limit - e.log_reference_limit)
    )
    return pd * odds / ((1.0 - pd) + pd * odds)


@part
def hazard_of(e: Economics, pd: float) -> float:
    """Point: the probability of default within one month."""
    return -math.expm1(math.log1p(-pd) * e.per_month)


@part
def payment_of(e: Economics, monthly: float) -> float:
    """Point: what is paid a month per unit lent; interest alone where nothing is amortised."""
    if not e.annuity:
        return monthly
    if monthly < 1e-8:  # below, 1 - (1 + monthly)^-term has too few bits
        return (1.0 + 0.5 * monthly * (e.term + 1)) / e.term
    return monthly / -math.expm1(-e.term * math.log1p(monthly))


@part
def _months(e: Economics, stay: float, monthly: float) -> float:
    """Point: discounted balance-months per unit lent."""
    payment = payment_of(e, monthly)
    weight, balance, total = e.discount, 1.0, 0.0
    for _ in range(e.term):
        total += weight * balance
        weight *= e.discount * stay
        balance = balance * (1.0 + monthly) - payment
    return total


@part
def month_weights(e: Economics, rate: float, weights: NDArray[Any]) -> None:
    """Block: ``weights`` (term,): discounted months are their polynomial in ``stay``."""
    monthly = rate / 12.0
    payment = payment_of(e, monthly)
    weight, balance = e.discount, 1.0
    for t in range(e.term):
        weights[t] = weight * balance
        weight *= e.discount
        balance = balance * (1.0 + monthly) - payment


@part
def cashflow_amounts(
    e: Economics, hazard: float, months: float, rate: float
) -> tuple[float, float]:
    """Point: profit and loss of one unit of limit, given its discounted months."""
    earned = (1.0 - hazard) * (rate / 12.0 + e.fee) - e.cost - hazard * e.default_cost
    return e.drawn * months * earned, e.drawn * months * hazard * e.loss_at_default


@part
def source_amounts(e: Economics, pd: float, rate: float) -> tuple[float, float]:
    """Point: profit and loss of one unit of limit."""
    return (1.0 - pd) * (rate - e.margin_cost) - pd * e.lgd, pd * e.lgd


@part
def unit_amounts(e: Economics, pd: float, rate: float) -> tuple[float, float]:
    """Point: profit and loss of one unit of limit, before the acquisition cost."""
    if e.mode == SOURCE:
        return source_amounts(e, pd, rate)
    hazard = hazard_of(e, pd)
    months = _months(e, (1.0 - hazard) * e.remaining, rate / 12.0)
    return cashflow_amounts(e, hazard, months, rate)
