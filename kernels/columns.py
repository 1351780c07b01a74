"""The columns of a matrix as contiguous runs of float64, a tile of rows at a time.

A kernel that treats many rows alike then needs to know one layout. Where rows are contiguous,
squares of four rows and columns are turned, and the next tile is asked for while this one is
turned. Measured against columns one by one, 30 columns of float32 from memory, row-major: XXX.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kernels.memory import FOUR, prefetch, turn_float32, turn_float64
from kernels.source import Source, load


class Plan(NamedTuple):
    """How to read columns: ``fours`` int64 are the first of four neighbours, ``ones`` int64 all
    columns that have no such neighbours, ``rows`` the rows of a tile."""

    fours: NDArray[np.int64]
    ones: NDArray[np.int64]
    rows: int


@njit(nogil=True, cache=True)
def plan_columns(source: Source) -> Plan:
    """Block: find neighbours, as runs of columns whose addresses follow each other.

    The last four of a run overlap the four before them if need be.
    """
    columns, size = source.address.size, 8 if source.wide else 4
    fours, ones = np.empty(columns, np.int64), np.empty(columns, np.int64)
    n_fours, n_ones, first = 0, 0, 0
    for column in range(columns):
        end = column + 1
        if end < columns and source.address[end] == source.address[column] + size:
            continue
        if end - first >= FOUR:
            for at in range(first, end, FOUR):
                fours[n_fours] = min(at, end - FOUR)
                n_fours += 1
        else:
            for at in range(first, end):
                ones[n_ones] = at
                n_ones += 1
        first = end
    return Plan(fours[:n_fours], ones[:n_ones], 64 if n_fours else 128)


@njit(nogil=True, cache=True)
def load_tile(
    source: Source, plan: Plan, lo: int, hi: int, end: int, tile: NDArray[np.float64]
) -> None:
    """Block: rows ``lo..hi`` of ``end``; column j is at ``tile[j * plan.rows]`` and behind.

    ``tile`` is float64 ``(columns * plan.rows,)``.
    """
    for column in plan.fours:
        _turn(source, plan, column, lo, hi, tile)
        for i in range(hi, min(hi + plan.rows, end)):
            prefetch(source.address[column] + i * source.step)
    for column in plan.ones:
        run = column * plan.rows
        load(source, column, lo, tile[run : run + hi - lo])


@njit(nogil=True, cache=True)
def _turn(
    source: Source, plan: Plan, column: int, lo: int, hi: int, tile: NDArray[np.float64]
) -> None:
    """Block: rows ``lo..hi`` of a column and its three neighbours."""
    run, width, step = column * plan.rows, plan.rows, source.step
    at = source.address[column] + lo * step
    whole = (hi - lo) - (hi - lo) % FOUR
    if source.wide:
        for i in range(0, whole, FOUR):
            turn_float64(at + i * step, step, tile, run + i, width)
    else:
        for i in range(0, whole, FOUR):
            turn_float32(at + i * step, step, tile, run + i, width)
    if whole < hi - lo:
        for j in range(FOUR):
            rest = run + j * width
            load(source, column + j, lo + whole, tile[rest + whole : rest + hi - lo])
