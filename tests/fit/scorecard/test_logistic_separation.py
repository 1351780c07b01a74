"""Classes that columns separate: found, said, and held by a ridge; what is not separated is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logistic_cases import drawn, outcome_of
from scipy.optimize import linprog, minimize

from engine.fit.scorecard.logistic import LogisticFit, fit_logistic, separation
from engine.fit.scorecard.logistic.separation import columns_that_separate
from engine.fit.scorecard.rows import Outcome
from kernels.irls import Block, moments

RNG = np.random.default_rng(5)
X = RNG.normal(size=(2_000, 5))
NAMES = ("a", "b", "c", "d", "e")
Z = X[:, 0] - 0.5 * X[:, 2]
NOISY = RNG.random(2_000) < 1 / (1 + np.exp(-Z))


def fit(X: Any, event: Any, names: Any = NAMES, **options: Any) -> LogisticFit:
    found = fit_logistic(X, outcome_of(event), names=names, **options)
    assert np.isfinite(found.coefficients).all()
    assert (np.diag(found.covariance) > 0).all()
    return found


def is_held(found: LogisticFit, *names: str) -> None:
    """By a ridge of 1, with a warning that names these columns and no others."""
    assert found.ridge == 1.0
    (warning,) = found.warnings
    assert {name for name in NAMES if repr(name) in warning} == set(names)
    assert "separated" in warning
    assert "ridge term of 1" in warning


@pytest.mark.parametrize("at", [0.3, -2.5])
def test_one_column_separates(at: float) -> None:
    is_held(fit(X, X[:, 1] > at), "b")
    is_held(fit(X, X[:, 1] <= at), "b")


def test_two_columns_separate_together() -> None:
    is_held(fit(X, Z > 0.1), "a", "c")


def test_a_rare_mark_that_is_always_bad() -> None:
    """Quasi-complete: rows without the mark are of both classes, coefficients of others finite."""
    mark = (np.arange(2_000) % 500 == 0).astype(float)
    marked = np.column_stack([X[:, :4], mark])
    found = fit(marked, NOISY | (mark == 1))
    is_held(found, "e")
    without = fit(marked[mark == 0][:, :4], NOISY[mark == 0], NAMES[:4])
    error = np.sqrt(np.diag(without.covariance))[1:]
    assert np.all(np.abs(found.coefficients[1:5] - without.coefficients[1:]) < 0.5 * error)


def test_a_combination_that_separates_in_part() -> None:
    """Rows on the border are of both classes; no column does it alone."""
    whole = RNG.integers(-3, 4, size=(2_000, 2)).astype(float)
    total = whole.sum(axis=1)
    event = (total > 0) | ((total == 0) & (RNG.random(2_000) < 0.5))
    is_held(fit(np.column_stack([X[:, :3], whole]), event), "d", "e")


def test_few_rows_are_separated_by_many_columns() -> None:
    found = fit(X[:6], NOISY[:6])
    assert found.ridge == 1.0
    assert found.warnings


@pytest.mark.parametrize("kind", ["one", "two"])
def test_one_row_less_and_nothing_separates(kind: str) -> None:
    """A row on the wrong side, and the likelihood has a top, however steep."""
    side = X[:, 1] if kind == "one" else Z
    event = side > 0.1
    wrong = int(np.argmax(side))
    event[wrong] = False
    found = fit(X, event)
    assert found.ridge == 0.0
    assert found.warnings == ()


def test_rows_of_no_weight_do_not_count() -> None:
    event = X[:, 1] > 0
    event[:3] = ~event[:3]
    weight = np.ones(2_000)
    weight[:3] = 0.0
    found = fit_logistic(X, outcome_of(event, weight), names=NAMES)
    is_held(found, "b")


def test_the_ridge_is_the_one_that_is_asked_for() -> None:
    """The top of likelihood and penalty, by another optimiser; weaker, and b is larger."""
    event = (Z > 0.1).astype(float)
    deviation, mean = X.std(axis=0), X.mean(axis=0)
    D = np.column_stack([np.ones(2_000), (X - mean) / deviation])

    def loss(b: Any) -> tuple[float, Any]:
        z = D @ b
        mu = 1 / (1 + np.exp(-z))
        penalty = 0.05 * b * (np.arange(6) > 0)
        value = np.logaddexp(0, np.where(event == 1, -z, z)).sum() + 0.5 * penalty @ b
        return float(value), D.T @ (mu - event) + penalty

    expected = minimize(loss, np.zeros(6), jac=True, method="BFGS", options={"gtol": 1e-9}).x
    found = fit(X, event, ridge=0.05)
    assert found.ridge == 0.05
    assert np.allclose(found.coefficients[1:] * deviation, expected[1:], rtol=1e-5, atol=1e-5)
    mu = 1 / (1 + np.exp(-D @ expected))
    information = (D * (mu * (1 - mu))[:, None]).T @ D + 0.05 * np.diag([0.0] + 5 * [1.0])
    errors = np.sqrt(np.diag(np.linalg.inv(information)))[1:] / deviation
    assert np.allclose(np.sqrt(np.diag(found.covariance))[1:], errors, rtol=1e-4)


def test_the_ridge_does_not_depend_on_units() -> None:
    event = Z > 0.1
    scale = np.array([1e-6, 1.0, 1e4, 1.0, 1e9])
    one, other = fit(X, event), fit(X * scale, event)
    assert np.allclose(other.coefficients[1:] * scale, one.coefficients[1:], rtol=1e-9)


def test_a_separation_with_offsets() -> None:
    event, offset = X[:, 1] > 0, RNG.normal(size=2_000)
    is_held(fit_logistic(X, outcome_of(event, None, offset), names=NAMES), "b")


@pytest.mark.parametrize(
    ("value", "event", "expected"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], [0]),
        ([1, 2, 2, 4], [0, 0, 1, 1], [0]),
        ([1, 2, 2, 4], [1, 1, 0, 0], [0]),
        ([1, 3, 2, 4], [0, 0, 1, 1], []),
        ([0, 0, 0, 1], [0, 1, 1, 1], [0]),
    ],
)
def test_a_column_may_touch(value: Any, event: Any, expected: Any) -> None:
    """Ranges of values that have one in common are told apart all the same."""
    X = np.array(value, np.float64)[:, None]
    assert columns_that_separate(moments(Block(X, *outcome_of(event)))) == expected


@pytest.mark.parametrize("join", [1, 2, 500])
def test_rows_join_the_programme_till_it_is_decided(
    join: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few at a time: the answer is the same after more rounds."""
    monkeypatch.setattr(separation, "_JOIN", join)
    event = Z > 0.1
    is_held(fit(X, event), "a", "c")
    event[np.argmax(Z)] = False
    assert fit(X, event).ridge == 0.0


@settings(max_examples=60)
@given(st.integers(8, 25), st.integers(1, 3), st.integers(0, 10_000), st.booleans())
def test_a_ridge_is_in_where_a_linear_programme_says_so(
    n: int, p: int, seed: int, whole: bool
) -> None:
    """Konis' programme over all rows at once, on small samples, of which many are separated."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    x = np.round(x) if whole else x
    event = (rng.random(n) < 1 / (1 + np.exp(-2 * x.sum(axis=1)))).astype(float)
    D = np.column_stack([np.ones(n), x])
    if event.min() == event.max() or np.linalg.matrix_rank(D) <= p:
        return
    D *= np.where(event == 1, 1.0, -1.0)[:, None]
    best = linprog(-D.sum(axis=0), A_ub=-D, b_ub=np.zeros(n), bounds=(-1, 1), method="highs")
    found = fit_logistic(x, outcome_of(event))
    assert (found.ridge > 0) == (-best.fun > 1e-6)


def test_strong_is_not_separated() -> None:
    data = drawn(3_000, 5, seed=4, signal=12.0)
    assert fit_logistic(*data).ridge == 0.0


def test_among_many_rows() -> None:
    """The programme never holds more than some thousand of them."""
    rng = np.random.default_rng(0)
    many = rng.normal(size=(300_000, 8))
    z = many @ np.arange(1.0, 9.0)
    outcome: Outcome = outcome_of(z > 5.0)
    assert fit_logistic(many, outcome, threads=2).ridge == 1.0
    outcome.event[np.argmax(z)] = 0.0
    assert fit_logistic(many, outcome, threads=2, most_steps=200).ridge == 0.0
