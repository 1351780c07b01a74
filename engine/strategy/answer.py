"""A strategy in full: what every cell is offered, what that brings, and what a reader must know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluate import Pricing
from engine.market_file import Market
from engine.strategy.config import BoundConfig
from engine.strategy.menu.constraints import is_satisfied, quantities
from engine.strategy.menu.groups import group_values
from engine.strategy.menu.table import MenuTable
from engine.strategy.valuation import Offers, Valuation

Choice = NDArray[np.int64]


@dataclass(frozen=True)
class Cell:
    """One segment and grade. Amounts in the book's currency; ``count``: expected loans.

    ``flags``: ``dilutes`` (approved at a loss, which a ratio can ask for), ``empty`` (no
    customers), ``outside the market`` (no rival offers such a rate or limit, so take-up is
    extrapolated), ``cliff's edge`` (the highest rate of the menu on a rate cliff).
    """

    segment: str
    grade: str
    customers: int
    approve: bool
    rate: float | None
    limit: float | None
    expected_profit: float
    expected_loss: float
    exposure: float
    count: float
    flags: tuple[str, ...]


def offers_of(choice: Choice, table: MenuTable) -> Offers:
    """The choice of entries as offers, ``(cells,)``."""
    flat = choice.ravel()
    entry = np.maximum(flat, 0)
    limits = table.limits.size
    return Offers(flat >= 0, table.rates[entry // limits], table.limits[entry % limits])


def chosen_entries(choice: Choice, table: MenuTable) -> NDArray[np.bool_]:
    """As flags ``(S, G, R, L)``."""
    segments, grades = choice.shape
    flat = np.zeros((segments * grades, table.rates.size * table.limits.size), np.bool_)
    approved = np.flatnonzero(choice.ravel() >= 0)
    flat[approved, choice.ravel()[approved]] = True
    return flat.reshape(table.sums.shape[1:])


def cells_of(choice: Choice, table: MenuTable, valued: Valuation, pricing: Pricing) -> list[Cell]:
    """Every cell, segment by segment."""
    offers = offers_of(choice, table)
    counts, shape = table.counts.ravel(), table.rows.shape
    cells = []
    for c in range(counts.size):
        segment, grade = table.rows.segments[c // shape[1]], table.rows.grades[c % shape[1]]
        approve = bool(offers.approve[c])
        rate, limit = float(offers.rate[c]), float(offers.limit[c])
        money = {name: float(values[c]) for name, values in valued.by_cell.items()}
        market = _market(pricing)
        flags = ["empty"] if not counts[c] else []
        if approve and money["expected_profit"] < 0.0:
            flags.append("dilutes")
        if approve and market is not None:
            flags += market_flags(market, grade.of_book, rate, limit, table.rates)
        cells.append(
            Cell(
                segment=segment,
                grade=grade.grade,
                customers=int(counts[c]),
                approve=approve,
                rate=rate if approve else None,
                limit=limit if approve else None,
                flags=tuple(flags),
                **money,
            )
        )
    return cells


def _market(pricing: Pricing) -> Market | None:
    market = pricing.take_up.market
    return None if market is None else market.shifted(pricing.take_up.config.rivals_move)


def market_flags(
    market: Market, grade: str, rate: float, limit: float, rates: NDArray[np.float64]
) -> list[str]:
    """What the market says of an offer; ``rates`` are those of the menu."""
    support = market.support[grade]
    flags = []
    within = support.rate_lo <= rate <= support.rate_hi
    if not (within and support.limit_lo <= limit <= support.limit_hi):
        flags.append("outside the market")
    for cliff in market.cliffs:
        if cliff.grade == grade and cliff.start <= rate <= cliff.end:
            higher = rates[(rates > rate) & (rates <= cliff.end)]
            if not higher.size:
                flags.append("cliff's edge")
    return flags


def constraint_values(
    choice: Choice,
    table: MenuTable,
    bounds: Mapping[str, BoundConfig],
    *,
    capital_ratio: float,
) -> dict[str, dict[str, Any]]:
    """``{name: {value, limit, satisfied}}`` of the choice; a limit of two sides is a pair."""
    chosen, known = chosen_entries(choice, table), quantities(table, capital_ratio=capital_ratio)
    groups = group_values(choice, table)
    found: dict[str, dict[str, Any]] = {}
    for name, bound in bounds.items():
        quantity = known.get((name, bound.basis))
        value = groups.get(name) if quantity is None else quantity.value(chosen)
        sides = [side for side in (bound.min, bound.max) if side is not None]
        found[name] = {
            "value": value,
            "limit": sides[0] if len(sides) == 1 else sides,
            "satisfied": is_satisfied(value, bound),
        }
    return found


def cliff_share(cells: Sequence[Cell]) -> float:
    """The share of the expected loans that are offered at the upper edge of a rate cliff."""
    loans = sum(cell.count for cell in cells)
    edge = sum(cell.count for cell in cells if "cliff's edge" in cell.flags)
    return edge / loans if loans > 0.0 else 0.0
