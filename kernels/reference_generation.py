"""Readable NumPy twin of ``kernels.generation``: every candidate at every customer, one by one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels import reference_money
from kernels.generation import MEASURES, Book, Curves

Vector = NDArray[np.float64]


def generation_sums(book: Book, curves: Curves) -> Vector:
    """Twin of ``generation.generation_sums``."""
    candidates, cells = curves.approve.shape
    out = np.zeros((len(MEASURES), cells, candidates))
    for cell in range(cells):
        for candidate in range(candidates):
            if curves.approve[candidate, cell]:
                out[:, cell, candidate] = _candidate(book, curves, cell, candidate)
    return out


def offers(book: Book, curves: Curves, cell: int, candidate: int) -> tuple[Vector, Vector]:
    """Rates and limits of a cell's customers."""
    rows = slice(book.cells.first[cell], book.cells.first[cell + 1])
    x, cap = book.customers.x[rows], book.customers.cap[rows]
    r0, r1, r2, rate_lo, rate_hi, m0, m1, limit_lo, limit_hi = (
        coefficient[candidate, cell] for coefficient in curves[1:]
    )
    rate = np.clip(r0 + r1 * x + r2 * x * x, rate_lo, rate_hi)
    return rate, np.minimum(np.clip(m0 + m1 * x, limit_lo, limit_hi), cap)


def _candidate(book: Book, curves: Curves, cell: int, candidate: int) -> list[float]:
    """The measures of one candidate in one cell."""
    rows, e = slice(book.cells.first[cell], book.cells.first[cell + 1]), book.economics
    rate, limit = offers(book, curves, cell, candidate)
    pd, base = book.customers.pd[rows], book.customers.base[rows]
    segment, table = (np.full(pd.size, x[cell]) for x in (book.cells.segment, book.cells.table))
    taken = reference_money.take_up(book.demand, segment, table, base, rate, limit)
    with np.errstate(divide="ignore"):
        log_limit = np.where(limit > 0.0, np.log(limit), e.log_reference_limit)
    pd = reference_money.shifted_pd(e, pd, rate, log_limit)
    profit, loss = reference_money.unit_amounts(e, pd, rate)
    lent = taken * limit
    measures = {
        "profit": lent * profit - taken * e.acquisition,
        "loss": lent * loss,
        "exposure": lent,
        "count": taken,
        "bad_exposure": lent * pd,
        "bad_count": taken * pd,
        "limit": limit,
        "bad_limit": limit * pd,
        "bad": pd,
        "rate": rate,
        "rate_exposure": lent * rate,
        "rate_limit": limit * rate,
    }
    return [float(measures[name].sum()) for name in MEASURES]
