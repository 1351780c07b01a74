"""Rows for methods whose work grows faster than the rows, and columns of one scale."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.fit.scorecard.rows import Matrix, Outcome, Part, Vector


def drawn(part: Part, most: int, seed: int) -> Part:
    """At most ``most`` rows, drawn by seed without their classes being looked at."""
    size = len(part.X)
    if size <= most:
        return part
    rows = np.sort(np.random.default_rng(seed).choice(size, most, replace=False))
    return Part(part.X[rows], Outcome(*(values[rows] for values in part.outcome)))


class Standard(NamedTuple):
    """Weighted mean and standard deviation of each column of the training rows, ``(p,)``."""

    mean: Vector
    deviation: Vector

    def __call__(self, X: Matrix) -> Matrix:
        """Mean 0 and variance 1; a constant column becomes 0."""
        return (X - self.mean) / self.deviation


def standard(part: Part) -> Standard:
    """Of the rows with weight."""
    weight = part.outcome.weight / part.outcome.weight.sum()
    mean = weight @ part.X
    deviation = np.sqrt(weight @ np.square(part.X - mean))
    return Standard(mean, np.where(deviation > 0.0, deviation, 1.0))
