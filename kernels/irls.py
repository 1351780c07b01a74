"""Sums over rows that a step of a logistic fit needs, and moments of columns.

At coefficients ``b`` a row has ``z = offset + d b`` with ``d`` its columns in a basis, the first of
them 1; ``mu = 1 / (1 + exp(-z))``; and adds to

    log likelihood   weight ln(mu of what happened)
    gradient         weight (event - mu) d
    information      weight mu (1 - mu) d d'

``mu`` and ``1 - mu`` are made apart, so neither loses digits where the other is nearly 1. Source:
P. McCullagh, J. A. Nelder, Generalized Linear Models, 1989, chapter 2.

A sum is kept in eight lanes: row i of a block is added to lane i mod 8, blocks are added in their
order, lanes last. No operation is fused or reordered. So sums depend on the rows, their order and
where blocks are cut, which is every ``BLOCK`` rows; not on threads, nor on the machine.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.kernel import Kernel

_step_sums = Kernel("irls", "step_sums")
_moments = Kernel("irls", "moments")

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

BLOCK = 16_384
"""Rows that one thread sums."""
LANES = 8
"""Partial sums of a sum."""
TILE = 128
"""Rows that lie in the first cache, as columns."""
PITCH = TILE + LANES
"""From one column of a tile to the next: with 128 a row's values would share a few cache lines."""
FOUR = 4
"""Columns whose products are summed at once, with four others."""


class Block(NamedTuple):
    """Rows: ``X`` float64 ``(n, p)`` in C order; ``event`` 0 or 1, ``weight`` and ``offset``
    float64 ``(n,)``."""

    X: Matrix
    event: Vector
    weight: Vector
    offset: Vector


class Basis(NamedTuple):
    """Columns that the fit works on: ``[1, (X - mean) * inverse] @ mixed``.

    ``mean`` and ``inverse`` ``(p,)``. ``mixed`` ``(p + 1, p + 1)``, upper triangular; it is applied
    where ``is_mixed``, and is the identity elsewhere.
    """

    mean: Vector
    inverse: Vector
    mixed: Matrix
    is_mixed: bool


class Lanes(NamedTuple):
    """Sums in lanes: ``products`` by tile of four columns by four, upper triangle, row by row."""

    products: Vector
    gradient: Vector
    likelihood: Vector


class Scratch(NamedTuple):
    """A tile as columns, as columns times the information; a value per row."""

    columns: Vector
    weighted: Vector
    z: Vector
    sign: Vector
    weight: Vector
    residual: Vector
    information: Vector
    likelihood: Vector


class Sums(NamedTuple):
    """``gradient`` ``(p + 1,)``, ``information`` ``(p + 1, p + 1)``."""

    log_likelihood: float
    gradient: Vector
    information: Matrix


class Moments(NamedTuple):
    """Of some rows. ``counts``: all, those of weight above zero, events among them, weights below
    zero, events that are neither 0 nor 1. ``total``: weight, weight of events, sizes of offsets. By
    column, weighted: ``mean``, and ``squares``, the sum of squared distances from it. ``lowest``
    and ``highest`` ``(2, p)``, of rows of weight above zero without and with the event; infinite
    where there is none."""

    counts: NDArray[np.int64]
    total: Vector
    mean: Vector
    squares: Vector
    lowest: Matrix
    highest: Matrix


def step_sums(block: Block, basis: Basis, b: Vector) -> Lanes:
    """Sums over a block of rows at coefficients ``b`` ``(p + 1,)`` of the columns of ``basis``.

    NaN or infinity in a row makes sums NaN or infinite.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit.
    """
    width = _checked(block)
    if b.shape != (width + 1,) or basis.mean.shape != (width,):
        raise ValueError(f"b and basis are for {basis.mean.size} columns, X has {width}")
    lanes = _no_sums(width)
    _step_sums(block, basis, b, _scratch_for(width), lanes)
    return lanes


def added(total: Lanes, lanes: Lanes) -> Lanes:
    """``total + lanes``, in place of ``total``."""
    for sums, more in zip(total, lanes, strict=True):
        sums += more
    return total


def folded(lanes: Lanes, width: int) -> Sums:
    """Lanes added, for ``width`` columns of X."""
    size = _padded(width + 1)
    fours = size // FOUR
    upper = np.zeros((fours, FOUR, fours, FOUR))
    strip, column = np.triu_indices(fours)
    upper[strip, :, column] = _fold(lanes.products).reshape(-1, FOUR, FOUR)
    triangle = np.triu(upper.reshape(size, size)[: width + 1, : width + 1])
    information = triangle + np.triu(triangle, 1).T
    gradient = _fold(lanes.gradient)[: width + 1]
    return Sums(float(_fold(lanes.likelihood)[0]), gradient, information)


def moments(block: Block) -> Moments:
    """Moments of a block's columns; the mean is NaN or infinite where a value is.

    Raises
    ------
    ValueError
        Shapes or dtypes that do not fit.
    """
    width = _checked(block)
    found = Moments(
        np.zeros(5, np.int64),
        np.zeros(3),
        np.zeros(width),
        np.zeros(width),
        np.full((2, width), np.inf),
        np.full((2, width), -np.inf),
    )
    _moments(block, found)
    return found


def joined(one: Moments, other: Moments) -> Moments:
    """Moments of the rows of both. Source: T. F. Chan, G. H. Golub, R. J. LeVeque, Algorithms for
    computing the sample variance, 1983."""
    total = one.total + other.total
    share = other.total[0] / total[0] if total[0] > 0.0 else 1.0
    apart = other.mean - one.mean
    return Moments(
        one.counts + other.counts,
        total,
        one.mean + share * apart,
        one.squares + other.squares + share * one.total[0] * apart**2,
        np.minimum(one.lowest, other.lowest),
        np.maximum(one.highest, other.highest),
    )


def _scratch_for(width: int) -> Scratch:
    columns = _padded(width + 1) * PITCH
    return Scratch(np.zeros(columns), np.zeros(columns), *(np.zeros(TILE) for _ in range(6)))


def _no_sums(width: int) -> Lanes:
    size = _padded(width + 1)
    fours = size // FOUR
    tiles = fours * (fours + 1) // 2
    return Lanes(np.zeros(tiles * FOUR * FOUR * LANES), np.zeros(size * LANES), np.zeros(LANES))


def _padded(columns: int) -> int:
    return -(-columns // FOUR) * FOUR


def _fold(lanes: Vector) -> Vector:
    """Neighbours, then neighbours of those: always the same order."""
    sums = lanes.reshape(-1, LANES)
    while sums.shape[1] > 1:
        sums = sums[:, ::2] + sums[:, 1::2]
    return sums[:, 0]


def _checked(block: Block) -> int:
    """The number of columns."""
    X = block.X
    if X.ndim != 2 or X.dtype != np.float64 or not X.flags.c_contiguous:
        raise ValueError(f"X must be float64 (n, p) in C order, not {X.dtype} {X.shape}")
    for name, values in zip(block._fields[1:], block[1:], strict=True):
        fits = values.shape == X.shape[:1] and values.dtype == np.float64
        if not (fits and values.flags.c_contiguous):
            raise ValueError(f"{name} must be float64 {X.shape[:1]} in C order")
    return int(X.shape[1])
