"""Scores of a scorecard, row by row in plain Python from its JSON."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from engine.score.model import Model


def card_faults(model: Model, data: bytes) -> list[str]:
    """Where the scores of an accepted scorecard are not those of its JSON.

    Where a term is beyond 1e290, it depends on the order of operations what overflows.
    """
    rng = np.random.default_rng(1)
    X = np.stack([rng.choice(values, 40) for values in _hard_values(data)], axis=1)
    z, p = model.predict(X, raw_score=True), model.predict(X)
    found = []
    for row, its_z, its_p in zip(X.tolist(), z.tolist(), p.tolist(), strict=True):
        terms = _terms(data, row)
        expected, size = sum(terms), sum(map(abs, terms))
        if not size > 1e290 and not _near(its_z, expected, 1e-13 * size):
            found.append(f"z of {row} is {its_z}, not {expected}")
        sigmoid = 1.0 / (1.0 + math.exp(-its_z)) if its_z > -700.0 else math.exp(max(its_z, -1e4))
        if not _near(its_p, math.nan if math.isnan(its_z) else sigmoid, 1e-13 * sigmoid + 5e-324):
            found.append(f"p of z = {its_z} is {its_p}")
    return found


def _near(found: float, expected: float, tolerance: float) -> bool:
    if math.isnan(expected):
        return math.isnan(found)
    return abs(found - expected) <= tolerance


def _terms(data: bytes, row: list[float]) -> list[float]:
    card = json.loads(data)
    return [float(card["intercept"]), *map(_term, card["features"], row)]


def _hard_values(data: bytes) -> list[list[float]]:
    """Per feature: what its steps and codes are, and their neighbours."""
    found = []
    for feature in json.loads(data)["features"]:
        asked = (feature.get("bins") or {}).get("edges", [])
        asked = asked + (feature.get("categories") or {}).get("codes", [])
        near = [math.nextafter(x, to) for x in asked for to in (-math.inf, math.inf)]
        found.append([*map(float, asked), *near, 0.0, -0.0, 1.5, -3e5, 1e300, math.nan])
    return found


def _term(feature: dict[str, Any], x: float) -> float:
    factor = feature["coefficient"]
    bins, codes = feature.get("bins"), feature.get("categories")
    table = bins or codes
    if table is None:
        x = _or_nan(feature.get("impute")) if math.isnan(x) else x
        return float(factor * ((x - feature.get("mean", 0.0)) / feature.get("std", 1.0)))
    if math.isnan(x):
        return float(factor * _or_nan(table.get("missing")))
    if bins:
        return float(factor * table["woe"][sum(edge < x for edge in table["edges"])])
    if x in table["codes"]:
        return float(factor * table["woe"][table["codes"].index(x)])
    return float(factor * _or_nan(table.get("other")))


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
