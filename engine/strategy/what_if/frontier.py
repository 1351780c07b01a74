"""The frontier: the most profit at each of a list of caps on one constraint.

The same menu table is solved anew for each cap, from the loosest to the tightest, each from what
the one before it met. A strategy that holds a cap holds every looser one, and the bound of a cap is
one of every tighter one: both are carried over, so profit never falls where a cap is loosened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.errors import BookError, did_you_mean
from engine.strategy.answer import chosen_entries, constraint_values
from engine.strategy.config import Basis, BoundConfig, ConstraintsConfig, OptimiseConfig
from engine.strategy.exact import InfeasibleStrategy, Start, UndecidedStrategy, solve
from engine.strategy.menu.constraints import Side, linear_constraints
from engine.strategy.menu.problem import Choice, MenuProblem
from engine.strategy.optimise import Prepared

Status = Literal["optimal", "time limit", "infeasible", "undecided"]
_MOST_CAPS = 1_000
_LEAST = ("min_volume", "min_approval_rate", "min_investor_return", "group_approval_ratio")
"""Constraints that are bounds from below, where the book does not say otherwise."""
_COLUMNS = 20
"""Choices handed on: 60 took a seventh more time for 50 caps, 1 left larger gaps with three
constraints."""


@dataclass(frozen=True)
class Caps:
    """Bounds of one constraint, ascending."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class FrontierPoint:
    """The best strategy at one cap; amounts in the book's currency, from the menu table.

    ``value``: of the constraint. ``gap``: as ``Solution.gap``. ``optimal`` is within the tolerance.
    Infeasible or undecided: no amounts, and ``reason`` says why.
    """

    cap: float
    status: Status
    expected_profit: float | None = None
    upper_bound: float | None = None
    gap: float | None = None
    expected_loss: float | None = None
    exposure: float | None = None
    value: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Frontier:
    """Points ascending by cap. ``side``: whether a cap is the most or the least allowed."""

    constraint: str
    side: Side
    basis: Basis
    points: tuple[FrontierPoint, ...]


@dataclass(frozen=True)
class _Found:
    """What is known at a cap; ``choice`` None and ``upper`` minus infinite: proved infeasible."""

    cap: float
    choice: Choice | None
    profit: float
    upper: float
    reason: str | None = None


def read_caps(text: str) -> Caps:
    """``NAME=v1,v2,...`` or ``NAME=from:to:steps``; each cap once, to twelve digits.

    Raises
    ------
    BookError
        Not of that form, no such constraint, no caps, or caps that are no finite numbers.
    """
    name, equals, listed = text.partition("=")
    known = [n for n in ConstraintsConfig.model_fields if n != "max_change"]
    if not equals:
        raise BookError(f"frontier: '{text}' is not NAME=v1,v2,... nor NAME=from:to:steps")
    if name not in known:
        raise BookError(
            f"frontier: no constraint '{name}'{did_you_mean(name, known)}; "
            f"there are {', '.join(known)}"
        )
    try:
        values = _range(listed) if ":" in listed else [float(v) for v in listed.split(",")]
    except ValueError as exc:
        raise BookError(
            f"frontier: the caps of {name} must be numbers, v1,v2,... or from:to:steps, "
            f"not '{listed}'"
        ) from exc
    wrong = sum(not np.isfinite(value) for value in values)
    if wrong:
        raise BookError(f"frontier: {wrong} of the caps of {name} are not finite: '{listed}'")
    return Caps(name, tuple(sorted({float(f"{value:.12g}") for value in values})))


def _range(text: str) -> list[float]:
    first, last, steps = text.split(":")
    if not 1 <= int(steps) <= _MOST_CAPS:
        raise BookError(f"frontier: {steps} caps; from 1 to {_MOST_CAPS} are possible")
    found: list[float] = np.linspace(float(first), float(last), int(steps)).tolist()
    return found


def bound_of(config: OptimiseConfig, name: str) -> tuple[Side, BoundConfig | None]:
    """Which side the caps are on, and what the book says of the constraint already."""
    own: BoundConfig | None = getattr(config.constraints, name)
    natural: Side = "min" if name in _LEAST else "max"
    if own is None or (own.min is not None and own.max is not None):
        return natural, own
    return ("min" if own.max is None else "max"), own


def frontier(prepared: Prepared, caps: Caps, start: Start | None = None) -> Frontier:
    """The best strategy at each cap, all other constraints as in the book.

    ``start``: what an earlier solve of the same table met. All caps together have the book's
    ``seconds``, each an equal part of them.

    Raises
    ------
    BookError
        The constraint cannot be stated for this book.
    """
    side, own = bound_of(prepared.config, caps.name)
    bound = own or BoundConfig.model_validate({side: caps.values[0]})
    seconds = prepared.config.seconds / len(caps.values)
    found: list[_Found] = []
    for cap in sorted(caps.values, reverse=side == "max"):
        here = bound.model_copy(update={side: cap})
        if found and found[-1].upper == -np.inf:
            found.append(replace(found[-1], cap=cap, reason=_tighter(found[-1])))
            continue
        problem = _problem(prepared, caps.name, here)
        solved, start = _solved(problem, cap, start, prepared.config.tolerance, seconds)
        found.append(solved)
    points = [_point(prepared, caps.name, bound, one) for one in _carried(found)]
    return Frontier(caps.name, side, bound.basis, tuple(sorted(points, key=lambda p: p.cap)))


def _tighter(found: _Found) -> str:
    reason = found.reason or ""
    return (
        reason
        if reason.startswith("tighter than")
        else (f"tighter than {found.cap:.6g}, which no strategy holds")
    )


def _solved(
    problem: MenuProblem, cap: float, start: Start | None, tolerance: float, seconds: float
) -> tuple[_Found, Start | None]:
    """At one cap; what it learned for the next."""
    try:
        solution = solve(problem, tolerance=tolerance, seconds=seconds, start=start)
    except InfeasibleStrategy as exc:
        return _Found(cap, None, -np.inf, -np.inf, str(exc)), start
    except UndecidedStrategy as exc:
        return _Found(cap, None, -np.inf, exc.upper_bound, str(exc)), start
    columns = (*solution.start.columns[-_COLUMNS:], solution.choice)
    found = _Found(cap, solution.choice, solution.profit, solution.upper_bound)
    return found, Start(solution.start.multipliers, columns)


def _problem(prepared: Prepared, name: str, bound: BoundConfig) -> MenuProblem:
    """The book's problem with one bound replaced or added."""
    bounds = {**prepared.config.constraints.bounds(), name: bound}
    ratio = prepared.pricing.economics.capital_ratio
    constraints = linear_constraints(bounds, prepared.table, capital_ratio=ratio)
    return replace(prepared.problem, constraints=constraints)


def _carried(found: Sequence[_Found]) -> list[_Found]:
    """Loosest first: bounds are handed on to tighter caps, strategies to looser ones."""
    lowered: list[_Found] = []
    for one in found:
        upper = min(one.upper, lowered[-1].upper) if lowered else one.upper
        lowered.append(replace(one, upper=upper))
    for i in range(len(lowered) - 2, -1, -1):
        tighter = lowered[i + 1]
        if tighter.profit > lowered[i].profit:
            lowered[i] = replace(lowered[i], choice=tighter.choice, profit=tighter.profit)
    return lowered


def _point(prepared: Prepared, name: str, bound: BoundConfig, found: _Found) -> FrontierPoint:
    if found.choice is None:
        proved = found.upper == -np.inf
        status: Status = "infeasible" if proved else "undecided"
        upper = None if proved else found.upper
        return FrontierPoint(found.cap, status, upper_bound=upper, reason=found.reason)
    table, upper = prepared.table, max(found.upper, found.profit)
    gap = (upper - found.profit) / max(abs(upper), _least_profit(prepared.problem))
    chosen = chosen_entries(found.choice, table)
    ratio = prepared.pricing.economics.capital_ratio
    values = constraint_values(found.choice, table, {name: bound}, capital_ratio=ratio)
    return FrontierPoint(
        cap=found.cap,
        status="optimal" if gap <= prepared.config.tolerance else "time limit",
        expected_profit=found.profit,
        upper_bound=upper,
        gap=gap,
        expected_loss=float(table.measure("loss")[chosen].sum()),
        exposure=float(table.measure("exposure")[chosen].sum()),
        value=values[name]["value"],
    )


def _least_profit(problem: MenuProblem) -> float:
    """Below it, gaps are relative to it: see ``Solution.gap``."""
    largest = float(np.abs(np.where(problem.allowed, problem.profit, 0.0)).max())
    return max(largest / 100.0, 1e-300)
