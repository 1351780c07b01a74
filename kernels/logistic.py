"""Logistic models: scorecards and Platt's recalibration.

Conventions: float64 results; a missing value is NaN and stays NaN where nothing replaces it. Rows
are treated alike, many at a time, by operations that are rounded one by one and in one order (numba
neither fuses nor reorders them), so a row's result depends neither on where it stands nor on the
memory order of the matrix nor on the cards that are scored beside its own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kernels.cards import Linear, Scorecards, Tables
from kernels.columns import load_tile, plan_columns
from kernels.sigmoid import sigmoid
from kernels.source import Source, source_of

FOUR = 4
"""Terms, or steps of a table, that are taken in one pass over the rows of a tile."""


@njit(nogil=True, cache=True)
def _term(x: float, scale: float, centre: float, missing: float) -> float:
    """Point: what a feature adds to ``z``."""
    return missing if math.isnan(x) else scale * (x - centre)


@njit(nogil=True, cache=True)
def _climbed(x: float, value: float, at: float, above: float) -> float:
    """Point: one step of a table."""
    return above if x > at else value


@njit(nogil=True, cache=True)
def _add_term(
    x: NDArray[np.float64],
    run: np.uint64,
    linear: Linear,
    t: int,
    z: NDArray[np.float64],
    rows: np.uint64,
) -> None:
    """Block: one term; the values of its column begin at ``x[run]``."""
    scale, centre, missing = linear.scale[t], linear.centre[t], linear.missing[t]
    for i in range(rows):
        z[i] += _term(x[run + i], scale, centre, missing)


@njit(nogil=True, cache=True)
def _add_four_terms(
    x: NDArray[np.float64],
    runs: tuple[np.uint64, np.uint64, np.uint64, np.uint64],
    linear: Linear,
    t: int,
    z: NDArray[np.float64],
    rows: np.uint64,
) -> None:
    """Block: four terms in their order, so ``z`` is read and written once."""
    s, c, m = linear.scale, linear.centre, linear.missing
    s0, s1, s2, s3 = s[t], s[t + 1], s[t + 2], s[t + 3]
    c0, c1, c2, c3 = c[t], c[t + 1], c[t + 2], c[t + 3]
    m0, m1, m2, m3 = m[t], m[t + 1], m[t + 2], m[t + 3]
    r0, r1, r2, r3 = runs
    for i in range(rows):
        total = z[i] + _term(x[r0 + i], s0, c0, m0)
        total += _term(x[r1 + i], s1, c1, m1)
        total += _term(x[r2 + i], s2, c2, m2)
        z[i] = total + _term(x[r3 + i], s3, c3, m3)


@njit(nogil=True, cache=True)
def _climb_four_steps(
    x: NDArray[np.float64],
    run: np.uint64,
    tables: Tables,
    s: int,
    y: NDArray[np.float64],
    rows: np.uint64,
) -> None:
    """Block: four steps of a table; ``y`` is its value so far."""
    at, value = tables.at, tables.value
    a0, a1, a2, a3 = at[s], at[s + 1], at[s + 2], at[s + 3]
    v0, v1, v2, v3 = value[s], value[s + 1], value[s + 2], value[s + 3]
    for i in range(rows):
        low = _climbed(x[run + i], _climbed(x[run + i], y[i], a0, v0), a1, v1)
        y[i] = _climbed(x[run + i], _climbed(x[run + i], low, a2, v2), a3, v3)


@njit(nogil=True, cache=True)
def _add_table(
    x: NDArray[np.float64],
    run: np.uint64,
    tables: Tables,
    t: int,
    y: NDArray[np.float64],
    z: NDArray[np.float64],
    rows: np.uint64,
) -> None:
    """Block: one table."""
    base, missing = tables.base[t], tables.missing[t]
    for i in range(rows):
        y[i] = missing if math.isnan(x[run + i]) else base
    for s in range(tables.step[t], tables.step[t + 1], FOUR):
        _climb_four_steps(x, run, tables, s, y, rows)
    for i in range(rows):
        z[i] += y[i]


@njit(nogil=True, cache=True)
def _add_card(
    x: NDArray[np.float64],
    width: int,
    cards: Scorecards,
    card: int,
    y: NDArray[np.float64],
    z: NDArray[np.float64],
    rows: np.uint64,
) -> None:
    """Block: all terms of a card; the values of column j begin at ``x[j * width]``."""
    linear, tables, run = cards.linear, cards.tables, np.uint64(width)
    t, end, at = linear.first[card], linear.first[card + 1], linear.column
    while t + FOUR <= end:
        runs = (at[t] * run, at[t + 1] * run, at[t + 2] * run, at[t + 3] * run)
        _add_four_terms(x, runs, linear, t, z, rows)
        t += FOUR
    while t < end:
        _add_term(x, at[t] * run, linear, t, z, rows)
        t += 1
    for t in range(tables.first[card], tables.first[card + 1]):
        _add_table(x, tables.column[t] * run, tables, t, y, z, rows)


@njit(nogil=True, cache=True)
def _one_nan(x: float) -> float:
    """Point: NaN in one form; which of its bits an addition keeps depends on the machine code."""
    return math.nan if math.isnan(x) else x


@njit(nogil=True, cache=True, error_model="numpy")
def _sigmoids(z: NDArray[np.float64], rows: np.uint64) -> None:
    """Block: in place."""
    for i in range(rows):
        z[i] = sigmoid(z[i])


@njit(nogil=True, cache=True)
def _score_rows(cards: Scorecards, source: Source, raw: bool, out: NDArray[np.float64]) -> None:
    """Block: tile by tile, so that every column is read once for all cards."""
    plan, end = plan_columns(source), out.shape[0]
    x = np.empty(source.address.size * plan.rows)
    y, z = np.empty(plan.rows), np.empty(plan.rows)
    for lo in range(0, end, plan.rows):
        hi = min(lo + plan.rows, end)
        load_tile(source, plan, lo, hi, end, x)
        for card in range(cards.intercept.size):
            z[:] = cards.intercept[card]
            _add_card(x, plan.rows, cards, card, y, z, np.uint64(hi - lo))
            if not raw:
                _sigmoids(z, np.uint64(hi - lo))
            for i in range(hi - lo):
                out[lo + i, card] = _one_nan(z[i])


@njit(nogil=True, cache=True, error_model="numpy")
def _platt_block(
    p: NDArray[np.float64], slope: float, intercept: float, out: NDArray[np.float64]
) -> None:
    """Block: ``sigmoid(slope * logit(p) + intercept)``."""
    for i in range(p.size):
        logit = math.log(p[i]) - math.log1p(-p[i])
        out[i] = sigmoid(slope * logit + intercept)


def scorecard_scores(
    cards: Scorecards,
    X: NDArray[Any],
    columns: NDArray[np.uint32],
    raw: bool,
    out: NDArray[np.float64],
) -> None:
    """Score the rows of ``X`` with every card, in one pass, into ``out``.

    Parameters
    ----------
    X
        float32 or float64 ``(rows, columns)`` in any memory order; NaN is missing.
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
    if X.ndim != 2 or X.dtype not in (np.float32, np.float64):
        raise ValueError(f"X must be 2-D float32 or float64, not {X.ndim}-D {X.dtype}")
    shape = (X.shape[0], cards.intercept.size)
    if out.shape != shape or out.dtype != np.float64:
        raise ValueError(f"out must be float64 {shape}, not {out.dtype} {out.shape}")
    used = (cards.linear.column, cards.tables.column)
    if columns.size <= max(column.max(initial=0) for column in used):
        raise ValueError("columns must name a column of X for each column of the cards")
    if columns.max() >= X.shape[1]:
        raise ValueError(f"columns must be below {X.shape[1]}, which X has; not {columns.max()}")
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
