"""Closing the gap: what no better answer can contain is left out, HiGHS searches the rest.

An answer through an entry is worth at most the Lagrangian forced through it (reduced-cost fixing);
where that is not above ``floor``, the least worth that would still be news, the entry goes. So what
HiGHS proves of the rest, or the floor, bounds all answers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.strategy.exact.exchange import improve
from engine.strategy.exact.formulation import UNIT_ROOM, Formulation, formulate
from engine.strategy.exact.neighbours import keeps_order
from engine.strategy.exact.search import Clock, Search
from engine.strategy.menu.problem import DECLINED, Choice, Flags, Floats

_ROUNDS = 3
_TIGHTER = (0.0, 2e-6, 2e-5)
"""Round by round, in the units of the rows: HiGHS's answers may exceed a bound by 1e-6."""
_LEAST_TIME = 0.02
_SHARE = 0.4
"""Of the tolerance: the floor above the answer, and again the gap at which HiGHS stops."""


def close(search: Search, tolerance: float, clock: Clock) -> None:
    """Lowers ``search.bound`` and betters the answer until the gap is within ``tolerance``."""
    for tighter in _TIGHTER[:_ROUNDS]:
        if search.gap() <= tolerance or clock.left() < _LEAST_TIME:
            return
        _round(search, tolerance, tighter, clock)


def _round(search: Search, tolerance: float, tighter: float, clock: Clock) -> None:
    floor = _floor(search, tolerance)
    keep = _survivors(search, floor)
    made = formulate(search.table, keep, tighter)
    done = _highs(made, tolerance * _SHARE, clock.left())
    if done.x is not None:
        _take(search, made, done.x, clock)
    if tighter or search.answer is None:  # of tighter bounds, or nothing to compare HiGHS with
        return
    if done.status == 2:
        proved = -np.inf
    elif done.mip_dual_bound is None or not np.isfinite(done.mip_dual_bound):
        return
    else:
        proved = (UNIT_ROOM * keep.shape[0] - done.mip_dual_bound) * made.unit
    search.bound = min(search.bound, max(proved, floor, search.worth))


def _floor(search: Search, tolerance: float) -> float:
    if search.answer is None:
        return -np.inf
    step = tolerance * _SHARE * max(abs(search.worth), search.least)
    return float(search.worth + (step if search.table.seeks_profit else 0.0))


def _survivors(search: Search, floor: float) -> Flags:
    return np.asarray(search.table.through(search.multipliers) > floor) & search.table.allowed


def _highs(made: Formulation, gap: float, seconds: float) -> Any:
    """HiGHS's answer for the entries that are left."""
    from scipy.optimize import milp

    return milp(
        made.cost,
        integrality=made.integrality,
        bounds=made.bounds,
        constraints=made.rows,
        options={"time_limit": seconds, "mip_rel_gap": gap},
    )


def _take(search: Search, made: Formulation, x: Floats, clock: Clock) -> None:
    """Offers HiGHS's answer, repaired if it exceeds a bound."""
    choice: Choice = np.full(search.table.shape, DECLINED)
    taken = np.flatnonzero(x[: made.cell.size] > 0.5)
    choice.reshape(-1)[made.cell[taken]] = made.entry[taken]
    if keeps_order(search.table, choice):
        search.offer(choice)
        improve(search, choice, clock)
