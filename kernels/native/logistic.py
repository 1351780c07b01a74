"""Scorecards tile by tile, and Platt's recalibration: see ``kernels.logistic``."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kernels.cards import FOUR, ROWS, Scorecards
from kernels.native import part
from kernels.native.card_sums import side_by_side, sums_from_columns, sums_from_rows
from kernels.native.sigmoid import sigmoid
from kernels.native.source import load, store
from kernels.source import Source


@part
def _one_nan(x: float) -> float:
    """Point: NaN in one form; which of its bits an addition keeps depends on the machine code."""
    return math.nan if math.isnan(x) else x


@part
def sigmoids(z: NDArray[np.float64], rows: np.uint64) -> int:
    """Block: in place."""
    for i in range(rows):
        z[i] = sigmoid(z[i])
    return 0


@part
def score_rows(
    cards: Scorecards,
    source: Source,
    rows: int,
    raw: bool,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    z: NDArray[np.float64],
    out: Source,
) -> int:
    """Block: tile by tile, so that memory is read once for all cards.

    ``out`` has a column per card. Scratch: ``x`` holds ``ROWS`` values per column and as many
    zeros behind, ``y`` and ``z`` ``ROWS``.
    """
    direct = rows >= FOUR and side_by_side(cards, source)
    for start in range(0, rows, ROWS):
        hi = min(start + ROWS, rows)
        lo = max(0, min(start, hi - FOUR))  # up to three rows once more
        for column in range(0 if direct else source.address.size):
            load(source, column, lo, x[ROWS * column : ROWS * column + hi - lo])
        for card in range(cards.intercept.size):
            if direct:
                sums_from_rows(cards, source, lo, hi, z)
            else:
                sums_from_columns(cards, card, x, np.uint64(hi - lo), y, z)
            if not raw:
                sigmoids(z, np.uint64(hi - lo))
            for i in range(hi - lo):
                z[i] = _one_nan(z[i])
            store(out, card, lo, z[: hi - lo])
    return 0


@part
def platt_rows(
    p: NDArray[np.float64], slope: float, intercept: float, out: NDArray[np.float64]
) -> int:
    """Block: ``sigmoid(slope * logit(p) + intercept)``."""
    for i in range(p.size):
        logit = math.log(p[i]) - math.log1p(-p[i])
        out[i] = sigmoid(slope * logit + intercept)
    return 0
