"""Menus for tests: a lender's book of any size, and one of two entries to be solved by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import expit

from engine.strategy.menu.problem import Choice, Floats, LinearConstraint, MenuProblem, Ordering


def book(
    seed: int = 0,
    shape: tuple[int, int, int, int] = (4, 20, 60, 25),
    *,
    cap: float | None = 0.04,
    budget: float | None = None,
    volume: float | None = None,
    approvals: float | None = None,
    ordering: Ordering | None = None,
) -> MenuProblem:
    """Take-up logistic in rate and ln limit, PD rising over the grades.

    ``cap`` on the bad rate of the balance; ``budget``, ``volume`` (least exposure) and
    ``approvals`` (least number approved), as shares of what the best entry of each cell has.
    """
    rng = np.random.default_rng(seed)
    segments, grades, n_rates, n_limits = shape
    rates = np.linspace(0.04, 0.36, n_rates) if n_rates > 1 else np.array([0.12])
    limits = np.geomspace(1_000, 50_000, n_limits) if n_limits > 1 else np.array([5_000.0])
    pd = np.sort(expit(rng.normal(-3.2, 1.2, (segments, grades))), axis=1)
    weight = rng.uniform(500, 5_000, (segments, grades))
    slope, taste = rng.uniform(8, 20, (segments, 1)), rng.uniform(0.5, 2.0, (segments, 1))
    eagerness = 1.5 + 0.3 * (taste - slope * (0.6 - pd))
    z = eagerness[..., None, None] - slope[..., None, None] * rates[:, None]
    lent = expit(z + 0.35 * np.log(limits / 8_000)) * limits
    a, b = weight[..., None, None], (weight * pd)[..., None, None]
    problem = MenuProblem(
        rates,
        limits,
        lent * ((a - b) * (rates[:, None] - 0.05) - b * 0.55),
        np.ones(shape, bool),
        np.ones((segments, grades), bool),
        ordering=ordering or Ordering(),
    )
    exposure, approved = lent * a, np.broadcast_to(a, lent.shape).copy()
    made = [] if cap is None else [_constraint("bad_rate", lent * (b - cap * a), 0.0, problem)]
    for name, table, share, sign in (
        ("budget", exposure, budget, 1.0),
        ("volume", exposure, volume, -1.0),
        ("approvals", approved, approvals, -1.0),
    ):
        if share is not None:
            made.append(_constraint(name, sign * table, sign * share, problem))
    return replace(problem, constraints=tuple(made))


def _constraint(name: str, table: Floats, share: float, problem: MenuProblem) -> LinearConstraint:
    """The bound is a share of what the best entries have together."""
    flat = problem.profit.reshape(*problem.may_decline.shape, -1)
    best = flat.argmax(axis=2)[..., None]
    sides = np.take_along_axis(table.reshape(flat.shape), best, axis=2)[flat.max(axis=2) > 0.0]
    whole = float(np.abs(sides).sum())
    return LinearConstraint(name, table, share * whole, whole)


def two_grades(**changes: Any) -> MenuProblem:
    """One segment, two grades, rates 10 % and 20 %, one limit; profit 5 or 4, then 3 or 6."""
    problem = MenuProblem(
        rates=np.array([0.1, 0.2]),
        limits=np.array([1_000.0]),
        profit=np.array([5.0, 4.0, 3.0, 6.0]).reshape(1, 2, 2, 1),
        allowed=np.ones((1, 2, 2, 1), bool),
        may_decline=np.ones((1, 2), bool),
    )
    return replace(problem, **changes)


def at_most(problem: MenuProblem, bound: float, side: list[float], name: str = "c") -> MenuProblem:
    """The problem with one more constraint; ``side`` holds its coefficients in order."""
    table = np.array(side).reshape(problem.profit.shape)
    more = LinearConstraint(name, table, bound, 1.0)
    return replace(problem, constraints=(*problem.constraints, more))


def entries(*choice: int) -> Choice:
    """A choice of one segment."""
    return np.array([choice], np.int64)
