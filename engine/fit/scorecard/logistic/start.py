"""Where a logistic fit begins: the basis it works in, the null model, what else it must know."""

from __future__ import annotations

from functools import reduce
from typing import NamedTuple

import numpy as np

from engine.errors import DataError
from engine.fit.scorecard.logistic.fixed_algebra import product, whitening
from engine.fit.scorecard.logistic.newton import Hill, Point
from engine.fit.scorecard.logistic.passes import Rows
from engine.fit.scorecard.rows import Part
from kernels.irls import Basis, Block, Moments

_WORST = 1e6  # condition of the products of scaled columns: a covariance keeps ten digits
_NULL_STEPS = 1100  # so many halvings leave nothing of any range of float64 numbers


class Task(NamedTuple):
    """All there is to know of a fit before its first step, and how it is to be made.

    ``scaled``: the basis of scaled columns; ``basis``: that of the steps. ``start``: coefficients
    of ``basis``, of the null model.
    """

    rows: Rows
    names: tuple[str, ...]
    moments: Moments
    scaled: Basis
    basis: Basis
    start: Point
    tolerance: float
    most_steps: int
    ridge: float


def scaled(moments: Moments) -> Basis:
    """Columns of mean 0 and standard deviation 1."""
    inverse = 1.0 / np.sqrt(moments.squares / moments.total[0])
    return Basis(moments.mean, inverse, np.eye(inverse.size + 1), False)


def hill_of(rows: Rows, basis: Basis, ridge: float) -> Hill:
    """``ridge`` is on the coefficients of scaled columns, without the intercept."""
    slopes = basis.mixed[1:]
    penalty = ridge * product(slopes.T, slopes)
    return Hill(lambda b: rows.sums(basis, b), penalty, basis.mixed)


def null(rows: Rows, moments: Moments, basis: Basis, tolerance: float) -> Point:
    """The intercept alone: ``ln(mean / (1 - mean))``, or what Newton makes of that where there are
    offsets, as their mean odds are not the odds of their mean."""
    weight, events, offsets = moments.total
    b = float(np.log(events / (weight - events)))
    if offsets > 0.0:
        b = _under_offsets(rows, b, tolerance)
    return hill_of(rows, basis, 0.0).at(np.concatenate([[b], np.zeros(basis.mean.size)]))


def _under_offsets(rows: Rows, b: float, tolerance: float) -> float:
    """The intercept alone: Newton's steps within a range that shrinks, which is halved where a step
    would leave it, as it does where nearly all rows are certain of their class.

    ``b`` fits without offsets, ``b`` less the offset where all have one: so the range at first.
    """
    alone = Rows(lambda: (Part(X[:, :0], outcome) for X, outcome in rows.parts()), rows.threads)
    hill = hill_of(alone, Basis(np.empty(0), np.empty(0), np.eye(1), False), 0.0)
    least, most = reduce(_wider, alone.each(_offsets))
    low, high = b - most, b - least
    b = 0.5 * (low + high)
    for _ in range(_NULL_STEPS):
        point = hill.at(np.array([b]))
        gradient, information = float(point.gradient[0]), float(point.information[0, 0])
        low, high = (b, high) if gradient > 0.0 else (low, b)
        step = gradient / information if information > 0.0 else np.inf
        there = b + step if low < b + step < high else 0.5 * (low + high)
        if abs(there - b) < tolerance:
            return there
        b = there
    raise DataError("no intercept fits the offset", column="offset")


def _offsets(block: Block) -> tuple[float, float]:
    """The least and the greatest, of rows that have weight."""
    of = block.offset[block.weight > 0.0]
    return float(of.min(initial=np.inf)), float(of.max(initial=-np.inf))


def _wider(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return min(one[0], other[0]), max(one[1], other[1])


def well_conditioned(task: Task) -> Task:
    """With a basis whose products are nearly the identity at the start, if need be."""
    size = np.sqrt(np.diag(task.start.information))
    spread = np.linalg.eigvalsh(task.start.information / np.outer(size, size))
    if spread[0] * _WORST > spread[-1]:
        return task
    mixed = whitening(task.start.information)
    if mixed is None:
        raise DataError("the features are collinear, or too nearly so to fit")
    basis = task.scaled._replace(mixed=mixed * np.sqrt(task.moments.total[0]), is_mixed=True)
    b = task.start.b / basis.mixed[0, 0]
    return task._replace(basis=basis, start=hill_of(task.rows, basis, 0.0).at(b))
