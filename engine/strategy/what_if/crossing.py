"""Scenarios solved anew, and every strategy valued under every scenario.

A solve under a scenario begins with the base strategy: where that holds the constraints there too,
the answer earns at least as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from engine.strategy.answer import constraint_values, offers_of
from engine.strategy.config import ScenarioConfig
from engine.strategy.exact import InfeasibleStrategy, Start, UndecidedStrategy, solve
from engine.strategy.menu.problem import Choice
from engine.strategy.menu.rules import menu_problem
from engine.strategy.menu.table import make_table, menu_inputs
from engine.strategy.optimise import Answer, Prepared, answer_of
from engine.strategy.valuation import value_offers
from engine.strategy.what_if.scenarios import scenario_columns, scenario_pricing


@dataclass(frozen=True)
class Outcome:
    """A scenario and its best strategy; ``answer`` None where there is none, and why."""

    name: str
    prepared: Prepared
    answer: Answer | None
    status: str
    reason: str | None = None


@dataclass(frozen=True)
class Crossing:
    """A strategy under a scenario: exact totals, and the constraints that do not hold there."""

    strategy: str
    scenario: str
    expected_profit: float
    expected_loss: float
    exposure: float
    expected_loans: float
    constraints: dict[str, dict[str, Any]]
    broken: tuple[str, ...]


def under(
    prepared: Prepared, scenario: ScenarioConfig, *, as_of: date | None, threads: int
) -> Prepared:
    """The same cells and menu in the scenario's world.

    Raises
    ------
    BookError
        See ``strategy.scenarios.check_scenario``.
    """
    own, config = prepared.table, prepared.config
    pricing = scenario_pricing(prepared.pricing, scenario, own)
    columns = scenario_columns(prepared.columns, scenario)
    table = make_table(
        columns, own.rows, pricing, rates=own.rates, limits=own.limits, threads=threads
    )
    problem = menu_problem(table, config, pricing.economics, as_of=as_of)
    return Prepared(columns, table, problem, pricing, config)


def solve_under(
    prepared: Prepared,
    base: Answer,
    scenario: ScenarioConfig,
    *,
    as_of: date | None,
    threads: int,
) -> Outcome:
    """The best strategy of a scenario. ``prepared`` and ``base``: the book's own.

    Raises
    ------
    BookError
        See ``strategy.scenarios.check_scenario``. No strategy that holds: no error, but an outcome.
    """
    there, config = under(prepared, scenario, as_of=as_of, threads=threads), prepared.config
    start = Start(np.zeros(0), (base.choice,))
    try:
        solution = solve(
            there.problem, tolerance=config.tolerance, seconds=config.seconds, start=start
        )
    except InfeasibleStrategy as exc:
        return Outcome(scenario.name, there, None, "infeasible", str(exc))
    except UndecidedStrategy as exc:
        return Outcome(scenario.name, there, None, "undecided", str(exc))
    return Outcome(scenario.name, there, answer_of(there, solution), solution.status)


def value_under(strategy: str, choice: Choice, there: Prepared, scenario: str) -> Crossing:
    """One strategy in one world, customer by customer."""
    table, pricing = there.table, there.pricing
    inputs = menu_inputs(there.columns, table.rows, pricing, table.rates, table.limits)
    total = value_offers(inputs, offers_of(choice, table)).total
    constraints = constraint_values(
        choice,
        table,
        there.config.constraints.bounds(),
        capital_ratio=pricing.economics.capital_ratio,
    )
    return Crossing(
        strategy=strategy,
        scenario=scenario,
        expected_profit=total["expected_profit"],
        expected_loss=total["expected_loss"],
        exposure=total["exposure"],
        expected_loans=total["count"],
        constraints=constraints,
        broken=tuple(name for name, found in constraints.items() if not found["satisfied"]),
    )


def crossed(outcomes: Sequence[Outcome]) -> list[Crossing]:
    """Every strategy there is under every scenario, scenario by scenario."""
    return [
        value_under(of.name, of.answer.choice, there.prepared, there.name)
        for there in outcomes
        for of in outcomes
        if of.answer is not None
    ]
