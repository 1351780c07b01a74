"""Bounds with a margin: a strategy whose constraints hold in a wanted share of the draws.

The strategy found is looked at under the draws. A constraint that holds in too few of them has its
bound tightened by what the wanted quantile of its values lies beyond the bound, and the problem is
solved again, until all hold often enough. That goes too far where a safer book also varies less, so
the way back is then halved a few times. The draws that chose the bounds flatter them: what is
reported is counted on others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from engine.errors import BookError
from engine.strategy.belief.believing import bounded, values_under_draws
from engine.strategy.belief.draws import Draws
from engine.strategy.config import BoundConfig
from engine.strategy.exact import InfeasibleStrategy, Solution, Start, solve
from engine.strategy.optimise import Prepared

MOST_ROUNDS = 12
HALVINGS = 5


class Margin(NamedTuple):
    """The tightened problem, its solution, and the bounds it was chosen by."""

    prepared: Prepared
    solution: Solution
    bounds: dict[str, BoundConfig]


def with_margin(draws: Draws, solution: Solution, probability: float) -> Margin:
    """The problem of the draws tightened so that each constraint holds in ``probability`` of them.

    ``solution``: of the problem as it is.

    Raises
    ------
    BookError
        No strategy holds the tightened constraints, or none is found within MOST_ROUNDS.
    """
    prepared = draws.prepared
    wanted = prepared.config.constraints.bounds()
    found = Margin(prepared, solution, dict(wanted))
    for _ in range(MOST_ROUNDS):
        tighter = _tightened(draws, found, probability)
        if tighter == found.bounds:
            return _eased(draws, found, probability)
        found = _chosen(prepared, tighter, solution.start, probability)
    raise BookError(
        f"optimise.belief.margin: after {MOST_ROUNDS} rounds of tightening, some constraint still "
        f"holds in less than {probability:g} of the draws; lower the probability"
    )


def _eased(draws: Draws, held: Margin, probability: float) -> Margin:
    """Between the bounds wanted and those that ``held``: the nearest to the former that hold."""
    wanted = draws.prepared.config.constraints.bounds()
    if held.bounds == wanted:
        return held
    tight, low, high = held.bounds, 0.0, 1.0
    for _ in range(HALVINGS):
        share = 0.5 * (low + high)
        bounds = {name: _between(wanted[name], tight[name], share) for name in wanted}
        tried = _chosen(draws.prepared, bounds, held.solution.start, probability)
        if _tightened(draws, tried, probability) == bounds:
            held, high = tried, share
        else:
            low = share
    return held


def _tightened(draws: Draws, found: Margin, probability: float) -> dict[str, BoundConfig]:
    """The bounds of ``found``, tighter where its strategy does not hold often enough."""
    _, values = values_under_draws(draws, found.solution.choice)
    wanted = draws.prepared.config.constraints.bounds()
    return {
        name: _tighter(found.bounds[name], wanted[name], values[name], probability)
        for name in wanted
    }


def _tighter(
    bound: BoundConfig, wanted: BoundConfig, found: list[dict[str, Any]], probability: float
) -> BoundConfig:
    """``bound``, moved by what the draws' values lie beyond ``wanted`` at the quantile."""
    if np.mean([entry["satisfied"] for entry in found]) >= probability:
        return bound
    values = np.array([entry["value"] for entry in found if entry["value"] is not None])
    low, high = bound.min, bound.max
    if high is not None and wanted.max is not None:
        reached = float(np.quantile(values, probability, method="higher"))
        high -= max(reached - wanted.max, 0.0)
    if low is not None and wanted.min is not None:
        reached = float(np.quantile(values, 1.0 - probability, method="lower"))
        low += max(wanted.min - reached, 0.0)
    if low is not None and high is not None and low > high:
        raise BookError(
            f"optimise.belief.margin: between {wanted.min:g} and {wanted.max:g} there is no room "
            f"for a constraint that holds in {probability:g} of the draws"
        )
    return bound.model_copy(update={"min": low, "max": high})


def _between(wanted: BoundConfig, tight: BoundConfig, share: float) -> BoundConfig:
    sides = {
        side: at + share * (getattr(tight, side) - at)
        for side in ("min", "max")
        if (at := getattr(wanted, side)) is not None
    }
    return wanted.model_copy(update=sides)


def _chosen(
    prepared: Prepared, bounds: dict[str, BoundConfig], start: Start, probability: float
) -> Margin:
    """The best under these bounds; the config keeps what the book asks for."""
    config, problem = prepared.config, bounded(prepared, prepared.table, bounds)
    try:
        solution = solve(problem, tolerance=config.tolerance, seconds=config.seconds, start=start)
    except InfeasibleStrategy as exc:
        raise BookError(
            "optimise.belief.margin: no strategy holds all constraints in "
            f"{probability:g} of the draws; with the bounds tightened for that, {exc}"
        ) from exc
    return Margin(replace(prepared, problem=problem), solution, bounds)
