"""What a report says of a scorecard, and that it can be written whatever was found."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from scorecard_cases import fit, population, target_of

from engine.fit.scorecard.challengers.contract import Fitted
from engine.fit.scorecard.challengers.registry import METHODS


def test_numbers_that_json_cannot_hold_are_null(monkeypatch):
    """Whatever a challenger's library answers, the report can be written."""

    def strange(train, validation, *, seed, threads):
        return Fitted(lambda X: X[:, 0] * 0.0 + 0.5, 1, {"loss": float("nan"), "more": np.inf})

    method = METHODS["linear_programming"]._replace(fit=strange)
    monkeypatch.setitem(METHODS, "linear_programming", method)
    report = fit(challengers=("linear_programming",)).report
    assert report["challengers"][1]["tuned"] == {"loss": None, "more": None}
    json.dumps(report, allow_nan=False)


def test_the_rounded_points_count_the_offset():
    """Its points are rounded too: the best score of all ranks better than that without it."""
    features, _ = population()
    rng = np.random.default_rng(5)
    offset = rng.normal(0.0, 2.0, features.height)
    bad = rng.random(features.height) < 1 / (1 + np.exp(-offset))
    rows = features.with_columns(prior=pl.Series(offset))
    found = fit(rows, target_of(bad), names=("income",), offset="prior", elimination="none").report
    exact = found["parts"]["heldout"]["auc"]
    assert exact > 0.8
    assert found["points"]["rounding"]["auc"] == pytest.approx(exact, abs=0.01)
