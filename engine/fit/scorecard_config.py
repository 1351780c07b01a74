"""What a book says of a scorecard's training: features, scaling or bins, elimination, cut-off."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.fit.target_config import TargetConfig

Event = Literal["bad", "good"]
Challenger = Literal[
    "linear_discriminant",
    "linear_programming",
    "decision_tree",
    "neural_network",
    "genetic",
    "nearest_neighbours",
    "lightgbm",
]


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class BinningConfig(_Config):
    """``[fit.scorecard.binning]``: numbers become weights of evidence of at most ``most_bins``.

    Every bin holds at least ``least_share`` of the training rows, and what it adds to the
    likelihood is worth a bin (Schwarz's criterion). Missing values have a bin of their own where
    they are as many; else they say nothing. ``monotone``: the bad rate rises or falls from bin to
    bin, whichever fits better.
    """

    most_bins: int = Field(default=8, ge=2, le=100)
    least_share: float = Field(default=0.03, gt=0, lt=0.5)
    monotone: bool = False


class PointsConfig(_Config):
    """``[fit.scorecard.points]``: ``base`` points at the odds ``base_odds`` of good to bad, and
    ``pdo`` points more for odds twice as good."""

    base: float = 600.0
    base_odds: float = Field(default=50.0, gt=0)
    pdo: float = Field(default=20.0, gt=0)


class CutOffConfig(_Config):
    """``[fit.scorecard.cut_off]``: where good and bad are told apart, found on the training part.

    ``by``: ``"ks"``, where the distributions are farthest apart; ``"cost"``, where the expected
    cost of errors is least, with ``cost_of_bad`` for a bad taken for good and ``cost_of_good`` for
    the reverse; ``"share"``, so that ``share`` of the customers are called bad; ``"probability"``,
    at ``probability`` of the event.
    """

    by: Literal["ks", "cost", "share", "probability"] = "ks"
    cost_of_bad: float = Field(default=1.0, gt=0)
    cost_of_good: float = Field(default=1.0, gt=0)
    share: float = Field(default=0.1, gt=0, lt=1)
    probability: float = Field(default=0.5, gt=0, lt=1)


class ScorecardFitConfig(_Config):
    """``[fit.scorecard]``: trains ``[models.<model>]``, whose file is a scorecard JSON.

    ``event`` is what the scorecard gives the probability of. ``target`` says what is bad; without
    it the book's ``[target]`` does. ``features`` are the candidates: all numbers of the book unless
    named, less those in ``leave_out``. ``weights`` and ``offset`` name features that are never
    candidates. An offset is log odds of the event known beforehand; it stays in the scorecard, with
    coefficient 1, so a run makes it too.

    ``scaling`` of features without bins: mean 0 and variance 1, or 0 to 1, or as they are.
    ``elimination`` removes features until each that is left is significant at ``significance``.

    The fit has converged when the norm of the change of all coefficients is below ``tolerance``.
    ``ridge`` is the penalty taken where good and bad are separated, on the scaled features.

    ``plots`` draws pictures beside the model; without the key, where matplotlib is installed.
    """

    model: str
    event: Event = "bad"
    target: TargetConfig | None = None
    features: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    weights: str | None = None
    offset: str | None = None
    scaling: Literal["standardise", "normalise", "none"] = "standardise"
    binning: BinningConfig | None = None
    elimination: Literal["discriminant", "likelihood_ratio", "none"] = "discriminant"
    significance: float = Field(default=0.05, gt=0, lt=1)
    tolerance: float = Field(default=1e-8, gt=0)
    most_steps: int = Field(default=50, ge=1)
    ridge: float = Field(default=1.0, gt=0)
    points: PointsConfig = PointsConfig()
    cut_off: CutOffConfig = CutOffConfig()
    challengers: tuple[Challenger, ...] = ()
    plots: bool | None = None
