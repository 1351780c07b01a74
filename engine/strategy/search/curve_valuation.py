"""A curve valued customer by customer, with exact totals: the check of what the search says.

``kernels.profit`` evaluates each customer at its own offer; ``kernels.exact_sum`` adds. Nothing of
the generation kernel enters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.economics import Economics
from kernels.exact_sum import exact_sums, rounded
from kernels.generation import MEASURES, Book, Curves
from kernels.profit import Rows, offer_economics

Floats = NDArray[np.float64]
_BLOCK = 262_144


def exact_measures(book: Book, curves: Curves) -> tuple[Floats, dict[str, float]]:
    """Of one candidate: ``(len(MEASURES), cells)`` and the book's totals, each rounded once."""
    cells = curves.approve.shape[1]
    totals = {name: [0] * cells for name in MEASURES}
    cell = np.repeat(np.arange(cells), np.diff(book.cells.first))
    for lo in range(0, cell.size, _BLOCK):
        own = cell[lo : lo + _BLOCK]
        for name, values in _amounts(book, curves, own, lo).items():
            sums = exact_sums(values, own, cells)
            totals[name] = [a + b for a, b in zip(totals[name], sums, strict=True)]
    by_cell = np.array([[rounded(value) for value in totals[name]] for name in MEASURES])
    return by_cell, {name: rounded(sum(sums)) for name, sums in totals.items()}


def _amounts(book: Book, curves: Curves, cell: NDArray[np.int64], lo: int) -> dict[str, Floats]:
    """Per customer of a block."""
    rows, customers = slice(lo, lo + cell.size), book.customers
    approve = curves.approve[0, cell]
    rate, limit = _offers(curves, cell, customers.x[rows], customers.cap[rows])
    pd, lends = customers.pd[rows], approve & (limit > 0.0)
    found = offer_economics(
        Rows(
            pd=pd,
            rate=rate,
            limit=limit,
            base=customers.base[rows],
            approve=approve,
            segment=book.cells.segment[cell],
            table=book.cells.table[cell],
        ),
        book.demand,
        book.economics,
    )
    taken = np.where(lends, found.take_up, 0.0)
    pd = np.where(approve, _pd_of_takers(book.economics, pd, rate, limit), 0.0)
    rate, limit = np.where(approve, rate, 0.0), np.where(approve, limit, 0.0)
    return {
        "profit": found.expected_profit,
        "loss": found.expected_loss,
        "exposure": found.exposure,
        "count": taken,
        "bad_exposure": found.exposure * pd,
        "bad_count": taken * pd,
        "limit": limit,
        "bad_limit": limit * pd,
        "bad": pd,
        "rate": rate,
        "rate_exposure": found.exposure * rate,
        "rate_limit": limit * rate,
    }


def _offers(
    curves: Curves, cell: NDArray[np.int64], u: Floats, cap: Floats
) -> tuple[Floats, Floats]:
    """Of one candidate: every customer's rate and limit."""
    at = (0, cell)
    rate = curves.r0[at] + u * (curves.r1[at] + u * curves.r2[at])
    limit = curves.m0[at] + u * curves.m1[at]
    rate = np.clip(rate, curves.rate_lo[at], curves.rate_hi[at])
    return rate, np.minimum(np.clip(limit, curves.limit_lo[at], curves.limit_hi[at]), cap)


def _pd_of_takers(e: Economics, pd: Floats, rate: Floats, limit: Floats) -> Floats:
    """As ``kernels.economics`` says; at the reference limit where nothing can be lent."""
    if e.alpha == 0.0 and e.beta == 0.0:
        return pd
    with np.errstate(divide="ignore"):
        away = np.where(limit > 0.0, np.log(limit) - e.log_reference_limit, 0.0)
    odds = np.exp(e.alpha * (rate - e.reference_rate) + e.beta * away)
    return np.asarray(pd * odds / ((1.0 - pd) + pd * odds))
