"""What a book says of fee income: where fees, tariffs and activation dates lie, and the period."""

from __future__ import annotations

from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, field_validator

from engine.exclusion import ExcludeRule, check_reasons

INCOME = "fee_income"
TENURE = "fee_tenure_days"
SHORT = "short_tenure"
EXCLUDED = "fee_excluded"
LONGEST = 36_525
"""Days of a period or a tenure: a century, beyond which a number of days is none."""
_Days = Annotated[int, Field(gt=0, le=LONGEST)]


class FeeIncomeConfig(BaseModel):
    """``[fee_income]``: sum over fee types of count x tariff x T / N, by customer.

    ``events`` is a table with a row per fee, ``tariffs`` a lookup table with a row per fee type;
    ``fee_type`` is a column of both. ``number``, a column of whole numbers, says how often a row's
    fee was charged; ``number = false``: once. ``periodicity`` is a column of text (``once``,
    ``month``, ``year``, ``use``, or a number of days) or of numbers of days.

    N is the days from ``activated_on`` to the as-of date, at least ``least_tenure_days``.
    ``activated_on`` is a date of the customers table, or of the table ``cards``, whose earliest
    date counts. T is the fee's own period, ``use_days`` for one charged at each use, or ``period``
    days for all; what is charged once counts as it is. ``types`` have a column of their own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    events: str = "fees"
    tariffs: str = "tariffs"
    fee_type: str = "fee_type"
    number: str | Literal[False] = "number"
    tariff: str = "tariff"
    periodicity: str = "periodicity"
    cards: str | None = None
    activated_on: str = "activated_on"
    period: Literal["own"] | _Days = "own"
    use_days: _Days = 365
    least_tenure_days: _Days = 90
    types: tuple[str, ...] = ()
    exclude: tuple[ExcludeRule, ...] = ()

    @field_validator("types")
    @classmethod
    def _types_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a fee type occurs twice")
        return value

    @field_validator("exclude")
    @classmethod
    def _reasons_once(cls, value: tuple[ExcludeRule, ...]) -> tuple[ExcludeRule, ...]:
        check_reasons(value)
        return value

    @property
    def incomes(self) -> tuple[str, ...]:
        """The columns with an income: in total, and of ``types``."""
        return (INCOME, *(type_column(name) for name in self.types))

    @property
    def columns(self) -> tuple[str, ...]:
        """What is made for every customer, in this order."""
        return (*self.incomes, TENURE, SHORT, EXCLUDED)

    @property
    def feature_types(self) -> dict[str, pl.DataType]:
        """The types of these columns as features."""
        return {name: pl.String() if name == EXCLUDED else pl.Float64() for name in self.columns}


def type_column(fee_type: str) -> str:
    """The column with the income of one fee type."""
    return f"{INCOME}__{fee_type}"
