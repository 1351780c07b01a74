"""What a book says of how wrong its models may be."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MarginConfig(_Config):
    """Every constraint is to hold in at least this share of the draws."""

    probability: float = Field(gt=0, lt=1)


class BeliefConfig(_Config):
    """``[optimise.belief]``: how wrong the models may be, for ``--bootstrap``.

    Standard deviations: ``pd_log_odds_sd`` of logit PD, alike for all customers; ``slope_sd`` of
    take-up's answer to the offer, as a share of it, and ``intercept_sd`` of logit take-up, both by
    segment; ``lgd_sd``, ``adverse_selection_sd`` (of its ``rate``) and ``rivals_sd`` (of the rates
    of all rivals) absolute. The first three, left out, come from the reports beside the models
    where there are such; ``engine.strategy.belief.doubt`` says how, and what is taken elsewhere.

    ``level``: of intervals. ``realised``: defaults and take-up fall by chance, too. ``margin``:
    choose a strategy whose constraints hold with this probability. ``customers``: the most that
    stand for the book. ``seed``: of the draws.
    """

    level: float = Field(default=0.9, gt=0, lt=1)
    pd_log_odds_sd: float | None = Field(default=None, ge=0)
    slope_sd: float | None = Field(default=None, ge=0)
    intercept_sd: float | None = Field(default=None, ge=0)
    lgd_sd: float = Field(default=0.03, ge=0)
    adverse_selection_sd: float = Field(default=0.0, ge=0)
    rivals_sd: float = Field(default=0.0, ge=0)
    realised: bool = False
    margin: MarginConfig | None = None
    customers: int = Field(default=20_000, ge=1)
    seed: int = Field(default=0, ge=0, lt=2**31)
