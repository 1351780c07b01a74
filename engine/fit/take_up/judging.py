"""How a take-up model fares: out of time, by rate band, and in the shape of its curves."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.fit.take_up.boosting import Rows, Vector
from engine.fit.take_up.history import History
from engine.fit.take_up.models import Predict
from engine.metrics import auc

BANDS = 10
GRID_CUSTOMERS = 200
RATES, LIMITS = 21, 9
CURVES = 10
CURVE_POINTS = 31
TOLERANCE = 1e-9
"""Two neighbours on a grid are in the wrong order when they differ by more than this."""
_EDGES = (0.01, 0.99)  # quantiles of training offers between which grids lie
_GRID, _CURVES = 11, 12


def quality(history: History, predict: Predict) -> dict[str, Any]:
    """Figures on held-out offers: log loss, AUC, means, calibration by rate band."""
    rows = history.heldout
    rate, y = history.rate[rows], history.applied[rows]
    p = predict(rows, rate, history.limit[rows])
    safe = np.clip(p, 1e-15, 1.0 - 1e-15)
    return {
        "offers": len(rows),
        "applied": int(y.sum()),
        "mean_take_up": float(p.mean()),
        "applied_share": float(y.mean()),
        "log_loss": float(-np.mean(y * np.log(safe) + (1.0 - y) * np.log1p(-safe))),
        "auc": auc(p, y),
        "rate_bands": rate_bands(rate, p, y),
    }


def rate_bands(rate: Vector, p: Vector, y: Vector) -> list[dict[str, Any]]:
    """Predicted and observed take-up in up to ``BANDS`` bands of equally many offers by rate.

    An offer belongs to the band whose lower quantile its rate reaches, so one rate is one band.
    """
    edges = np.unique(np.quantile(rate, np.arange(1, BANDS) / BANDS))
    band = np.searchsorted(edges, rate, side="right")
    return [
        {
            "rate_from": float(rate[mine].min()),
            "rate_to": float(rate[mine].max()),
            "offers": int(mine.sum()),
            "applied": int(y[mine].sum()),
            "predicted": float(p[mine].mean()),
            "observed": float(y[mine].mean()),
        }
        for number in np.unique(band)
        if (mine := band == number).any()
    ]


def violations(history: History, predict: Predict, seed: int) -> dict[str, Any]:
    """How often take-up rises with the rate or falls with the limit, on a grid of both.

    For ``GRID_CUSTOMERS`` held-out customers drawn by seed; shares are of neighbours on the grid,
    and of customers with one such pair or more.
    """
    drawn = _draw(history, GRID_CUSTOMERS, seed, _GRID)
    rates, limits = _grid(history.rate, history, RATES), _grid(history.limit, history, LIMITS)
    shape = (len(drawn), RATES, LIMITS)
    who = np.repeat(drawn, RATES * LIMITS)
    rate = np.tile(np.repeat(rates, LIMITS), len(drawn))
    p = predict(who, rate, np.tile(limits, len(drawn) * RATES)).reshape(shape)
    rate_wrong = np.diff(p, axis=1) > TOLERANCE
    limit_wrong = np.diff(p, axis=2) < -TOLERANCE
    customers = rate_wrong.any(axis=(1, 2)) | limit_wrong.any(axis=(1, 2))
    return {
        "customers": len(drawn),
        "rate_share": float(rate_wrong.mean()),
        "limit_share": float(limit_wrong.mean()),
        "customer_share": float(customers.mean()),
    }


def curve_customers(history: History, seed: int) -> list[dict[str, Any]]:
    """Who the curves are of: ``CURVES`` held-out customers drawn by seed, and their offers."""
    return [
        {
            "row": int(row),
            "segment": history.segments[history.segment[row]],
            "grade": history.grades[history.grade[row]],
            "rate": float(history.rate[row]),
            "limit": float(history.limit[row]),
        }
        for row in _draw(history, CURVES, seed, _CURVES)
    ]


def curves(history: History, predict: Predict, seed: int) -> dict[str, Any]:
    """Take-up of ``curve_customers`` over rates at their limit, and over limits at their rate."""
    drawn = _draw(history, CURVES, seed, _CURVES)
    who = np.repeat(drawn, CURVE_POINTS)
    rates, limits = (_grid(of, history, CURVE_POINTS) for of in (history.rate, history.limit))
    shape = (len(drawn), CURVE_POINTS)
    over_rate = predict(who, np.tile(rates, len(drawn)), history.limit[who])
    over_limit = predict(who, history.rate[who], np.tile(limits, len(drawn)))
    return {
        "rates": rates.tolist(),
        "limits": limits.tolist(),
        "take_up_over_rate": over_rate.reshape(shape).tolist(),
        "take_up_over_limit": over_limit.reshape(shape).tolist(),
    }


def _draw(history: History, count: int, seed: int, stream: int) -> Rows:
    chosen = np.random.default_rng([seed, stream]).permutation(history.heldout)[:count]
    return np.sort(chosen)


def _grid(values: Vector, history: History, points: int) -> NDArray[np.float64]:
    """Equal steps between the outer quantiles of what was offered in training."""
    low, high = np.quantile(values[history.training], _EDGES)
    return np.linspace(low, high, points)
