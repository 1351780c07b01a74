"""How a search is done, and what makes two searches the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import optuna

from engine.strategy.search.samplers import SearchMethod
from engine.strategy.search.space import Space


@dataclass(frozen=True)
class Plan:
    """``trials`` in generations of ``population``."""

    method: SearchMethod
    trials: int
    population: int
    seed: int

    def identity(self, space: Space) -> str:
        """Equal where every trial is the same: a hash of plan, space and Optuna's version."""
        told: list[Any] = [self, space.axes, space.constraints, optuna.__version__]
        digest = hashlib.sha256(repr(told).encode())
        digest.update(space.fingerprint())
        return digest.hexdigest()
