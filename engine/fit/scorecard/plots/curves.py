"""How the score is distributed among customers with the event and without."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.fit.scorecard.plots.shown import Shown
from engine.fit.scorecard.plots.thinning import evenly
from engine.fit.scorecard.rows import Vector

_MOST = 800


class Curves(NamedTuple):
    """At each distinct z, ascending, the weighted share of each class at or below it."""

    z: Vector
    event: Vector
    others: Vector

    @property
    def farthest(self) -> int:
        """Where the two are farthest apart; that distance is the K-S statistic."""
        return int(np.argmax(np.abs(self.event - self.others)))

    def thinned(self) -> Curves:
        """At most some hundred points, the farthest among them."""
        kept = np.union1d(evenly(len(self.z), _MOST), [self.farthest])
        return Curves(self.z[kept], self.event[kept], self.others[kept])


def curves(shown: Shown) -> Curves:
    """Both classes must have weight."""
    z, place = np.unique(shown.z, return_inverse=True)
    event = np.bincount(place, shown.weights * shown.event, len(z))
    others = np.bincount(place, shown.weights * (1.0 - shown.event), len(z))
    return Curves(z, np.cumsum(event) / event.sum(), np.cumsum(others) / others.sum())
