"""A search's answer in full, beside the exact method's bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from engine.strategy.config import SearchConfig
from engine.strategy.exact import InfeasibleStrategy, Solution, UndecidedStrategy, solve
from engine.strategy.exact.solution import Start
from engine.strategy.menu.constraints import is_satisfied
from engine.strategy.optimise import Answer, Prepared, answer_of
from engine.strategy.search import SearchMethod, SearchResult, search
from engine.strategy.search.space import Told

CHECKPOINT = "search.json"
SEARCHED = "searched"
_NO_FILE = (
    "a strategy file has one rate and limit per segment and grade, a curve one per customer: no "
    "strategy file is written, and the menu's bound does not bound it"
)


@dataclass(frozen=True)
class Searched:
    """``answer``: of the space menu. ``report``: what only a search has to tell."""

    result: SearchResult
    answer: Answer | None
    report: dict[str, Any]

    @property
    def totals(self) -> dict[str, float]:
        """Of a curve: ``kernels.generation`` measures, summed exactly."""
        curve = self.result.curve or {}
        return dict(curve["totals"])


def answer_by_search(
    prepared: Prepared,
    method: SearchMethod,
    wanted: SearchConfig,
    *,
    folder: Path,
    resume: bool,
    threads: int,
    told: Told,
) -> Searched:
    """Search as ``wanted``; the checkpoint, in ``folder``, is removed when there is an answer.

    Raises
    ------
    NightbookError
        As ``search``; in the space menu also as the exact method, which proves that nothing holds.
    """
    exact = _exact(prepared, wanted)
    checkpoint = folder / CHECKPOINT
    result = search(
        prepared,
        method,
        trials=wanted.trials,
        seed=wanted.seed,
        space=wanted.space,
        population=wanted.population,
        start=exact if wanted.warm_start and isinstance(exact, Solution) else None,
        checkpoint=checkpoint,
        resume=resume,
        threads=threads,
        told=told,
    )
    checkpoint.unlink(missing_ok=True)
    answer = None
    if result.choice is not None and exact is not None:
        answer = replace(answer_of(prepared, _solution(prepared, result, exact)), status=SEARCHED)
    bound = exact.upper_bound if isinstance(exact, Solution) else exact
    return Searched(result, answer, _report(result, wanted, bound))


def _exact(prepared: Prepared, wanted: SearchConfig) -> Solution | float | None:
    """The exact solution, or its bound where time ran out, or None where nothing on the menu
    holds the constraints, which says nothing about curves."""
    config = prepared.config
    try:
        return solve(prepared.problem, tolerance=config.tolerance, seconds=config.seconds)
    except UndecidedStrategy as exc:
        return exc.upper_bound
    except InfeasibleStrategy:
        if wanted.space == "menu":
            raise
        return None


def _gap(prepared: Prepared, bound: float, profit: float) -> float:
    """Relative to the bound, or to a hundredth of the largest profit of an entry."""
    least = 0.01 * float(np.abs(prepared.problem.profit).max())
    return (bound - profit) / (max(abs(bound), least) or 1.0)


def _solution(prepared: Prepared, result: SearchResult, exact: Solution | float) -> Solution:
    """As the exact method would have it; without its solution there are no prices."""
    assert result.choice is not None
    bound, root, prices = _certificate(exact)
    gap = _gap(prepared, bound, result.profit)
    return Solution(
        choice=result.choice,
        profit=result.profit,
        upper_bound=bound,
        root_bound=root,
        gap=gap,
        root_gap=_gap(prepared, root, result.profit),
        shadow_prices=prices,
        values={},
        status="optimal" if gap <= prepared.config.tolerance else "time limit",
        seconds=0.0,
        start=Start(np.zeros(len(prepared.problem.constraints)), ()),
    )


def _certificate(exact: Solution | float) -> tuple[float, float, Mapping[str, float]]:
    """Bound, root bound, shadow prices."""
    if isinstance(exact, Solution):
        return exact.upper_bound, exact.root_bound, exact.shadow_prices
    return exact, exact, {}


def _report(result: SearchResult, wanted: SearchConfig, bound: float | None) -> dict[str, Any]:
    share = result.profit / bound if bound is not None and bound > 0.0 else None
    curve = None
    if result.curve is not None:
        curve = {k: v for k, v in result.curve.items() if k not in ("totals", "values")}
    return {
        "space": wanted.space,
        "trials": result.trials,
        "holding": result.holding,
        "seed": wanted.seed,
        "share_of_bound": share if wanted.space == "menu" else None,
        "share_of_menu_bound": share,
        "best_by_generation": list(result.best_by_generation),
        "curve": curve,
        "note": None if curve is None else _NO_FILE,
    }


def curve_constraints(prepared: Prepared, result: SearchResult) -> dict[str, dict[str, Any]]:
    """As ``answer.constraint_values``, of a curve."""
    assert result.curve is not None
    found: dict[str, dict[str, Any]] = {}
    for name, bound in prepared.config.constraints.bounds().items():
        value = result.curve["values"][name]
        sides = [side for side in (bound.min, bound.max) if side is not None]
        found[name] = {
            "value": value,
            "limit": sides[0] if len(sides) == 1 else sides,
            "satisfied": is_satisfied(value, bound),
        }
    return found
