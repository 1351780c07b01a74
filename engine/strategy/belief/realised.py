"""What a strategy's cells would bring if take-up and defaults fell by chance.

Per cell, takers are drawn from the Poisson distribution of their expected number, bads of them from
the binomial one. Sums then move in proportion: exposure with takers, bad exposure and loss with
bads; profit with takers, less the loss of the bads beyond those expected of so many takers. Loans
of a cell count as equally large, and the interest that a bad does not pay is left out.

What is said of all who are approved (basis ``approved``) is not drawn for takers: of the customers
of a cell so many are bad as the binomial distribution says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.strategy.menu.table import MenuTable
from kernels.menu import MEASURES

Floats = NDArray[np.float64]


def realised(table: MenuTable, choice: NDArray[np.int64], rng: np.random.Generator) -> MenuTable:
    """``table`` with the chosen entries as they may fall; others as they are."""
    flat = choice.ravel()
    cells = np.flatnonzero(flat >= 0)
    sums = table.sums.reshape(len(MEASURES), flat.size, -1).copy()
    expected = dict(zip(MEASURES, sums[:, cells, flat[cells]], strict=True))
    fallen = _fallen(expected, table.counts.ravel()[cells], rng)
    sums[:, cells, flat[cells]] = [fallen[name] for name in MEASURES]
    return replace(table, sums=sums.reshape(table.sums.shape))


def _fallen(
    expected: dict[str, Floats], customers: NDArray[np.int64], rng: np.random.Generator
) -> dict[str, Floats]:
    takers = rng.poisson(expected["count"]).astype(np.float64)
    bads = rng.binomial(takers.astype(np.int64), _over(expected["bad_count"], expected["count"]))
    approved_bads = rng.binomial(customers, np.clip(_over(expected["bad"], customers), 0.0, 1.0))
    grown, worse = _over(takers, expected["count"]), _over(bads, expected["bad_count"])
    each = _over(expected["loss"], expected["bad_count"])
    beyond = bads - grown * expected["bad_count"]
    return expected | {
        "profit": expected["profit"] * grown - each * beyond,
        "loss": expected["loss"] * worse,
        "exposure": expected["exposure"] * grown,
        "count": takers,
        "bad_exposure": expected["bad_exposure"] * worse,
        "bad_count": bads.astype(np.float64),
        "bad_limit": expected["bad_limit"] * _over(approved_bads, expected["bad"]),
        "bad": approved_bads.astype(np.float64),
    }


def _over(top: NDArray[Any], bottom: NDArray[Any]) -> Floats:
    """The quotient, 0 where the divisor is."""
    zeros = np.zeros(top.shape)
    return np.asarray(np.divide(top, bottom, out=zeros, where=bottom > 0))
