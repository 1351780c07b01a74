"""What a book says of training: what a bad customer is, and how the customers are split."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.fit.take_up_config import TakeUpFitConfig

_TABLE_FORM = (
    "table",
    "date",
    "days_past_due",
    "bad_over",
    "indeterminate_over",
    "window_days",
    "observed_until",
)


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExcludeRule(_Config):
    """Customers for whom ``when`` (SQL over the customers table) holds are not trained on."""

    reason: str = Field(min_length=1)
    when: str = Field(min_length=1)


class TargetConfig(_Config):
    """What is bad: either a ready 0/1 ``column``, or the worst days past due in a ``table``.

    Of the table form all fields are required. A customer is bad where the worst days past due
    within ``window_days`` after the as-of date are above ``bad_over``; indeterminate, and left out,
    where they are above ``indeterminate_over`` only; immature, and left out, where the window ends
    after ``observed_until``.
    """

    column: str | None = None
    table: str | None = None
    date: str | None = None
    days_past_due: str | None = None
    bad_over: float | None = Field(default=None, ge=0)
    indeterminate_over: float | None = Field(default=None, ge=0)
    window_days: int | None = Field(default=None, gt=0)
    observed_until: dt.date | None = None
    exclude: tuple[ExcludeRule, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> TargetConfig:
        given = [name for name in _TABLE_FORM if getattr(self, name) is not None]
        if self.column is not None and given:
            raise ValueError(f"give either column or the table form, not both ({', '.join(given)})")
        missing = [name for name in _TABLE_FORM if name not in given]
        if self.column is None and missing:
            what = "the table form needs " if given else "give column, or "
            raise ValueError(what + ", ".join(missing))
        return self

    @model_validator(mode="after")
    def _consistent(self) -> TargetConfig:
        low, high = self.indeterminate_over, self.bad_over
        if low is not None and high is not None and low >= high:
            raise ValueError(f"indeterminate_over ({low:g}) must be below bad_over ({high:g})")
        reasons = [rule.reason for rule in self.exclude]
        if len(set(reasons)) < len(reasons):
            raise ValueError("a reason of exclude occurs twice")
        return self


class FitConfig(_Config):
    """How the customers are split: the last ``holdout`` share by ``split_column``, or at random.

    Without ``split_column``, ``split = "auto"`` takes the customers' own as-of dates where the book
    has them; ``"random"`` does not.

    ``sample`` draws so many customers first. ``seed`` drives the draw, a random split and the
    training, so the same data and seed give the same model. Fewer bad or good customers than
    ``least_bads`` in any part are too few to train on or to judge by.
    """

    split: Literal["auto", "random"] = "auto"
    split_column: str | None = None
    holdout: float = Field(default=0.25, gt=0, lt=1)
    seed: int = Field(default=42, ge=0, lt=2**31)
    sample: int | None = Field(default=None, gt=0)
    least_bads: int = Field(default=10, ge=1)
    take_up: TakeUpFitConfig | None = None
