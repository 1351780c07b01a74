"""What a book says a bad customer is."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from engine.exclusion import ExcludeRule, check_reasons

_TABLE_FORM = (
    "table",
    "date",
    "days_past_due",
    "bad_over",
    "indeterminate_over",
    "window_days",
    "observed_until",
)
_LONGEST = 36_525  # days of a window: a century
_DESCRIPTIVE = (
    "features and outcome share a window: this describes who pays fees today, and says nothing of "
    "how well a later window would be predicted"
)
_ANY_FORM = ("column", "good_fee_income", "same_window", *_TABLE_FORM)


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class TargetConfig(_Config):
    """What is bad, in one of three forms; all fields of a form are required.

    * a ready 0/1 ``column``;
    * the worst days past due in a ``table``: a customer is bad where they are above ``bad_over``
      within ``window_days`` after the as-of date; indeterminate, and left out, where they are above
      ``indeterminate_over`` only;
    * ``good_fee_income``: bad where the book's fee income of the ``window_days`` after the as-of
      date is below it. With ``same_window`` it is that up to the as-of date, without a window: a
      description of the customers, not a prediction.

    A window begins on the day after the as-of date, whatever the ``cutoff`` of a table. Immature,
    and left out, where it ends after ``observed_until``. Customers for whom a rule of ``exclude``
    holds are not trained on; rules read the customers table alone, so that none can read a fee
    income, which is the outcome while customers are labelled.
    """

    column: str | None = None
    table: str | None = None
    date: str | None = None
    days_past_due: str | None = None
    bad_over: float | None = Field(default=None, ge=0)
    indeterminate_over: float | None = Field(default=None, ge=0)
    good_fee_income: float | None = None
    same_window: bool = False
    window_days: int | None = Field(default=None, gt=0, le=_LONGEST)
    observed_until: dt.date | None = None
    exclude: tuple[ExcludeRule, ...] = ()

    @property
    def notes(self) -> dict[str, Any]:
        """What a report has to say of the target, besides its counts."""
        return {"descriptive": True, "note": _DESCRIPTIVE} if self.same_window else {}

    @property
    def by_fees(self) -> bool:
        """Whether fee income says who is bad."""
        return self.good_fee_income is not None

    @model_validator(mode="after")
    def _one_form(self) -> TargetConfig:
        needed = self._needed()
        given = [name for name in _ANY_FORM if getattr(self, name) not in (None, False)]
        foreign = [name for name in given if name not in needed]
        if self.column is not None and len(given) > 1:
            others = ", ".join(name for name in given if name != "column")
            raise ValueError(f"give either column or another form, not both ({others})")
        if foreign:
            raise ValueError(f"{self._form} does not go with {', '.join(foreign)}")
        missing = [name for name in needed if name not in given]
        if not given:
            raise ValueError(f"give column, or {', '.join(missing)}, or good_fee_income")
        if missing:
            raise ValueError(f"{self._form} needs {', '.join(missing)}")
        return self

    @property
    def _form(self) -> str:
        return "good_fee_income" if self.by_fees else "the table form"

    def _needed(self) -> tuple[str, ...]:
        """The keys of the form that is given."""
        if self.column is not None:
            return ("column",)
        if not self.by_fees:
            return _TABLE_FORM
        window = ("same_window",) if self.same_window else ("window_days", "observed_until")
        return ("good_fee_income", *window)

    @model_validator(mode="after")
    def _consistent(self) -> TargetConfig:
        low, high = self.indeterminate_over, self.bad_over
        if low is not None and high is not None and low >= high:
            raise ValueError(f"indeterminate_over ({low:g}) must be below bad_over ({high:g})")
        return self

    @field_validator("exclude")
    @classmethod
    def _reasons_once(cls, value: tuple[ExcludeRule, ...]) -> tuple[ExcludeRule, ...]:
        check_reasons(value)
        return value
