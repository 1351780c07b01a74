"""The scorecard as JSON (``engine.score.scorecard_json``), and as a table of points.

The file says what it is the probability of, how points follow from it, and where the cut-off is;
scoring takes its features and intercept alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from engine.fit.scorecard.rows import Column, Vector
from engine.fit.scorecard_config import ScorecardFitConfig
from engine.points import Scale, scale_of


def scorecard_json(
    columns: Sequence[Column], coefficients: Vector, cut_off: float, config: ScorecardFitConfig
) -> dict[str, Any]:
    """The file: ``coefficients`` (p + 1,), the intercept first, of ``columns``.

    An offset is a feature of the scorecard like others, with coefficient 1; where it is missing,
    there is no score.
    """
    features = [column.entry(float(b)) for column, b in zip(columns, coefficients[1:], strict=True)]
    if config.offset is not None:
        features.append({"name": config.offset, "coefficient": 1.0})
    return {
        "kind": "scorecard",
        "event": config.event,
        "points": config.points.model_dump(),
        "cut_off": cut_off,
        "features": features,
        "intercept": float(coefficients[0]),
    }


def points_table(card: dict[str, Any]) -> dict[str, Any]:
    """Points of a file that ``scorecard_json`` made: where all start, and what features add.

    ``features`` by name: of a feature with bins a row per bin, ``above`` (without) up to ``to``
    (with), null where there is no end, and the bin of missing values; of one that is scaled the
    points of an average value, and those ``per_unit`` of the feature. ``rounded`` are the points to
    add up by hand; ``rounding`` says what is lost by that.
    """
    scale = scale_of(**card["points"], event=card["event"])
    start: float = scale.points(card["intercept"])
    return {
        "start": start,
        "start_rounded": round(start),
        "features": {entry["name"]: _of_feature(entry, scale.slope) for entry in card["features"]},
        "cut_off": _at_cut_off(scale, card["cut_off"]),
    }


def _of_feature(entry: dict[str, Any], slope: float) -> list[dict[str, Any]] | dict[str, Any]:
    each = slope * entry["coefficient"]
    if "bins" not in entry:
        unit = each / entry.get("std", 1.0)
        average = entry.get("impute")
        at = None if average is None else unit * (average - entry.get("mean", 0.0))
        return {"average": average, "points_at_average": at, "per_unit": unit}
    bins = entry["bins"]
    ends = pairwise([None, *bins["edges"], None])
    rows = [
        {"above": low, "to": high, **_points(each * woe)}
        for (low, high), woe in zip(ends, bins["woe"], strict=True)
    ]
    missing = bins.get("missing")
    return rows if missing is None else [*rows, {"missing": True, **_points(each * missing)}]


def _points(points: float) -> dict[str, Any]:
    return {"points": points, "rounded": round(points)}


def _at_cut_off(scale: Scale, cut_off: float) -> float | None:
    """The points that stand for the cut-off; none for a certain event."""
    if not 0.0 < cut_off < 1.0:
        return None
    return float(scale.points_of_probability(np.array(cut_off)))
