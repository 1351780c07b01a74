"""The separating plane of the linear programme against the definition."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from challenger_cases import noise, part_with
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import DataError
from engine.fit.scorecard.challengers.linear_programming import fit, separating_plane


def deviations(
    X: np.ndarray, event: np.ndarray, weight: np.ndarray, b: np.ndarray, c: float
) -> float:
    """Weighted sum of distances on the wrong side."""
    sign = np.where(event == 1.0, 1.0, -1.0)
    return float(weight @ np.maximum(0.0, -sign * (X @ b - c)))


def difference(X: np.ndarray, event: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted means of events less those of the others."""
    one, other = (
        np.average(X[event == side], axis=0, weights=weight[event == side]) for side in (1, 0)
    )
    return one - other


def least_by_corners(X: np.ndarray, event: np.ndarray, weight: np.ndarray) -> float:
    """A corner of the programme in two columns has three equations: the normalisation and two
    customers on the plane. Where there are no such corners the others on a grid are tried."""
    D = difference(X, event, weight)
    least = np.inf
    for i, j in itertools.combinations(range(len(X)), 2):
        A = np.array([[*X[i], -1.0], [*X[j], -1.0], [*D, 0.0]])
        if abs(np.linalg.det(A)) > 1e-9:
            b1, b2, c = np.linalg.solve(A, [0.0, 0.0, 1.0])
            least = min(least, deviations(X, event, weight, np.array([b1, b2]), c))
    return least


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(5, 12))
def test_no_corner_is_better(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    X, weight = random.normal(size=(size, 2)), random.uniform(0.5, 2.0, size)
    event = (np.arange(size) < 2 + seed % (size - 3)).astype(np.float64)
    b, c = separating_plane(X, event, weight)
    assert difference(X, event, weight) @ b == pytest.approx(1.0)
    found = deviations(X, event, weight, b, c)
    assert found == pytest.approx(least_by_corners(X, event, weight), abs=1e-9)


def test_separable_classes_have_no_deviation() -> None:
    X = np.array([[0.0, 0.0], [1.0, 0.5], [3.0, 1.0], [4.0, 0.0]])
    event = np.array([0.0, 0.0, 1.0, 1.0])
    b, c = separating_plane(X, event, np.ones(4))
    assert deviations(X, event, np.ones(4), b, c) == pytest.approx(0.0, abs=1e-12)


def test_classes_with_the_same_means_are_an_error() -> None:
    parts = noise()
    X = np.vstack([parts.train.X, parts.train.X])
    event = np.repeat([0.0, 1.0], len(parts.train.X))
    both = part_with(parts.train._replace(X=X), event=event, weight=np.ones(len(X)))
    with pytest.raises(DataError, match=r"means of events and others are the same \(rows 1800\)"):
        fit(both, parts.validation, seed=1, threads=1)


def test_the_plane_does_not_depend_on_the_unit_of_the_weights() -> None:
    """However small they are against the solver's tolerance."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(300, 6))
    event = (X[:, 0] - X[:, 1] + rng.normal(size=300) > 1).astype(float)
    b, c = separating_plane(X, event, np.ones(300))
    small, at = separating_plane(X, event, np.full(300, 1e-7))
    assert small == pytest.approx(b, abs=1e-9)
    assert at == pytest.approx(c, abs=1e-9)
