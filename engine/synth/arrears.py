"""How arrears come and go: the process that makes history predict default.

Each customer has a stress s(t), an AR(1) with persistence ``_PERSISTENCE`` and variance 1, and a
number of missed instalments b(t). From month to month

    b = 0:  missed with probability  expit(-4.4 + 0.75 risk + 0.8 s)
    b > 0:  one more missed with probability  expit(-0.5 + 0.35 risk + 0.6 s),
            else all paid with probability 0.75, else b stays
    b > 3:  in default; paid back with probability 0.25 a month, else one more missed

The same path runs through the statements and the outcome. Of what the next year brings, latent risk
and the stress of today are known in part from the statements; the stress to come is not. That keeps
the AUC of a good model near 0.8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from engine.synth.blocks import BLOCK, Block, Stream
from engine.synth.population import HISTORY, OUTCOME, Floats, Integers, Population

_BURN_IN = 12  # months before the first statement, so that arrears start in their steady state
_PERSISTENCE = 0.85
_DEFAULT = 4  # missed instalments: more than 90 days past due


@dataclass(frozen=True, slots=True)
class Paths:
    """Months in columns: HISTORY up to the review, then OUTCOME; both (BLOCK, 24)."""

    missed: NDArray[np.int64]
    stress: Floats
    first_days: Integers  # (BLOCK,): days past due of the first missed instalment, 5 .. 30

    def days_past_due(self) -> Integers:
        """(BLOCK, 24): b missed instalments are 30 (b - 1) + ``first_days`` days past due."""
        days = 30 * (self.missed - 1) + self.first_days[:, None]
        return np.where(self.missed > 0, days, 0)


def draw_arrears(block: Block, population: Population) -> Paths:
    """Draws stress and missed instalments of a block."""
    rng = block.generator(Stream.ARREARS)
    months = HISTORY + OUTCOME
    stress = rng.standard_normal(BLOCK)
    missed = np.zeros(BLOCK, dtype=np.int64)
    all_stress = np.empty((BLOCK, months))
    all_missed = np.empty((BLOCK, months), dtype=np.int64)
    for month in range(-_BURN_IN, months):
        shock = rng.standard_normal(BLOCK)
        stress = _PERSISTENCE * stress + np.sqrt(1.0 - _PERSISTENCE**2) * shock
        missed = _next(missed, population.risk, stress, rng)
        if month >= 0:
            all_stress[:, month], all_missed[:, month] = stress, missed
    return Paths(all_missed, all_stress, rng.integers(5, 31, BLOCK))


def _next(missed: Integers, risk: Floats, stress: Floats, rng: np.random.Generator) -> Integers:
    """One month on."""
    draw, cure = rng.random(BLOCK), rng.random(BLOCK)
    slip = draw < expit(-4.4 + 0.75 * risk + 0.8 * stress)
    roll = draw < expit(-0.5 + 0.35 * risk + 0.6 * stress)
    late = np.where(roll, missed + 1, np.where(cure < 0.75, 0, missed))
    lost = np.where(cure < 0.25, 0, missed + 1)
    return np.where(missed == 0, slip, np.where(missed < _DEFAULT, late, lost)).astype(np.int64)
