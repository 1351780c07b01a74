"""Points: what they stand for, and the way there and back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.points import scale_of

EVENTS = st.sampled_from(["bad", "good"])
BASES = st.sampled_from([-100.0, 0.0, 600.0, 1000.0])
ODDS = st.floats(0.01, 1000.0)
PDO = st.floats(1.0, 200.0)


@given(BASES, ODDS, PDO, EVENTS)
def test_points_stand_for_odds(base, odds, pdo, event):
    scale = scale_of(base, odds, pdo, event)
    sign = 1.0 if event == "good" else -1.0
    z = sign * np.log(np.array([odds, 2 * odds, odds / 2]))
    assert scale.points(z) == pytest.approx([base, base + pdo, base - pdo], abs=1e-9)


@given(BASES, ODDS, PDO, EVENTS, st.floats(-12.0, 12.0))
def test_points_to_probability_and_back(base, odds, pdo, event, z):
    scale = scale_of(base, odds, pdo, event)
    points = scale.points(np.array([z]))
    near = {"rel": 1e-12, "abs": 1e-12 * max(abs(scale.start), abs(scale.slope))}
    assert scale.points(scale.log_odds(points)) == pytest.approx(points, **near)
    p = scale.probability(points)
    assert p == pytest.approx(1 / (1 + math.exp(-z)), rel=1e-9)
    far = 1e-12 * max(abs(scale.start), abs(scale.slope) * math.exp(abs(z)) * 1e-3)
    assert scale.points_of_probability(p) == pytest.approx(points, rel=1e-12, abs=far)


def test_the_usual_scale_comes_back_to_its_last_digits():
    scale = scale_of(600.0, 50.0, 20.0)
    points = np.linspace(200.0, 800.0, 601)
    again = scale.points_of_probability(scale.probability(points))
    assert np.abs(again - points).max() < 1e-12 * 800


def test_hopeless_points_are_certain():
    assert list(scale_of(600.0, 50.0, 20.0).probability(np.array([-1e6, 1e6]))) == [1.0, 0.0]
