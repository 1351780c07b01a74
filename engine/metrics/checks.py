"""What every metric asks of its input, checked once."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]

WEIGHTS = 1e-100, 1e100
"""Of weights that are not 0: products of two sums of them then are float64 numbers."""


class Checked(NamedTuple):
    """``score`` float32 or float64, ``bad`` bool, ``weight`` float64 or None; rows of weight 0 are
    left out. ``kept``: bool, of the rows that were given, or None where all are kept."""

    score: NDArray[Any]
    bad: NDArray[np.bool_]
    weight: Vector | None
    kept: NDArray[np.bool_] | None


def checked(score: ArrayLike, target: ArrayLike, weights: ArrayLike | None) -> Checked:
    """Vectors of one length. Raises ValueError on anything the conventions of ``engine.metrics``
    exclude."""
    values = _vector("score", score)
    truth = np.asarray(target)
    if truth.ndim != 1:
        raise ValueError(f"target must have one dimension, not {truth.ndim}")
    if not values.size:
        raise ValueError("score is empty: a metric needs at least one row")
    if truth.size != values.size:
        raise ValueError(f"score has {values.size} rows, target has {truth.size}")
    if np.isnan(values.min()):
        missing = int(np.isnan(values).sum())
        raise ValueError(f"score is missing (NaN) in {missing} of {values.size} rows")
    return _without_zeros(values, _bad(truth), _weights(weights, values.size))


def _vector(name: str, values: ArrayLike) -> NDArray[Any]:
    """As float32 where it is that, else as float64."""
    vector = np.asarray(values)
    if vector.dtype.kind not in "biufO":  # complex numbers would lose a part, dates their unit
        raise ValueError(f"{name} must be numbers, not {vector.dtype}")
    if vector.dtype != np.float32:
        vector = vector.astype(np.float64, copy=False)
    if vector.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {vector.ndim}")
    return vector


def _bad(truth: NDArray[Any]) -> NDArray[np.bool_]:
    if truth.dtype == np.bool_:
        return truth
    bad: NDArray[np.bool_] = truth == 1
    if wrong := truth.size - np.count_nonzero(bad) - np.count_nonzero(truth == 0):
        raise ValueError(f"target must be 0 or 1; {wrong} of {truth.size} rows hold something else")
    return bad


def _weights(weights: ArrayLike | None, size: int) -> Vector | None:
    if weights is None:
        return None
    vector = _vector("weights", weights).astype(np.float64, copy=False)
    if vector.size != size:
        raise ValueError(f"score has {size} rows, weights has {vector.size}")
    least, most = WEIGHTS
    if wrong := int((~((vector >= least) & (vector <= most)) & (vector != 0.0)).sum()):
        problem = f"weights must be 0 or lie between {least:g} and {most:g}"
        raise ValueError(f"{problem}; {wrong} of {size} rows do not")
    if not vector.any():
        raise ValueError("weights are all 0")
    return vector


def _without_zeros(values: NDArray[Any], bad: NDArray[np.bool_], weight: Vector | None) -> Checked:
    if weight is None or weight.all():
        return Checked(values, bad, weight, None)
    kept = weight > 0.0
    return Checked(values[kept], bad[kept], weight[kept], kept)
