"""The best strategy of a scored book: cells, table, problem, answer, check, file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from engine.errors import BookError
from engine.evaluate import Pricing
from engine.evaluate.strategy_file import CellOffer, StrategyFile
from engine.strategy.answer import (
    Cell,
    cells_of,
    chosen_entries,
    cliff_share,
    constraint_values,
    offers_of,
)
from engine.strategy.config import OptimiseConfig
from engine.strategy.exact import Solution, solve
from engine.strategy.menu.cells import cut_grades, sort_by_cell
from engine.strategy.menu.columns import Columns
from engine.strategy.menu.constraints import bound_units
from engine.strategy.menu.groups import group_report
from engine.strategy.menu.problem import MenuProblem
from engine.strategy.menu.rules import menu_problem
from engine.strategy.menu.table import MenuTable, make_table, menu_inputs
from engine.strategy.valuation import value_offers

Method = Literal["exact", "nsga2", "tpe"]
_AGREE = 1e-9
"""Relative difference that the sums of table and valuation may have by rounding alone."""


@dataclass(frozen=True)
class BookFacts:
    """What of the book is no business of the stages, and what of the run the strategy rests on."""

    name: str
    currency: str
    as_of: date | None
    made_from: Mapping[str, Any]
    models: Mapping[str, Any]


@dataclass(frozen=True)
class Prepared:
    """The menu table of a book and the problem it is to solve; for one solve or many."""

    columns: Columns
    table: MenuTable
    problem: MenuProblem
    pricing: Pricing
    config: OptimiseConfig


@dataclass(frozen=True)
class Answer:
    """The best strategy and its certificate. ``valued``: by exact totals, customer by customer."""

    cells: list[Cell]
    choice: NDArray[np.int64]
    expected_profit: float
    expected_loss: float
    exposure: float
    count: float
    upper_bound: float
    gap: float
    root_gap: float
    status: str
    constraints: dict[str, dict[str, Any]]
    shadow_prices: dict[str, float]
    cliff_share: float
    groups: list[dict[str, Any]]
    solution: Solution


def prepare(
    columns: Columns, pricing: Pricing, config: OptimiseConfig, facts: BookFacts, *, threads: int
) -> Prepared:
    """Cut the grades, make the table, state the problem.

    Raises
    ------
    BookError
        No eligible customer, or what the config asks for cannot be stated.
    """
    if not columns.pd.size:
        raise BookError(
            f"optimise: all {columns.knocked_out} customers of the run are knocked out; there is "
            "nobody to make an offer to"
        )
    book = [(grade.grade, grade.max_pd) for grade in pricing.strategy.grades]
    grades = cut_grades(config, book, columns)
    table = make_table(
        columns,
        sort_by_cell(columns, grades),
        pricing,
        rates=config.menu.rates.grid(),
        limits=config.menu.limits.grid(),
        threads=threads,
    )
    problem = menu_problem(table, config, pricing.economics, as_of=facts.as_of)
    return Prepared(columns, table, problem, pricing, config)


def best(prepared: Prepared) -> Answer:
    """The exact method: the best of the menu, with a bound.

    Raises
    ------
    BookError
        No strategy holds all constraints; the message says which, and by how much.
    """
    config = prepared.config
    solution = solve(prepared.problem, tolerance=config.tolerance, seconds=config.seconds)
    return answer_of(prepared, solution)


def answer_of(prepared: Prepared, solution: Solution) -> Answer:
    """A solution in full, valued anew by its customers.

    Raises
    ------
    RuntimeError
        The valuation contradicts the table: a bug.
    """
    table, config = prepared.table, prepared.config
    inputs = menu_inputs(prepared.columns, table.rows, prepared.pricing, table.rates, table.limits)
    valued = value_offers(inputs, offers_of(solution.choice, table))
    _check_agreement(valued.total["expected_profit"], solution, prepared.problem)
    cells = cells_of(solution.choice, table, valued, prepared.pricing)
    return Answer(
        cells=cells,
        choice=solution.choice,
        **valued.total,
        upper_bound=solution.upper_bound,
        gap=solution.gap,
        root_gap=solution.root_gap,
        status=solution.status,
        constraints=constraint_values(
            solution.choice,
            table,
            config.constraints.bounds(),
            capital_ratio=prepared.pricing.economics.capital_ratio,
        ),
        shadow_prices=_prices(prepared, solution),
        cliff_share=cliff_share(cells),
        groups=group_report(solution.choice, table),
        solution=solution,
    )


def _prices(prepared: Prepared, solution: Solution) -> dict[str, float]:
    """Profit per unit of each bound, as the book states it."""
    units = bound_units(
        prepared.config.constraints.bounds(),
        prepared.table,
        chosen_entries(solution.choice, prepared.table),
        capital_ratio=prepared.pricing.economics.capital_ratio,
    )
    return {name: price * units.get(name, 1.0) for name, price in solution.shadow_prices.items()}


def _check_agreement(profit: float, solution: Solution, problem: MenuProblem) -> None:
    size = float(np.abs(problem.profit).max(axis=(2, 3)).sum())
    if abs(profit - solution.profit) > _AGREE * size:
        raise RuntimeError(f"the menu table says {solution.profit}, the customers say {profit}")


def strategy_file(
    prepared: Prepared, answer: Answer, facts: BookFacts, method: Method
) -> StrategyFile:
    """The answer as a file to keep and to apply."""
    config, table = prepared.config, prepared.table
    return StrategyFile(
        kind="strategy",
        book=facts.name,
        currency=facts.currency,
        effective_from=config.effective_from,
        effective_until=config.effective_until,
        grades=tuple(grade.bound for grade in table.rows.grades),
        offers=tuple(
            CellOffer(
                segment=cell.segment,
                grade=cell.grade,
                approve=cell.approve,
                rate=cell.rate,
                limit=cell.limit,
            )
            for cell in answer.cells
        ),
        made_from=dict(facts.made_from),
        menu={"rates": table.rates.tolist(), "limits": table.limits.tolist()},
        ordering=asdict(prepared.problem.ordering),
        constraints={name: _known(value) for name, value in answer.constraints.items()},
        certificate={
            "method": method,
            "expected_profit": answer.expected_profit,
            "upper_bound": answer.upper_bound,
            "gap": answer.gap,
            "root_gap": answer.root_gap,
            "status": answer.status,
            "expected_loss": answer.expected_loss,
            "exposure": answer.exposure,
            "expected_loans": answer.count,
            "shadow_prices": answer.shadow_prices,
            "take_up": prepared.pricing.take_up.slope_from,
            "speaks_of": "the declared menu and the given models, nothing more",
        },
        models=dict(facts.models),
    )


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    """TOML knows no null."""
    return {name: value for name, value in values.items() if value is not None}
