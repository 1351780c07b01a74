"""The menu as a space to search: a rate and a limit per cell, valued by the menu table alone.

Names are of segments and grades: ``depth SEGMENT``, how many grades are approved (``approve SEGMENT
GRADE`` where any cell may be declined), ``rate SEGMENT GRADE`` and ``limit SEGMENT GRADE``, places
on the menu. Whatever they are, ``ordering`` makes a choice of them that keeps to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.strategy.exact.infeasible import check_order
from engine.strategy.exact.neighbours import keeps_order
from engine.strategy.exact.table import Table, table_of
from engine.strategy.menu.problem import DECLINED, Choice, MenuProblem
from engine.strategy.menu.table import MenuTable
from engine.strategy.search.ordering import Offers, broken_cells, in_order
from engine.strategy.search.space import Axis, Checked, Floats, Outcomes

ORDERING = "ordering"
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class MenuSpace:
    """``low`` and ``high`` of every gene: depths or approvals, rates, limits; ``axes`` are those
    genes that can differ, at ``free``. ``start``: a choice to begin with."""

    table: Table
    axes: tuple[Axis, ...]
    constraints: tuple[str, ...]
    low: Whole
    high: Whole
    free: Whole
    start: Choice | None

    def evaluate(self, points: Floats) -> Outcomes:
        """Sums of the table's entries; ``ordering`` is the share of cells that break it."""
        choices = self.choices(points)
        table, cells = self.table, np.arange(self.table.profit.shape[0])
        flat = choices.reshape(len(choices), -1)
        taken, entry = flat != DECLINED, np.maximum(flat, 0)
        profit = np.where(taken, table.profit[cells, entry], 0.0).sum(axis=1)
        sides = np.where(taken, table.coefficients[:, cells, entry], 0.0).sum(axis=2)
        excess = (sides - table.bounds[:, None]) / table.scales[:, None]
        broken = broken_cells(choices, table.problem, table.rules) / cells.size
        return Outcomes(profit, np.vstack([excess, broken]))

    def choices(self, points: Floats) -> Choice:
        """Points ``(N, len(axes))`` as choices ``(N, S, G)``."""
        genes = np.tile(self.low, (len(points), 1))
        genes[:, self.free] = points.astype(np.int64)
        segments, grades = self.table.shape
        cells = segments * grades
        first, rates, limits = np.split(genes, [genes.shape[1] - 2 * cells, -cells], axis=1)
        shape = (len(points), segments, grades)
        if self.table.rules.carried:
            approve = first.reshape(shape) > 0
        else:
            approve = np.arange(grades) < first[:, :, None]
        offers = Offers(approve, rates.reshape(shape), limits.reshape(shape))
        return in_order(offers, self.table.problem, self.table.rules)

    def point(self, choice: Choice) -> Floats:
        """A point that is this choice, if the choice keeps to the ordering."""
        taken, cells = choice != DECLINED, choice.size
        limits = self.table.problem.limits.size
        first = taken.ravel() if self.table.rules.carried else taken.sum(axis=1)
        entry = choice.ravel()
        kept = self.low[-2 * cells :].reshape(2, cells)
        rate = np.where(taken.ravel(), entry // limits, kept[0])
        limit = np.where(taken.ravel(), entry % limits, kept[1])
        genes = np.concatenate([first, rate, limit])
        point: Floats = np.clip(genes, self.low, self.high)[self.free].astype(np.float64)
        return point

    def check(self, point: Floats) -> Checked:
        """By sums that are rounded once; the customers are valued when the answer is made."""
        choice, table = self.choices(point[None])[0], self.table
        excess = (table.excess(choice) / table.scales).tolist()
        broken = 0.0 if keeps_order(table, choice) else 1.0
        profit = float(sum(table.terms(choice)[0].ravel().tolist()))
        violations = dict(zip(self.constraints, [*excess, broken], strict=True))
        return Checked(profit, violations, choice=choice)

    def starts(self) -> Sequence[Floats]:
        """The given choice."""
        return () if self.start is None else (self.point(self.start),)

    def fingerprint(self) -> bytes:
        """Of the tables, the rules, the start and the names."""
        table, digest = self.table, hashlib.sha256()
        problem = table.problem
        arrays = [
            *(problem.rates, problem.limits, table.profit, table.coefficients, table.allowed),
            *(table.bounds, table.scales, problem.may_decline, self.low, self.high),
            *([] if self.start is None else [self.start]),
        ]
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        digest.update(repr((problem.ordering, self.axes, self.constraints)).encode())
        return digest.digest()


def menu_space(table: MenuTable, problem: MenuProblem, start: Choice | None) -> MenuSpace:
    """Of a book's menu.

    Raises
    ------
    InfeasibleStrategy
        Cells that must be approved leave no choice.
    """
    problem_table = table_of(problem)
    check_order(problem_table)
    usable = [np.logical_or.reduce(problem.allowed, axis=axis) for axis in (3, 2)]
    low = [flags.argmax(axis=2).ravel() for flags in usable]
    high = [(flags.shape[2] - 1 - flags[:, :, ::-1].argmax(axis=2)).ravel() for flags in usable]
    none = ~np.logical_or.reduce(problem.allowed, axis=(2, 3))
    for bounds in high:
        bounds[none.ravel()] = 0
    cells = [f"{s} {g.grade}" for s in table.rows.segments for g in table.rows.grades]
    if problem_table.rules.carried:
        names = [f"approve {cell}" for cell in cells]
        first = (~problem.may_decline).ravel().astype(np.int64), (~none).ravel().astype(np.int64)
    else:
        names = [f"depth {segment}" for segment in table.rows.segments]
        first = _depths(~problem.may_decline, none)
    names += [f"{what} {cell}" for what in ("rate", "limit") for cell in cells]
    lowest, highest = np.concatenate([first[0], *low]), np.concatenate([first[1], *high])
    free = np.flatnonzero(lowest < highest)
    axes = (Axis(names[k], float(lowest[k]), float(highest[k]), True) for k in free)
    constraints = (*(constraint.name for constraint in problem.constraints), ORDERING)
    return MenuSpace(problem_table, tuple(axes), constraints, lowest, highest, free, start)


def _depths(forced: NDArray[np.bool_], none: NDArray[np.bool_]) -> tuple[Whole, Whole]:
    """The least and the most grades of a segment that can be approved."""
    grades = forced.shape[1]
    least = np.where(forced.any(axis=1), grades - forced[:, ::-1].argmax(axis=1), 0)
    most = np.where(none.any(axis=1), none.argmax(axis=1), grades)
    return least, np.maximum(most, least)
