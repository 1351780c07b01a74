"""Small tables: tax registries A, B, C, deposits, debit cards and other accounts.

Facts: 457,934 cases have rows at registry A (7.15 each, of one date), 150,732 at B (7.35, dates
ascend), hardly any at both; C has 3.34 million rows and none in the public test files; 51,109 cases
have one row in other_1. Assumed: C was asked until week `SWITCH`, then A or B; rows at B and C are
months. Amounts follow the income of the case.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench_data.home_credit.population import Cases
from bench_data.home_credit.rows import Rows, repeated
from bench_data.home_credit.values import Told, amounts

SWITCH = 38
_RECORDS = 6.2
"""Mean of the further tax records of a case that has one."""
_ANSWERS = {"a": (0.0, 0.614), "b": (0.614, 0.816), "c": (0.0, 0.618)}
"""Of the cases at its time: the range of `_lot` for which a registry has records."""

Draw = Callable[[Cases, np.random.Generator], Rows]


def tax_rows(registry: str) -> Draw:
    """Draws the rows of tax registry ``a``, ``b`` or ``c``."""
    low, high = _ANSWERS[registry]

    def rows(cases: Cases, rng: np.random.Generator) -> Rows:
        asked = (cases.week < SWITCH) == (registry == "c")
        lot = _lot(cases)
        has = asked & (low <= lot) & (lot < high)
        return repeated(cases, has * (1 + rng.poisson(_RECORDS, len(has))))

    return rows


def some_rows(share: float, further: float) -> Draw:
    """Draws rows for a ``share`` of the cases: one, and ``further`` in the mean."""

    def rows(cases: Cases, rng: np.random.Generator) -> Rows:
        has = rng.random(len(cases.case_id)) < share
        return repeated(cases, has * (1 + rng.poisson(further, len(has))))

    return rows


def tell_taxes(date: str, amount: str, *, monthly: bool) -> Callable[..., Told]:
    """Tells the ``date`` and ``amount`` columns of a tax registry."""

    def told(rows: Rows, rng: np.random.Generator) -> Told:
        answered = rows.day - rows.cases.case_id[rows.at] % 14
        months_ago = np.maximum(7 - rows.group1, 0) if monthly else 0
        values = {
            date: answered - 30 * months_ago,
            amount: amounts(rng, 8.3, 0.2, 0.5 * rows.income),
        }
        return Told(values, {})

    return told


def _lot(cases: Cases) -> NDArray[np.float64]:
    """A number in [0, 1) that depends on the case only, so that two tables agree on it."""
    return cases.case_id * 2_654_435_761 % (1 << 32) / (1 << 32)
