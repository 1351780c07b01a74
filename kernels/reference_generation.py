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
    rows = slice(book.cells.first[cell], book.cells.first[cell + 1])
    rate, limit = offers(book, curves, cell, candidate)
    pd, base = book.customers.pd[rows], book.customers.base[rows]
    segment, table = (np.full(pd.size, x[cell]) for x in (book.cells.segment, book.cells.table))
    measures = reference_money.measures_of(
        pd, base, limit, rate, segment, table, book.demand, book.economics
    )
    measures["rate"] = rate
    measures["rate_exposure"] = measures["exposure"] * rate
    measures["rate_limit"] = limit * rate
    return [float(measures[name].sum()) for name in MEASURES]
