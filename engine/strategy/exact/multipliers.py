"""The multipliers with the least bound: the Lagrangian dual.

The dual is convex and piecewise linear. With one constraint the lowest point is found by tangents:
from both sides the lines of two choices meet where the next is tried, until none lies above. With
several, a master over the choices met says where to try next (Dantzig and Wolfe 1960), moved
towards the best point so far (Wentges 1997), without which it jumps about.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.strategy.exact.master import best_mixture, columns_of
from engine.strategy.exact.search import Clock, Search
from engine.strategy.menu.problem import Choice

_CLOSE = 1e-7
"""Of the bound: the dual is solved."""
_MOST_ROUNDS = 120
_TOWARDS_BEST = 0.5


def least_bound(search: Search, clock: Clock) -> None:
    """Lowers ``search.bound`` as far as multipliers can, or time allows.

    Needs columns of which some mixture holds the constraints, if profit is sought.
    """
    if len(search.table.bounds) == 1 and search.table.seeks_profit:
        _by_tangents(search, clock)
    else:
        _by_columns(search, clock)


class _Line(NamedTuple):
    """``height + slope * multiplier``: a choice's part of the dual."""

    height: float
    slope: float


def _line(search: Search, choice: Choice) -> _Line:
    profit, sides = search.table.terms(choice)
    return _Line(float(profit.sum()), float(search.table.bounds[0] - sides.sum()))


def _by_tangents(search: Search, clock: Clock) -> None:
    """One constraint, and the choices of least and of most use of it are among the columns."""
    lines = [_line(search, choice) for choice in search.columns.values()]
    for _ in range(_MOST_ROUNDS):
        meeting, at = _lowest_meeting(lines)
        size = max(abs(meeting), abs(search.bound) * 1e-3)
        if search.bound - meeting <= _CLOSE * size or clock.root_is_over():
            return
        found = search.relax(np.array([at]))
        line = _line(search, found.choice)
        if line in lines:
            return
        lines.append(line)


def _lowest_meeting(lines: list[_Line]) -> tuple[float, float]:
    """The lowest point of the highest of the lines from 0 on, and where it is."""
    height, slope = (np.array(part) for part in zip(*lines, strict=True))
    at = 0.0
    while True:
        top = np.lexsort((slope, height + slope * at))[-1]
        if slope[top] >= 0.0:
            return float(height[top] + slope[top] * at), at
        flatter = slope > slope[top]
        cross = np.full(slope.shape, np.inf)
        cross[flatter] = (height[top] - height[flatter]) / (slope[flatter] - slope[top])
        cross[cross <= at] = np.inf
        if not np.isfinite(cross.min()):
            return float(height[top] + slope[top] * at), at
        at = float(cross.min())
        best = np.flatnonzero(cross == at)
        if slope[best].max() >= 0.0:
            return float(height[top] + slope[top] * at), at


def _by_columns(search: Search, clock: Clock) -> None:
    """Several constraints, or violations."""
    table, weight = search.table, _TOWARDS_BEST
    for _ in range(_MOST_ROUNDS):
        mixture = best_mixture(table, columns_of(table, list(search.columns.values())))
        if mixture is None or clock.root_is_over():
            return
        size = max(abs(mixture.value), abs(search.bound) * 1e-3) if table.seeks_profit else 1.0
        if search.bound - mixture.value <= _CLOSE * size:
            return
        known = len(search.columns)
        search.relax(weight * search.multipliers + (1.0 - weight) * mixture.multipliers)
        if len(search.columns) == known:  # nothing new there: try where the master says
            if weight == 0.0:
                return
            weight = 0.0
        else:
            weight = _TOWARDS_BEST
