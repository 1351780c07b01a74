"""What an offer is expected to bring, row by row: see ``kernels.profit``."""

from __future__ import annotations

import math

from kernels.demand import Demand
from kernels.economics import SOURCE, Economics
from kernels.native import part
from kernels.native.demand import take_up_of
from kernels.native.economics import shifted_pd, unit_amounts
from kernels.profit import OfferEconomics, Rows


@part
def _amounts(
    e: Economics, taken: float, limit: float, pd: float, rate: float
) -> tuple[float, float]:
    """Point: expected loss and expected profit of an offer."""
    lent = taken * limit
    pd = shifted_pd(e, pd, rate, math.log(limit))
    if e.mode == SOURCE:  # in this order: published profits keep their bits
        return lent * pd * e.lgd, lent * ((1.0 - pd) * (rate - e.margin_cost) - pd * e.lgd)
    profit, loss = unit_amounts(e, pd, rate)
    return lent * loss, lent * profit - taken * e.acquisition


@part
def offer_rows(rows: Rows, demand: Demand, e: Economics, out: OfferEconomics) -> int:
    """Block: into ``out``, which holds zeros."""
    for i in range(rows.pd.size):
        rate, limit = rows.rate[i], rows.limit[i]
        taken = take_up_of(demand, rows.segment[i], rows.table[i], rows.base[i], rate, limit)
        out.take_up[i] = taken
        out.margin[i] = rate - e.margin_cost
        if rows.approve[i] and not limit <= 0.0:
            out.exposure[i] = taken * limit
            out.expected_loss[i], out.expected_profit[i] = _amounts(
                e, taken, limit, rows.pd[i], rate
            )
    return 0
