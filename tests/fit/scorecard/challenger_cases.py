"""Splits for challengers: one that anyone can tell apart, one that nobody can, one in between."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine.fit.scorecard.rows import Matrix, Outcome, Part, Parts, Vector

NAMES = ("a", "b", "c", "d")


def split(
    probability: Callable[[Matrix], Vector],
    *,
    rows: tuple[int, int, int] = (900, 300, 400),
    seed: int = 5,
) -> Parts:
    """Normal columns a to d, events drawn by ``probability`` of them, weights 1."""
    random = np.random.default_rng(seed)
    parts = []
    for size in rows:
        X = random.normal(size=(size, len(NAMES)))
        event = (random.random(size) < probability(X)).astype(np.float64)
        parts.append(Part(X, Outcome(event, np.ones(size), np.zeros(size))))
    return Parts(NAMES, *parts)


def obvious() -> Parts:
    """a - b decides alone."""
    return split(lambda X: (X[:, 0] - X[:, 1] > 0.2).astype(np.float64))


def noise() -> Parts:
    """No column says anything."""
    return split(lambda X: np.full(len(X), 0.3))


def logistic(**options: object) -> Parts:
    """a and b matter, c and d do not."""
    return split(truth, **options)  # type: ignore[arg-type]


def truth(X: Matrix) -> Vector:
    """P(event) in ``logistic``."""
    return 1.0 / (1.0 + np.exp(1.0 - 1.2 * X[:, 0] + 0.8 * X[:, 1]))


def part_with(part: Part, **changes: Vector) -> Part:
    """The same rows with other outcomes, weights or offsets."""
    return part._replace(outcome=part.outcome._replace(**changes))
