"""What the pictures show: one part's customers as a scorecard sees them, and its odds ratios."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.fit.scorecard.rows import Vector
from engine.fit.scorecard_config import Event


class OddsRatio(NamedTuple):
    """exp(b) of a feature and its confidence interval; NaN or infinite ends are none."""

    name: str
    odds_ratio: float
    low: float
    high: float


class Shown(NamedTuple):
    """Customers of one part, ``(n,)`` each.

    ``z``: log odds of the event, finite. ``probability``: of the event. ``event``: 0 or 1.
    ``weights``: >= 0. At ``cut_off`` or above a customer counts as the event. ``part``: "train",
    "held-out", ... ``predicts``: what the event is. ``confidence``: of the intervals.
    """

    z: Vector
    probability: Vector
    event: Vector
    weights: Vector
    cut_off: float
    odds_ratios: tuple[OddsRatio, ...]
    part: str
    predicts: Event
    confidence: float = 0.95

    @property
    def others(self) -> Event:
        """What a customer without the event is."""
        return "good" if self.predicts == "bad" else "bad"

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """Who is taken for what it is not, ``(n,)``."""
        return np.asarray((self.probability >= self.cut_off) != (self.event == 1.0))

    @property
    def cut_off_z(self) -> float | None:
        """The cut-off as log odds; None where it is 0 or 1 or beyond."""
        if not 0.0 < self.cut_off < 1.0:
            return None
        return float(np.log(self.cut_off / (1.0 - self.cut_off)))
