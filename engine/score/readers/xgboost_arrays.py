"""Arrays of an XGBoost document: lists from JSON, NumPy arrays or lists from UBJSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError

_INT32 = np.iinfo(np.int32)


def lengths(trees: Sequence[dict[str, Any]], key: str) -> NDArray[np.int64]:
    """How long ``tree[key]`` is in each tree; ModelError where it is no array."""
    found = [tree.get(key) for tree in trees]
    for i, value in enumerate(found):
        if not isinstance(value, list | np.ndarray):
            raise ModelError(f"tree {i}: '{key}' is missing, or no array")
    return np.array([len(value) for value in found], np.int64)  # type: ignore[arg-type]


def joined_integers(
    trees: Sequence[dict[str, Any]], key: str, counts: NDArray[np.int64]
) -> NDArray[np.int64]:
    """``tree[key]`` of all trees end to end, ``counts`` values of each: integers of 32 bits."""
    _check_counts(trees, key, counts)
    return np.concatenate([integers(tree[key], f"tree {i}, {key}") for i, tree in enumerate(trees)])


def joined_floats(
    trees: Sequence[dict[str, Any]], key: str, counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """``tree[key]`` of all trees end to end, ``counts`` values of each: float32 values."""
    _check_counts(trees, key, counts)
    return np.concatenate([floats(tree[key], f"tree {i}, {key}") for i, tree in enumerate(trees)])


def integers(values: Any, where: str) -> NDArray[np.int64]:
    """Integers of 32 bits (or booleans, as old versions write), else ModelError."""
    _check_types(values, where, {int, bool}, "iu")
    try:
        found = np.asarray(values, np.int64)
    except OverflowError:
        found = np.array([2**63 - 1])
    if found.size and not (found.min() >= _INT32.min and found.max() <= _INT32.max):
        raise ModelError(f"{where}: it has a value outside 32 bits")
    return found


def floats(values: Any, where: str) -> NDArray[np.float64]:
    """Numbers rounded to float32, which may be infinite then; else ModelError."""
    _check_types(values, where, {int, float}, "iuf")
    try:
        with np.errstate(over="ignore"):
            return np.asarray(values, np.float64).astype(np.float32).astype(np.float64)
    except OverflowError as exc:
        raise ModelError(f"{where}: it has a value that no float holds") from exc


def _check_counts(trees: Sequence[dict[str, Any]], key: str, counts: NDArray[np.int64]) -> None:
    found = lengths(trees, key)
    if not np.array_equal(found, counts):
        tree = np.argmax(found != counts)
        raise ModelError(f"tree {tree}: '{key}' has {found[tree]} values instead of {counts[tree]}")


def _check_types(values: Any, where: str, types: set[type], kinds: str) -> None:
    if isinstance(values, np.ndarray):
        known = values.dtype.kind in kinds
    else:
        known = isinstance(values, list) and set(map(type, values)) <= types
    if not known:
        raise ModelError(f"{where}: it has a value that is not a number, or not a whole one")
