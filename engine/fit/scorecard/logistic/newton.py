"""Newton's steps to the most likely coefficients, which are those of reweighted least squares.

Iteratively reweighted least squares regresses the working response ``u = D b + (event - mu) / (mu
(1 - mu))`` on the columns ``D`` with weights ``w = weight mu (1 - mu)``, which gives the next ``b``
as ``(D'wD)^-1 D'wu``. Multiplied out that is ``b + (D'wD)^-1 D'weight (event - mu)``: no division
by what may be 0, and a small number is added to a large one. So it is done here; an offset changes
nothing but ``mu``. Source: P. McCullagh, J. A. Nelder, Generalized Linear Models, 1989, 2.5.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from engine.fit.scorecard.logistic.fixed_algebra import times, whitening
from engine.fit.scorecard.rows import Matrix, Vector
from kernels.irls import Sums

_SLACK = 1e-12  # of the log likelihood: what a step may lose to rounding
_LEAST_STEP = 2.0**-30
_PATIENCE = 6  # steps before it is asked whether they become shorter
_SHORTER = 0.5  # of the step before


class Point(NamedTuple):
    """Where the climb is. Gradient and information are those of ``penalised``, the log likelihood
    less the penalty."""

    b: Vector
    log_likelihood: float
    penalised: float
    gradient: Vector
    information: Matrix


class Climb(NamedTuple):
    """``end``: the steps have become short; they do not; they are too many."""

    point: Point
    steps: int
    end: Literal["converged", "stalled", "spent"]


class Hill(NamedTuple):
    """The log likelihood less ``b' penalty b / 2``, of columns in a basis; ``mixed`` turns ``b``
    into coefficients of the scaled columns, in which the length of a step is measured."""

    sums: Callable[[Vector], Sums]
    penalty: Matrix
    mixed: Matrix

    def at(self, b: Vector) -> Point:
        log_likelihood, gradient, information = self.sums(b)
        pull = times(self.penalty, b)
        return Point(
            b,
            log_likelihood,
            log_likelihood - 0.5 * float(b @ pull),
            gradient - pull,
            information + self.penalty,
        )


def climb(
    hill: Hill, point: Point, tolerance: float, most_steps: int, *, stall: bool = True
) -> Climb:
    """Steps from ``point`` until one is shorter than ``tolerance``.

    With ``stall`` the climb ends where steps do not become shorter, or where none can be made
    because a combination of the columns has no information left: signs of classes that are
    separated.
    """
    before = np.inf
    for step in range(1, most_steps + 1):
        T = whitening(point.information)
        if T is None:
            return Climb(point, step - 1, "stalled")
        point, moved = _uphill(hill, point, times(T, times(T.T, point.gradient)))
        length = float(np.linalg.norm(times(hill.mixed, moved)))
        if length < tolerance:
            return Climb(point, step, "converged")
        if stall and step >= _PATIENCE and length > _SHORTER * before:
            return Climb(point, step, "stalled")
        before = length
    return Climb(point, most_steps, "spent")


def _uphill(hill: Hill, point: Point, change: Vector) -> tuple[Point, Vector]:
    """The step, halved until the likelihood does not fall."""
    least = point.penalised - _SLACK * abs(point.penalised)
    share = 1.0
    while True:
        moved = share * change
        there = hill.at(point.b + moved)
        if there.penalised >= least or share < _LEAST_STEP:
            return there, moved
        share *= 0.5
