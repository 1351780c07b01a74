"""Edits of a number in an array of numbers."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FLOATS = (0.0, -0.0, 1.0, 0.1, np.nan, np.inf, -np.inf, 5e-324, 1e-45, 1e-35, 3e38, 1e39, 1e308)


def edited_array(rng: random.Random, array: NDArray[Any]) -> NDArray[Any]:
    """A copy with one number changed, or two swapped; dtype and shape stay."""
    found = array.copy()
    flat = found.reshape(-1)
    if not flat.size:
        return found
    k = rng.randrange(flat.size)
    if rng.random() < 0.25:
        other = rng.randrange(flat.size)
        flat[[k, other]] = flat[[other, k]]
    else:
        flat[k] = _float(rng, flat[k]) if array.dtype.kind == "f" else _integer(rng, flat, k)
    return found


def _float(rng: random.Random, old: Any) -> Any:
    near = [np.nextafter(old, old.dtype.type(sign * np.inf)) for sign in (1, -1)]
    with np.errstate(over="ignore"):
        hard = rng.choice(_FLOATS) * rng.choice((1.0, 1.0, -1.0))
        return old.dtype.type(rng.choice((*near, -old, old * 2, hard, hard, hard)))


def _integer(rng: random.Random, values: NDArray[Any], k: int) -> Any:
    """Wrapped into the dtype."""
    limits = np.iinfo(values.dtype)
    old, size = int(values[k]), values.size
    near = (old - 1, old + 1, -old, ~old, size, size - 1, -size, -size - 1)
    new = rng.choice((*near, *near, 0, 1, -1, 2, 8, 99, limits.max, limits.min))
    return (
        np.array(new % 2 ** (8 * values.dtype.itemsize))
        .astype(f"u{values.dtype.itemsize}")
        .view(values.dtype)
    )
