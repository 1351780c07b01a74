"""How much to believe of a strategy: its profit, regret and constraints if the models are wrong.

For each draw b of ``belief_draws``, with V_b the profit under it, V_0 that under the models as they
are, s the chosen strategy and s_b the one that is best under the draw:

    interval     quantiles of V_b(s), less the optimism
    regret       V_b(s_b) - V_b(s)
    optimism     mean of V_b(s_b) - V_0(s_b)   ("winner's curse")

The models of the draw stand to the given ones as the given ones stand to the truth: what the best
strategy of a draw seems to bring more than it brings under the models is what the chosen one
promises too much (bootstrap estimate of optimism, B. Efron, 1983). It is computed as the mean of
``(V_b(s_b) - V_b(s)) + (V_0(s) - V_0(s_b))``, which leaves out ``V_b(s) - V_0(s)``: that is noise
about 0, and no matter of choosing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import BookError
from engine.strategy.answer import chosen_entries, constraint_values
from engine.strategy.belief.config import BeliefConfig
from engine.strategy.belief.doubt import Doubt
from engine.strategy.belief.draws import Choice, Draws, make_draws
from engine.strategy.belief.realised import realised
from engine.strategy.config import BoundConfig
from engine.strategy.exact import (
    InfeasibleStrategy,
    Start,
    UndecidedStrategy,
    solve,
)
from engine.strategy.menu.constraints import linear_constraints
from engine.strategy.menu.problem import MenuProblem
from engine.strategy.menu.table import MenuTable
from engine.strategy.optimise import Prepared

Floats = NDArray[np.float64]
Bounds = Mapping[str, BoundConfig]
SECONDS = 5.0
"""For the solve of a draw, at most: what gap is left is small beside the spread of the draws."""
SHOWN = (0.5, 0.9, 1.0)
"""Quantiles of the regret."""


@dataclass(frozen=True)
class Belief:
    """Amounts in the book's currency.

    ``interval``: where expected profit lies with probability ``level``. ``corrected_profit``:
    ``expected_profit - optimism``. ``regret``: mean and quantiles of what would be gained by
    choosing with the draw's models known; negative where the chosen strategy breaks a constraint
    there. ``infeasible``: draws in which no strategy that holds the constraints was found; they
    count in interval and constraints only. ``constraints``: share of draws in which each holds;
    ``all_constraints``: in which all do. ``margins``: bounds that the strategy was chosen by, where
    there is a margin. ``sources``: where the errors of the models come from. ``customers``: those
    that the draws are made of.
    """

    repetitions: int
    seed: int
    level: float
    expected_profit: float
    interval: tuple[float, float]
    corrected_profit: float
    optimism: float
    regret: dict[str, float]
    infeasible: int
    constraints: dict[str, float]
    all_constraints: float
    realised: bool
    margins: dict[str, dict[str, float]]
    sources: Mapping[str, str]
    customers: int


def believe(
    prepared: Prepared,
    choice: Choice,
    doubt: Doubt,
    *,
    repetitions: int,
    seed: int,
    threads: int = 1,
    bounds: Bounds | None = None,
    start: Start | None = None,
) -> Belief:
    """What is to be believed of a choice of entries of ``prepared``, ``(segments, grades)``.

    ``bounds``: those that it was chosen by, where they are not the config's; the strategies of the
    draws are chosen by them too, while constraints are counted by the config's. ``start``: of its
    solution, for time's sake.

    Raises
    ------
    BookError
        ``repetitions`` below 2.
    """
    if repetitions < 2:
        raise BookError(f"bootstrap = {repetitions}: at least 2 draws are needed")
    config = prepared.config.belief
    by = prepared.config.constraints.bounds() if bounds is None else bounds
    draws = make_draws(prepared, doubt, repetitions=repetitions, seed=seed)
    profits, held = under_draws(draws, choice)
    gains = _gains(draws, choice, profits, _Solver(by, start, threads))
    optimism = float(np.mean(gains.optimism)) if gains.optimism else 0.0
    expected = profit_at(prepared.table, choice)
    low, high = _interval(profits, config) - optimism
    return Belief(
        repetitions=repetitions,
        seed=seed,
        level=config.level,
        expected_profit=expected,
        interval=(float(low), float(high)),
        corrected_profit=expected - optimism,
        optimism=optimism,
        regret=_spread(gains.regret),
        infeasible=repetitions - len(gains.regret),
        constraints={name: float(flags.mean()) for name, flags in held.items()},
        all_constraints=float(np.logical_and.reduce([*held.values(), np.ones(repetitions)]).mean()),
        realised=config.realised,
        margins={} if bounds is None else shown_bounds(bounds),
        sources=doubt.sources,
        customers=int(draws.sample.inputs.customers.pd.size),
    )


def profit_at(table: MenuTable, choice: Choice) -> float:
    """Of a choice, by a table."""
    return float(table.measure("profit")[chosen_entries(choice, table)].sum())


def under_draws(draws: Draws, choice: Choice) -> tuple[Floats, dict[str, NDArray[np.bool_]]]:
    """Profit of a choice under each draw ``(B,)``, and per constraint whether it holds ``(B,)``."""
    profits, values = values_under_draws(draws, choice)
    held = {
        name: np.array([entry["satisfied"] for entry in entries], np.bool_)
        for name, entries in values.items()
    }
    return profits, held


def values_under_draws(
    draws: Draws, choice: Choice
) -> tuple[Floats, dict[str, list[dict[str, Any]]]]:
    """Profit ``(B,)`` and, per constraint, ``constraint_values`` of each draw.

    Constraints are on realised outcomes where the config says so; profit is expected.
    """
    prepared = draws.prepared
    bounds = prepared.config.constraints.bounds()
    profits: list[float] = []
    values: dict[str, list[dict[str, Any]]] = {name: [] for name in bounds}
    for number, inputs in enumerate(draws):
        table = draws.at_choice(inputs, choice)
        profits.append(profit_at(table, choice))
        if prepared.config.belief.realised:
            table = realised(table, choice, np.random.default_rng([draws.seed, number, 1]))
        capital = prepared.pricing.economics.capital_ratio
        found = constraint_values(choice, table, bounds, capital_ratio=capital)
        for name, entry in found.items():
            values[name].append(entry)
    return np.array(profits), values


@dataclass(frozen=True)
class _Solver:
    """How a draw is solved."""

    bounds: Bounds
    start: Start | None
    threads: int

    def best(self, prepared: Prepared, table: MenuTable) -> Choice:
        """The best choice by the table of a draw."""
        config, problem = prepared.config, bounded(prepared, table, self.bounds)
        seconds = min(config.seconds, SECONDS)
        found = solve(problem, tolerance=config.tolerance, seconds=seconds, start=self.start)
        return found.choice


@dataclass(frozen=True)
class _Gains:
    """One entry per draw in which there is a best strategy."""

    regret: list[float]
    optimism: list[float]


def _gains(draws: Draws, choice: Choice, profits: Floats, solver: _Solver) -> _Gains:
    """Solves every draw anew."""
    found = _Gains([], [])
    table = draws.prepared.table
    chosen = profit_at(table, choice)
    for inputs, profit in zip(draws, profits.tolist(), strict=True):
        drawn = draws.table(inputs, solver.threads)
        try:
            own = solver.best(draws.prepared, drawn)
        except (InfeasibleStrategy, UndecidedStrategy):
            continue
        regret = profit_at(drawn, own) - profit
        found.regret.append(regret)
        found.optimism.append(regret + chosen - profit_at(table, own))
    return found


def bounded(prepared: Prepared, table: MenuTable, bounds: Bounds) -> MenuProblem:
    """The problem with another table and other bounds; what is allowed depends on neither."""
    capital = prepared.pricing.economics.capital_ratio
    return replace(
        prepared.problem,
        profit=np.ascontiguousarray(table.measure("profit")),
        constraints=linear_constraints(bounds, table, capital_ratio=capital),
    )


def shown_bounds(bounds: Bounds) -> dict[str, dict[str, float]]:
    """Ready for JSON."""
    return {
        name: bound.model_dump(include={"min", "max"}, exclude_none=True)
        for name, bound in bounds.items()
    }


def _interval(profits: Floats, config: BeliefConfig) -> Floats:
    """A further draw lies in it with the level, however few draws there are (Weibull's quantiles);
    as far as there are enough: 19 for 90 %."""
    tail = 0.5 * (1.0 - config.level)
    return np.asarray(np.quantile(profits, [tail, 1.0 - tail], method="weibull"))


def _spread(values: list[float]) -> dict[str, float]:
    """Mean and quantiles; nothing of nothing."""
    if not values:
        return {}
    quantiles = np.quantile(values, SHOWN).tolist()
    shown = {f"p{100 * share:.0f}": value for share, value in zip(SHOWN, quantiles, strict=True)}
    return {"mean": float(np.mean(values)), **shown}
