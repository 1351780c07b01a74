"""Who is in the bins of a feature: customers, events, weight of evidence, information value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from engine.fit.scorecard.rows import Column, Outcome, Vector


def bin_report(
    columns: Sequence[Column], rows: pl.DataFrame, outcome: Outcome
) -> dict[str, dict[str, Any]]:
    """By feature with bins: ``information_value``, and ``bins`` from the lowest values up.

    The information value is ``sum (events_k / events - others_k / others) * woe_k`` over ``rows``,
    which are those that the bins were made on, all counts weighted. The last bin is that of missing
    values.
    """
    found = {}
    for column in columns:
        bins = column.entry(1.0).get("bins")
        if isinstance(bins, dict):
            values = rows[column.name].cast(pl.Float64).to_numpy()
            found[column.name] = _of_feature(bins, values, outcome)
    return found


def _of_feature(bins: dict[str, Any], values: Vector, outcome: Outcome) -> dict[str, Any]:
    edges, woe = bins["edges"], [*bins["woe"], bins["missing"]]
    place = np.searchsorted(edges, values, side="left")
    place[np.isnan(values)] = len(edges) + 1
    weight = np.bincount(place, outcome.weight, len(woe))
    events = np.bincount(place, outcome.weight * outcome.event, len(woe))
    total, others = events.sum(), (weight - events).sum()
    value = (events / total - (weight - events) / others) * np.array(woe)
    lows, highs = [None, *edges, None], [*edges, None, None]
    rows = [
        {
            "above": lows[k],
            "to": highs[k],
            "missing": k == len(woe) - 1,
            "weight": float(weight[k]),
            "events": float(events[k]),
            "event_rate": float(events[k] / weight[k]) if weight[k] > 0.0 else None,
            "woe": woe[k],
            "information_value": float(value[k]),
        }
        for k in range(len(woe))
    ]
    return {"information_value": float(value.sum()), "bins": rows}
