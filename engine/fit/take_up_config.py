"""What a book says of the take-up model's training: the history's columns, the form, the doubts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TakeUpForm = Literal["market", "propensity"]


class TakeUpFitConfig(BaseModel):
    """``[fit.take_up]``: offers that were made, and what became of them.

    ``rate`` (annual fraction), ``limit``, ``applied`` (0 or 1), ``date`` and ``grade`` name columns
    or features of the customers. The first four are never features of the propensity, nor are
    columns in ``leave_out``. A customer whose ``applied`` is null got no offer and is left out.

    ``form``: ``"market"`` is ``logit P = a(x) + b ln win``, ``"propensity"`` is
    ``P = q(x) win``.

    A slope b counts as estimated where the features explain less than ``most_r2`` of the variance
    of the rate and leave a residual standard deviation above ``least_spread``; otherwise b is
    ``assumed_slope``. A segment whose own slope has a standard error above ``widest_error`` takes
    the slope of all segments together.

    ``holdout`` is the share of latest offers that only judge; ``folds`` the number of crossed
    folds; ``confidence`` that of the slopes' intervals. Training and held-out rows each need
    ``least_each`` customers who applied and as many who did not. ``sample`` draws so many offers
    first, by ``seed``, which also drives the folds and the training.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    rate: str
    limit: str
    applied: str
    date: str
    grade: str
    market: str
    file: str = "models/take_up.txt"
    form: TakeUpForm = "market"
    leave_out: tuple[str, ...] = ()
    assumed_slope: float = Field(default=1.0, ge=0)
    most_r2: float = Field(default=0.9, gt=0, le=1)
    least_spread: float = Field(default=0.002, ge=0)
    widest_error: float = Field(default=0.5, gt=0)
    holdout: float = Field(default=0.25, gt=0, lt=1)
    folds: int = Field(default=5, ge=2)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    least_each: int = Field(default=50, ge=1)
    sample: int | None = Field(default=None, gt=0)
    seed: int = Field(default=42, ge=0, lt=2**31)
