"""What no logistic model can be fitted to: one clear error each, with counts and names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from logistic_cases import drawn, outcome_of

from engine.errors import DataError
from engine.fit.scorecard.logistic import fit_logistic

NAMES = ("age", "income", "limit")
X, (EVENT, WEIGHT, OFFSET) = drawn(500, 3, seed=1)


def changed(values: Any, place: Any, value: float) -> Any:
    values = values.copy()
    values[place] = value
    return values


def with_column(column: Any) -> Any:
    return np.column_stack([X[:, :2], column])


@pytest.mark.parametrize(
    ("X", "outcome", "message", "column", "count"),
    [
        (X, outcome_of(np.zeros(500)), "one class only", None, 500),
        (X, outcome_of(np.ones(500)), "one class only", None, 500),
        (X, outcome_of(EVENT, EVENT), "one class only", None, int(EVENT.sum())),
        (X, outcome_of(changed(EVENT, 7, 0.5)), "neither 0 nor 1", "event", 1),
        (X, outcome_of(changed(EVENT, 7, np.nan)), "neither 0 nor 1", "event", 1),
        (X, outcome_of(EVENT, np.zeros(500)), "weights sum to zero", "weight", 500),
        (X, outcome_of(EVENT, changed(WEIGHT, [3, 9], -1.0)), "below zero", "weight", 2),
        (X, outcome_of(EVENT, changed(WEIGHT, 3, np.nan)), "not a finite", "weight", 1),
        (X, outcome_of(EVENT, changed(WEIGHT, 3, np.inf)), "not a finite", "weight", 1),
        (X, outcome_of(EVENT, None, changed(OFFSET, 3, -np.inf)), "not a finite", "offset", 1),
        (changed(X, ([2, 5], 1), np.nan), outcome_of(EVENT), "not a finite", "income", 2),
        (changed(X, ([2], 2), np.inf), outcome_of(EVENT), "not a finite", "limit", 1),
        (changed(X, ([2], 0), 1e300), outcome_of(EVENT), "too large to be squared", "age", None),
        (X * [1.0, 1e-101, 1e101], outcome_of(EVENT), "deviation is not", "income, limit", None),
        (X * [1.0, 1e-170, 1e-300], outcome_of(EVENT), "deviation is not", "income, limit", None),
        (X, outcome_of(EVENT, np.full(500, 1e-320)), "weights sum to 4.9", "weight", None),
        (X, outcome_of(EVENT, np.full(500, 1e300)), "weights sum to 5e", "weight", None),
        (with_column(np.full(500, 7.0)), outcome_of(EVENT), "constant", "limit", 500),
        (X[:3], outcome_of([0, 1, 0]), "too few rows for 3 features", None, 3),
    ],
)
def test_refused(X: Any, outcome: Any, message: str, column: str | None, count: int | None) -> None:
    with pytest.raises(DataError, match=message) as found:
        fit_logistic(X, outcome, names=NAMES)
    assert found.value.column == column
    assert found.value.count == count


def test_constant_where_there_is_weight() -> None:
    weight = np.where(X[:, 2] > 0, 1.0, 0.0)
    with pytest.raises(DataError, match="constant") as found:
        fit_logistic(with_column(weight), outcome_of(EVENT, weight), names=NAMES)
    assert found.value.column == "limit"
    assert found.value.count == int(weight.sum())


def test_all_constant_columns_are_named() -> None:
    with pytest.raises(DataError, match="constant") as found:
        fit_logistic(np.ones((500, 3)), outcome_of(EVENT), names=NAMES)
    assert found.value.column == "age, income, limit"


@pytest.mark.parametrize("noise", [0.0, 1e-8])
def test_collinear_columns_are_named_with_what_they_follow_from(noise: float) -> None:
    rng = np.random.default_rng(0)
    both = np.column_stack([X, 2.0 - X[:, 0] + 10.0 * X[:, 2], X[:, 1] * 1e-6])
    both = both * (1.0 + noise * rng.normal(size=both.shape))
    names = (*NAMES, "sum", "copy")
    message = "'sum' follows from 'age' and 'limit'; 'copy' follows from 'income'; leave one"
    with pytest.raises(DataError, match=f"collinear features: {message}"):
        fit_logistic(both, outcome_of(EVENT), names=names)


def test_all_marks_of_a_category_are_collinear() -> None:
    marks = np.eye(3)[np.arange(500) % 3]
    with pytest.raises(DataError, match="'limit' follows from 'age' and 'income'"):
        fit_logistic(marks, outcome_of(EVENT), names=NAMES)


@pytest.mark.parametrize("noise", [1e-4, 1e-5, 2e-6])
def test_nearly_collinear_columns_are_fitted(noise: float) -> None:
    rng = np.random.default_rng(0)
    near = with_column(X[:, 0] + noise * rng.normal(size=500))
    assert fit_logistic(near, outcome_of(EVENT), names=NAMES).ridge == 0.0


def test_too_few_steps() -> None:
    with pytest.raises(DataError, match="did not converge in 2 steps") as found:
        fit_logistic(X, outcome_of(EVENT), most_steps=2)
    assert found.value.count == 500


def test_names_of_nameless_columns() -> None:
    with pytest.raises(DataError) as found:
        fit_logistic(with_column(np.zeros(500)), outcome_of(EVENT))
    assert found.value.column == "column 3"
