"""The terms of scorecards as plain arrays: what ``kernels.logistic`` adds up.

Coefficients, imputed values, standardisation and weights of evidence are folded into these numbers
once, when a card is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FOUR = 4
"""Terms, and rows, of one step."""
ROWS = 128
"""Rows of a tile; 1 KiB per column."""


class Linear(NamedTuple):
    """Terms ``scale * (x - centre)``, or ``missing`` where x is NaN.

    ``first`` int64 ``(cards + 1,)``: the terms of card k are ``first[k]..first[k + 1]``. Per term:
    ``column`` uint32, which of the columns that the façade is given; the rest float64. ``centre``
    is not folded into the intercept, because that costs digits where a mean is large beside its
    standard deviation (``test_a_mean_far_from_zero_costs_no_digits``).
    """

    first: NDArray[np.int64]
    column: NDArray[np.uint32]
    scale: NDArray[np.float64]
    centre: NDArray[np.float64]
    missing: NDArray[np.float64]


class Tables(NamedTuple):
    """Terms that are constant between steps: ``value`` of the last step with ``x > at``.

    ``first`` and ``column`` as in ``Linear``. Per table, float64: ``base`` (x above no step) and
    ``missing`` (x is NaN). ``step`` int64 ``(tables + 1,)``: the steps of table t are
    ``step[t]..step[t + 1]``, a multiple of four of them. Per step, float64: ``at``, ascending, the
    rest of the last four infinite, and ``value``.
    """

    first: NDArray[np.int64]
    column: NDArray[np.uint32]
    base: NDArray[np.float64]
    missing: NDArray[np.float64]
    step: NDArray[np.int64]
    at: NDArray[np.float64]
    value: NDArray[np.float64]


class Scorecards(NamedTuple):
    """Cards that are scored in one pass; ``intercept`` float64 ``(cards,)``.

    A card's ``z`` is its intercept, plus its linear terms, plus its tables, one after the other.
    """

    intercept: NDArray[np.float64]
    linear: Linear
    tables: Tables


def together(cards: Sequence[Scorecards], columns: Sequence[NDArray[np.uint32]]) -> Scorecards:
    """Several sets as one; column j of set k is ``columns[k][j]`` of the columns of all."""
    linear, tables = [card.linear for card in cards], [card.tables for card in cards]
    return Scorecards(
        np.concatenate([card.intercept for card in cards]),
        Linear(
            first=_running([terms.first for terms in linear]),
            column=_renamed([terms.column for terms in linear], columns),
            scale=np.concatenate([terms.scale for terms in linear]),
            centre=np.concatenate([terms.centre for terms in linear]),
            missing=np.concatenate([terms.missing for terms in linear]),
        ),
        Tables(
            first=_running([terms.first for terms in tables]),
            column=_renamed([terms.column for terms in tables], columns),
            base=np.concatenate([terms.base for terms in tables]),
            missing=np.concatenate([terms.missing for terms in tables]),
            step=_running([terms.step for terms in tables]),
            at=np.concatenate([terms.at for terms in tables]),
            value=np.concatenate([terms.value for terms in tables]),
        ),
    )


def _renamed(
    used: Sequence[NDArray[np.uint32]], columns: Sequence[NDArray[np.uint32]]
) -> NDArray[np.uint32]:
    return np.concatenate([to[column] for column, to in zip(used, columns, strict=True)])


def _running(ends: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Where the items of several lists end, as ends in one list."""
    sizes = np.concatenate([np.diff(end) for end in ends])
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
