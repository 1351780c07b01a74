"""An old portfolio, a model of it, and a new one where the same features weigh otherwise."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.fit.gbm import train

Vector = NDArray[np.float64]
Rows = tuple[NDArray[np.float64], Vector]
NAMES = ["a", "b", "c", "d"]


class Portfolio(NamedTuple):
    train: Rows
    validation: Rows
    heldout: Rows


def drawn(seed: int, weights: tuple[float, ...], level: float, size: int = 1500) -> Portfolio:
    """Customers whose log odds are ``level + X weights``; a tenth of the values is missing."""
    rng = np.random.default_rng(seed)
    parts = []
    for rows in (size, size // 2, size):
        X = rng.normal(size=(rows, len(NAMES)))
        chance = 1.0 / (1.0 + np.exp(-(level + X @ np.array(weights))))
        event = (rng.random(rows) < chance).astype(np.float64)
        X[rng.random(X.shape) < 0.1] = np.nan
        parts.append((X, event))
    return Portfolio(*parts)


OLD_WEIGHTS, NEW_WEIGHTS = (1.2, -0.8, 0.0, 0.0), (0.8, -0.8, 1.0, 0.0)


@cache
def old() -> Portfolio:
    return drawn(1, OLD_WEIGHTS, -1.0, size=4000)


@cache
def new() -> Portfolio:
    return drawn(2, NEW_WEIGHTS, 0.3)


@cache
def base() -> str:
    """LightGBM text of a model of the old portfolio."""
    return train(old().train, old().validation, NAMES, seed=1, num_threads=1)
