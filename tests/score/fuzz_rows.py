"""Rows that meet what a model asks: its thresholds and their neighbours, its categories."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.score.parts import Parts
from kernels.trees import IS_CATEGORICAL, SINGLE, ZERO

_ROWS, _MOST_VALUES = 48, 500_000
_HARD = np.array(
    [
        *(np.nan, np.nan, 0.0, -0.0, ZERO, -ZERO, 1e-40, 5e-324, 0.5, 1.0, -1.0, 2.0, 3.7),
        *(31.0, 32.0, 33.0, 64.0, 1e6, 1e30, -1e30),
    ]
)
_BEYOND = np.array([2.0**31, 2.0**32 + 3, 1e300, -1e300, np.inf, -np.inf])


def rows_for(parts: Parts, *, beyond: bool) -> NDArray[np.float64]:
    """float64 ``(rows, features)``, the same for the same parts; ``beyond`` float32 or not."""
    rng = np.random.default_rng(len(parts.feature_names))
    width = len(parts.feature_names)
    n = max(2, min(_ROWS, _MOST_VALUES // max(width, parts.classes)))
    hard = np.concatenate([_HARD, _BEYOND]) if beyond else _HARD
    X = rng.choice(hard, (n, width))
    for feature in parts.trees.used_features():
        own = _asked(parts, feature, beyond)
        if own.size:
            X[:, feature] = np.where(rng.random(n) < 0.7, rng.choice(own, n), X[:, feature])
    return X


def _asked(parts: Parts, feature: int, beyond: bool) -> NDArray[np.float64]:
    trees = parts.trees
    nodes = np.flatnonzero(trees.feature == feature)
    t = trees.threshold[nodes[(trees.decision[nodes] & IS_CATEGORICAL) == 0]]
    with np.errstate(over="ignore"):
        kinds = [t, t.astype(np.float32)] if trees.dialect == SINGLE else [t]
        near = [np.nextafter(k, k.dtype.type(side)) for k in kinds for side in (np.inf, -np.inf)]
    words = [trees.bitset[trees.words[k] : trees.words[k + 1]] for k in nodes]
    listed = [np.flatnonzero(np.unpackbits(w.view(np.uint8), bitorder="little")) for w in words]
    found = np.concatenate([t, *near, *listed]).astype(np.float64)
    return found if beyond else found[np.abs(found) < 1e38]
