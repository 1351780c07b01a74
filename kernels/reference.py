"""Readable NumPy twins of the kernels: what they compute, without how they do it fast.

Each takes the arguments of its façade and returns what that fills or returns. They are for tests
and for readers; ``exp`` and ``log`` are NumPy's, so they may differ from the kernels in the last
bits. Everything else is equal to the bit.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.cards import Linear, Scorecards, Tables


def scorecard_scores(
    cards: Scorecards, X: NDArray[Any], columns: NDArray[np.uint32], raw: bool
) -> NDArray[np.float64]:
    """Twin of ``logistic.scorecard_scores``: one card, one term after the other."""
    x = X[:, columns].astype(np.float64)
    z = np.empty((X.shape[0], cards.intercept.size))
    with np.errstate(invalid="ignore", over="ignore"):
        for card in range(cards.intercept.size):
            first, end = cards.linear.first[card : card + 2]
            terms = [
                _linear_term(cards.linear, t, x[:, cards.linear.column[t]])
                for t in range(first, end)
            ]
            last = len(terms) - len(terms) % 4
            zeros = [np.zeros(X.shape[0])] * (-len(terms) % 4)
            terms = [*terms[:last], *zeros, *terms[last:]]
            z[:, card] = cards.intercept[card]
            for a, b, c, d in zip(*(terms[k::4] for k in range(4)), strict=True):
                z[:, card] += (a + b) + (c + d)
            for t in range(*cards.tables.first[card : card + 2]):
                z[:, card] += _table_term(cards.tables, t, x[:, cards.tables.column[t]])
    return z if raw else _sigmoid(z)


def _linear_term(terms: Linear, t: int, x: NDArray[np.float64]) -> NDArray[np.float64]:
    present: NDArray[np.float64] = terms.scale[t] * (x - terms.centre[t])
    return np.where(np.isnan(x), terms.missing[t], present)


def _table_term(tables: Tables, t: int, x: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = slice(*tables.step[t : t + 2])
    below = np.searchsorted(tables.at[steps], x, side="left")  # how many steps are below x
    values = np.concatenate([tables.base[t : t + 1], tables.value[steps]])[below]
    return np.where(np.isnan(x), tables.missing[t], values)


def platt(p: NDArray[np.float64], slope: float, intercept: float) -> NDArray[np.float64]:
    """Twin of ``logistic.platt``."""
    with np.errstate(divide="ignore"):
        return _sigmoid(slope * (np.log(p) - np.log1p(-p)) + intercept)


def _sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
    e = np.exp(-np.abs(z))
    return np.where(z >= 0.0, 1.0, e) / (1.0 + e)


def exact_sums(values: NDArray[np.float64], groups: NDArray[Any], n_groups: int) -> list[int]:
    """Twin of ``exact_sum.exact_sums``: fractions."""
    totals = [Fraction(0)] * n_groups
    for value, group in zip(values.tolist(), groups.tolist(), strict=True):
        totals[group] += Fraction(value) * 2**1074
    return [int(total) for total in totals]
