"""``z`` of a card for a tile of rows: from memory as it lies, or from columns that were copied.

Both add in one order, so a row's ``z`` has the same bits either way: to the intercept, the linear
terms by four, as ``(term 0 + term 1) + (term 2 + term 3)``, then one table after the other. If the
last terms are fewer than four, zeros stand before them.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kernels.cards import FOUR, ROWS, Linear, Scorecards, Tables
from kernels.native import part
from kernels.native.lanes import add_float32, add_float64, prefetch
from kernels.source import Source

AHEAD = 64
"""Rows: how far ahead memory is asked for where it is read as it lies. Measured on 1 M x 30: a pass
takes 0.78 (float32) to 0.84 (float64) of the time that it takes without."""


@part
def _term(x: float, scale: float, centre: float, missing: float) -> float:
    """Point: what a feature adds to ``z``."""
    return missing if math.isnan(x) else scale * (x - centre)


@part
def _climbed(x: float, value: float, at: float, above: float) -> float:
    """Point: one step of a table."""
    return above if x > at else value


@part
def side_by_side(cards: Scorecards, source: Source) -> bool:
    """Block: whether it is one card of linear terms whose values are side by side in memory."""
    linear = cards.linear
    if cards.intercept.size != 1 or cards.tables.base.size or linear.scale.size < FOUR:
        return False
    first = linear.column[0]
    address, step, wide = source.address[first], source.step[first], source.wide[first]
    for t in range(1, linear.scale.size):
        address += 8 if wide else 4
        own = linear.column[t]
        alike = source.step[own] == step and source.wide[own] == wide
        if not alike or source.address[own] != address:
            return False
    return True


@part
def sums_from_rows(
    cards: Scorecards, source: Source, lo: int, hi: int, z: NDArray[np.float64]
) -> None:
    """Block: ``z`` of rows ``lo..hi``, at least four, of a card that lies ``side_by_side``.

    One function, because a call for every four rows took as long as their sums.
    """
    scale, centre, missing = cards.linear.scale, cards.linear.centre, cards.linear.missing
    first, terms = cards.linear.column[0], scale.size
    step, wide = source.step[first], source.wide[first]
    size = 8 if wide else 4
    rest, last = terms % FOUR, terms - FOUR
    for start in range(lo, hi, FOUR):
        row = min(start, hi - FOUR)  # the last four are up to three rows once more
        to = row - lo
        at = source.address[first] + row * step
        z[to : to + FOUR] = cards.intercept[0]
        for k in range(AHEAD, AHEAD + FOUR):
            for byte in range(0, size * terms, 64):
                prefetch(at + k * step + byte)
        if wide:
            for t in range(0, terms - rest, FOUR):
                add_float64(at + 8 * t, step, scale, centre, missing, t, 0, z, to)
            if rest:
                add_float64(at + 8 * last, step, scale, centre, missing, last, FOUR - rest, z, to)
        else:
            for t in range(0, terms - rest, FOUR):
                add_float32(at + 4 * t, step, scale, centre, missing, t, 0, z, to)
            if rest:
                add_float32(at + 4 * last, step, scale, centre, missing, last, FOUR - rest, z, to)


@part
def sums_from_columns(
    cards: Scorecards,
    card: int,
    x: NDArray[np.float64],
    rows: np.uint64,
    y: NDArray[np.float64],
    z: NDArray[np.float64],
) -> None:
    """Block: ``z`` of ``rows`` rows; the values of column j are at ``x[ROWS * j]`` and behind.

    The last ``ROWS`` of ``x`` are zeros; ``y`` and ``z`` are float64 ``(ROWS,)``.
    """
    linear, tables = cards.linear, cards.tables
    first, end = linear.first[card], linear.first[card + 1]
    z[:] = cards.intercept[card]
    for t in range(first, end, FOUR):
        at = min(t, end - FOUR)
        terms = (
            _numbers(linear, at, t, x),
            _numbers(linear, at + 1, t, x),
            _numbers(linear, at + 2, t, x),
            _numbers(linear, at + 3, t, x),
        )
        _add_four_terms(x, terms, z, rows)
    for t in range(tables.first[card], tables.first[card + 1]):
        _add_table(x, tables.column[t] * np.uint64(ROWS), tables, t, y, z, rows)


@part
def _numbers(
    linear: Linear, t: int, least: int, x: NDArray[np.float64]
) -> tuple[np.uint64, float, float, float]:
    """Point: where the values of term t are, and its numbers; zeros below term ``least``."""
    if t < least:
        return np.uint64(x.size - ROWS), 0.0, 0.0, 0.0
    run = linear.column[t] * np.uint64(ROWS)
    return run, linear.scale[t], linear.centre[t], linear.missing[t]


@part
def _add_four_terms(
    x: NDArray[np.float64],
    terms: tuple[tuple[np.uint64, float, float, float], ...],
    z: NDArray[np.float64],
    rows: np.uint64,
) -> None:
    """Block: four terms, so that ``z`` is read and written once."""
    (r0, s0, c0, m0), (r1, s1, c1, m1), (r2, s2, c2, m2), (r3, s3, c3, m3) = terms
    for i in range(rows):
        low = _term(x[r0 + i], s0, c0, m0) + _term(x[r1 + i], s1, c1, m1)
        high = _term(x[r2 + i], s2, c2, m2) + _term(x[r3 + i], s3, c3, m3)
        z[i] += low + high


@part
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


@part
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
