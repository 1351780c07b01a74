"""Readable twin of the forest kernel: all rows go down one tree together, level by level.

It decides at each node as ``kernels.trees`` says, on the values themselves: no codes, no lanes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels import trees as t
from kernels.trees import Trees


def forest_sums(
    trees: Trees, X: NDArray[Any], columns: NDArray[np.uint32], start: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Twin of ``forest.forest_scores`` up to the transform: float64 ``(rows, classes)``."""
    values = np.zeros((X.shape[0], int(trees.feature.max(initial=-1)) + 1))
    values[:, trees.used_features()] = _as_read(X[:, columns], trees.dialect)
    sums = np.tile(start, (X.shape[0], 1))
    for root, target in zip(trees.root, trees.target, strict=True):
        node = np.full(X.shape[0], root)
        while (walking := np.flatnonzero(node >= 0)).size:
            at = node[walking]
            left = _goes_left(trees, at, values[walking, trees.feature[at]])
            node[walking] = np.where(left, trees.left[at], trees.right[at])
        added = sums[:, target : target + trees.leaf.shape[1]] + trees.leaf[~node]
        if trees.dialect == t.SINGLE:
            added = added.astype(np.float32)
        sums[:, target : target + trees.leaf.shape[1]] = added
    return sums


def _as_read(values: NDArray[Any], dialect: int) -> NDArray[np.float64]:
    if dialect == t.SINGLE:
        with np.errstate(over="ignore"):
            values = values.astype(np.float32)
    values = values.astype(np.float64)
    return np.where(np.abs(values) <= t.ZERO, 0.0, values) if dialect == t.LIGHTGBM else values


def _goes_left(trees: Trees, node: NDArray[np.int32], x: NDArray[np.float64]) -> NDArray[np.bool_]:
    decision = trees.decision[node]
    missing_type, default = decision >> 2, (decision & t.DEFAULT_LEFT) != 0
    missing = np.isnan(x) | ((missing_type == t.MISSING_ZERO) & (x == 0.0))
    by_default = missing & (missing_type != t.MISSING_NONE)
    left = np.where(by_default, default, np.where(np.isnan(x), 0.0, x) <= trees.threshold[node])
    for i in np.flatnonzero(decision & t.IS_CATEGORICAL):
        left[i] = default[i] if np.isnan(x[i]) else _lists(trees, node[i], x[i])
    return left


def _lists(trees: Trees, node: int, x: float) -> bool:
    words = trees.bitset[trees.words[node] : trees.words[node + 1]]
    listed = np.flatnonzero(np.unpackbits(words.view(np.uint8), bitorder="little"))
    negative = x < 0.0 if trees.dialect != t.LIGHTGBM else x <= -1.0
    return not negative and np.trunc(x) in listed
