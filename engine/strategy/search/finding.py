"""The answer of a search: the best trial that holds all constraints when it is valued exactly.

Optuna's best trial is the one of greatest value, whether it holds the constraints or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.strategy.exact import InfeasibleStrategy
from engine.strategy.menu.problem import MenuProblem
from engine.strategy.search.checkpoint import Trial
from engine.strategy.search.plan import Plan
from engine.strategy.search.samplers import SearchMethod
from engine.strategy.search.space import Checked, Space


@dataclass(frozen=True)
class SearchResult:
    """``choice`` int64 ``(S, G)`` of the space menu, ``curve`` of the other.

    ``profit``: valued exactly. ``number``: of the trial, from 0. ``holding``: trials that hold all
    constraints; ``refused``: those of them, better than the answer, that did not when they were
    valued exactly. ``best_by_generation``: of the trials up to there that hold, None if none does.
    """

    method: SearchMethod
    seed: int
    trials: int
    holding: int
    refused: int
    number: int
    profit: float
    params: Mapping[str, float]
    best_by_generation: tuple[float | None, ...] = field(repr=False)
    choice: NDArray[np.int64] | None = None
    curve: Mapping[str, Any] | None = None


def find(space: Space, plan: Plan, trials: list[Trial], problem: MenuProblem) -> SearchResult:
    """The best that holds; of equal ones the first.

    Raises
    ------
    InfeasibleStrategy
        None holds.
    """
    holding = [k for k, trial in enumerate(trials) if _holds(trial)]
    for refused, number in enumerate(sorted(holding, key=lambda k: -trials[k].profit)):
        checked = space.check(np.array(trials[number].point))
        if checked.holds:
            names = (axis.name for axis in space.axes)
            return SearchResult(
                method=plan.method,
                seed=plan.seed,
                trials=len(trials),
                holding=len(holding),
                refused=refused,
                number=number,
                profit=checked.profit,
                params=dict(zip(names, trials[number].point, strict=True)),
                best_by_generation=_by_generation(trials, plan.population),
                choice=checked.choice,
                curve=checked.curve,
            )
    raise _none_holds(space, trials, problem)


def _holds(trial: Trial) -> bool:
    return all(value <= 0.0 for value in trial.violations)


def _by_generation(trials: list[Trial], population: int) -> tuple[float | None, ...]:
    best: float | None = None
    found: list[float | None] = []
    for lo in range(0, len(trials), population):
        holding = [trial.profit for trial in trials[lo : lo + population] if _holds(trial)]
        best = max([*holding, *([] if best is None else [best])], default=None)
        found.append(best)
    return tuple(found)


def _none_holds(space: Space, trials: list[Trial], problem: MenuProblem) -> InfeasibleStrategy:
    """The error, of the trial of least total violation, valued exactly."""
    least = min(trials, key=lambda trial: sum(max(value, 0.0) for value in trial.violations))
    checked: Checked = space.check(np.array(least.point))
    scales = {constraint.name: constraint.scale for constraint in problem.constraints}
    excess = {
        name: max(value, 0.0) * scales.get(name, 1.0) for name, value in checked.violations.items()
    }
    broken = ", ".join(
        f"'{name}' by {excess[name]:.6g} ({checked.violations[name]:.2%} of its scale)"
        for name, by in excess.items()
        if by > 0.0
    )
    return InfeasibleStrategy(
        f"none of {len(trials):,} trials holds all constraints; the one that violates least "
        f"exceeds {broken}. That proves nothing: --method exact finds a strategy that holds them, "
        "or the proof that there is none",
        choice=checked.choice,
        violations=excess,
    )
