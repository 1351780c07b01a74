"""What a team would write itself: greedy, and local search with restarts, on the same menu table.

Both change one cell at a time, keep rates rising from grade to grade, decline only the worst grades
of a segment, and have no bound: they cannot say how good they are.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from engine.strategy.menu.problem import DECLINED, MenuProblem

Choice = NDArray[np.int64]
Floats = NDArray[np.float64]


class Walk:
    """A choice and what it sums to; ``excess`` of each constraint over its scale."""

    def __init__(self, problem: MenuProblem) -> None:
        shape = problem.profit.shape
        self.problem = problem
        self.limits = shape[3]
        self.profit = problem.profit.reshape(*shape[:2], -1)
        sides = [c.coefficients.reshape(*shape[:2], -1) / c.scale for c in problem.constraints]
        self.sides = np.stack(sides) if sides else np.zeros((0, *self.profit.shape))
        self.bounds = np.array([c.bound / c.scale for c in problem.constraints])
        self.rate = np.repeat(np.arange(shape[2]), shape[3])
        self.choice: Choice = np.full(shape[:2], DECLINED)

    def totals(self) -> tuple[float, Floats]:
        """Profit and excess."""
        s, g = np.nonzero(self.choice != DECLINED)
        at = self.choice[s, g]
        return float(self.profit[s, g, at].sum()), self.sides[:, s, g, at].sum(axis=1) - self.bounds

    def options(self, s: int, g: int) -> NDArray[np.bool_]:
        """The entries that cell may change to; the last option is to decline."""
        row = self.choice[s]
        known = self.rate[np.maximum(row, 0)]
        low = known[g - 1] if g > 0 else 0
        later = g + 1 < row.size and row[g + 1] != DECLINED
        high = known[g + 1] if later else self.rate[-1]
        may = (self.rate >= low) & (self.rate <= high)
        if g > 0 and row[g - 1] == DECLINED:
            may[:] = False
        return np.append(may, not later)

    def changes(self, s: int, g: int) -> tuple[Floats, Floats]:
        """Of every option, profit won and excess added (constraints, options)."""
        own = self.choice[s, g]
        profit = np.append(self.profit[s, g], 0.0)
        sides = np.append(self.sides[:, s, g], np.zeros((len(self.bounds), 1)), axis=1)
        now = -1 if own == DECLINED else own
        return profit - profit[now], sides - sides[:, now : now + 1 or None]

    def set(self, s: int, g: int, option: int) -> None:
        self.choice[s, g] = DECLINED if option == self.rate.size else option


def greedy(problem: MenuProblem) -> tuple[Choice, float]:
    """The best entry per cell from the best grade on; then, while a constraint is broken, the
    change that costs least per broken unit."""
    walk = Walk(problem)
    for s, g in np.ndindex(walk.choice.shape):
        won, _ = walk.changes(s, g)
        won[~walk.options(s, g)] = -np.inf
        walk.set(s, g, int(won.argmax()))
    while (walk.totals()[1] > 0.0).any():
        if not _repair(walk):
            return walk.choice, -np.inf
    return walk.choice, walk.totals()[0]


def _repair(walk: Walk) -> bool:
    """One change that lowers the total excess; the cheapest per unit."""
    _, excess = walk.totals()
    before = np.maximum(excess, 0.0).sum()
    best, found = np.inf, None
    for s, g in np.ndindex(walk.choice.shape):
        won, added = walk.changes(s, g)
        after = np.maximum(excess[:, None] + added, 0.0).sum(axis=0)
        better = walk.options(s, g) & (after < before * (1 - 1e-9))
        if better.any():
            cost = np.where(better, -won / np.maximum(before - after, 1e-300), np.inf)
            if cost.min() < best:
                best, found = float(cost.min()), (s, g, int(cost.argmin()))
    if found is not None:
        walk.set(*found)
    return found is not None


def local_search(problem: MenuProblem, seconds: float, seed: int = 0) -> tuple[Choice, float]:
    """Best single changes until none helps, from the greedy answer and then from random shakes of
    the best so far; broken constraints cost ten times the profit of the book per scale."""
    began, rng = time.perf_counter(), np.random.default_rng(seed)
    best, value = greedy(problem)
    penalty = 10.0 * float(problem.profit.max(axis=(2, 3)).sum())
    walk = Walk(problem)
    walk.choice = best.copy()
    while True:
        _descend(walk, penalty, began + seconds)
        profit, excess = walk.totals()
        if (excess <= 0.0).all() and profit > value:
            best, value = walk.choice.copy(), profit
        if time.perf_counter() - began > seconds:
            return best, value
        walk.choice = best.copy()
        _shake(walk, rng)


def _descend(walk: Walk, penalty: float, until: float) -> None:
    while time.perf_counter() < until:
        _, excess = walk.totals()
        before = np.maximum(excess, 0.0).sum()
        best, found = 1e-9, None
        for s, g in np.ndindex(walk.choice.shape):
            won, added = walk.changes(s, g)
            after = np.maximum(excess[:, None] + added, 0.0).sum(axis=0)
            gain = np.where(walk.options(s, g), won - penalty * (after - before), -np.inf)
            if gain.max() > best:
                best, found = float(gain.max()), (s, g, int(gain.argmax()))
        if found is None:
            return
        walk.set(*found)


def _shake(walk: Walk, rng: np.random.Generator) -> None:
    """A tenth of the cells to random options."""
    segments, grades = walk.choice.shape
    for _ in range(max(1, segments * grades // 10)):
        s, g = int(rng.integers(segments)), int(rng.integers(grades))
        options = np.flatnonzero(walk.options(s, g))
        if options.size:
            walk.set(s, g, int(rng.choice(options)))
