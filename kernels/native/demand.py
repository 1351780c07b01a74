"""The probability that a customer takes an offer: see ``kernels.demand``."""

from __future__ import annotations

import math

from kernels.demand import LOGISTIC, MARKET, WIN_FLOOR, Demand, Surface
from kernels.native import part


@part
def logistic(z: float) -> float:
    """Point: ``1 / (1 + exp(-z))`` without overflow, to the bits of the reference.

    ``kernels.native.sigmoid`` differs in the last bits, and so would every published profit.
    """
    if z >= 0.0:
        return 1.0 / (1.0 + math.exp(-z))
    e = math.exp(z)
    return e / (1.0 + e)


@part
def _place(x: float, lo: float, step: float, knots: int) -> tuple[int, float]:
    """Point: the knot at or below ``x`` and the share of the way to the next; edges beyond."""
    at = (x - lo) / step
    if math.isnan(at):
        return 0, at
    at = 0.0 if at < 0.0 else at
    at = knots - 1.0 if at > knots - 1.0 else at
    knot = int(at)
    knot = knots - 2 if knot > knots - 2 else knot
    return knot, at - knot


@part
def win_probability(surface: Surface, table: int, rate: float, log_limit: float) -> float:
    """Point: bilinear between four knots, never outside of them.

    Of the form ``a + share (b - a)``: it never leaves a and b by more than rounding, and it is a
    itself where both are equal, as on a rate cliff.
    """
    win = surface.win
    r, x = _place(rate, surface.rate_lo, surface.rate_step, win.shape[1])
    k, y = _place(log_limit, surface.log_limit_lo, surface.log_limit_step, win.shape[2])
    low = win[table, r, k] + y * (win[table, r, k + 1] - win[table, r, k])
    high = win[table, r + 1, k] + y * (win[table, r + 1, k + 1] - win[table, r + 1, k])
    won: float = low + x * (high - low)
    return won


@part
def attraction(demand: Demand, segment: int, table: int, rate: float, log_limit: float) -> float:
    """Point: what the offer adds to ``base`` on the logit; the win probability in PROPENSITY.

    A difference of logarithms: the quotient of a tiny limit underflows to 0, whose logarithm times
    a slope of 0 is NaN.
    """
    if demand.form == LOGISTIC:
        z: float = (
            demand.intercept[segment]
            + demand.rate[segment] * rate
            + demand.log_limit[segment] * (log_limit - demand.log_reference[segment])
        )
        return z
    win = win_probability(demand.surface, table, rate, log_limit)
    if demand.form == MARKET:
        floored = WIN_FLOOR if win < WIN_FLOOR else win
        won: float = demand.intercept[segment] + demand.slope[segment] * math.log(floored)
        return won
    return win


@part
def take_up_of(
    demand: Demand, segment: int, table: int, base: float, rate: float, limit: float
) -> float:
    """Point: the probability that the customer takes the offer; nobody takes a limit of 0."""
    if limit <= 0.0:
        return 0.0
    attracted = attraction(demand, segment, table, rate, math.log(limit))
    if demand.form == LOGISTIC or demand.form == MARKET:
        return logistic(attracted + base)
    return base * attracted
