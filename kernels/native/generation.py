"""What a generation of strategies would bring: see ``kernels.generation``.

Loops over the rows of a block are short and few arrays each, so that LLVM does eight rows at once;
the sums of a block are made by ``kernels.native.sums``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.economics import SOURCE
from kernels.generation import BLOCK, LANES, MEASURES, Book, Curves, Pieces, Scratch
from kernels.native import part
from kernels.native.generation_take_up import take_up
from kernels.native.generation_units import (
    amounts,
    hazards_of,
    months_of_each,
    months_of_one,
    shifted_pds,
)
from kernels.native.logarithm import logarithm
from kernels.native.sums import add_block, add_block_source

Vector = NDArray[np.float64]
_MEASURES = len(MEASURES)


@part
def logarithms(values: Vector, out: Vector) -> int:
    """Block: into ``out``."""
    for i in range(values.size):
        out[i] = logarithm(values[i])
    return 0


@part
def generation_pieces(
    q: Book, curves: Curves, s: Scratch, pieces: Pieces, first: int, out: Any
) -> int:
    """Block: pieces from ``first`` on, into ``out`` ``(pieces, candidates, measures)`` of zeros."""
    for p in range(out.shape[0]):
        cell, lo, end = pieces.cell[first + p], pieces.lo[first + p], pieces.hi[first + p]
        s.lanes[:] = 0.0
        while lo < end:
            hi = min(lo + BLOCK, end)
            _pad(s.known_pd, q.customers.pd[lo:hi])
            for c in range(curves.approve.shape[0]):
                if curves.approve[c, cell]:
                    _candidate(q, curves, s, c, cell, lo, hi)
            lo = hi
        for c in range(curves.approve.shape[0]):
            for m in range(_MEASURES):
                out[p, c, m] = _of_lanes(s.lanes[c, m * LANES : (m + 1) * LANES])
    return 0


@part
def _pad(to: Vector, values: Vector) -> None:
    """Block: values, and zeros behind up to a whole number of lanes."""
    for i in range(values.size):
        to[i] = values[i]
    for i in range(values.size, values.size + LANES):
        to[i] = 0.0


@part
def _of_lanes(x: Vector) -> float:
    """Point: pairs, pairs of pairs."""
    total: float = ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]))
    return total


@part
def _candidate(q: Book, v: Curves, s: Scratch, c: int, cell: int, lo: int, hi: int) -> None:
    """Block: rows ``lo..hi`` at the offers of a candidate."""
    n, e = hi - lo, q.economics
    _offers(q, v, s, c, cell, lo, hi)
    flat_rate = v.r1[c, cell] == 0.0 and v.r2[c, cell] == 0.0
    take_up(q, s, cell, lo, hi, flat_rate)
    moved = e.alpha != 0.0 or e.beta != 0.0
    if moved:
        shifted_pds(e, q.customers.log_odds[lo:hi], s.rate, s.limit, s.log_limit, s.pd)
    pd = s.pd if moved else s.known_pd
    for i in range(n, n + LANES):
        s.rate[i], s.limit[i], s.taken[i], pd[i] = 0.0, 0.0, 0.0, 0.0
        s.profit[i], s.loss[i] = 0.0, 0.0
    groups = (n + LANES - 1) // LANES
    if e.mode == SOURCE:
        add_block_source(s.rate, s.limit, s.taken, pd, e.margin_cost, e.lgd, groups, s.lanes[c])
        return
    hazards_of(e, pd[:n], q.customers.hazard[lo:hi], moved, s.hazard)
    if flat_rate:
        months_of_one(e, s.rate[0], s.hazard[:n], s.months, s.weight, s.profit)
    else:
        months_of_each(e, s.rate[:n], s.hazard, s.payment, s.weight, s.balance, s.profit)
    amounts(e, s.rate[:n], s.hazard, s.profit, s.loss)
    add_block(s.rate, s.limit, s.taken, pd, s.profit, s.loss, groups, s.lanes[c])


@part
def _offers(q: Book, v: Curves, s: Scratch, c: int, cell: int, lo: int, hi: int) -> None:
    """Block: rates, limits and their logarithms; of one limit for all, the logarithm is known."""
    x, cap = q.customers.x[lo:hi], q.customers.cap[lo:hi]
    least, most = v.rate_lo[c, cell], v.rate_hi[c, cell]
    _rates(x, v.r0[c, cell], v.r1[c, cell], v.r2[c, cell], least, most, s.rate)
    m0, m1, least, most = v.m0[c, cell], v.m1[c, cell], v.limit_lo[c, cell], v.limit_hi[c, cell]
    _limits(x, cap, m0, m1, least, most, s.limit)
    if m1 == 0.0:
        own = logarithm(min(max(m0, least), most))
        _flat_logs(q.customers.log_cap[lo:hi], own, s.log_limit)
    else:
        logarithms(s.limit[: hi - lo], s.log_limit)


@part
def _rates(
    x: Vector, r0: float, r1: float, r2: float, lowest: float, highest: float, out: Vector
) -> None:
    """Block: the curve of rates."""
    for i in range(x.size):
        rate = r0 + x[i] * (r1 + x[i] * r2)
        rate = lowest if rate < lowest else rate
        out[i] = highest if rate > highest else rate


@part
def _limits(
    x: Vector, cap: Vector, m0: float, m1: float, lowest: float, highest: float, out: Vector
) -> None:
    """Block: the curve of limits, cut at the customer's own."""
    for i in range(x.size):
        limit = m0 + x[i] * m1
        limit = lowest if limit < lowest else limit
        limit = highest if limit > highest else limit
        out[i] = cap[i] if limit > cap[i] else limit


@part
def _flat_logs(log_cap: Vector, own: float, out: Vector) -> None:
    """Block: logarithms of one limit for all, cut at the customer's own."""
    for i in range(log_cap.size):
        out[i] = log_cap[i] if own > log_cap[i] else own


@part
def add_pieces(pieces: Pieces, first: int, partial: Any, acquisition: float, out: Any) -> int:
    """Block: partial sums to those of their cells, in order; bookings cost what they cost."""
    for p in range(partial.shape[0]):
        cell = pieces.cell[first + p]
        for c in range(partial.shape[1]):
            for m in range(_MEASURES):
                value = partial[p, c, m]
                if m == 0:
                    value -= acquisition * partial[p, c, 3]
                out[m, cell, c] += value
    return 0
