"""A menu's remaining entries as an integer programme for HiGHS.

A 0/1 variable per entry; at most one per cell, exactly one where approval is forced. The order is
written by sums over rates ``>= j`` (limits ``<= k``), which cut off far more fractions than pairs:

* declines end a segment, no book: what a grade has at ``j`` or above, the next has where that may
  lead, or is declined;
* otherwise: thresholds that rise from grade to grade; a grade is at or below its own, and at or
  above the one before it. They need not be integers: entries make them so;
* steps over declined grades: the threshold is the last approved rate, neither above nor below it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from engine.strategy.exact.table import Table
from engine.strategy.menu.problem import Choice, Flags, Floats
from kernels.ordered_paths import STEP_TOLERANCE

UNIT_ROOM = 1e-6
"""Of the unit, per cell: HiGHS takes a reduced cost of 1e-7 for none."""
_ROW_SIZE = 1e3
"""Constraints are scaled to coefficients of at most this, against HiGHS's tolerance of 1e-6."""


class Formulation(NamedTuple):
    """``cell`` and ``entry`` of the first variables; the worth of an answer is ``-cost x unit``."""

    cell: Choice
    entry: Choice
    cost: Floats
    unit: float
    integrality: Floats
    bounds: Any
    rows: list[Any]


def formulate(table: Table, keep: Flags, tighter: float) -> Formulation:
    """Of the entries ``keep`` ``(C, E)``; constraints are ``tighter`` by so many row units."""
    from scipy.optimize import Bounds, LinearConstraint

    cell, entry = np.nonzero(keep)
    rows = _Rows(table, cell, entry)
    _cells(rows)
    _order(rows)
    slack = 0 if table.seeks_profit else len(table.bounds)
    first_slack = rows.variables
    rows.variables += slack
    _constraints(rows, first_slack if slack else None, tighter)
    matrix, upper = rows.matrix()
    largest = float(np.abs(table.profit[cell, entry]).max(initial=0.0))
    unit = max(largest, 1e-300) if table.seeks_profit else 1.0
    cost = np.zeros(rows.variables)
    cost[: cell.size] = -table.profit[cell, entry] / unit
    cost[first_slack:] = 1.0
    whole = np.zeros(rows.variables)
    whole[: cell.size] = 1.0
    highest = np.ones(rows.variables)
    highest[first_slack:] = np.inf
    made = [LinearConstraint(matrix, ub=upper)] if upper.size else []
    return Formulation(cell, entry, cost, unit, whole, Bounds(0.0, highest), made)


class _Rows:
    """Rows ``sum of coefficients <= upper`` as they are added."""

    def __init__(self, table: Table, cell: Choice, entry: Choice) -> None:
        limits = table.problem.limits.size
        self.table, self.cell, self.entry = table, cell, entry
        self.segment, self.grade = np.divmod(cell, table.shape[1])
        self.rate, self.limit = np.divmod(entry, limits)
        starts = np.searchsorted(cell, np.arange(table.profit.shape[0] + 1))
        self.of_cell = [np.arange(a, b) for a, b in pairwise(starts)]
        self.least_after, self.least_before = _step_ends(table)
        self.variables = cell.size
        self._at: list[tuple[Choice, Floats]] = []
        self._upper: list[float] = []

    def of(self, s: int, g: int) -> Choice:
        """The variables of a cell."""
        return self.of_cell[s * self.table.shape[1] + g]

    def add(self, upper: float, *terms: tuple[Choice, float | Floats]) -> None:
        """Terms: variables and their coefficients."""
        at = np.concatenate([where for where, _ in terms])
        values = np.concatenate([np.broadcast_to(value, where.shape) for where, value in terms])
        self._at.append((at, values))
        self._upper.append(upper)

    def matrix(self) -> tuple[Any, Floats]:
        """Sparse ``(rows, variables)``, and the upper bounds."""
        from scipy.sparse import csr_array

        lengths = np.cumsum([0, *(at.size for at, _ in self._at)])
        at = np.concatenate([np.empty(0, np.int64), *(at for at, _ in self._at)])
        values = np.concatenate([np.empty(0), *(values for _, values in self._at)])
        made = csr_array((values, at, lengths), shape=(len(self._upper), self.variables))
        made.sum_duplicates()
        return made, np.array(self._upper)


def _cells(rows: _Rows) -> None:
    for (s, g), may in np.ndenumerate(rows.table.problem.may_decline):
        own = rows.of(s, g)
        rows.add(1.0, (own, 1.0))
        if not may:
            rows.add(-1.0, (own, -1.0))
        if g > 0 and not rows.table.rules.carried:
            rows.add(0.0, (own, 1.0), (rows.of(s, g - 1), -1.0))


def _order(rows: _Rows) -> None:
    segments, grades = rows.table.shape
    if rows.table.rules.book:
        _thresholds(rows, range(segments))
        return
    for s in range(segments):
        if rows.table.rules.carried:
            _thresholds(rows, range(s, s + 1))
            continue
        for g in range(1, grades):
            _follows(rows, s, g)
            if rows.table.rules.limits:
                _limits_follow(rows, s, g)


def _follows(rows: _Rows, s: int, g: int) -> None:
    """A rate may follow that of the grade before."""
    better, worse = rows.of(s, g - 1), rows.of(s, g)
    rate, follows = rows.rate[better], rows.rate[worse]
    for j in np.unique(rate):
        low = worse[follows < rows.least_after[j]]
        rows.add(1.0, (better[rate >= j], 1.0), (low, 1.0))
    for j in np.unique(follows) if rows.least_before.any() else ():
        low = better[rate < rows.least_before[j]]
        rows.add(1.0, (worse[follows >= j], 1.0), (low, 1.0))


def _step_ends(table: Table) -> tuple[Choice, Choice]:
    """Per rate the lowest that is a least step above it, and that is a largest step below it.

    The windows of ``Rules`` are of both at once, and where one is empty it does not say why.
    """
    ordering, rates = table.problem.ordering, table.problem.rates
    step = rates[:, None] - rates[None, :]
    most = np.inf if ordering.largest_step is None else ordering.largest_step
    enough = (step >= ordering.least_step - STEP_TOLERANCE) & np.tri(rates.size, dtype=bool)
    after = np.where(enough.any(axis=0), enough.argmax(axis=0), rates.size)
    return after, (step <= most + STEP_TOLERANCE).argmax(axis=1)


def _limits_follow(rows: _Rows, s: int, g: int) -> None:
    better, worse = rows.of(s, g - 1), rows.of(s, g)
    limit, follows = rows.limit[better], rows.limit[worse]
    for k in np.unique(limit):
        rows.add(1.0, (better[limit <= k], 1.0), (worse[follows > k], 1.0))


def _thresholds(rows: _Rows, segments: range) -> None:
    """Rates at or above ``j`` so far, for every ``j``; limits at or below ``k`` likewise."""
    marks, reached = _chain(rows, segments, rows.rate)
    if (rows.least_after > np.arange(rows.least_after.size)).any() or rows.least_before.any():
        _steps(rows, segments[0], marks, reached)
    if rows.table.rules.limits:
        _chain(rows, segments, -rows.limit)


def _chain(rows: _Rows, segments: range, place: Choice) -> tuple[Choice, Choice]:
    """Variables ``(G, marks)``: whether a mark is reached; none before it is returned to."""
    marks = np.unique(place[np.isin(rows.segment, segments)])
    reached = rows.variables + np.arange(rows.table.shape[1] * marks.size).reshape(-1, marks.size)
    rows.variables += reached.size
    for g, n in np.ndindex(reached.shape):
        before = reached[max(g - 1, 0) : g, n]
        rows.add(0.0, (before, 1.0), (reached[g, n : n + 1], -1.0))
        for s in segments:
            cell = rows.of(s, g)
            reaches = place[cell] >= marks[n]
            rows.add(0.0, (cell[reaches], 1.0), (reached[g, n : n + 1], -1.0))
            rows.add(1.0, (cell[~reaches], 1.0), (before, 1.0))
    return marks, reached


def _steps(rows: _Rows, s: int, marks: Choice, reached: Choice) -> None:
    """Steps from the last approved rate, however many grades ago."""
    enough = np.searchsorted(marks, rows.least_before[marks])  # for a largest step to each mark
    for g, n in np.ndindex(reached.shape):
        cell, own = rows.of(s, g), reached[g, n : n + 1]
        rate, before = rows.rate[rows.of(s, g)], reached[max(g - 1, 0) : g]
        reaches = cell[rate >= marks[n]]
        rows.add(0.0, (own, 1.0), (before[:, n], -1.0), (reaches, -1.0))
        low = cell[rate < rows.least_after[marks[n]]]
        rows.add(1.0, (before[:, n], 1.0), (low, 1.0))
        if g > 0:
            rows.add(1.0, (reaches, 1.0), (before[:, 0], 1.0), (before[:, enough[n]], -1.0))


def _constraints(rows: _Rows, slack: int | None, tighter: float) -> None:
    table = rows.table
    for k, bound in enumerate(table.bounds):
        terms = table.coefficients[k, rows.cell, rows.entry]
        size = max(float(np.abs(terms).max(initial=0.0)), abs(bound) * 1e-3, 1e-300) / _ROW_SIZE
        added: list[tuple[Choice, float | Floats]] = [(np.arange(rows.cell.size), terms / size)]
        if slack is not None:
            added.append((np.array([slack + k]), -table.scales[k] / size))
        rows.add(float(bound / size) - tighter, *added)
