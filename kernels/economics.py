"""What one unit of limit earns and loses, given the rate and the probability of default.

Two ways to count. ``SOURCE``, one year and one unit of balance:

    profit = (1 - pd) * (rate - cost) - pd * lgd        loss = pd * lgd

``CASHFLOW``, month by month over the term (``stay`` is the probability that a loan which is there
at the beginning of a month is there at its end):

    hazard  = 1 - (1 - pd) ** (1 / pd_months)
    stay    = (1 - hazard) * (1 - prepayment)
    months  = sum over t < term of discount ** (t + 1) * stay ** t * balance(t)
    profit  = drawn * months * ((1 - hazard) * (rate + fee) / 12 - cost - hazard * default_cost)
    loss    = drawn * months * hazard * lgd * discount ** lag

``balance(t)`` is what is owed after t payments of an annuity, or 1 where only interest is paid.
Each month bears funding, operating and capital cost on what is owed; a default costs the loss,
after the recovery lag, and the funding until then. ``loss`` is a present value.

PD may depend on the offer (adverse selection: a higher rate is taken by those who expect to need
it): ``logit pd' = logit pd + alpha (rate - reference rate) + beta ln(limit / reference limit)``.

Rates are annual fractions. Sources: an online lender's pricing team for ``SOURCE``; the annuity and
the geometric survival of ``CASHFLOW`` are textbook; adverse selection on the logit, D. Karlan,
J. Zinman, Observing unobservables, 2009, for the effect itself.
"""

from __future__ import annotations

from typing import NamedTuple

SOURCE, CASHFLOW = 0, 1
MONTHS = 12


class Economics(NamedTuple):
    """Constants of a book; what is a rate here is per month, except ``margin_cost``."""

    mode: int
    lgd: float
    margin_cost: float
    """Funding, operating and credit cost a year: what the published margin deducts."""
    alpha: float = 0.0
    beta: float = 0.0
    reference_rate: float = 0.0
    log_reference_limit: float = 0.0
    term: int = 0
    annuity: bool = True
    per_month: float = 0.0
    """1 / the months that the PD is about."""
    remaining: float = 1.0
    """1 - prepayment."""
    discount: float = 1.0
    fee: float = 0.0
    cost: float = 0.0
    """Funding, operating and capital."""
    default_cost: float = 0.0
    loss_at_default: float = 0.0
    drawn: float = 1.0
    acquisition: float = 0.0
    """Once per loan that is booked, in currency."""


def source_economics(*, lgd: float, cost: float) -> Economics:
    """``cost``: funding, operating and credit cost together."""
    return Economics(SOURCE, float(lgd), float(cost))


def cashflow_economics(
    *,
    lgd: float,
    term: int,
    annuity: bool,
    pd_months: float,
    prepayment: float,
    discount_rate: float,
    fee: float,
    funding_cost: float,
    operating_cost: float,
    capital_cost: float,
    recovery_lag: int,
    drawn: float,
    acquisition: float,
) -> Economics:
    """All rates and costs a year; ``prepayment`` the share of loans that leave within a year.

    ``capital_cost`` is the capital held per unit of balance times what it must earn.
    """
    discount = (1.0 + discount_rate) ** (-1.0 / MONTHS)
    lost = lgd * discount**recovery_lag
    waiting = sum(discount**month for month in range(1, recovery_lag + 1))
    return Economics(
        mode=CASHFLOW,
        lgd=float(lgd),
        margin_cost=float(funding_cost + operating_cost),
        term=int(term),
        annuity=bool(annuity),
        per_month=1.0 / pd_months,
        remaining=(1.0 - prepayment) ** (1.0 / MONTHS),
        discount=discount,
        fee=fee / MONTHS,
        cost=(funding_cost + operating_cost + capital_cost) / MONTHS,
        default_cost=lost + funding_cost / MONTHS * waiting,
        loss_at_default=lost,
        drawn=float(drawn),
        acquisition=float(acquisition),
    )
