"""Random small menus, and HiGHS as their oracle: pairs of entries that must not meet, no more."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations, pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import Bounds, milp
from scipy.optimize import LinearConstraint as Rows
from scipy.sparse import csr_array

from engine.strategy.menu.problem import DECLINED, Choice, LinearConstraint, MenuProblem, Ordering

_STEP = 1e-12


def exact_sides(problem: MenuProblem, choice: Choice) -> tuple[float, list[float]]:
    """Profit, and left-hand sides minus bounds: each rounded once, so of exact sign."""

    def taken(table: Any) -> list[float]:
        flat = table.reshape(*choice.shape, -1)
        return [flat[cell][e] for cell, e in np.ndenumerate(choice) if e != DECLINED]

    excess = [math.fsum([*taken(c.coefficients), -c.bound]) for c in problem.constraints]
    return math.fsum(taken(problem.profit)), excess


def breaches(problem: MenuProblem, choice: Choice) -> list[str]:
    """What a choice breaks of menu and ordering."""
    ordering, limits = problem.ordering, problem.limits.size
    allowed = problem.allowed.reshape(*choice.shape, -1)
    found = [
        f"{cell} {e}"
        for cell, e in np.ndenumerate(choice)
        if not (problem.may_decline[cell] if e == DECLINED else allowed[cell][e])
    ]
    approved = [
        (s, g, problem.rates[e // limits], problem.limits[e % limits])
        for (s, g), e in np.ndenumerate(choice)
        if e != DECLINED
    ]
    for a, b in combinations(approved, 2):
        if a[0] != b[0] and ordering.scope == "segment":
            continue
        a, b = sorted((a, b), key=lambda cell: cell[1])
        if a[1] < b[1] and (a[2] > b[2] or (ordering.limits and a[3] < b[3])):
            found.append(f"order {a} {b}")
    for a, b in pairwise(approved):
        if a[0] == b[0] and b[2] - a[2] < ordering.least_step - _STEP:
            found.append(f"least step {a} {b}")
        if a[0] == b[0] and b[2] - a[2] > (ordering.largest_step or math.inf) + _STEP:
            found.append(f"largest step {a} {b}")
    closed = np.maximum.accumulate(choice == DECLINED, axis=1) & (choice != DECLINED)
    if ordering.decline == "suffix" and closed.any():
        found.append("declines")
    return found


class Oracle(NamedTuple):
    """``profit`` of an answer that holds exactly, None where HiGHS says there is none."""

    profit: float | None
    choice: Choice | None


def oracle(problem: MenuProblem, tighter: float = 0.0) -> Oracle:
    """HiGHS's optimum, made to hold exactly."""
    cells, entries = problem.may_decline.size, problem.rates.size * problem.limits.size
    rows, low, high = [], [], []

    def add(row: Any, most: float, least: float = -np.inf) -> None:
        rows.append(row.ravel())
        low.append(least)
        high.append(most)

    for cell, may in enumerate(problem.may_decline.ravel()):
        row = np.zeros((cells, entries))
        row[cell] = 1.0
        add(row, 1.0, 0.0 if may else 1.0)
    for row in _pairs(problem):
        add(row, 1.0)
    if problem.ordering.decline == "suffix":
        for s, g in np.ndindex(problem.may_decline.shape):
            if g > 0:
                row = np.zeros((*problem.may_decline.shape, entries))
                row[s, g], row[s, g - 1] = 1.0, -1.0
                add(row, 0.0)
    for c in problem.constraints:
        size = np.abs(c.coefficients).max() / 1e3
        add(np.where(problem.allowed, c.coefficients, 0.0) / size, c.bound / size - tighter)
    profit = np.where(problem.allowed, problem.profit, 0.0)
    done = milp(
        -profit.ravel() / np.abs(profit).max(),
        integrality=np.ones(profit.size),
        bounds=Bounds(0.0, problem.allowed.ravel().astype(float)),
        constraints=Rows(csr_array(np.array(rows)), np.array(low), np.array(high)),
        options={"mip_rel_gap": 0.0},
    )
    if done.x is None:
        assert done.status == 2
        return Oracle(None, None)
    taken = done.x.reshape(*problem.may_decline.shape, entries) > 0.5
    choice = np.where(taken.any(axis=2), taken.argmax(axis=2), DECLINED)
    value, excess = exact_sides(problem, choice)
    if max(excess, default=0.0) > 0.0:
        return oracle(problem, max(4.0 * tighter, 1e-6))
    return Oracle(value, choice)


def _pairs(problem: MenuProblem) -> Any:
    """Rows ``<= 1``: an entry, those of another cell that it excludes, minus what is between."""
    ordering = problem.ordering
    rate = np.repeat(problem.rates, problem.limits.size)
    limit = np.tile(problem.limits, problem.rates.size)
    against = rate[:, None] > rate
    if ordering.limits:
        against |= limit[:, None] < limit
    step = rate - rate[:, None]
    uneven = step < ordering.least_step - _STEP
    if ordering.largest_step is not None:
        uneven |= step > ordering.largest_step + _STEP
    shape = (*problem.may_decline.shape, rate.size)
    for (s, g), (t, h) in combinations(np.ndindex(shape[:2]), 2):
        if (s != t and ordering.scope == "segment") or g == h:
            continue
        (s, g), (t, h) = sorted([(s, g), (t, h)], key=lambda cell: cell[1])
        for e in range(rate.size):
            row = np.zeros(shape)
            row[s, g, e], row[t, h] = 1.0, against[e]
            yield row
            if ordering.scope == "segment" and (uneven & ~against)[e].any():
                row = row.copy()
                row[t, h] = uneven[e]
                row[s, g + 1 : h] = -1.0
                yield row


def small(seed: int) -> MenuProblem:
    """1-4 segments, 3-8 grades, 1-4 constraints, most of which bind; some menus are infeasible."""
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(1, 5)), int(rng.integers(3, 9)), 5, 3)
    if shape[0] * shape[1] > 12:
        shape = (shape[0], max(3, 12 // shape[0]), *shape[2:])
    book = bool(rng.random() < 0.3)
    steps: dict[str, Any] = {}
    if not book and rng.random() < 0.4:
        steps = {
            "least_step": float(rng.choice([0.0, 0.01])),
            "largest_step": rng.choice([None, 0.02, 0.03]),
        }
    ordering = Ordering(
        limits=bool(rng.random() < 0.5),
        scope="book" if book else "segment",
        decline="any" if rng.random() < 0.5 else "suffix",
        **steps,
    )
    size = rng.uniform(0.3, 3.0, (*shape[:2], 1, 1))
    problem = MenuProblem(
        rates=0.01 * np.arange(3.0, 8.0),
        limits=np.array([1.0, 2.0, 4.0]),
        profit=np.ascontiguousarray(size * rng.normal(0.7, 1.0, shape)),
        allowed=rng.random(shape) < rng.choice([0.7, 1.0]),
        may_decline=rng.random(shape[:2]) < rng.choice([0.9, 1.0, 1.0]),
        ordering=ordering,
    )
    free = oracle(problem).choice
    if free is None:
        return problem
    sizes = [size * rng.normal(0.5, 1.0, shape) for _ in range(rng.integers(1, 5))]
    made = []
    for k, table in enumerate(sizes):
        probe = LinearConstraint(f"c{k}", np.ascontiguousarray(table), 0.0, 1.0)
        (side,) = exact_sides(replace(problem, constraints=(probe,)), free)[1]
        bound = float(side - rng.uniform(-0.1, 0.7) * (1.0 + abs(side)))
        made.append(replace(probe, bound=bound, scale=float(rng.uniform(0.5, 2.0))))
    return replace(problem, constraints=tuple(made))
