"""Synthetic features and defaults: many weakly informative features, noise, 8 % missing.

Values are float32, so that a peer that computes in float32 sees the same numbers. Every tenth
numerical feature holds whole numbers, as counts do. NumPy only: this also runs in the environments
of the peers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.forest.cases import Case

MISSING = 0.08
LEAST_CATEGORIES, MOST_CATEGORIES = 5, 200
_EFFECTS = 11
"""Seed of the effects: rows of any seed share them, so a model holds on new rows."""


def rows_of(case: Case, rows: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Features ``(rows, features)``, NaN where missing, and outcomes 0 or 1 ``(rows,)``."""
    random = np.random.default_rng([seed, *case[2:]])
    effects = np.random.default_rng([_EFFECTS, *case[2:]])
    X = np.empty((rows, case.features), np.float32)
    logit = np.full(rows, -2.0)
    before = np.zeros(rows)
    numerical = case.features - case.categorical
    for j in range(case.features):
        if j < numerical:
            values, effect = _numerical(j, rows, random, effects)
        else:
            values, effect = _categorical(j - numerical, case.categorical, rows, random, effects)
        strength = 2.0 / np.sqrt(case.features + 4.0 * j)
        logit += strength * (effect + 0.5 * effect * before)
        before = effect
        missing = random.random(rows) < MISSING
        logit += strength * effects.normal() * missing
        X[:, j] = np.where(missing, np.nan, values)
    outcome = random.random(rows) < 1.0 / (1.0 + np.exp(-logit))
    return X, outcome.astype(np.float32)


def _numerical(
    j: int, rows: int, random: np.random.Generator, effects: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values, normal, log-normal (money) or counts; and what they do to the logit."""
    z = random.normal(size=rows)
    frequency, phase = effects.uniform(0.5, 2.5), effects.uniform(0.0, 6.0)
    effect = np.sin(frequency * z + phase) + effects.normal() * (z > effects.normal())
    if j % 10 == 9:
        return np.floor(4.0 * np.exp(0.5 * z)), effect
    return (np.exp(1.5 * z) if j % 3 == 2 else z), effect


def _categorical(
    k: int, count: int, rows: int, random: np.random.Generator, effects: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Codes of the ``k``-th of ``count`` features, small ones more frequent; and what they do."""
    steps = np.geomspace(LEAST_CATEGORIES, MOST_CATEGORIES, count)
    categories = round(float(steps[k]))
    codes = np.floor(categories * random.random(rows) ** 1.5)
    return codes, effects.normal(size=categories)[codes.astype(np.int64)]
