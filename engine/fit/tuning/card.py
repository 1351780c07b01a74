"""A scorecard adapted to new customers by one slope and one intercept on its log odds.

    z' = intercept + slope * z

What ranks customers stays as it is, so a few hundred of them are enough. Source: D. R. Cox, Two
further applications of a model for binary regression, 1958.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from engine.errors import DataError
from engine.fit.scorecard.logistic import fit_logistic
from engine.fit.scorecard.rows import Outcome, Vector


class Recalibration(NamedTuple):
    """``slope_error`` and ``intercept_error``: standard errors; 0 of a slope that was not fitted.

    ``customers``: those it was fitted on; ``unscored``: those left out, whose score is unknown.
    """

    slope: float
    slope_error: float
    intercept: float
    intercept_error: float
    customers: int
    unscored: int
    warnings: tuple[str, ...]


def recalibrate(z: Vector, event: Vector, *, intercept_only: bool, threads: int) -> Recalibration:
    """The most likely slope and intercept. ``z``: log odds (n,), NaN where unknown; ``event`` 0/1.

    Raises
    ------
    DataError
        No score is known, all are the same, one class only, or the card ranks these customers
        backwards.
    """
    known = np.isfinite(z)
    if not known.any():
        raise DataError("the scorecard gives none of these customers a score", count=len(z))
    z, event = z[known], event[known]
    ones, zeros = np.ones(z.size), np.zeros(z.size)
    if intercept_only:
        outcome = Outcome(event, ones, z)
        fit = fit_logistic(np.empty((z.size, 0)), outcome, threads=threads)
    else:
        outcome = Outcome(event, ones, zeros)
        fit = fit_logistic(z[:, None].copy(), outcome, names=("log odds",), threads=threads)
    intercept, *slopes = fit.coefficients.tolist()
    errors = np.sqrt(np.diag(fit.covariance)).tolist()
    slope, slope_error = (slopes[0], errors[1]) if slopes else (1.0, 0.0)
    if not slope > 0.0:
        raise DataError(
            f"the scorecard ranks these customers backwards: the slope on its log odds is "
            f"{slope:.3g}",
            count=z.size,
        )
    lost = int((~known).sum())
    return Recalibration(
        slope, slope_error, intercept, errors[0], int(z.size), lost, tuple(fit.warnings)
    )


def recalibrated_card(card: Mapping[str, Any], found: Recalibration) -> dict[str, Any]:
    """The scorecard JSON with slope and intercept worked in: coefficients are scaled, bins stay.

    ``event`` and ``points`` stay: base and pdo speak of odds, so a customer's points follow its new
    log odds. ``cut_off`` moves with the log odds, so the same customers lie on either side of it.
    """
    features = [
        {**feature, "coefficient": found.slope * feature["coefficient"]}
        for feature in card["features"]
    ]
    moved = {**card, "features": features}
    moved["intercept"] = found.intercept + found.slope * card["intercept"]
    cut_off = card.get("cut_off")
    if cut_off is not None and 0.0 < cut_off < 1.0:
        odds = math.log(cut_off) - math.log1p(-cut_off)
        moved["cut_off"] = _sigmoid(found.intercept + found.slope * odds)
    return moved


def _sigmoid(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z)) if z > 0.0 else math.exp(z) / (1.0 + math.exp(z))
