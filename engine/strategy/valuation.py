"""A strategy valued customer by customer, with exact totals: the check of the menu table.

``kernels.profit`` evaluates each customer at its cell's offer; ``kernels.exact_sum`` adds. Nothing
of the menu table or of the search enters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.strategy.menu.cells import BLOCK, cells_at
from kernels.exact_sum import exact_sums, rounded
from kernels.menu import Inputs
from kernels.profit import Rows, offer_economics

MONEY = ("expected_profit", "expected_loss", "exposure", "count")


@dataclass(frozen=True)
class Offers:
    """Per cell, ``(cells,)``: approved or not, rate, limit; the latter of no meaning if not."""

    approve: NDArray[np.bool_]
    rate: NDArray[np.float64]
    limit: NDArray[np.float64]


@dataclass(frozen=True)
class Valuation:
    """Totals by cell, float64 ``(cells,)``, and of the book, each rounded once."""

    by_cell: dict[str, NDArray[np.float64]]
    total: dict[str, float]


def value_offers(inputs: Inputs, offers: Offers) -> Valuation:
    """What ``offers`` bring to the customers of ``inputs``.

    ``count`` is the expected number of loans. Totals do not depend on the order of customers.
    """
    cells = offers.approve.size
    totals: dict[str, list[int]] = {name: [0] * cells for name in MONEY}
    customers = inputs.customers.pd.size
    for lo in range(0, customers, BLOCK):
        own = cells_at(inputs.cells.first, lo, min(BLOCK, customers - lo))
        amounts = _amounts(inputs, offers, own, lo)
        for name, values in amounts.items():
            sums = exact_sums(values, own, cells)
            totals[name] = [a + b for a, b in zip(totals[name], sums, strict=True)]
    return Valuation(
        {name: np.array([rounded(value) for value in sums]) for name, sums in totals.items()},
        {name: rounded(sum(sums)) for name, sums in totals.items()},
    )


def _amounts(
    inputs: Inputs, offers: Offers, cell: NDArray[np.int64], lo: int
) -> dict[str, NDArray[np.float64]]:
    """Per customer of a block."""
    rows = slice(lo, lo + cell.size)
    customers, approve = inputs.customers, offers.approve[cell]
    found = offer_economics(
        Rows(
            pd=customers.pd[rows],
            rate=np.where(approve, offers.rate[cell], 0.0),
            limit=np.where(approve, np.minimum(offers.limit[cell], customers.cap[rows]), 0.0),
            base=customers.base[rows],
            approve=approve,
            segment=inputs.cells.segment[cell],
            table=inputs.cells.table[cell],
        ),
        inputs.demand,
        inputs.economics,
    )
    return {
        "expected_profit": found.expected_profit,
        "expected_loss": found.expected_loss,
        "exposure": found.exposure,
        "count": np.where(approve, found.take_up, 0.0),
    }
