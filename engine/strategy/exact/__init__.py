"""The best menu, with a bound that proves how good it is.

Constraints are priced by multipliers, and a dynamic programme finds the best choice at those prices
(``kernels.ordered_paths``). Whatever the prices, no choice that holds the constraints is worth
more than that: the least such bound is the root bound (``multipliers``). Answers are the choices
met that hold, combinations of their blocks (``master``) and exchanges (``exchange``); what gap is
left, HiGHS closes (``closing``).
"""

from __future__ import annotations

import numpy as np

from engine.strategy.exact.closing import close
from engine.strategy.exact.exchange import improve
from engine.strategy.exact.infeasible import (
    check_order,
    close_violation,
    explain,
    is_proved,
    least_violation,
)
from engine.strategy.exact.master import combine
from engine.strategy.exact.multipliers import least_bound
from engine.strategy.exact.neighbours import keeps_order
from engine.strategy.exact.search import Clock, Search
from engine.strategy.exact.solution import (
    InfeasibleStrategy,
    Solution,
    Start,
    UndecidedStrategy,
)
from engine.strategy.exact.table import table_of
from engine.strategy.menu.problem import Floats, MenuProblem

__all__ = ["InfeasibleStrategy", "Solution", "Start", "UndecidedStrategy", "solve"]

_ROUNDING = 1e-10
"""A gap below this is the room that a bound leaves for rounding."""
_NEARBY = (0.001, 0.003, 0.01, 0.03)
_DRAWS = 10
"""Of prices at each distance. Before HiGHS, a menu of 4 x 20 cells with four constraints, ordered
limits and steps was left a gap of 0.039 % with them, 0.078 % with one price moved at a time (16
tries), 0.14 % without."""
_MOST_COMBINING = 0.5
"""Seconds for the integer master; what it leaves, the closing does better."""
_MOST_COLUMNS = 60
"""Choices handed to a next solve: the last ones met."""


def solve(
    problem: MenuProblem,
    *,
    tolerance: float = 2e-4,
    seconds: float = 10.0,
    start: Start | None = None,
) -> Solution:
    """The choice of greatest profit, to a gap of ``tolerance`` or as far as ``seconds`` allow.

    The root bound is sought for a second at least. ``start``: of an earlier solution over the same
    cells and entries, under other bounds or tables; only the time depends on it, and which of
    several answers within the tolerance is found.

    Raises
    ------
    InfeasibleStrategy
        No choice holds; names the constraints or cells that cannot hold together.
    UndecidedStrategy
        Time ran out before that was known.
    """
    clock, table = Clock(seconds), table_of(problem)
    check_order(table)
    search = Search(table)
    prices = _begin(search, start)
    if search.gap() > _ROUNDING and len(table.bounds):
        _root(search, prices, tolerance, clock)
    root = search.bound
    close(search, tolerance, clock)
    if search.answer is None:
        _look_on(search, clock)
        close(search, tolerance, clock)
    return _solution(search, root, tolerance, clock)


def _begin(search: Search, start: Start | None) -> Floats:
    """Meets what an earlier solve met, and the best choice at no price; where to try next."""
    none = np.zeros(len(search.table.bounds))
    for choice in start.columns if start else ():
        if choice.shape == search.table.shape and keeps_order(search.table, choice):
            search.offer(choice)
    search.relax(none)
    return start.multipliers if start and start.multipliers.shape == none.shape else none


def _root(search: Search, prices: Floats, tolerance: float, clock: Clock) -> None:
    """The least bound, and answers from what was met on the way."""
    if search.answer is None:
        violation = least_violation(search.table, search.columns, clock)
        if is_proved(violation):
            raise explain(search.table, violation, clock)
        for choice in violation.columns.values():
            search.offer(choice)
    search.relax(prices)
    least_bound(search, clock)
    improve(search, search.relax(search.multipliers).choice, clock)
    for look_first in (False, True):
        if search.gap() <= tolerance or not clock.left():
            return
        if look_first:
            _look_around(search, clock)
        combine(search, tolerance / 10.0, min(clock.left(), _MOST_COMBINING))
        if search.answer is not None:
            improve(search, search.answer, clock)


def _look_around(search: Search, clock: Clock) -> None:
    """Meets the choices at prices near those of the least bound, for answers to be made of."""
    draw, prices = np.random.default_rng(0), search.multipliers
    for spread in np.repeat(_NEARBY, _DRAWS):
        if not clock.left():
            return
        search.relax(prices * np.exp(draw.normal(0.0, spread, prices.size)))


def _look_on(search: Search, clock: Clock) -> None:
    """Where no answer was found: seeks one, raises what it proves instead."""
    violation = least_violation(search.table, search.columns, clock)
    close_violation(violation, clock)
    if violation.worth == 0.0 and violation.answer is not None:
        search.offer(violation.answer)
    elif is_proved(violation):
        raise explain(search.table, violation, clock)
    else:
        raise UndecidedStrategy(
            f"no strategy that holds the constraints was found in {clock.spent():.3g} s, nor a "
            f"proof that there is none; allow more than {clock.seconds:g} s",
            upper_bound=search.bound,
        )


def _solution(search: Search, root: float, tolerance: float, clock: Clock) -> Solution:
    table, choice = search.table, search.found()
    upper = max(search.bound, search.worth)
    names = [constraint.name for constraint in table.problem.constraints]
    columns = tuple(search.columns.values())[-_MOST_COLUMNS:]
    return Solution(
        choice=choice,
        profit=search.worth,
        upper_bound=upper,
        root_bound=root,
        gap=search.gap(upper),
        root_gap=search.gap(root),
        shadow_prices=dict(zip(names, search.multipliers.tolist(), strict=True)),
        values=table.left_hand_sides(choice),
        status="optimal" if search.gap(upper) <= tolerance else "time limit",
        seconds=clock.spent(),
        start=Start(search.multipliers, columns),
    )
