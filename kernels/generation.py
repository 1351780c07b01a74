"""What a generation of strategies would bring, cell by cell, in one pass over the customers.

A strategy offers to every customer of a cell, with ``x`` the customer's risk coordinate,

    rate  = clip(r0 + r1 x + r2 x^2, rate_lo, rate_hi)
    limit = min(clip(m0 + m1 x, limit_lo, limit_hi), cap)

or declines the cell. Customers are read once for all candidates: a block of rows stays in the
processor's cache while every candidate is evaluated on it. Sums do not depend on threads: a piece
of a cell, ``PIECE`` rows, is summed by one thread in eight lanes, pieces are added in their order.

Measures: those of ``kernels.menu``, and what an average rate is made of: ``rate``,
``rate_exposure`` and ``rate_limit``, the sums over the approved of rate, ``lent * rate`` and
``limit * rate``.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.demand import Demand
from kernels.economics import Economics
from kernels.kernel import Kernel
from kernels.menu import MEASURES as MENU_MEASURES
from kernels.menu import Cells, Customers

_generation_pieces = Kernel("generation", "generation_pieces")
_add_pieces = Kernel("generation", "add_pieces")
_logarithms = Kernel("generation", "logarithms")

Vector = NDArray[np.float64]
Integers = NDArray[np.int64]

MEASURES = (*MENU_MEASURES, "rate", "rate_exposure", "rate_limit")
LANES = 8
"""Partial sums of a measure: row i of a block is added to the ``i % LANES``-th."""
BLOCK = 2048
"""Rows that are evaluated at once, and again for every candidate. What is told once per block and
candidate takes its time whatever the rows: with 256 rows the whole took 1.4 times as long for
curves, 1.8 times for constant offers."""
PIECE = 4096
"""Rows that one thread sums."""
_BATCH = 32
"""Pieces of a task: their partial sums are memory, of a generation of 50 some 150 kB. With 64, two
threads had 1.7 times the speed of one on 1 M customers, with 32 1.9 times."""


class Population(NamedTuple):
    """Float64 ``(n,)`` each, of ``kernels.menu.Customers`` and their risk coordinate ``x``.

    ``log_cap`` and ``log_odds`` are logarithms of ``cap`` and ``pd / (1 - pd)``, infinite at the
    ends.
    """

    pd: Vector
    base: Vector
    cap: Vector
    hazard: Vector
    x: Vector
    log_cap: Vector
    log_odds: Vector


class Book(NamedTuple):
    """All that a generation is evaluated on."""

    customers: Population
    cells: Cells
    demand: Demand
    economics: Economics


class Curves(NamedTuple):
    """Candidates' coefficients: float64 ``(candidates, cells)``, ``approve`` bool. Limits are
    above 0."""

    approve: NDArray[np.bool_]
    r0: Vector
    r1: Vector
    r2: Vector
    rate_lo: Vector
    rate_hi: Vector
    m0: Vector
    m1: Vector
    limit_lo: Vector
    limit_hi: Vector


class Pieces(NamedTuple):
    """Int64 ``(pieces,)``: rows ``lo..hi`` of a cell."""

    cell: Integers
    lo: Integers
    hi: Integers


class Scratch(NamedTuple):
    """Of one thread: per row of a block, ``LANES`` more; but ``months``, ``row`` per knot of the
    market's limits, and ``lanes`` ``(candidates, len(MEASURES) * LANES)``."""

    rate: Vector
    limit: Vector
    log_limit: Vector
    pd: Vector
    known_pd: Vector
    taken: Vector
    profit: Vector
    loss: Vector
    hazard: Vector
    weight: Vector
    balance: Vector
    payment: Vector
    months: Vector
    row: Vector
    x: Vector
    y: Vector
    knot: Vector
    at: Integers
    lanes: Vector


def population(customers: Customers, x: Vector) -> Population:
    """The customers with what is computed once for all generations; ``x`` float64 ``(n,)``.

    Raises
    ------
    ValueError
        ``x`` is of another shape or dtype, or not finite.
    """
    if x.shape != customers.pd.shape or x.dtype != np.float64:
        raise ValueError(f"x must be float64 {customers.pd.shape}, not {x.dtype} {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"x is not finite in {int((~np.isfinite(x)).sum())} rows")
    pd, base, cap, hazard = (np.ascontiguousarray(column) for column in customers)
    return Population(
        pd=pd,
        base=base,
        cap=cap,
        hazard=hazard,
        x=np.ascontiguousarray(x),
        log_cap=logarithms(cap),
        log_odds=logarithms(pd) - logarithms(1.0 - pd),
    )


def logarithms(values: Vector) -> Vector:
    """Natural, of float64 >= 0; of 0 minus infinity. Within 2 ulp, the same on every machine."""
    out = np.empty(values.size)
    _logarithms(np.ascontiguousarray(values), out)
    return out


def generation_sums(book: Book, curves: Curves, *, threads: int = 1) -> Vector:
    """Float64 ``(len(MEASURES), cells, candidates)``; 0 where a cell is declined.

    Raises
    ------
    ValueError
        Shapes or dtypes of ``curves``; numbers that are not finite, bounds that cross, a limit
        that may be 0 or less.
    """
    _check(book, curves)
    pieces = _pieces_of(book.cells.first)
    candidates = curves.approve.shape[0]
    out = np.zeros((len(MEASURES), book.cells.segment.size, candidates))

    def work(first: int) -> tuple[int, Vector]:
        end = min(first + _BATCH, pieces.cell.size)
        partial = np.zeros((end - first, candidates, len(MEASURES)))
        _generation_pieces(book, curves, _scratch(book, candidates), pieces, first, partial)
        return first, partial

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for first, partial in pool.map(work, range(0, pieces.cell.size, _BATCH)):
            _add_pieces(pieces, first, partial, book.economics.acquisition, out)
    return out


def _pieces_of(first: Integers) -> Pieces:
    """Every cell's rows, ``PIECE`` at a time, in order."""
    counts = np.diff(first)
    of_cell = -(-counts // PIECE)
    cell = np.repeat(np.arange(counts.size, dtype=np.int64), of_cell)
    number = np.arange(cell.size) - np.repeat(np.cumsum(of_cell) - of_cell, of_cell)
    lo = first[cell] + number * PIECE
    return Pieces(cell, lo, np.minimum(lo + PIECE, first[cell + 1]))


def _check(book: Book, curves: Curves) -> None:
    shape = (*curves.approve.shape[:1], book.cells.segment.size)
    for name, array in curves._asdict().items():
        kind: Any = np.bool_ if name == "approve" else np.float64
        if array.shape != shape or array.dtype != kind or not array.flags.c_contiguous:
            raise ValueError(
                f"{name} must be {kind.__name__} {shape} in C order, not {array.dtype} "
                f"{array.shape}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{name} is not finite in {int((~np.isfinite(array)).sum())} places")
    crossed = (curves.rate_lo > curves.rate_hi) | (curves.limit_lo > curves.limit_hi)
    if crossed.any():
        raise ValueError(f"the bounds of a rate or limit cross in {int(crossed.sum())} places")
    if not (curves.limit_lo > 0.0).all():
        raise ValueError("limit_lo must be above 0; to offer nothing is to decline")


def _scratch(book: Book, candidates: int) -> Scratch:
    months, knots = max(book.economics.term, 1), book.demand.surface.win.shape[2]
    own: dict[str, Any] = {name: np.zeros(BLOCK + LANES) for name in Scratch._fields}
    own["at"] = np.zeros(BLOCK + LANES, np.int64)
    own["months"], own["row"] = np.empty(months), np.empty(knots)
    own["lanes"] = np.empty((candidates, len(MEASURES) * LANES))
    return Scratch(**own)
