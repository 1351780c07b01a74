"""What an offer is expected to bring, row by row.

    take_up         = kernels.demand
    margin          = rate - cost
    exposure        = approve * take_up * limit
    expected_loss   = exposure * loss of a unit                              (kernels.economics)
    expected_profit = exposure * profit of a unit - approve * take_up * acquisition

Conventions: rates, margins, costs and lgd are annual fractions, pd a fraction, limits and results
amounts of the book's currency. Nobody takes up a limit of 0 or less: take_up is 0. Where nothing is
lent (declined, or no limit) the three amounts are exactly 0.0, whatever else is unknown; elsewhere
NaN in gives NaN out. Source: an online lender's pricing team.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.demand import Demand
from kernels.economics import Economics
from kernels.kernel import Kernel

_offer_rows = Kernel("profit", "offer_rows")


class OfferEconomics(NamedTuple):
    """float64 ``(n,)`` each; see the module."""

    take_up: NDArray[np.float64]
    margin: NDArray[np.float64]
    exposure: NDArray[np.float64]
    expected_loss: NDArray[np.float64]
    expected_profit: NDArray[np.float64]


class Rows(NamedTuple):
    """One entry per row: float64, but ``approve`` (bool or uint8) and ``segment`` and ``table``
    (int32 or int64), the row's places in the demand's parameters and in its market tables."""

    pd: NDArray[np.float64]
    rate: NDArray[np.float64]
    limit: NDArray[np.float64]
    base: NDArray[np.float64]
    approve: NDArray[Any]
    segment: NDArray[Any]
    table: NDArray[Any]


def offer_economics(rows: Rows, demand: Demand, economics: Economics) -> OfferEconomics:
    """Evaluate one offer per row.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit; a segment or table that is not there.
    """
    check_rows(rows, demand)
    out = OfferEconomics(*(np.zeros(rows.pd.size) for _ in OfferEconomics._fields))
    _offer_rows(Rows(*map(np.ascontiguousarray, rows)), demand, economics, out)
    return out


def check_rows(rows: Any, demand: Demand) -> None:
    """Raise ValueError unless the columns of a NamedTuple fit together, and ``demand``."""
    whole = (np.int32, np.int64)
    kinds = {"approve": (np.bool_, np.uint8), "segment": whole, "table": whole}
    for name, array in rows._asdict().items():
        allowed = kinds.get(name, (np.float64,))
        if array.shape != (rows.pd.size,) or array.dtype not in allowed:
            raise ValueError(
                f"{name} must be {' or '.join(kind.__name__ for kind in allowed)} "
                f"({rows.pd.size},), not {array.dtype} {array.shape}"
            )
    places = {"segment": demand.intercept.size, "table": demand.surface.win.shape[0]}
    for name, size in places.items():
        array = getattr(rows, name)
        if array.size and not (array.min() >= 0 and array.max() < size):
            raise ValueError(f"{name} must be in 0..{size - 1}")
