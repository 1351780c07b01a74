"""Calibrators: their JSON forms, their order, and the probabilities they should reach."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from engine.errors import DataError
from engine.fit.calibrator import (
    ISOTONIC_BADS,
    apply_calibrator,
    class_weight,
    correct_prior,
    fit_calibrator,
)


def distorted(rows: int, seed: int = 0):
    """Scores that are too extreme: the true logit is 0.6 logit(p) - 0.5."""
    rng = np.random.default_rng(seed)
    p = expit(-2.0 + 1.5 * rng.standard_normal(rows))
    truth = expit(0.6 * logit(p) - 0.5)
    return p, (rng.random(rows) < truth).astype(float), truth


@pytest.mark.parametrize("kind", ["isotonic", "platt"])
def test_a_distortion_is_undone(kind):
    p, target, truth = distorted(60_000)
    calibrator = fit_calibrator(kind, p, target, np.ones(len(p)))
    assert np.abs(apply_calibrator(calibrator, p) - truth).mean() < 0.006
    assert json.loads(json.dumps(calibrator)) == calibrator


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(20, 500), st.sampled_from([5, 50, 10**6]))
def test_isotonic_rises_within_bounds(seed, rows, levels):
    p, target, _ = distorted(rows, seed)
    p = np.ceil(p * levels) / (levels + 1)
    rng = np.random.default_rng(seed)
    try:
        calibrator = fit_calibrator("isotonic", p, target, 0.1 + rng.random(rows))
    except DataError:
        return  # a sample whose ranking is backwards or that knows one class only
    x, y = np.array(calibrator["x"]), np.array(calibrator["y"])
    assert len(x) == len(y) >= 2
    assert (np.diff(x) > 0).all()
    assert (np.diff(y) >= 0).all()
    assert (y >= 0).all()
    assert (y <= 1).all()
    assert (x >= p.min()).all()
    assert (x <= p.max()).all()


def test_isotonic_knots_are_the_blocks_of_the_isotonic_regression():
    p, target, _ = distorted(5_000)
    calibrator = fit_calibrator("isotonic", p, target, np.ones(len(p)))
    steps = np.unique(IsotonicRegression().fit(p, target).predict(p))
    inner = np.array(calibrator["y"])[1:-1]  # the outermost may be joined to their neighbours
    assert np.isin(inner.round(12), steps.round(12)).all()
    assert len(steps) - 2 <= len(calibrator["y"]) <= len(steps)


def test_isotonic_claims_no_certainty_where_a_neighbour_can_be_joined():
    target = np.array([0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1.0])
    p = np.linspace(0.1, 0.9, len(target))
    y = fit_calibrator("isotonic", p, target, np.ones(len(p)))["y"]
    assert 0.0 < y[0] < y[-1] < 1.0


def test_platt_is_logistic_regression_on_the_logit():
    p, target, _ = distorted(3_000)
    weights = class_weight(target, 7.0)
    calibrator = fit_calibrator("platt", p, target, weights)
    model = LogisticRegression(C=1e12, tol=1e-10, max_iter=1_000)
    model.fit(logit(p)[:, None], target, sample_weight=weights)
    assert calibrator["slope"] == pytest.approx(model.coef_[0, 0], rel=1e-4)
    assert calibrator["intercept"] == pytest.approx(model.intercept_[0], rel=1e-4)


def test_auto_chooses_by_the_number_of_bads():
    p, target, _ = distorted(2_000)
    ones = np.ones(2_000)
    assert target.sum() < ISOTONIC_BADS
    assert fit_calibrator("auto", p, target, ones)["kind"] == "platt"
    p, target, _ = distorted(20_000)
    assert target.sum() > ISOTONIC_BADS
    assert fit_calibrator("auto", p, target, np.ones(20_000))["kind"] == "isotonic"


@pytest.mark.parametrize("kind", ["isotonic", "platt"])
def test_a_ranking_that_is_backwards_is_refused(kind):
    p, target, _ = distorted(2_000)
    with pytest.raises(DataError, match="does not rank the validation customers"):
        fit_calibrator(kind, 1.0 - p, target, np.ones(2_000))


def test_outside_the_knots_the_curve_is_flat():
    calibrator = {"kind": "isotonic", "x": [0.2, 0.4], "y": [0.1, 0.3]}
    assert apply_calibrator(calibrator, np.array([0.0, 0.2, 0.3, 0.9])) == pytest.approx(
        [0.1, 0.1, 0.2, 0.3]
    )


def test_prior_correction():
    p = np.array([0.0, 0.5, 1.0])
    assert correct_prior(p, None) is p
    assert correct_prior(p, 20.0) == pytest.approx([0.0, 1 / 21, 1.0])
    assert class_weight(np.array([0.0, 1.0]), 20.0).tolist() == [20.0, 1.0]
    assert class_weight(np.array([0.0, 1.0]), None).tolist() == [1.0, 1.0]
