"""The pieces of the take-up fit against what they are defined as."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from engine.fit.take_up.boosting import Engine, Problem, _product_gradient, boost, grow
from engine.fit.take_up.crossed import crossed, draw_folds
from engine.fit.take_up.judging import rate_bands
from engine.fit.take_up.linear import fit_line
from engine.fit.take_up.slope import Offers, _slope, estimate_slopes

ENGINE = Engine(seed=3, num_threads=1)


def drawn(rows=800, seed=1):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((rows, 3))
    return rng, X, (rng.random(rows) < expit(X[:, 0] - 0.5)).astype(float)


@given(st.integers(2, 10_000), st.integers(2, 9), st.integers(0, 1_000))
def test_folds_are_even_and_of_the_seed(rows, folds, seed):
    fold = draw_folds(rows, folds, seed)
    counts = np.bincount(fold, minlength=folds)
    assert counts.max() - counts.min() <= 1
    np.testing.assert_array_equal(fold, draw_folds(rows, folds, seed))


@given(st.floats(-6, 6), st.floats(1e-6, 1.0), st.sampled_from([0.0, 1.0]))
def test_the_product_gradient_is_that_of_the_likelihood(raw, win, y):
    """The first derivative against a difference, the curvature against the Fisher information."""

    def loss(f, outcome):
        p = expit(f) * win
        return -np.log(p) if outcome else -np.log1p(-p)

    data = SimpleNamespace(get_label=lambda: np.array([y]), get_weight=lambda: np.array([win]))
    (gradient,), (curvature,) = _product_gradient(np.array([raw]), data)
    h = 1e-5
    assert gradient == pytest.approx((loss(raw + h, y) - loss(raw - h, y)) / (2 * h), abs=1e-5)
    p = expit(raw) * win
    slopes = [(loss(raw + h, k) - loss(raw - h, k)) / (2 * h) for k in (0.0, 1.0)]
    information = (1 - p) * slopes[0] ** 2 + p * slopes[1] ** 2
    assert curvature == pytest.approx(information, rel=1e-3, abs=1e-7)


def test_where_every_offer_wins_product_and_binary_are_one():
    _, X, y = drawn()
    fold = draw_folds(len(y), 4, 1)
    one = boost(Problem(X, y, "product", weight=np.ones(len(y))), list("abc"), fold, ENGINE)
    other = boost(Problem(X, y, "binary"), list("abc"), fold, ENGINE)
    np.testing.assert_allclose(one.predict(X), other.predict(X), atol=0.03)


def test_an_offset_is_taken_into_account_and_not_into_the_model():
    rows = 20_000
    rng = np.random.default_rng(2)
    X, offset = rng.standard_normal((rows, 3)), 2.0 * rng.standard_normal(rows) - 1.0
    y = (rng.random(rows) < expit(X[:, 0] + offset)).astype(float)
    booster = boost(Problem(X, y, "binary", offset), list("abc"), draw_folds(rows, 4, 1), ENGINE)
    raw = booster.predict(X, raw_score=True)
    assert np.polyfit(X[:, 0], raw, 1) == pytest.approx([1.0, 0.0], abs=0.1)
    assert expit(raw + offset).mean() == pytest.approx(y.mean(), abs=0.01)


def test_the_constant_moves_into_the_first_tree():
    _, X, y = drawn()
    fold = draw_folds(len(y), 4, 1)
    problem = Problem(X, y, "binary")
    booster = boost(problem, list("abc"), fold, ENGINE)
    alone, constant = grow(problem, ENGINE, rounds=booster.num_trees())
    np.testing.assert_allclose(
        booster.predict(X, raw_score=True), alone.predict(X, raw_score=True) + constant, rtol=1e-12
    )
    assert constant == pytest.approx(logit(y.mean()))


@given(st.integers(0, 500), st.floats(0.0, 0.5))
def test_a_line_finds_a_line_in_spite_of_gaps(seed, missing):
    rng = np.random.default_rng(seed)
    X = 5.0 + 3.0 * rng.uniform(-1, 1, (400, 3))
    y = 2.0 + X @ np.array([1.0, -0.5, 0.0])
    X[rng.random(400) < missing, 2] = np.nan
    line = fit_line(Problem(X, y, "l2"))
    np.testing.assert_allclose(line.of(X), y, atol=0.1)


def test_a_line_survives_constants_copies_and_outliers():
    rng, X, y = drawn()
    wild = np.column_stack([X, X[:, 0], np.ones(800), np.full(800, np.nan), X[:, 1]])
    wild[0, -1] = 1e12
    for loss in ("l2", "binary"):
        assert np.isfinite(fit_line(Problem(wild, y, loss)).of(wild)).all()
    separated = (X[:, 0] > 0).astype(float)
    assert np.isfinite(fit_line(Problem(X, separated, "binary")).of(X)).all()
    weights = rng.random(800)
    heavy = fit_line(Problem(X, y, "l2", weight=weights)).of(X)
    assert weights @ heavy == pytest.approx(weights @ y)  # the constant is not shrunk


@pytest.mark.parametrize("loss", ["binary", "product"])
def test_threads_change_nothing(loss):
    rng, X, y = drawn()
    problem = Problem(X, y, loss, weight=rng.uniform(0.5, 1.0, len(y)))
    fold = draw_folds(len(y), 3, 1)
    one, two = (boost(problem, list("abc"), fold, Engine(3, threads)) for threads in (1, 2))
    assert one.model_to_string() == two.model_to_string()


def test_a_row_is_not_predicted_by_what_saw_it():
    """From noise alone nothing can be told; trees that saw a row would seem to know it."""
    rng, X, _ = drawn(2_000)
    y = rng.standard_normal(2_000)
    fold = draw_folds(2_000, 5, 1)
    assert np.corrcoef(crossed(Problem(X, y, "l2"), fold, ENGINE), y)[0, 1] < 0.06
    swapped = y.copy()
    swapped[fold == 2] = rng.permutation(y[fold == 2])
    before, after = (crossed(Problem(X, part, "l2"), fold, ENGINE) for part in (y, swapped))
    assert not np.array_equal(before[fold != 2], after[fold != 2])


@given(st.integers(0, 500), st.floats(-1.5, 2.5))
def test_the_slope_is_the_root_of_its_score(seed, truth):
    rng = np.random.default_rng(seed)
    base, r = rng.standard_normal((2, 600))
    y = (rng.random(600) < expit(base + truth * r)).astype(float)
    slope = _slope(base, r, y, 1.96)
    p = expit(base + slope.raw * r)
    assert (y - p) @ r == pytest.approx(0.0, abs=1e-6)
    # the sandwich; the inverse root of the information alone is up to a fifth away in such samples
    spread, information = np.sqrt(((y - p) ** 2) @ r**2), (p * (1 - p)) @ r**2
    assert slope.error == pytest.approx(spread / information, rel=1e-9)
    assert slope.value == max(slope.raw, 0.0)
    assert slope.high == max(slope.raw + 1.96 * slope.error, 0.0)
    assert slope.low == max(slope.raw - 1.96 * slope.error, 0.0)


def test_a_slope_that_nothing_tells_is_uncertain():
    flat = _slope(np.zeros(50), np.zeros(50), np.ones(50), 1.96)
    assert (flat.value, flat.error) == (0.0, np.inf)
    separated = _slope(np.zeros(50), np.ones(50), np.ones(50), 1.96)
    assert separated.error == np.inf


def test_a_shrunk_model_of_confounded_offers_does_not_bias_the_slope():
    """Where g follows z, what the trees leave unexplained of z must not count as the price's."""
    rng = np.random.default_rng(4)
    z = rng.standard_normal((6_000, 4))
    wish = np.sin(2 * z[:, 0]) + z[:, 1] * (z[:, 2] > 0)
    g = -1.5 - wish + 0.5 * rng.standard_normal(6_000)
    y = (rng.random(6_000) < expit(1.5 + 1.5 * wish + g)).astype(float)
    fold = draw_folds(6_000, 5, 1)
    offers = Offers(z, g, y, np.zeros(6_000, dtype=np.int64), 1, fold)
    found = estimate_slopes(offers, ENGINE, start=1.0, widest_error=0.5, confidence=0.99)
    assert found.all.low < 1.0 < found.all.high
    assert found.per_segment[0] == found.all
    naive = _slope(np.full(6_000, logit(y.mean())), g - g.mean(), y, 2.58)
    assert naive.high < 0.6


@given(st.lists(st.floats(0.01, 0.5), min_size=1, max_size=60), st.integers(0, 100))
def test_rate_bands_hold_each_offer_once_in_order(rates, seed):
    rng = np.random.default_rng(seed)
    rate = np.array(rates)
    p, y = rng.random(len(rate)), rng.integers(0, 2, len(rate)).astype(float)
    bands = rate_bands(rate, p, y)
    assert 1 <= len(bands) <= 10
    assert sum(band["offers"] for band in bands) == len(rate)
    assert sum(band["applied"] for band in bands) == y.sum()
    ends = [edge for band in bands for edge in (band["rate_from"], band["rate_to"])]
    assert ends == sorted(ends)
    assert len({band["rate_from"] for band in bands}) == len(bands)  # a rate is not split
