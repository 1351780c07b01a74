"""What a book says of money: economics, take-up, today's strategy."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

PUBLISHED = (
    "segment",
    "grade",
    "pd",
    "take_up",
    "rate",
    "limit",
    "approve",
    "margin",
    "exposure",
    "expected_loss",
    "expected_profit",
)
"""Published columns after the key, in the order of the public contract."""
PUBLISHED_LATER = ("knock_out", "economic_profit")
"""Published columns after the other models' scores."""


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class CustomerProfitConfig(_Config):
    """Columns or features with the five components of a customer's economic profit."""

    net_interest_income: str
    provisions_change: str
    net_fee_income: str
    net_transfer_income: str
    servicing_cost: str


class EconomicsConfig(_Config):
    """Costs are annual fractions of the limit; ``lgd`` is the share lost at default."""

    mode: Literal["source"] = "source"
    funding_cost: float = Field(ge=0, lt=1)
    operating_cost: float = Field(default=0.0, ge=0, lt=1)
    credit_cost: float = Field(default=0.0, ge=0, lt=1)
    lgd: float = Field(ge=0, le=1)
    customer_profit: CustomerProfitConfig | None = None


class GradeConfig(_Config):
    """One risk grade: PDs up to ``max_pd`` (inclusive) and what they are offered."""

    grade: str
    max_pd: float | None = Field(default=None, gt=0, le=1)
    rate: float | None = Field(default=None, ge=0)
    limit: float | None = Field(default=None, ge=0)
    approve: bool = True


class KnockOutConfig(_Config):
    """A rule before pricing: where ``when`` (SQL over features) holds, the offer is declined."""

    reason: str = Field(min_length=1)
    when: str


class StrategyConfig(_Config):
    """Today's offers: a rate and a limit per grade, or ``rate_column`` and ``limit_column``."""

    grades: tuple[GradeConfig, ...] = Field(min_length=1)
    rate_column: str | None = None
    limit_column: str | None = None
    caps: tuple[str, ...] = ()
    knock_outs: tuple[KnockOutConfig, ...] = ()

    @model_validator(mode="after")
    def _grades_ascend(self) -> StrategyConfig:
        *bounded, last = self.grades
        bounds = [grade.max_pd or 0.0 for grade in bounded]
        if last.max_pd is not None:
            raise ValueError("the last grade takes all higher PDs and has no max_pd")
        if 0.0 in bounds or any(low >= high for low, high in pairwise(bounds)):
            raise ValueError("max_pd must ascend from grade to grade")
        names = [grade.grade for grade in self.grades]
        if len(set(names)) < len(names):
            raise ValueError("a grade's name occurs twice")
        return self

    @model_validator(mode="after")
    def _offers_complete(self) -> StrategyConfig:
        for what, column in (("rate", self.rate_column), ("limit", self.limit_column)):
            given = [grade.grade for grade in self.grades if getattr(grade, what) is not None]
            if column is None and len(given) < len(self.grades):
                raise ValueError(f"every grade needs a {what}, or give {what}_column")
            if column is not None and given:
                raise ValueError(f"grade {given[0]} has a {what}, but {what}_column gives it too")
        return self


class SegmentTakeUp(_Config):
    """Take-up parameters of one segment; what is left out is taken from ``[take_up]``."""

    intercept: float | None = None
    rate: float | None = Field(default=None, le=0)
    log_limit: float | None = Field(default=None, ge=0)
    reference_limit: float | None = Field(default=None, gt=0)


class TakeUpConfig(_Config):
    """``P(apply) = 1 / (1 + exp(-(intercept + rate r + log_limit ln(l / reference_limit))))``.

    Falls with the rate r and rises with the limit l by construction: the signs are checked.
    """

    intercept: float = 0.0
    rate: float = Field(default=0.0, le=0)
    log_limit: float = Field(default=0.0, ge=0)
    reference_limit: float = Field(default=1.0, gt=0)
    segments: dict[str, SegmentTakeUp] = {}
