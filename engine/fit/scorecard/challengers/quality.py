"""What challengers are tuned by, and shares of few customers as probabilities."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from engine.fit.scorecard.challengers.contract import Fitted
from engine.fit.scorecard.rows import Outcome, Part, Vector
from engine.metrics import log_loss


class Average(NamedTuple):
    """A customer of the average weight, and of the average probability of the event."""

    weight: float
    event: float

    def joins(self, events: Vector, weight: Vector) -> Vector:
        """Share of events in ``weight`` when this customer is added to each group."""
        return (events + self.weight * self.event) / (weight + self.weight)


def average_of(outcome: Outcome) -> Average:
    """Of all customers of ``outcome``."""
    event, weight, _ = outcome
    return Average(float(weight.mean()), float(np.average(event, weights=weight)))


def loss(probability: Vector, outcome: Outcome) -> float:
    """Log loss, weighted."""
    return log_loss(probability, outcome.event, outcome.weight)


def best(candidates: Iterable[Fitted], validation: Part) -> Fitted:
    """The first of those whose log loss on ``validation`` is least."""
    return min(candidates, key=lambda one: loss(one.score(validation.X), validation.outcome))
