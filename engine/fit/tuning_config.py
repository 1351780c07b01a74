"""What a book says of fine-tuning: which model is adapted to its customers, and how."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from engine.fit.scorecard_config import Event

Method = Literal["continue", "refit", "recalibrate"]
_Decay = Annotated[float, Field(ge=0.0, lt=1.0)]


class TuningConfig(BaseModel):
    """``[fit.tuning]``: writes ``[models.<model>]`` from the model file ``base``, adapted to the
    customers of this book. ``base`` is read and never written.

    ``method``: of LightGBM text ``"continue"``, more trees on top of its own, at most
    ``most_rounds`` with ``learning_rate``, until validation gets no better; or ``"refit"``, the
    same trees, whose leaves become ``decay_rate`` of the old value and the rest of what fits the
    new customers: the candidate that is best on validation. Of a scorecard ``"recalibrate"``: one
    slope and one intercept on its log odds; with ``intercept_only`` the slope stays 1.

    ``event`` is what the model gives the probability of; a scorecard that says it need not be told.
    ``old_book`` is the book that ``base`` was fitted on: the report then tells what the new model
    is worth there, on the customers which that book holds out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: str
    base: str = Field(min_length=1)
    method: Method = "continue"
    event: Event | None = None
    old_book: str | None = Field(default=None, min_length=1)
    learning_rate: float = Field(default=0.02, gt=0.0, le=1.0)
    most_rounds: int = Field(default=500, ge=1, le=10_000)
    decay_rate: tuple[_Decay, ...] = Field(default=(0.0, 0.25, 0.5, 0.75, 0.9), min_length=1)
    intercept_only: bool = False

    @field_validator("decay_rate")
    @classmethod
    def _each_once(cls, rates: tuple[float, ...]) -> tuple[float, ...]:
        if len(set(rates)) < len(rates):
            raise ValueError("a candidate is there twice")
        return rates
