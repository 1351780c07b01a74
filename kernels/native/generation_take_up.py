"""Who takes an offer, a block of rows at a time: see ``kernels.generation``.

The forms are those of ``kernels.native.demand``; at one rate for all a market is a row of knots.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.demand import LOGISTIC, MARKET, WIN_FLOOR, Demand
from kernels.generation import LANES, Book, Scratch
from kernels.native import part
from kernels.native.between import between_four, between_two
from kernels.native.logarithm import logarithm
from kernels.native.sigmoid import sigmoid

Vector = NDArray[np.float64]
_MAGIC = 6755399441055744.0  # 1.5 * 2^52: an integer is in the lowest bits of its sum with it
_LOW_BITS = (1 << 51) - 1


@part
def take_up(q: Book, s: Scratch, cell: int, lo: int, hi: int, flat_rate: bool) -> None:
    """Block: who takes the offer; 0 where the limit is."""
    d, segment, base = q.demand, q.cells.segment[cell], q.customers.base[lo:hi]
    if d.form == LOGISTIC:
        _logistic(d, segment, base, s.rate, s.log_limit, s.taken)
    else:
        table = d.surface.win[q.cells.table[cell]]
        if flat_rate:
            _row_at(d, table, s.rate[0], s.row)
            _won_flat(d, s, base.size, s.taken)
        else:
            _won(d, s, table, base.size, s.taken)
        if d.form == MARKET:
            _market(d.intercept[segment], d.slope[segment], base, s.taken)
        else:
            _propensity(base, s.limit, s.taken)
            return
    for i in range(base.size):
        s.taken[i] = s.taken[i] if s.limit[i] > 0.0 else 0.0


@part
def _propensity(base: Vector, limit: Vector, taken: Vector) -> None:
    """Block: form PROPENSITY, of win probabilities, in place."""
    for i in range(base.size):
        taken[i] = taken[i] * base[i] if limit[i] > 0.0 else 0.0


@part
def _logistic(
    d: Demand, segment: int, base: Vector, rate: Vector, log_limit: Vector, out: Vector
) -> None:
    """Block: form LOGISTIC."""
    intercept, slope = d.intercept[segment], d.rate[segment]
    log_slope, reference = d.log_limit[segment], d.log_reference[segment]
    for i in range(base.size):
        z = intercept + slope * rate[i] + log_slope * (log_limit[i] - reference)
        out[i] = sigmoid(z + base[i])


@part
def _market(intercept: float, slope: float, base: Vector, taken: Vector) -> None:
    """Block: form MARKET, of win probabilities, in place."""
    for i in range(base.size):
        win = WIN_FLOOR if taken[i] < WIN_FLOOR else taken[i]
        taken[i] = sigmoid(intercept + slope * logarithm(win) + base[i])


@part
def _clamped(at: float, most: float) -> float:
    """Point: within 0 and ``most``; NaN is 0, so that no place is outside of a table."""
    at = at if at >= 0.0 else 0.0
    return most if at > most else at


@part
def _row_at(d: Demand, table: Any, rate: float, row: Vector) -> None:
    """Block: the market at one rate, over the knots of the limit."""
    f = d.surface
    at = _clamped((rate - f.rate_lo) / f.rate_step, table.shape[0] - 1.0)
    knot = min(int(at), table.shape[0] - 2)
    share = at - knot
    for k in range(row.size):
        row[k] = table[knot, k] + share * (table[knot + 1, k] - table[knot, k])


@part
def _won_flat(d: Demand, s: Scratch, n: int, out: Vector) -> None:
    """Block: win probabilities on that row."""
    f = d.surface
    _places(s.log_limit, n, f.log_limit_lo, 1.0 / f.log_limit_step, s.row.size, s.knot, s.y)
    for i in range(n):
        s.at[i] = _whole(s.knot[i])
    between_two(s.row, s.at, s.y, (n + LANES - 1) // LANES, out)


@part
def _won(d: Demand, s: Scratch, table: Any, n: int, out: Vector) -> None:
    """Block: win probabilities, between four knots."""
    f, (rates, limits) = d.surface, table.shape
    _places(s.rate, n, f.rate_lo, 1.0 / f.rate_step, rates, out, s.x)
    _places(s.log_limit, n, f.log_limit_lo, 1.0 / f.log_limit_step, limits, s.knot, s.y)
    for i in range(n):
        s.at[i] = _whole(out[i] * limits + s.knot[i])
    between_four(table, s.at, s.x, s.y, limits, (n + LANES - 1) // LANES, out)


@part
def _whole(x: float) -> Any:
    """Point: a whole float64 from 0 to 2^51 as an integer, by what all machines do in vectors."""
    return np.float64(x + _MAGIC).view(np.int64) & _LOW_BITS


@part
def _places(
    values: Vector, n: int, lo: float, per_step: float, knots: int, knot: Vector, share: Vector
) -> None:
    """Block: the knot at or below, and the share of the way to the next; edges beyond."""
    for i in range(n):
        at = _clamped((values[i] - lo) * per_step, knots - 1.0)
        floor = np.floor(at)
        floor = knots - 2.0 if floor > knots - 2.0 else floor
        knot[i] = floor
        share[i] = at - floor
