"""What every entry of a menu of offers would bring, cell by cell, in one pass over the customers.

A cell is a segment and a risk grade; an entry is a rate and a limit. Every customer of a cell is
evaluated at every entry, its limit cut at its own cap, so the sums are exact for any model of the
row. They do not depend on threads: an entry is summed by one thread, in the order of the rows.

Measures, all summed over the customers of the cell (``lent = take_up * min(limit, cap)``):

| measure | sum of |
|---|---|
| profit, loss | as ``kernels.profit`` |
| exposure, count | lent, take_up |
| bad_exposure, bad_count | lent * pd, take_up * pd |
| limit, bad_limit, bad | min(limit, cap), the same * pd, pd: of all who are approved |
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.demand import LOGISTIC, PROPENSITY, Demand
from kernels.economics import CASHFLOW, Economics
from kernels.kernel import Kernel

_menu_entries = Kernel("menu", "menu_entries")
_hazards = Kernel("menu", "hazards")

Vector = NDArray[np.float64]
Integers = NDArray[np.int64]

MEASURES = (
    "profit",
    "loss",
    "exposure",
    "count",
    "bad_exposure",
    "bad_count",
    "limit",
    "bad_limit",
    "bad",
)
BLOCK = 256
"""Rows whose unit amounts are computed at once; their sums are then added to the entry's."""


class Customers(NamedTuple):
    """Rows sorted by cell: float64 ``(n,)`` each; ``cap`` >= 0, infinite where there is none.

    ``base`` is what ``kernels.demand`` says; ``hazard`` the monthly one in the mode CASHFLOW.
    """

    pd: Vector
    base: Vector
    cap: Vector
    hazard: Vector


class Cells(NamedTuple):
    """``first`` int64 ``(cells + 1,)``: where the cells' rows begin; ``segment``, ``table`` int64
    ``(cells,)``: their places in the demand's parameters and market tables."""

    first: Integers
    segment: Integers
    table: Integers


class Menu(NamedTuple):
    """Rates and limits, float64, ascending, limits above 0."""

    rates: Vector
    limits: Vector


class Inputs(NamedTuple):
    """All that the sums are made of."""

    customers: Customers
    cells: Cells
    menu: Menu
    demand: Demand
    economics: Economics


class Scratch(NamedTuple):
    """Of one thread: per row of a block (``pd``, ``profit``, ``loss``, ``hazard``), per month, per
    limit (``offer``, and a row per sum in ``sums`` and ``block``), per bin (``binned``)."""

    pd: Vector
    profit: Vector
    loss: Vector
    hazard: Vector
    months: Vector
    offer: Vector
    sums: Vector
    block: Vector
    binned: Vector


def menu_sums(
    inputs: Inputs, out: Vector, *, cell: int, rates: tuple[int, int], row_by_row: bool = False
) -> None:
    """Sums of one cell and the rates ``rates[0]..rates[1]`` into ``out``.

    ``out`` is float64 ``(len(MEASURES), cells, rates, limits)``. Where take-up is a product of what
    the customer and what the offer is (``is_multiplicative``), limits need no pass of their own;
    ``row_by_row`` does not make use of that.
    """
    fast = not row_by_row and is_multiplicative(inputs)
    _menu_entries(inputs, _scratch(inputs), cell, rates[0], rates[1], fast, out)


def is_multiplicative(inputs: Inputs) -> bool:
    """Whether take-up is a product of the customer's part and the offer's, and the customer's PD
    does not depend on the limit."""
    form, alike = inputs.demand.form, not inputs.customers.base.any()
    return inputs.economics.beta == 0.0 and (form == PROPENSITY or (form == LOGISTIC and alike))


def hazards(pd: Vector, economics: Economics) -> Vector:
    """Monthly probabilities of default; zeros in the mode SOURCE, which has no use for them."""
    out = np.zeros(pd.size)
    if economics.mode == CASHFLOW:
        _hazards(np.ascontiguousarray(pd), economics, out)
    return out


def _scratch(inputs: Inputs) -> Scratch:
    limits = inputs.menu.limits.size
    return Scratch(
        pd=np.empty(BLOCK),
        profit=np.empty(BLOCK),
        loss=np.empty(BLOCK),
        hazard=np.empty(BLOCK),
        months=np.empty(max(inputs.economics.term, 1)),
        offer=np.empty(limits),
        sums=np.empty((5, limits)),
        block=np.empty((5, limits)),
        binned=np.empty((15, limits + 1)),
    )
