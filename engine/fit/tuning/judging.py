"""A score on customers that trained nothing, and two scores on the same customers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.errors import DataError
from engine.fit.scorecard.logistic import fit_logistic
from engine.fit.scorecard.rows import Outcome, Vector
from engine.metrics import Ranking, auc, brier, calibration_table, ks, log_loss, paired_bootstrap

_MEASURES = {
    "auc": Ranking.auc,
    "ks": Ranking.ks,
    "log_loss": Ranking.log_loss,
    "brier": Ranking.brier,
}
_REPLICATES = 500
_LEAST = 1e-15  # scores are kept this far from 0 and 1 before their log odds are taken


def quality(p: Vector, event: Vector) -> dict[str, Any]:
    """How well ``p``, the probability of ``event`` (0/1), ranks and how true it is.

    ``calibration_slope`` and ``calibration_intercept`` are of the log odds (D. R. Cox, 1958): 1 and
    0 where probabilities come true; None where all scores are equal. Customers whose score is NaN
    are counted as ``unscored`` and left out.
    """
    known = ~np.isnan(p)
    p, event, unscored = p[known], event[known], int((~known).sum())
    area = auc(p, event)
    slope, intercept = _calibration(p, event)
    return {
        "customers": int(p.size),
        "unscored": unscored,
        "events": int(event.sum()),
        "event_rate": float(event.mean()),
        "mean_score": float(p.mean()),
        "auc": area,
        "gini": 2.0 * area - 1.0,
        "ks": ks(p, event),
        "log_loss": _finite(log_loss(p, event)),
        "brier": brier(p, event),
        "calibration_slope": slope,
        "calibration_intercept": intercept,
        "calibration": calibration_table(p, event),
    }


def compared(before: Vector, after: Vector, event: Vector, *, seed: int) -> dict[str, Any]:
    """Both scores on the same customers; ``difference``: after less before with 95 % intervals, by
    drawing customers again (``engine.metrics.paired_bootstrap``).

    Raises
    ------
    DataError
        Of those with the event, or of those without, nobody has both scores.
    """
    known = ~(np.isnan(before) | np.isnan(after))
    _check_classes(event[known], int((~known).sum()))
    drawn = paired_bootstrap(
        after[known],
        before[known],
        event[known],
        measures=_MEASURES,
        replicates=_REPLICATES,
        seed=seed,
    )
    difference = {name: _interval(interval._asdict()) for name, interval in drawn.items()}
    return {
        "before": quality(before, event),
        "after": quality(after, event),
        "difference": difference,
    }


def _check_classes(event: Vector, unscored: int) -> None:
    events = int(event.sum())
    if min(events, event.size - events) == 0:
        raise DataError(
            f"held-out customers cannot be judged: with a score there are {events} with the event "
            f"and {event.size - events} without",
            count=event.size + unscored,
        )


def _calibration(p: Vector, event: Vector) -> tuple[float | None, float | None]:
    inside = np.clip(p, _LEAST, 1.0 - _LEAST)
    z = np.log(inside) - np.log1p(-inside)
    outcome = Outcome(event, np.ones(z.size), np.zeros(z.size))
    try:
        intercept, slope = fit_logistic(z[:, None].copy(), outcome).coefficients.tolist()
    except DataError:  # all scores are equal
        return None, None
    return slope, intercept


def _interval(found: Mapping[str, float]) -> dict[str, float | None]:
    return {name: _finite(value) for name, value in found.items()}


def _finite(value: float) -> float | None:
    """None for an infinite log loss, which JSON cannot hold: a sure score was wrong."""
    return value if math.isfinite(value) else None
