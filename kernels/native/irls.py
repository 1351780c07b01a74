"""Sums of a step of a logistic fit, tile by tile: see ``kernels.irls``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kernels.irls import FOUR, LANES, PITCH, TILE, Basis, Block, Lanes, Moments, Scratch
from kernels.native import part
from kernels.native.logarithm import logarithm
from kernels.native.products import add_four_by_four, add_one_by_four
from kernels.native.sigmoid import sigmoid

_TINY = 1e-300
"""Of a probability, whose logarithm is then z to the last digit."""


@part
def _log_of(p: float, other: float, toward: float) -> float:
    """Point: of the probability ``p`` of what happened, ``1 - p`` being ``other``.

    Above a half it is mended by what the rounding of ``p`` took away: ``other`` has all its digits.
    """
    mended = logarithm(p) + ((1.0 - p) - other) / p
    found = mended if toward > 0.0 else logarithm(p)
    return toward if p < _TINY else found


@part
def _fill_columns(
    X: NDArray[np.float64], lo: np.uint64, rows: np.uint64, basis: Basis, t: NDArray[np.float64]
) -> None:
    """Block: a tile's columns in the basis; zeros below."""
    for i in range(TILE):
        t[i] = 1.0 if i < rows else 0.0
    for j in range(np.uint64(X.shape[1])):
        at = (j + np.uint64(1)) * np.uint64(PITCH)
        mean, inverse = basis.mean[j], basis.inverse[j]
        for i in range(rows):
            t[at + i] = (X[lo + i, j] - mean) * inverse
        for i in range(rows, np.uint64(TILE)):
            t[at + i] = 0.0
    if basis.is_mixed:
        _mix(basis.mixed, t)


@part
def _mix(mixed: NDArray[np.float64], t: NDArray[np.float64]) -> None:
    """Block: columns times ``mixed``, upper triangular, in place, the last first."""
    for j in range(mixed.shape[0] - 1, -1, -1):
        to = t[j * PITCH : j * PITCH + TILE]
        for i in range(np.uint64(TILE)):
            to[i] *= mixed[j, j]
        for k in range(j):
            x, factor = t[k * PITCH : k * PITCH + TILE], mixed[k, j]
            for i in range(np.uint64(TILE)):
                to[i] += factor * x[i]


@part
def _fill_z(
    block: Block, lo: np.uint64, rows: np.uint64, b: NDArray[np.float64], s: Scratch
) -> None:
    """Block: z, the sign of what happened and the weight of a tile's rows; zeros below them."""
    for i in range(rows):
        s.z[i], s.weight[i] = block.offset[lo + i], block.weight[lo + i]
        s.sign[i] = 1.0 if block.event[lo + i] > 0.5 else -1.0
    for i in range(rows, np.uint64(TILE)):
        s.z[i] = s.weight[i] = s.sign[i] = 0.0
    for j in range(b.size):
        x, factor = s.columns[j * PITCH : j * PITCH + TILE], b[j]
        for i in range(np.uint64(TILE)):
            s.z[i] += factor * x[i]


@part
def _fill_rows(s: Scratch) -> None:
    """Block: what each row of a tile adds; one loop each, as all in one is not vectorised."""
    for i in range(np.uint64(TILE)):
        s.z[i] *= s.sign[i]
    for i in range(np.uint64(TILE)):
        s.residual[i] = sigmoid(-s.z[i])
    for i in range(np.uint64(TILE)):
        s.information[i] = sigmoid(s.z[i])
    for i in range(np.uint64(TILE)):
        log_p = _log_of(s.information[i], s.residual[i], s.z[i])
        s.likelihood[i] = s.weight[i] * log_p
    for i in range(np.uint64(TILE)):
        s.information[i] *= s.weight[i] * s.residual[i]
        s.residual[i] *= s.weight[i] * s.sign[i]


@part
def _add_tile(columns: int, groups: int, s: Scratch, lanes: Lanes) -> None:
    """Block: the upper triangle of products, the gradient, the likelihood."""
    for j in range(columns):
        x, to = s.columns[j * PITCH : j * PITCH + TILE], s.weighted[j * PITCH : j * PITCH + TILE]
        for i in range(np.uint64(TILE)):
            to[i] = s.information[i] * x[i]
    at = 0
    for strip in range(0, columns, FOUR):
        for column in range(strip, columns, FOUR):
            add_four_by_four(
                s.weighted,
                strip * PITCH,
                s.columns,
                column * PITCH,
                PITCH,
                groups,
                lanes.products,
                at,
            )
            at += FOUR * FOUR * LANES
    for column in range(0, columns, FOUR):
        add_one_by_four(
            s.residual, 0, s.columns, column * PITCH, PITCH, groups, lanes.gradient, column * LANES
        )
    for i in range(0, TILE, LANES):
        for k in range(LANES):
            lanes.likelihood[k] += s.likelihood[i + k]


@part
def step_sums(
    block: Block, basis: Basis, b: NDArray[np.float64], scratch: Scratch, lanes: Lanes
) -> int:
    """Block: adds to ``lanes``. Columns of ``scratch`` beyond those of the basis must be zeros."""
    n = block.X.shape[0]
    for lo in range(0, n, TILE):
        rows = min(TILE, n - lo)
        _fill_columns(block.X, np.uint64(lo), np.uint64(rows), basis, scratch.columns)
        _fill_z(block, np.uint64(lo), np.uint64(rows), b, scratch)
        _fill_rows(scratch)
        _add_tile(b.size, (rows + LANES - 1) // LANES, scratch, lanes)
    return 0


@part
def moments(block: Block, out: Moments) -> int:
    """Block: means, extremes and counts first, then squared distances from the means."""
    n, p = block.X.shape
    out.counts[0] += n
    for i in range(n):
        weight, event = block.weight[i], block.event[i]
        out.counts[3] += weight < 0.0
        out.counts[4] += event != 0.0 and event != 1.0
        out.total[0] += weight
        out.total[1] += weight * event
        out.total[2] += abs(block.offset[i])
        for j in range(np.uint64(p)):
            out.mean[j] += weight * block.X[i, j]
        if weight > 0.0:
            out.counts[1] += 1
            out.counts[2] += event == 1.0
            _widen(block.X[i], out.lowest[int(event == 1.0)], out.highest[int(event == 1.0)])
    for j in range(p):
        out.mean[j] = out.mean[j] / out.total[0] if out.total[0] > 0.0 else 0.0 * out.mean[j]
    for i in range(n):
        for j in range(np.uint64(p)):
            apart = block.X[i, j] - out.mean[j]
            out.squares[j] += block.weight[i] * apart * apart
    return 0


@part
def _widen(
    x: NDArray[np.float64], lowest: NDArray[np.float64], highest: NDArray[np.float64]
) -> None:
    for j in range(np.uint64(x.size)):
        lowest[j] = min(lowest[j], x[j])
        highest[j] = max(highest[j], x[j])
