"""Where good and bad are told apart: the best of all cut-offs between two different scores.

Customers with one score are on one side. The cut-off itself lies half way between the two scores,
so that a score which differs in its last digits, as one computed in another order may, stays on its
side.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.fit.scorecard.rows import Outcome, Vector
from engine.fit.scorecard_config import CutOffConfig, Event


def find_cut_off(
    probability: Vector, outcome: Outcome, config: CutOffConfig, event: Event
) -> float:
    """The cut-off as ``config`` says, a probability of the event, 0 to 1.

    At or above it a customer is taken for the event. Of several that are equally good, the lowest.

    Parameters
    ----------
    probability, outcome:
        Of the rows that it is found on, ``(n,)``: P(event), no NaN. Weights count as customers.

    Raises
    ------
    DataError
        All rows with weight have one class.
    """
    if config.by == "probability":
        return config.probability
    cuts = _cuts(probability, outcome)
    if not (cuts.event[0] > 0.0 and cuts.other[0] > 0.0):
        raise DataError("a cut-off needs good and bad customers", count=len(probability))
    return float(cuts.value[np.argmin(_badness(cuts, config, event))])


class _Cuts(NamedTuple):
    """Ascending, from "all are the event" to "none is". ``value``: the cut-off. ``event``,
    ``other``: weight at or above it of those who are the event, and of those who are not."""

    value: Vector
    event: Vector
    other: Vector


def _cuts(probability: Vector, outcome: Outcome) -> _Cuts:
    used = outcome.weight > 0.0
    scores, place = np.unique(probability[used], return_inverse=True)
    weight, event = outcome.weight[used], outcome.event[used]
    values = np.concatenate(([0.0], _between(scores), [1.0]))
    above = (_at_or_above(place, weight * part) for part in (event, 1.0 - event))
    return _Cuts(values, *above)


def _between(scores: Vector) -> Vector:
    """Half way between neighbours, and above the lower one."""
    low, high = scores[:-1], scores[1:]
    middle = low + (high - low) / 2.0
    return np.where(middle > low, middle, high)


def _at_or_above(place: NDArray[np.intp], weight: Vector) -> Vector:
    """Weight of the rows whose ``place`` is k or more, for each k; 0 at the end."""
    at = np.bincount(place, weight)
    return np.concatenate((np.cumsum(at[::-1])[::-1], [0.0]))


def _badness(cuts: _Cuts, config: CutOffConfig, event: Event) -> Vector:
    """What is to be least, per cut."""
    all_event, all_other = cuts.event[0], cuts.other[0]
    if config.by == "ks":
        return np.asarray(cuts.other / all_other - cuts.event / all_event)
    if config.by == "cost":
        missed, taken = (
            (config.cost_of_bad, config.cost_of_good)
            if event == "bad"
            else (config.cost_of_good, config.cost_of_bad)
        )
        return np.asarray(missed * (all_event - cuts.event) + taken * cuts.other)
    share = (cuts.event + cuts.other) / (all_event + all_other)
    called_bad = share if event == "bad" else 1.0 - share
    return np.asarray(np.abs(called_bad - config.share))
