"""What a book says of the sample a scorecard is fitted on: how large, how like all customers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class SampleDesignConfig(BaseModel):
    """``[fit.sample_design]``: the sample must tell a share, and be like those it is drawn from.

    The share of bad customers is to be within ``precision`` of the true one with ``confidence``;
    ``share`` is what is expected of it (0.5 needs most customers), without it what all usable
    customers have. ``finite``: a sample of few customers may be smaller, since all could be asked.

    A feature is told apart from that of all customers where its population stability index is above
    ``most_psi``, or its mean off by more than ``most_shift`` standard deviations, and chance alone
    does not explain that. ``compare`` makes the features of all usable customers for this, not of
    the sample alone, and holds them in memory.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    precision: float = Field(default=0.01, gt=0, lt=0.5)
    confidence: float = Field(default=0.95, gt=0, lt=1)
    share: float | None = Field(default=None, gt=0, lt=1)
    finite: bool = False
    most_psi: float = Field(default=0.1, gt=0)
    most_shift: float = Field(default=0.1, gt=0)
    compare: bool = True
