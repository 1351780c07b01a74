"""What every metric asks of its input, checked once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]


def checked(
    score: ArrayLike, target: ArrayLike, weights: ArrayLike | None
) -> tuple[Vector, Vector, Vector]:
    """``score, target, weights`` as float64 vectors of one length; weights are 1 where None.

    Raises ValueError on anything the conventions of ``engine.metrics`` exclude.
    """
    values = _vector("score", score)
    truth = _vector("target", target)
    if not values.size:
        raise ValueError("score is empty: a metric needs at least one row")
    if truth.size != values.size:
        raise ValueError(f"score has {values.size} rows, target has {truth.size}")
    if missing := int(np.isnan(values).sum()):
        raise ValueError(f"score is missing (NaN) in {missing} of {values.size} rows")
    if wrong := int((~np.isin(truth, (0.0, 1.0))).sum()):
        raise ValueError(f"target must be 0 or 1; {wrong} of {truth.size} rows hold something else")
    return values, truth, _weights(weights, values.size)


def class_weights(truth: Vector, weights: Vector) -> tuple[float, float]:
    """Total weight of the goods and of the bads; ValueError where one of them is 0."""
    bad = float(weights @ truth)
    good = float(weights @ (1.0 - truth))
    if bad <= 0.0 or good <= 0.0:
        only = "good (0)" if bad <= 0.0 else "bad (1)"
        raise ValueError(f"target has one class only: all {truth.size} rows with weight are {only}")
    return good, bad


def tie_starts(ordered: NDArray[Any]) -> NDArray[np.intp]:
    """First position of each run of equal values in a sorted vector of at least one value."""
    return np.concatenate(([0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))


def _vector(name: str, values: ArrayLike) -> Vector:
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {vector.ndim}")
    return vector


def _weights(weights: ArrayLike | None, size: int) -> Vector:
    if weights is None:
        return np.ones(size)
    vector = _vector("weights", weights)
    if vector.size != size:
        raise ValueError(f"score has {size} rows, weights has {vector.size}")
    if wrong := int((~np.isfinite(vector) | (vector < 0.0)).sum()):
        raise ValueError(f"weights must be finite and >= 0; {wrong} of {size} rows are not")
    if not vector.any():
        raise ValueError("weights are all 0")
    return vector
