"""Whether any choice holds the constraints; where none does, which cannot hold together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.strategy.exact.closing import close
from engine.strategy.exact.exchange import improve
from engine.strategy.exact.multipliers import least_bound
from engine.strategy.exact.search import Clock, Search
from engine.strategy.exact.solution import InfeasibleStrategy
from engine.strategy.exact.table import Table
from engine.strategy.menu.problem import Choice
from kernels.ordered_paths import best_paths

_NONE = 1e-9
"""Of a scale: a proved violation below this is rounding."""
_TOLERANCE = 1e-3
"""The least violation is searched to this share of itself."""


def check_order(table: Table) -> None:
    """Raises ``InfeasibleStrategy`` where forced approvals leave no choice, naming their cells."""
    values = table.values(np.zeros(len(table.bounds)))
    forced = ~table.problem.may_decline
    if not forced.any() or np.isfinite(best_paths(values, ~forced, table.rules)[0]).all():
        return
    needed = forced.copy()
    for cell in zip(*np.nonzero(forced), strict=True):
        without = needed.copy()
        without[cell] = False
        if not np.isfinite(best_paths(values, ~without, table.rules)[0]).all():
            needed = without
    offered = table.allowed.reshape(*forced.shape, -1)
    named = [_named(s, g, not offered[s, g].any()) for s, g in np.argwhere(needed).tolist()]
    raise InfeasibleStrategy(
        f"no strategy: {', '.join(named)} must be approved, which ordering and menu do not allow; "
        f"let one be declined, or widen the menu ({int(forced.sum())} cells must be approved)"
    )


def _named(s: int, g: int, empty: bool) -> str:
    return f"segment {s} grade {g}{' (no entry allowed)' if empty else ''}"


def least_violation(table: Table, columns: Mapping[bytes, Choice], clock: Clock) -> Search:
    """A search for the least violation, with the bound that multipliers prove.

    Each constraint's least left-hand side comes first, as a column and to name those that cannot
    hold alone.
    """
    search = Search(table.violations(), columns={})
    for choice in columns.values():
        search.offer(choice)
    search.relax(np.zeros(len(table.bounds)))
    for k in range(len(table.bounds)):
        _, choice = _least_side(table, k)
        search.offer(choice)
    if search.worth < 0.0:
        least_bound(search, clock)
    return search


def _least_side(table: Table, k: int) -> tuple[float, Choice]:
    """The least left-hand side of a constraint, and the choice that has it."""
    alone = replace(table, profit=-table.coefficients[k])
    found = alone.relax(np.zeros(len(table.bounds)))
    return float(table.excess(found.choice)[k] + table.bounds[k]), found.choice


def explain(table: Table, search: Search, clock: Clock) -> InfeasibleStrategy:
    """The error, of a search for the least violation that proved there is one."""
    names = [constraint.name for constraint in table.problem.constraints]
    least = [_least_side(table, k)[0] for k in range(len(names))]
    alone = [k for k, side in enumerate(least) if side > table.bounds[k]]
    members = alone or _together(search)
    close_violation(search, clock)
    excess = np.maximum(table.excess(search.found()), 0.0)
    what = "; ".join(
        f"'{names[k]}' is at best {least[k]:.6g} against a bound of {table.bounds[k]:.6g}"
        for k in members
    )
    joint = "cannot hold alone" if alone else "cannot hold together, though each can alone"
    broken = ", ".join(f"'{names[k]}' by {excess[k]:.6g}" for k in np.flatnonzero(excess))
    message = (
        f"no strategy holds the constraints: {', '.join(repr(names[k]) for k in members)} {joint}: "
        f"{what}. The strategy that violates least found (in all {-search.worth:.6g} of their "
        f"scales; at least {max(0.0, -search.bound):.6g} is unavoidable) exceeds {broken}"
    )
    violations = dict(zip(names, excess.tolist(), strict=True))
    return InfeasibleStrategy(message, choice=search.answer, violations=violations)


def close_violation(search: Search, clock: Clock) -> None:
    """Finds the least violation, as far as time allows."""
    if search.answer is not None:
        improve(search, search.answer, clock)
    close(search, _TOLERANCE, clock)


def _together(search: Search) -> list[int]:
    """The constraints that the proof needs; all, where multipliers alone prove nothing."""
    members = np.flatnonzero(search.multipliers > 0.0)
    if search.bound >= -_NONE or not members.size:
        return list(range(search.multipliers.size))
    return members.tolist()


def is_proved(search: Search) -> bool:
    """Whether a violation is unavoidable."""
    return search.bound < -_NONE
