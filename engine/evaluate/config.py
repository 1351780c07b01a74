"""What a book says of today's offers, and the columns that are published."""

from __future__ import annotations

from itertools import pairwise

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
PUBLISHED_LATER = ("knock_out", "limit_cap", "group", "economic_profit")
"""Published columns after the other models' scores."""


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


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
    """Today's offers: a rate and a limit per grade, ``rate_column`` and ``limit_column``, or
    ``file``: a strategy that ``nightbook optimise`` has written, whose grades lie within these.

    ``caps``: columns or features; the limit is the least of the offer and of these. ``group``: a
    column whose groups are compared with each other and never priced by.
    """

    grades: tuple[GradeConfig, ...] = Field(min_length=1)
    file: str | None = None
    rate_column: str | None = None
    limit_column: str | None = None
    caps: tuple[str, ...] = ()
    group: str | None = None
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
        if self.file is not None:
            return self  # rates and limits of the grades are then those before the file
        for what, column in (("rate", self.rate_column), ("limit", self.limit_column)):
            given = [grade.grade for grade in self.grades if getattr(grade, what) is not None]
            if column is None and len(given) < len(self.grades):
                raise ValueError(f"every grade needs a {what}, or give {what}_column")
            if column is not None and given:
                raise ValueError(f"grade {given[0]} has a {what}, but {what}_column gives it too")
        return self
