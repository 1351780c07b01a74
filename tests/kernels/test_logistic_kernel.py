"""Scorecard and Platt kernels and their readable twins."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from forest_cases import matrices
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kernels import reference
from kernels.logistic import Scorecard, platt, scorecard_scores

N = 3


@st.composite
def cards(draw: st.DrawFn) -> Scorecard:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return Scorecard(
        coefficient=rng.normal(size=N),
        impute=np.where(rng.random(N) < 0.5, np.nan, rng.normal(size=N)),
        mean=rng.normal(size=N),
        std=rng.uniform(0.1, 3.0, N),
        intercept=float(rng.normal()),
    )


def scored(card: Scorecard, X: NDArray[Any], columns: NDArray[Any], raw: bool) -> NDArray[Any]:
    out = np.full(len(X), 7.0)
    for lo in range(0, len(X), 13):  # a block at a time
        scorecard_scores(card, X[lo : lo + 13], columns, raw, out[lo : lo + 13])
    return out


@settings(max_examples=150, deadline=None)
@given(card=cards(), X=matrices(N + 1), columns=st.permutations(range(N + 1)))
def test_scorecard_equals_its_twin(card: Scorecard, X: NDArray[Any], columns: list[int]) -> None:
    at = np.array(columns[:N], np.uint32)
    z = reference.scorecard_scores(card, X, at, raw=True)
    np.testing.assert_array_equal(scored(card, X, at, raw=True), z)
    p = reference.scorecard_scores(card, X, at, raw=False)
    np.testing.assert_allclose(scored(card, X, at, raw=False), p, rtol=1e-14, atol=0)


@settings(max_examples=150, deadline=None)
@given(
    p=st.lists(st.floats(0.0, 1.0) | st.just(math.nan), max_size=40),
    slope=st.floats(0.1, 5.0),
    intercept=st.floats(-5.0, 5.0),
)
def test_platt_equals_its_twin(p: list[float], slope: float, intercept: float) -> None:
    scores = np.array(p, np.float64)
    expected = reference.platt(scores, slope, intercept)
    np.testing.assert_allclose(platt(scores, slope, intercept), expected, rtol=1e-12, atol=0)


def test_platt_of_slope_one_is_a_shift_of_the_logit() -> None:
    p = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    np.testing.assert_allclose(platt(p, 1.0, 0.0), p, rtol=1e-14)
    assert platt(np.array([0.5]), 1.0, math.log(3.0))[0] == pytest.approx(0.75, rel=1e-15)


CARD = Scorecard(np.ones(2), np.zeros(2), np.zeros(2), np.ones(2), 0.0)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"X": np.zeros(3)}, "X must be 2-D"),
        ({"X": np.zeros((3, 2), np.int32)}, "X must be 2-D float32 or float64"),
        ({"out": np.zeros(2)}, "out must be float64"),
        ({"columns": np.array([0], np.uint32)}, "columns must name"),
        ({"columns": np.array([0, 2], np.uint32)}, "columns must name"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(changes: dict[str, Any], match: str) -> None:
    arguments = {
        "card": CARD,
        "X": np.zeros((3, 2)),
        "columns": np.array([0, 1], np.uint32),
        "raw": False,
        "out": np.zeros(3),
    }
    with pytest.raises(ValueError, match=match):
        scorecard_scores(**(arguments | changes))


def test_what_platt_refuses() -> None:
    with pytest.raises(ValueError, match="1-D float64"):
        platt(np.zeros((2, 2)), 1.0, 0.0)
    with pytest.raises(ValueError, match="1-D float64"):
        platt(np.zeros(2, np.float32), 1.0, 0.0)
    with pytest.raises(ValueError, match="slope must be above 0"):
        platt(np.zeros(2), 0.0, 0.0)
