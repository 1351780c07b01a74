"""Logistic models: scorecards and Platt's recalibration.

Conventions: float64 results; a missing value is NaN and stays NaN where nothing replaces it. Rows
are treated alike, many at a time, by operations that are rounded one by one and in one order (numba
neither fuses nor reorders them), so a row's result depends neither on where it stands nor on the
memory order of the matrix nor on the cards that are scored beside its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.cards import ROWS, Scorecards
from kernels.kernel import Kernel
from kernels.source import Table, shape_of, source_of

_score_rows = Kernel("logistic", "score_rows")
_platt_rows = Kernel("logistic", "platt_rows")


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
        float64 ``(rows, cards)``, overwritten; of any layout, fastest if a card's lie together.

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
    x, y, z = np.zeros((columns.size + 1) * ROWS), np.empty(ROWS), np.empty(ROWS)
    scores = source_of(out, np.arange(shape[1], dtype=np.uint32))
    _score_rows(cards, source_of(X, columns), rows, raw, x, y, z, scores)


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
    _platt_rows(np.ascontiguousarray(p), float(slope), float(intercept), out)
    return out
