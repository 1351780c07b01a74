"""Logistic regression by iteratively reweighted least squares, of however many rows.

Columns are centred and divided by their standard deviations (both weighted) before anything else,
so a column's unit decides nothing: not the arithmetic, not when steps end, not what a ridge term
costs. Where scaled columns are still far from independent they are made so (Cholesky of their
products, applied to the rows: the first half of a Cholesky QR, T. Fukaya and others, Shifted
Cholesky QR for computing the QR factorization of ill-conditioned matrices, 2020): a condition that
is squared by sums of products is then squared where it is small. Coefficients and covariance are
given for the columns as they came.

Rows are read once per step and not copied. What is found depends on the rows and their order, and
on where they are cut (``kernels.irls``), and neither on threads nor on those of a BLAS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from engine.errors import DataError
from engine.fit.scorecard.logistic.checks import check_moments, check_rank
from engine.fit.scorecard.logistic.fixed_algebra import product, times, whitening
from engine.fit.scorecard.logistic.newton import Climb, Hill, climb
from engine.fit.scorecard.logistic.passes import Rows
from engine.fit.scorecard.logistic.separation import columns_that_separate, separating
from engine.fit.scorecard.logistic.start import Task, hill_of, null, scaled, well_conditioned
from engine.fit.scorecard.rows import Matrix, Outcome, Part, Vector
from kernels.irls import Basis


class LogisticFit(NamedTuple):
    """``coefficients`` (p + 1,), the intercept first; ``covariance`` (p + 1, p + 1), the inverse of
    the information; ``weight``, the sum of weights.

    ``ridge``: the penalty that was needed, 0 where none was. With one, ``covariance`` is the
    inverse of the penalised information, which is a posterior's where the penalty is the prior, and
    ``log_likelihood`` is that of the rows alone.
    """

    coefficients: Vector
    covariance: Matrix
    log_likelihood: float
    null_log_likelihood: float
    steps: int
    ridge: float
    warnings: tuple[str, ...]
    weight: float


def fit_logistic(
    X: Matrix,
    outcome: Outcome,
    *,
    names: Sequence[str] = (),
    tolerance: float = 1e-8,
    most_steps: int = 50,
    ridge: float = 1.0,
    threads: int = 1,
) -> LogisticFit:
    """The most likely coefficients of ``ln(odds) = offset + intercept + X b``.

    Parameters
    ----------
    X
        float64 ``(n, p)``, finite; ``p`` may be 0. In C order it is not copied.
    outcome
        float64 ``(n,)`` each. A weight of 2 is the row twice, in standard errors too.
    names
        Of the columns, for errors and warnings; without them ``column 1`` and so on.
    tolerance
        Steps end when the Euclidean norm of the change of all coefficients, of scaled columns, is
        below it. Where columns separate the classes, steps go on at lengths of ``1 / sqrt(n (p +
        1))`` at least: a tolerance above that may take one for the end.
    ridge
        Above 0. Where columns separate the classes, ``ridge / 2`` times the sum of squares of the
        coefficients of scaled columns, without the intercept, is taken off the log likelihood.

    Raises
    ------
    DataError
        One class only; an event that is neither 0 nor 1; weights below zero or all zero; numbers
        that are not finite; constant or collinear columns; fewer rows that have weight than
        coefficients; no convergence in ``most_steps``.
    """
    return fit_logistic_parts(
        lambda: [Part(X, outcome)],
        names or _numbered(X.shape[1]),
        tolerance=tolerance,
        most_steps=most_steps,
        ridge=ridge,
        threads=threads,
    )


def fit_logistic_parts(
    parts: Callable[[], Iterable[Part]],
    names: Sequence[str],
    *,
    tolerance: float = 1e-8,
    most_steps: int = 50,
    ridge: float = 1.0,
    threads: int = 1,
) -> LogisticFit:
    """``fit_logistic`` of rows that need not be in memory at once.

    ``parts`` is called for every pass and gives the same rows in the same order each time, as from
    a memory-mapped file. The result has the bits of ``fit_logistic`` if every part but the last has
    a multiple of ``kernels.irls.BLOCK`` rows.
    """
    rows = Rows(parts, threads)
    moments = rows.moments()
    check_moments(rows, moments, names)
    basis = scaled(moments)
    start = null(rows, moments, basis, tolerance)
    check_rank(start.information, names)
    task = Task(rows, tuple(names), moments, basis, basis, start, tolerance, most_steps, ridge)
    return _fitted(well_conditioned(task))


def _numbered(width: int) -> tuple[str, ...]:
    return tuple(f"column {j + 1}" for j in range(width))


def _fitted(task: Task) -> LogisticFit:
    """Without a ridge if there are finite coefficients without, else with it."""
    separate = columns_that_separate(task.moments)
    if not separate:
        hill = hill_of(task.rows, task.basis, 0.0)
        found = climb(hill, task.start, task.tolerance, task.most_steps)
        if found.end != "converged":
            separate = separating(task.rows, task.scaled, task.basis.mixed @ found.point.b)
        if not separate:
            return _answer(task, _to_the_end(task, hill, found), 0.0, ())
    which = ", ".join(repr(task.names[j]) for j in separate)
    warning = (
        f"{which}: rows with the event and rows without are separated, so no finite coefficients "
        f"are the most likely; a ridge term of {task.ridge:g} holds them"
    )
    hill = hill_of(task.rows, task.basis, task.ridge)
    found = climb(hill, hill.at(task.start.b), task.tolerance, task.most_steps, stall=False)
    return _answer(task, found, task.ridge, (warning,))


def _to_the_end(task: Task, hill: Hill, found: Climb) -> Climb:
    """Nothing separates: the climb goes on, however slowly."""
    if found.end != "stalled":
        return found
    left = task.most_steps - found.steps
    more = climb(hill, found.point, task.tolerance, left, stall=False)
    return more._replace(steps=found.steps + more.steps)


def _answer(task: Task, found: Climb, ridge: float, warnings: tuple[str, ...]) -> LogisticFit:
    """In units of the columns as they came. Raises DataError where the climb did not end."""
    T = whitening(found.point.information)
    if found.end != "converged" or T is None:
        used = int(task.moments.counts[1])
        raise DataError(f"the logistic fit did not converge in {found.steps} steps", count=used)
    back = product(_back(task.basis), task.basis.mixed)
    deviations = product(back, T)
    return LogisticFit(
        times(back, found.point.b),
        product(deviations, deviations.T),
        found.point.log_likelihood,
        task.start.log_likelihood,
        found.steps,
        ridge,
        warnings,
        float(task.moments.total[0]),
    )


def _back(basis: Basis) -> Matrix:
    """From coefficients of scaled columns to those of the columns as they came."""
    T = np.diag(np.concatenate([[1.0], basis.inverse]))
    T[0, 1:] = -basis.mean * basis.inverse
    return T
