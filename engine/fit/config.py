"""What a book says of training: how the customers are split, and the models that are trained."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.fit.sample_design_config import SampleDesignConfig
from engine.fit.scorecard_config import ScorecardFitConfig
from engine.fit.take_up_config import TakeUpFitConfig
from engine.fit.tuning_config import TuningConfig


class FitConfig(BaseModel):
    """How the customers are split: the last ``holdout`` share by ``split_column``, or at random.

    Without ``split_column``, ``split = "auto"`` takes the customers' own as-of dates where the book
    has them; ``"random"`` does not.

    ``sample`` draws so many customers first. ``seed`` drives the draw, a random split and the
    training, so the same data and seed give the same model. Fewer bad or good customers than
    ``least_bads`` in any part are too few to train on or to judge by. ``sample_design`` is of a
    scorecard's sample.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    split: Literal["auto", "random"] = "auto"
    split_column: str | None = None
    holdout: float = Field(default=0.25, gt=0, lt=1)
    seed: int = Field(default=42, ge=0, lt=2**31)
    sample: int | None = Field(default=None, gt=0)
    least_bads: int = Field(default=10, ge=1)
    tuning: TuningConfig | None = None
    take_up: TakeUpFitConfig | None = None
    scorecard: ScorecardFitConfig | None = None
    sample_design: SampleDesignConfig | None = None
