"""The portfolio constraints a book declares for the optimiser."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

ConstraintName = Literal[
    "bad_rate_count",
    "bad_rate_balance",
    "el_rate",
    "el_amount",
    "funding_budget",
    "min_volume",
    "min_approval_rate",
    "average_rate",
    "min_investor_return",
    "capital",
    "group_approval_ratio",
    "group_rate_difference",
    "max_change",
]


class BoundConfig(BaseModel):
    """A constraint's bound: ``min``, ``max`` or both, in the unit of the quantity."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _some_bound(self) -> BoundConfig:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        return self


class OptimiseConfig(BaseModel):
    """What the best strategy must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    constraints: dict[ConstraintName, BoundConfig] = {}
