"""Logistic models: scorecards and Platt's recalibration.

Conventions: float64 results; a missing value is NaN and stays NaN where nothing replaces it. Rows
are treated alike, many at a time, by operations that are rounded one by one and in one order (numba
neither fuses nor reorders them), so a row's result depends neither on where it stands nor on the
memory order of the matrix nor on the cards that are scored beside its own.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kernels.card_sums import ROWS, side_by_side, sums_from_columns, sums_from_rows
from kernels.cards import Scorecards
from kernels.compiled import entry, part
from kernels.lanes import FOUR
from kernels.sigmoid import sigmoid
from kernels.source import Source, Table, load, shape_of, source_of


@part
def _one_nan(x: float) -> float:
    """Point: NaN in one form; which of its bits an addition keeps depends on the machine code."""
    return math.nan if math.isnan(x) else x


@part
def _sigmoids(z: NDArray[np.float64], rows: np.uint64) -> None:
    """Block: in place."""
    for i in range(rows):
        z[i] = sigmoid(z[i])


@entry
def _score_rows(cards: Scorecards, source: Source, raw: bool, out: NDArray[np.float64]) -> None:
    """Block: tile by tile, so that memory is read once for all cards."""
    end = out.shape[0]
    direct = end >= FOUR and side_by_side(cards, source)
    x = np.zeros(0 if direct else (source.address.size + 1) * ROWS)
    y, z = np.empty(ROWS), np.empty(ROWS)
    for start in range(0, end, ROWS):
        hi = min(start + ROWS, end)
        lo = max(0, min(start, hi - FOUR))  # up to three rows once more
        for column in range(0 if direct else source.address.size):
            load(source, column, lo, x[ROWS * column : ROWS * column + hi - lo])
        for card in range(cards.intercept.size):
            if direct:
                sums_from_rows(cards, source, lo, hi, z)
            else:
                sums_from_columns(cards, card, x, np.uint64(hi - lo), y, z)
            if not raw:
                _sigmoids(z, np.uint64(hi - lo))
            for i in range(hi - lo):
                out[lo + i, card] = _one_nan(z[i])


@entry
def _platt_block(
    p: NDArray[np.float64], slope: float, intercept: float, out: NDArray[np.float64]
) -> None:
    """Block: ``sigmoid(slope * logit(p) + intercept)``."""
    for i in range(p.size):
        logit = math.log(p[i]) - math.log1p(-p[i])
        out[i] = sigmoid(slope * logit + intercept)


def scorecard_scores(
    cards: Scorecards,
    X: Table,
    columns: NDArray[np.uint32],
    raw: bool,
    out: NDArray[np.float64],
) -> None:
    """Score the rows of ``X`` with every card, in one pass, into ``out``.

    Parameters
    ----------
    X
        A matrix or columns; NaN is missing.
    columns
        uint32: the column of ``X`` that holds each column of the cards.
    raw
        ``z`` in place of the probability.
    out
        float64 ``(rows, cards)``, overwritten.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit.
    """
    rows, width = shape_of(X)
    shape = (rows, cards.intercept.size)
    if out.shape != shape or out.dtype != np.float64:
        raise ValueError(f"out must be float64 {shape}, not {out.dtype} {out.shape}")
    used = (cards.linear.column, cards.tables.column)
    if columns.size <= max(column.max(initial=0) for column in used):
        raise ValueError("columns must name a column of X for each column of the cards")
    if columns.max() >= width:
        raise ValueError(f"columns must be below {width}, which X has; not {columns.max()}")
    _score_rows(cards, source_of(X, columns), raw, out)


def platt(p: NDArray[np.float64], slope: float, intercept: float) -> NDArray[np.float64]:
    """``1 / (1 + exp(-(slope * ln(p / (1 - p)) + intercept)))``.

    ``p`` is float64 ``(n,)`` in 0..1 (NaN stays NaN), ``slope`` is above 0, so 0 stays 0 and 1
    stays 1. Source: J. Platt, Probabilistic outputs for support vector machines, 1999; here on the
    logit of a probability.

    Raises
    ------
    ValueError
        ``p`` is not 1-D float64, or ``slope`` is not above 0.
    """
    if p.ndim != 1 or p.dtype != np.float64:
        raise ValueError(f"p must be 1-D float64, not {p.ndim}-D {p.dtype}")
    if not slope > 0.0:
        raise ValueError(f"slope must be above 0, not {slope}")
    out = np.empty(p.size, np.float64)
    _platt_block(p, slope, intercept, out)
    return out
