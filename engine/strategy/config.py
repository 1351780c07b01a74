"""What a book says of the optimiser: the menu, the ordering, the constraints."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.strategy.belief.config import BeliefConfig

Basis = Literal["taken_up", "approved"]
SpaceName = Literal["menu", "curve"]
BASE = "base"
"""The scenario in which nothing differs from the book; always among them."""


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class BoundConfig(_Config):
    """A constraint's bound: ``min``, ``max`` or both, in the unit of the quantity.

    ``basis``: over what is expected to be taken up, or over all that is approved.
    """

    min: float | None = None
    max: float | None = None
    basis: Basis = "taken_up"

    @model_validator(mode="after")
    def _some_bound(self) -> BoundConfig:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min = {self.min:g} is above max = {self.max:g}")
        return self


class MaxChangeConfig(_Config):
    """Against today's average offer of the cell: ``rate`` in absolute terms, ``limit`` as a share.

    A cell without an approved offer today may be offered anything.
    """

    rate: float | None = Field(default=None, ge=0)
    limit: float | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _some_bound(self) -> MaxChangeConfig:
        if self.rate is None and self.limit is None:
            raise ValueError("give rate, limit or both")
        return self


class ConstraintsConfig(_Config):
    """The constraints by name; README, "Optimising", defines them."""

    bad_rate_count: BoundConfig | None = None
    bad_rate_balance: BoundConfig | None = None
    el_rate: BoundConfig | None = None
    el_amount: BoundConfig | None = None
    funding_budget: BoundConfig | None = None
    min_volume: BoundConfig | None = None
    min_approval_rate: BoundConfig | None = None
    average_rate: BoundConfig | None = None
    min_investor_return: BoundConfig | None = None
    capital: BoundConfig | None = None
    group_approval_ratio: BoundConfig | None = None
    group_rate_difference: BoundConfig | None = None
    max_change: MaxChangeConfig | None = None

    def bounds(self) -> dict[str, BoundConfig]:
        """Those of the portfolio, in the order of the list."""
        given = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: bound for name, bound in given if isinstance(bound, BoundConfig)}


class GridConfig(_Config):
    """``values``, or ``steps`` values ``from`` ... ``to``; ``spacing`` "log": equal ratios.

    ``round_to``: every value becomes a multiple of it, so that prices are such as can be printed.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    values: tuple[float, ...] | None = None
    start: float | None = Field(default=None, alias="from")
    to: float | None = None
    steps: int | None = Field(default=None, ge=1, le=10_000)
    spacing: Literal["linear", "log"] = "linear"
    round_to: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _complete(self) -> GridConfig:
        parts = (self.start, self.to, self.steps)
        if (self.values is None) == all(part is None for part in parts):
            raise ValueError("give either values, or from, to and steps")
        if self.values is None and any(part is None for part in parts):
            raise ValueError("from, to and steps belong together")
        if self.values is not None and not self.values:
            raise ValueError("values must not be empty")
        least = min(self.values) if self.values else self.start
        if least is None or least < 0 or (self.spacing == "log" and least <= 0):
            raise ValueError("values must not be negative, nor 0 where spacing is log")
        if self.start is not None and self.to is not None and self.to < self.start:
            raise ValueError(f"to = {self.to:g} is below from = {self.start:g}")
        return self

    def grid(self) -> NDArray[np.float64]:
        """Ascending, each value once."""
        if self.values is not None:
            found = np.array(self.values, dtype=np.float64)
        else:
            space = np.geomspace if self.spacing == "log" else np.linspace
            found = np.asarray(space(self.start or 0.0, self.to or 0.0, self.steps or 1))
        if self.round_to is not None:
            found = np.round(np.round(found / self.round_to) * self.round_to, 12)
        return np.unique(found)


class MenuConfig(_Config):
    """The offers to choose from: every rate with every limit."""

    rates: GridConfig = GridConfig.model_validate(
        {"from": 0.04, "to": 0.335, "steps": 60, "round_to": 0.005}
    )
    limits: GridConfig = GridConfig.model_validate(
        {"from": 500, "to": 15_000, "steps": 25, "spacing": "log", "round_to": 100}
    )

    @model_validator(mode="after")
    def _limits_above_0(self) -> MenuConfig:
        if not self.limits.grid()[0] > 0:
            raise ValueError("limits must be above 0; to offer nothing is to decline")
        return self


class RateCeilingConfig(_Config):
    """The annual percentage rate, fees included, may not be above ``max_apr``.

    For limits from ``from_limit`` up to, exclusive, ``to_limit``; on the days ``from`` to
    ``until``.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True
    )

    max_apr: float = Field(gt=0)
    from_limit: float = Field(default=0.0, ge=0)
    to_limit: float | None = None
    start: date | None = Field(default=None, alias="from")
    until: date | None = None


class ScenarioConfig(_Config):
    """Another world to solve in and to value strategies under: what differs from the book.

    ``pd_shift`` is added to the logit of PD, ``lgd_add_on`` to LGD (which stays within 0 and 1),
    ``funding_cost_add_on`` to the funding cost (and to the discount rate, where the book leaves
    that out), ``rivals_move`` to all rivals' rates. ``elasticity`` multiplies the sensitivity of
    take-up, around today's offers. ``adverse_selection_*`` replace the book's. How:
    ``strategy.scenarios``.
    """

    name: str = Field(min_length=1)
    pd_shift: float = Field(default=0.0, ge=-20, le=20)
    lgd_add_on: float = Field(default=0.0, ge=-1, le=1)
    funding_cost_add_on: float = Field(default=0.0, gt=-1, lt=1)
    rivals_move: float = Field(default=0.0, gt=-1, lt=1)
    elasticity: float = Field(default=1.0, ge=0, le=100)
    adverse_selection_rate: float | None = Field(default=None, ge=0)
    adverse_selection_log_limit: float | None = None


class SearchConfig(_Config):
    """How the methods nsga2 and tpe search, in generations of ``population``.

    ``space``: the menu, as the exact method; or curves of rate and limit in the customer's risk.
    ``warm_start``: the exact answer is the first trial, in the space menu.
    """

    trials: int = Field(default=2_000, ge=1)
    population: int = Field(default=50, ge=2)
    seed: int = Field(default=0, ge=0, lt=2**32)
    space: SpaceName = "menu"
    warm_start: bool = False


class OptimiseConfig(_Config):
    """What the best strategy may choose from, and what it must hold.

    ``grades``: the book's own; about so many, by shares of the customers; or bounds of PD. The
    book's bounds always stay bounds, so a grade of the strategy lies within one of the book's.
    ``scope``, ``decline``, ``order_limits``, ``least_step``, ``largest_step``: the ordering, README
    "Optimising". ``tolerance``: the relative gap that is good enough; ``seconds``: how long to try.
    ``scenarios``: other worlds, solved where they are asked for.
    """

    grades: Literal["book"] | int | tuple[float, ...] = "book"
    menu: MenuConfig = MenuConfig()
    scope: Literal["segment", "book"] = "segment"
    decline: Literal["suffix", "any"] = "suffix"
    order_limits: bool = False
    least_step: float = Field(default=0.0, ge=0)
    largest_step: float | None = Field(default=None, gt=0)
    always_approve: tuple[str, ...] = ()
    never_approve: tuple[str, ...] = ()
    rate_ceilings: tuple[RateCeilingConfig, ...] = ()
    effective_from: date | None = None
    effective_until: date | None = None
    tolerance: float = Field(default=2e-4, ge=0, lt=1)
    seconds: float = Field(default=60.0, ge=0)
    constraints: ConstraintsConfig = ConstraintsConfig()
    search: SearchConfig = SearchConfig()
    scenarios: tuple[ScenarioConfig, ...] = ()
    belief: BeliefConfig = BeliefConfig()

    @model_validator(mode="after")
    def _scenarios_once(self) -> OptimiseConfig:
        names = [BASE, *(scenario.name for scenario in self.scenarios)]
        twice = [name for name in names if names.count(name) > 1]
        if twice and twice[0] == BASE:
            raise ValueError(f"scenario '{BASE}' is the book itself; call yours otherwise")
        if twice:
            raise ValueError(f"scenario '{twice[0]}' occurs {len(twice)} times")
        return self

    @model_validator(mode="after")
    def _grades_fit(self) -> OptimiseConfig:
        if isinstance(self.grades, int) and not 1 <= self.grades <= 200:
            raise ValueError(f"grades = {self.grades}: between 1 and 200")
        if isinstance(self.grades, tuple):
            bounds = self.grades
            if any(not 0 < bound < 1 for bound in bounds) or list(bounds) != sorted(set(bounds)):
                raise ValueError("bounds of grades ascend between 0 and 1")
        if self.largest_step is not None and self.largest_step < self.least_step:
            raise ValueError("largest_step is below least_step")
        both = set(self.always_approve) & set(self.never_approve)
        if both:
            raise ValueError(f"grade '{min(both)}' is approved always and never")
        return self
