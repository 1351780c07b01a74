"""Time-weighted fee income.

    income = sum over fee types of  count x tariff x T / N
                                    count x tariff            for a fee that is charged once

Source: a bank's prototype; T and N as in ``engine.fee_income.config``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.fee_income.tariffs import Tariffs


class Counts(NamedTuple):
    """How often each customer was charged each fee; a pair that is not there: never.

    ``customers`` and ``types``, places, and ``numbers`` are int64 ``(n,)``, each pair once, sorted
    by type.
    """

    customers: NDArray[np.int64]
    types: NDArray[np.int64]
    numbers: NDArray[np.int64]

    def of_type(self, place: int) -> Counts:
        """The customers who were charged one fee."""
        lo, hi = np.searchsorted(self.types, [place, place + 1])
        return Counts(self.customers[lo:hi], self.types[lo:hi], self.numbers[lo:hi])


class Incomes(NamedTuple):
    """``total``: float64 ``(customers,)``. ``by_type``: the same of the fee types asked for."""

    total: NDArray[np.float64]
    by_type: dict[str, NDArray[np.float64]]


def incomes(
    counts: Counts, days: NDArray[np.float64], tariffs: Tariffs, types: tuple[str, ...]
) -> Incomes:
    """The income of every customer; ``days``: N, float64 ``(customers,)``, above 0.

    A customer's terms are added in the order of the fee types' names, so that the bits of its sum
    depend on its own counts and the tariffs alone.
    """
    total = np.zeros_like(days)
    by_type = {}
    for place, name in enumerate(tariffs.types):
        rows, _, numbers = counts.of_type(place)
        income = numbers * tariffs.amounts[place]
        period = tariffs.periods[place]
        if not np.isnan(period):
            income = income * period / days[rows]
        total[rows] += income  # a customer is there once
        if name in types:
            by_type[name] = np.zeros_like(days)
            by_type[name][rows] = income
    return Incomes(total, by_type)
