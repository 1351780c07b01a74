"""Sums over the customers of a cell at every entry of a menu: see ``kernels.menu``.

A customer's entries are of two kinds. Below its cap the limit is the menu's: those are summed per
limit or, where take-up is a product (``fast``), per bin: the number of limits below the cap. From
its cap on they are all the same: evaluated once, summed per bin. ``_finish`` adds both.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kernels.demand import PROPENSITY
from kernels.economics import SOURCE, Economics
from kernels.menu import BLOCK, Inputs, Scratch
from kernels.native import part
from kernels.native.demand import attraction, take_up_of
from kernels.native.economics import (
    cashflow_amounts,
    hazard_of,
    month_weights,
    shifted_pd,
    source_amounts,
    unit_amounts,
)

# Rows of Scratch.sums and Scratch.block: sums over take-up, and of PD where that is the limit's.
_COUNT, _PROFIT, _LOSS, _BAD, _ALL_BAD = range(5)
_SUMS = 5
# Rows of Scratch.binned. Of customers below their cap, the four sums above by weight, then PD.
_UNDER, _UNDER_BAD = 0, 4
# Of customers at their cap: over take-up, then of all.
_OVER_COUNT, _OVER_PROFIT, _OVER_LOSS, _OVER_BAD, _OVER_LENT, _OVER_BAD_LENT = range(5, 11)
_CAP, _CAP_BAD, _CAPPED_BAD = range(11, 14)
_PEOPLE = 14


@part
def hazards(pd: NDArray[np.float64], e: Economics, out: NDArray[np.float64]) -> int:
    """Block: monthly hazards into ``out``."""
    for i in range(pd.size):
        out[i] = hazard_of(e, pd[i])
    return 0


@part
def menu_entries(
    q: Inputs,
    s: Scratch,
    cell: int,
    first_rate: int,
    end_rate: int,
    fast: bool,
    out: NDArray[np.float64],
) -> int:
    """Block: the entries of one cell and some rates, into ``out``."""
    for j in range(first_rate, end_rate):
        _begin(q, s, cell, j, fast)
        lo, end = q.cells.first[cell], q.cells.first[cell + 1]
        while lo < end:
            hi = min(lo + BLOCK, end)
            _units(q, s, lo, hi, q.menu.rates[j])
            for i in range(lo, hi):
                _add_row(q, s, i, i - lo, cell, q.menu.rates[j], fast)
            if not fast:
                _collect(s)
            lo = hi
        _finish(q, s, fast, cell, j, out)
    return 0


@part
def _begin(q: Inputs, s: Scratch, cell: int, j: int, fast: bool) -> None:
    """Block: zeros, month weights, and what an offer is to all customers of the cell."""
    s.sums[:] = 0.0
    s.block[:] = 0.0
    s.binned[:] = 0.0
    if q.economics.mode != SOURCE:
        month_weights(q.economics, q.menu.rates[j], s.months)
    segment, table = q.cells.segment[cell], q.cells.table[cell]
    for k in range(q.menu.limits.size):
        z = attraction(q.demand, segment, table, q.menu.rates[j], math.log(q.menu.limits[k]))
        if q.demand.form != PROPENSITY:
            z = 1.0 / (1.0 + math.exp(-z)) if fast else math.exp(-z)
        s.offer[k] = z


@part
def _units(q: Inputs, s: Scratch, lo: int, hi: int, rate: float) -> None:
    """Block: PD, unit profit and unit loss of rows ``lo..hi`` at a rate and the reference limit."""
    e, n = q.economics, hi - lo
    for at in range(n):
        s.pd[at] = shifted_pd(e, q.customers.pd[lo + at], rate, e.log_reference_limit)
    if e.mode == SOURCE:
        for at in range(n):
            s.profit[at], s.loss[at] = source_amounts(e, s.pd[at], rate)
        return
    for at in range(n):
        known = q.customers.hazard[lo + at]
        s.hazard[at] = known if e.alpha == 0.0 else hazard_of(e, s.pd[at])
        s.loss[at] = (1.0 - s.hazard[at]) * e.remaining
        s.profit[at] = 0.0
    for t in range(e.term - 1, -1, -1):  # Horner's scheme, all rows at once
        for at in range(n):
            s.profit[at] = s.profit[at] * s.loss[at] + s.months[t]
    for at in range(n):
        s.profit[at], s.loss[at] = cashflow_amounts(e, s.hazard[at], s.profit[at], rate)


@part
def _add_row(q: Inputs, s: Scratch, i: int, at: int, cell: int, rate: float, fast: bool) -> None:
    """Point: row i, the ``at``-th of its block."""
    b = _bin_of(q.menu.limits, q.customers.cap[i])
    s.binned[_PEOPLE, b] += 1.0
    s.binned[_UNDER_BAD, b] += s.pd[at]
    if fast:
        weight = q.customers.base[i] if q.demand.form == PROPENSITY else 1.0
        s.binned[_UNDER + _COUNT, b] += weight
        s.binned[_UNDER + _PROFIT, b] += weight * s.profit[at]
        s.binned[_UNDER + _LOSS, b] += weight * s.loss[at]
        s.binned[_UNDER + _BAD, b] += weight * s.pd[at]
    elif q.economics.beta != 0.0:
        _add_moving(q, s, i, b, rate)
    else:
        _add_dense(q, s, i, at, b)
    if b < q.menu.limits.size:
        _add_capped(q, s, i, at, b, cell, rate)


@part
def _bin_of(limits: NDArray[np.float64], cap: float) -> int:
    """Point: how many limits are not above the cap."""
    lo, hi = 0, limits.size
    if limits[hi - 1] <= cap:
        return hi
    while lo < hi:
        middle = (lo + hi) // 2
        if limits[middle] <= cap:
            lo = middle + 1
        else:
            hi = middle
    return lo


@part
def _add_dense(q: Inputs, s: Scratch, i: int, at: int, limits: int) -> None:
    """Point: row i at every limit below its cap."""
    profit, loss, pd, base = s.profit[at], s.loss[at], s.pd[at], q.customers.base[i]
    product = q.demand.form == PROPENSITY
    weight = base if product else math.exp(-base)
    for k in range(limits):
        x = weight * s.offer[k]
        taken = x if product else 1.0 / (1.0 + x)
        s.block[_COUNT, k] += taken
        s.block[_PROFIT, k] += taken * profit
        s.block[_LOSS, k] += taken * loss
        s.block[_BAD, k] += taken * pd


@part
def _add_moving(q: Inputs, s: Scratch, i: int, limits: int, rate: float) -> None:
    """Point: the same where PD depends on the limit."""
    base, e = q.customers.base[i], q.economics
    for k in range(limits):
        pd = shifted_pd(e, q.customers.pd[i], rate, math.log(q.menu.limits[k]))
        profit, loss = unit_amounts(e, pd, rate)
        if q.demand.form == PROPENSITY:
            taken = base * s.offer[k]
        else:
            taken = 1.0 / (1.0 + math.exp(-base) * s.offer[k])
        s.block[_COUNT, k] += taken
        s.block[_PROFIT, k] += taken * profit
        s.block[_LOSS, k] += taken * loss
        s.block[_BAD, k] += taken * pd
        s.block[_ALL_BAD, k] += pd


@part
def _add_capped(q: Inputs, s: Scratch, i: int, at: int, b: int, cell: int, rate: float) -> None:
    """Point: row i at its cap."""
    cap, pd, profit, loss = q.customers.cap[i], s.pd[at], s.profit[at], s.loss[at]
    if cap > 0.0:
        if q.economics.beta != 0.0:
            pd = shifted_pd(q.economics, q.customers.pd[i], rate, math.log(cap))
            profit, loss = unit_amounts(q.economics, pd, rate)
        segment, table = q.cells.segment[cell], q.cells.table[cell]
        taken = take_up_of(q.demand, segment, table, q.customers.base[i], rate, cap)
        lent = taken * cap
        s.binned[_OVER_COUNT, b] += taken
        s.binned[_OVER_PROFIT, b] += lent * profit
        s.binned[_OVER_LOSS, b] += lent * loss
        s.binned[_OVER_BAD, b] += taken * pd
        s.binned[_OVER_LENT, b] += lent
        s.binned[_OVER_BAD_LENT, b] += lent * pd
    s.binned[_CAP, b] += cap
    s.binned[_CAP_BAD, b] += cap * pd
    s.binned[_CAPPED_BAD, b] += pd


@part
def _collect(s: Scratch) -> None:
    """Block: the sums of a block of rows to those of the entry: fewer roundings than one by one."""
    for measure in range(_SUMS):
        for k in range(s.offer.size):
            s.sums[measure, k] += s.block[measure, k]
            s.block[measure, k] = 0.0


@part
def _finish(q: Inputs, s: Scratch, fast: bool, cell: int, j: int, out: NDArray[np.float64]) -> None:
    """Block: both kinds together, per limit."""
    limits = q.menu.limits.size
    _accumulate(s, limits)
    moving = q.economics.beta != 0.0
    for k in range(limits):
        limit = q.menu.limits[k]
        if fast:
            for measure in range(4):
                s.sums[measure, k] = s.offer[k] * s.binned[_UNDER + measure, k + 1]
        under = s.binned[_PEOPLE, k + 1]
        bad = s.sums[_ALL_BAD, k] if moving else s.binned[_UNDER_BAD, k + 1]
        count = s.sums[_COUNT, k] + s.binned[_OVER_COUNT, k]
        out[0, cell, j, k] = (
            limit * s.sums[_PROFIT, k] + s.binned[_OVER_PROFIT, k] - q.economics.acquisition * count
        )
        out[1, cell, j, k] = limit * s.sums[_LOSS, k] + s.binned[_OVER_LOSS, k]
        out[2, cell, j, k] = limit * s.sums[_COUNT, k] + s.binned[_OVER_LENT, k]
        out[3, cell, j, k] = count
        out[4, cell, j, k] = limit * s.sums[_BAD, k] + s.binned[_OVER_BAD_LENT, k]
        out[5, cell, j, k] = s.sums[_BAD, k] + s.binned[_OVER_BAD, k]
        out[6, cell, j, k] = limit * under + s.binned[_CAP, k]
        out[7, cell, j, k] = limit * bad + s.binned[_CAP_BAD, k]
        out[8, cell, j, k] = bad + s.binned[_CAPPED_BAD, k]


@part
def _accumulate(s: Scratch, limits: int) -> None:
    """Block: of a bin's customers below their cap, those of it and all higher bins; of those at
    their cap, those of it and all lower bins."""
    for row in range(15):
        falling = row <= _UNDER_BAD or row == _PEOPLE
        for step in range(limits):
            if falling:
                s.binned[row, limits - step - 1] += s.binned[row, limits - step]
            else:
                s.binned[row, step + 1] += s.binned[row, step]
