"""Readable NumPy twins of the kernels about money: take-up, unit amounts, offers, menus.

As in ``kernels.reference``: ``exp`` and ``log`` are NumPy's, so the last bits may differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.demand import LOGISTIC, MARKET, WIN_FLOOR, Demand, Surface
from kernels.economics import SOURCE, Economics
from kernels.menu import MEASURES, Inputs
from kernels.profit import OfferEconomics, Rows

Vector = NDArray[np.float64]
Integers = NDArray[np.int64]


def win_probability(surface: Surface, table: Integers, rate: Vector, log_limit: Vector) -> Vector:
    """Twin of ``native.demand.win_probability``."""
    _, rates, limits = surface.win.shape
    r, x = _place(rate, surface.rate_lo, surface.rate_step, rates)
    k, y = _place(log_limit, surface.log_limit_lo, surface.log_limit_step, limits)
    win = surface.win
    low = win[table, r, k] + y * (win[table, r, k + 1] - win[table, r, k])
    high = win[table, r + 1, k] + y * (win[table, r + 1, k + 1] - win[table, r + 1, k])
    return np.asarray(low + x * (high - low))


def _place(x: Vector, lo: float, step: float, knots: int) -> tuple[Integers, Vector]:
    at = np.clip((x - lo) / step, 0.0, knots - 1.0)
    knot = np.minimum(np.nan_to_num(at).astype(np.int64), knots - 2)
    return knot, at - knot


def take_up(
    demand: Demand, segment: Integers, table: Integers, base: Vector, rate: Vector, limit: Vector
) -> Vector:
    """Twin of ``native.demand.take_up_of``."""
    with np.errstate(invalid="ignore", divide="ignore"):
        log_limit = np.log(limit)
        if demand.form == LOGISTIC:
            slope = demand.log_limit[segment]
            z = demand.intercept[segment] + demand.rate[segment] * rate
            taken = _sigmoid(z + slope * (log_limit - demand.log_reference[segment]) + base)
        else:
            win = win_probability(demand.surface, table, rate, log_limit)
            taken = base * win
            if demand.form == MARKET:
                attracted = np.log(np.maximum(win, WIN_FLOOR))
                taken = _sigmoid(
                    demand.intercept[segment] + demand.slope[segment] * attracted + base
                )
        return np.where(limit <= 0.0, 0.0, taken)


def _sigmoid(z: Vector) -> Vector:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0.0, 1.0, e) / (1.0 + e)


def shifted_pd(e: Economics, pd: Vector, rate: Vector, log_limit: Vector) -> Vector:
    """Twin of ``native.economics.shifted_pd``."""
    if e.alpha == 0.0 and e.beta == 0.0:
        return pd
    shift = e.alpha * (rate - e.reference_rate) + e.beta * (log_limit - e.log_reference_limit)
    odds = np.exp(shift)
    return pd * odds / ((1.0 - pd) + pd * odds)


def unit_amounts(e: Economics, pd: Vector, rate: Vector) -> tuple[Vector, Vector]:
    """Twin of ``native.economics.unit_amounts``: month by month, as the formula is told."""
    if e.mode == SOURCE:
        return (1.0 - pd) * (rate - e.margin_cost) - pd * e.lgd, pd * e.lgd
    monthly = rate / 12.0
    hazard = 1.0 - (1.0 - pd) ** e.per_month
    profit, loss = np.zeros_like(hazard), np.zeros_like(hazard)
    there, balance = np.ones_like(hazard), np.ones_like(hazard)
    with np.errstate(invalid="ignore", divide="ignore"):
        annuity = np.where(monthly > 1e-8, monthly / (1 - (1 + monthly) ** -e.term), 1.0 / e.term)
    payment = annuity if e.annuity else monthly
    for t in range(e.term):
        owed = e.drawn * there * balance * e.discount ** (t + 1)
        profit += owed * ((1.0 - hazard) * (monthly + e.fee) - e.cost - hazard * e.default_cost)
        loss += owed * hazard * e.loss_at_default
        there = there * (1.0 - hazard) * e.remaining
        balance = balance * (1.0 + monthly) - payment
    return profit, loss


def offer_economics(rows: Rows, demand: Demand, e: Economics) -> OfferEconomics:
    """Twin of ``profit.offer_economics``."""
    taken = take_up(demand, rows.segment, rows.table, rows.base, rows.rate, rows.limit)
    with np.errstate(invalid="ignore", divide="ignore"):
        pd = shifted_pd(e, rows.pd, rows.rate, np.log(rows.limit))
        unit_profit, unit_loss = unit_amounts(e, pd, rows.rate)
        exposure = taken * rows.limit
        loss = exposure * unit_loss
        profit = exposure * unit_profit - taken * e.acquisition
    nothing = (rows.approve == 0) | (rows.limit <= 0.0)
    exposure, loss, profit = (np.where(nothing, 0.0, x) for x in (exposure, loss, profit))
    return OfferEconomics(taken, rows.rate - e.margin_cost, exposure, loss, profit)


def menu_sums(inputs: Inputs) -> Vector:
    """Twin of ``menu.menu_sums`` for all cells and rates: every customer at every entry."""
    customers, cells, menu, demand, e = inputs
    shape = (len(MEASURES), cells.segment.size, menu.rates.size, menu.limits.size)
    out = np.zeros(shape)
    for c in range(cells.segment.size):
        rows = slice(cells.first[c], cells.first[c + 1])
        pd, base, cap = customers.pd[rows], customers.base[rows], customers.cap[rows]
        segment, table = (np.full(pd.size, x[c]) for x in (cells.segment, cells.table))
        for j, rate in enumerate(menu.rates):
            for k, limit in enumerate(menu.limits):
                found = measures_of(
                    pd,
                    base,
                    np.minimum(limit, cap),
                    np.full(pd.size, rate),
                    segment,
                    table,
                    demand,
                    e,
                )
                out[:, c, j, k] = [found[name].sum() for name in MEASURES]
    return out


def measures_of(
    pd: Vector,
    base: Vector,
    limit: Vector,
    rate: Vector,
    segment: Integers,
    table: Integers,
    demand: Demand,
    e: Economics,
) -> dict[str, Vector]:
    """The measures of each customer at its rate and limit."""
    taken = take_up(demand, segment, table, base, rate, limit)
    lends = limit > 0.0
    with np.errstate(divide="ignore"):
        log_limit = np.where(lends, np.log(limit), e.log_reference_limit)
    pd = shifted_pd(e, pd, rate, log_limit)
    profit, loss = unit_amounts(e, pd, rate)
    lent = taken * limit
    return {
        "profit": lent * profit - taken * e.acquisition,
        "loss": lent * loss,
        "exposure": lent,
        "count": taken,
        "bad_exposure": lent * pd,
        "bad_count": taken * pd,
        "limit": limit,
        "bad_limit": limit * pd,
        "bad": pd,
    }
