"""Today's own offers beside a strategy: what they bring, and where they stand on a constraint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.strategy.answer import constraint_values
from engine.strategy.config import Basis, BoundConfig
from engine.strategy.menu.cells import CellRows
from engine.strategy.menu.columns import Columns
from engine.strategy.menu.table import MenuTable, members_of, menu_inputs
from engine.strategy.optimise import Prepared
from kernels.economics import Economics
from kernels.exact_sum import exact_sums, rounded
from kernels.menu import MEASURES, Inputs
from kernels.profit import OfferEconomics, Rows, offer_economics

Floats = NDArray[np.float64]
_NO_SINGLE_RATE = ("group_rate_difference",)
"""Needs the rate of each cell; today's customers of a cell may have several."""


@dataclass(frozen=True)
class Today:
    """Totals in the book's currency, exact and rounded once; ``value`` of the constraint, None for
    a ratio of nothing and for ``group_rate_difference``."""

    expected_profit: float
    expected_loss: float
    exposure: float
    value: float | None


def value_today(prepared: Prepared, name: str, basis: Basis) -> Today:
    """Today's offers under the prepared pricing; ``name``: a constraint of the portfolio."""
    columns, pricing = prepared.columns, prepared.pricing
    rows = by_approval(prepared.table.rows, columns.approve)
    inputs = menu_inputs(columns, rows, pricing, prepared.table.rates, prepared.table.limits)
    offers = _offers(columns, rows, inputs)
    found = offer_economics(offers, inputs.demand, inputs.economics)
    money = {
        what: rounded(exact_sums(getattr(found, what), np.zeros(offers.pd.size, np.int64), 1)[0])
        for what in ("expected_profit", "expected_loss", "exposure")
    }
    if name in _NO_SINGLE_RATE:
        return Today(value=None, **money)
    table = _table(columns, rows, offers, found, inputs.economics, basis)
    choice = np.zeros(rows.shape, np.int64)
    choice[rows.shape[0] // 2 :] = -1
    values = constraint_values(
        choice,
        table,
        {name: BoundConfig(max=0.0, basis=basis)},
        capital_ratio=pricing.economics.capital_ratio,
    )
    return Today(value=values[name]["value"], **money)


def by_approval(rows: CellRows, approve: NDArray[np.bool_]) -> CellRows:
    """Every segment twice: its customers who are approved today, then all segments' others."""
    yes = approve[rows.order]
    cell = np.repeat(np.arange(rows.first.size - 1), np.diff(rows.first))
    sizes = [np.bincount(cell[own], minlength=rows.first.size - 1) for own in (yes, ~yes)]
    first = np.concatenate([[0], np.cumsum(np.concatenate(sizes))]).astype(np.int64)
    order = np.concatenate([rows.order[yes], rows.order[~yes]])
    return CellRows(rows.segments * 2, rows.grades, order, first)


def _offers(columns: Columns, rows: CellRows, inputs: Inputs) -> Rows:
    """Today's offer to each customer; zeros where there is none."""
    sizes = np.diff(rows.first)
    approve = columns.approve[rows.order]
    return Rows(
        pd=inputs.customers.pd,
        rate=np.where(approve, columns.rate[rows.order], 0.0),
        limit=np.where(approve, columns.limit[rows.order], 0.0),
        base=inputs.customers.base,
        approve=approve,
        segment=np.repeat(inputs.cells.segment, sizes),
        table=np.repeat(inputs.cells.table, sizes),
    )


def _table(
    columns: Columns,
    rows: CellRows,
    offers: Rows,
    found: OfferEconomics,
    economics: Economics,
    basis: Basis,
) -> MenuTable:
    """A menu of one entry, today's offers; its rate is their average by the weight of ``basis``."""
    by_measure = _measures(offers, found, economics)
    cells = rows.first.size - 1
    cell = np.repeat(np.arange(cells), np.diff(rows.first))
    sums = np.zeros((len(MEASURES), cells))
    for row, name in zip(sums, MEASURES, strict=True):
        row[:] = np.bincount(cell, by_measure[name], minlength=cells)
    weight = by_measure["exposure" if basis == "taken_up" else "limit"]
    average = float((weight * offers.rate).sum()) / (float(weight.sum()) or 1.0)
    unknown = np.full(rows.shape, np.nan)
    return MenuTable(
        rows=rows,
        rates=np.array([average]),
        limits=np.array([1.0]),
        sums=sums.reshape(len(MEASURES), *rows.shape, 1, 1),
        counts=rows.counts,
        groups=columns.groups,
        members=members_of(columns, rows),
        today_rate=unknown,
        today_limit=unknown,
    )


def _measures(offers: Rows, found: OfferEconomics, economics: Economics) -> dict[str, Floats]:
    """``kernels.menu.MEASURES`` of each customer, 0 where nothing is offered."""
    lent, taken = found.exposure, np.where(offers.approve, found.take_up, 0.0)
    pd = np.where(offers.approve, taker_pd(economics, offers), 0.0)
    return {
        "profit": found.expected_profit,
        "loss": found.expected_loss,
        "exposure": lent,
        "count": taken,
        "bad_exposure": lent * pd,
        "bad_count": taken * pd,
        "limit": offers.limit,
        "bad_limit": offers.limit * pd,
        "bad": pd,
    }


def taker_pd(economics: Economics, offers: Rows) -> Floats:
    """The PD of those who take the offer, ``kernels.economics``; as it is where no limit is."""
    if economics.alpha == 0.0 and economics.beta == 0.0:
        return offers.pd
    log_limit = np.log(np.where(offers.limit > 0.0, offers.limit, 1.0))
    shift = economics.alpha * (offers.rate - economics.reference_rate)
    odds = np.exp(shift + economics.beta * (log_limit - economics.log_reference_limit))
    return offers.pd * odds / ((1.0 - offers.pd) + offers.pd * odds)
