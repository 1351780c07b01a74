"""Whether columns separate the rows with the event from those without.

They do where some ``d = [1, X] v`` is nowhere below zero with the event, nowhere above it without,
and not zero everywhere: the likelihood then rises without end along ``v``. Sources: A. Albert,
J. A. Anderson, On the existence of maximum likelihood estimates in logistic regression models,
1984; by linear programming, K. Konis, Linear programming algorithms for detecting separated data,
2007.

The programme here has few rows however many there are: it asks for the largest sum of ``d`` on its
side of zero over all rows, and holds only some rows to their side. If the answer is nothing, more
rows could not change it; else rows that are on the wrong side join, until there are none.
"""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np

from engine.fit.scorecard.logistic.passes import Rows
from engine.fit.scorecard.rows import Matrix, Vector
from kernels.irls import Basis, Block, Moments

_ROUNDS = 30
_JOIN = 500  # rows that join in a round, of each class
_NOTHING = 1e-8  # of a standard deviation: taken for zero
_PART = 1e-6  # of the largest coefficient: a column that takes part


class _Seen(NamedTuple):
    """Of some rows at some ``v``, ``d`` being negative on the wrong side whatever the class.

    ``total`` of the rows ``[1, X]`` times 1 with the event, -1 without; ``least`` and ``most`` of
    ``d``; the ``worst`` rows, so multiplied, of each class.
    """

    height: int
    total: Vector
    least: float
    most: float
    worst: tuple[Matrix, Matrix]


def columns_that_separate(moments: Moments) -> list[int]:
    """Each by itself: its values with the event all lie on one side of those without, at most
    touching them."""
    (low, low_event), (high, high_event) = moments.lowest, moments.highest
    return [int(j) for j in np.flatnonzero((high <= low_event) | (high_event <= low))]


def separating(rows: Rows, basis: Basis, b: Vector) -> list[int]:
    """Columns of a combination that separates; none if nothing does, or if it cannot be decided.

    ``basis`` is that of scaled columns; ``b``, coefficients at which a climb has stalled, nearly
    points the way, so the programme begins with the rows that it tells least.
    """
    seen = _see(rows, basis, b)
    held = np.vstack(seen.worst)
    for _ in range(_ROUNDS):
        v = _best(seen.total / seen.height, held)
        if v is None or seen.total @ v <= _NOTHING * seen.height:
            return []
        seen = _see(rows, basis, v)
        if seen.least >= -_NOTHING:
            parts = np.abs(v[1:])
            return [int(j) for j in np.flatnonzero(parts > _PART * parts.max())]
        held = np.unique(np.vstack([held, *seen.worst]), axis=0)
    return []


def _best(mean: Vector, held: Matrix) -> Vector | None:
    """The ``v`` of most ``mean @ v`` with ``held @ v >= 0`` and, but for the intercept, absolute
    coefficients that add up to at most 1: such a programme prefers few columns."""
    from scipy.optimize import linprog  # 0.2 s, and separation is rare

    slopes = held[:, 1:]
    found = linprog(
        -np.concatenate([mean, -mean[1:]]),
        A_ub=np.vstack([-np.hstack([held, -slopes]), [0.0] + [1.0] * 2 * slopes.shape[1]]),
        b_ub=np.concatenate([np.zeros(len(held)), [1.0]]),
        bounds=[(None, None)] + [(0.0, None)] * 2 * slopes.shape[1],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if found.x is None:
        return None
    up, down = np.split(found.x[1:], 2)
    return np.concatenate([found.x[:1], up - down])


def _see(rows: Rows, basis: Basis, v: Vector) -> _Seen:
    seen = rows.each(lambda block: _seen(block, basis, v))
    return reduce(lambda one, other: _both(one, other, v), seen)


def _seen(block: Block, basis: Basis, v: Vector) -> _Seen:
    used = block.weight > 0.0
    is_event = block.event[used] == 1.0
    D = np.column_stack([np.ones(used.sum()), (block.X[used] - basis.mean) * basis.inverse])
    D[~is_event] *= -1.0
    d = D @ v
    worst = (_worst(D[is_event], v), _worst(D[~is_event], v))
    least, most = d.min(initial=np.inf), d.max(initial=-np.inf)
    return _Seen(len(D), D.sum(axis=0), float(least), float(most), worst)


def _worst(D: Matrix, v: Vector) -> Matrix:
    """Rows of least ``D @ v``, one of those that are equally far."""
    _, first = np.unique(D @ v, return_index=True)
    found: Matrix = D[first[:_JOIN]]
    return found


def _both(one: _Seen, other: _Seen, v: Vector) -> _Seen:
    def joined(a: Matrix, b: Matrix) -> Matrix:
        return _worst(np.vstack([a, b]), v)

    return _Seen(
        one.height + other.height,
        one.total + other.total,
        min(one.least, other.least),
        max(one.most, other.most),
        (joined(one.worst[0], other.worst[0]), joined(one.worst[1], other.worst[1])),
    )
