"""Points of a scorecard: the log odds of good to bad on a scale that people read.

    points = base + pdo / ln 2 * (ln(odds of good to bad) - ln(base_odds)) = start + slope * z

``z`` is the log odds of the scorecard's event: ln(odds of good to bad) is ``z`` for the event
"good" and ``-z`` for "bad". So ``base`` points stand for the odds ``base_odds``, and ``pdo`` points
more for odds twice as good (N. Siddiqi, Credit Risk Scorecards, 2006, chapter 6).

The intercept is not shared out among the features: a customer starts with ``points(intercept)``,
and a feature adds ``slope`` times what it adds to ``z``. That does not depend on how many other
features there are, and is 0 for the average customer where a feature is scaled to mean 0.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Numbers = TypeVar("Numbers", float, Vector)


class Scale(NamedTuple):
    """``points = start + slope * z``; a term of z gives ``slope`` times itself."""

    start: float
    slope: float

    def points(self, z: Numbers) -> Numbers:
        """Points of log odds ``z`` of the event, of any shape."""
        return self.start + self.slope * z

    def log_odds(self, points: Numbers) -> Numbers:
        """``z`` of points."""
        return (points - self.start) / self.slope

    def probability(self, points: Vector) -> Vector:
        """Probability of the event: ``1 / (1 + exp(-z))``, 0 or 1 where that is nearest."""
        with np.errstate(over="ignore"):  # exp of a large number is inf, its inverse 0
            return np.asarray(1.0 / (1.0 + np.exp(-self.log_odds(points))))

    def points_of_probability(self, p: Vector) -> Vector:
        """Points of a probability of the event between 0 and 1, without both.

        A float64 near 1 holds few digits of its distance to 1: points of 600 come back to 1e-12 of
        themselves where ``|z| <= 12``, and less exactly beyond.
        """
        return self.points(np.log(p) - np.log1p(-p))


def scale_of(
    base: float, base_odds: float, pdo: float, event: Literal["bad", "good"] = "bad"
) -> Scale:
    """``base`` points at odds of good to bad of ``base_odds``, ``pdo`` more where they double."""
    factor = pdo / math.log(2.0)
    return Scale(base - factor * math.log(base_odds), factor if event == "good" else -factor)
