"""Backward elimination against the regression F test, determinants and a second fit."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.multivariate.manova import MANOVA
from threadpoolctl import threadpool_limits

from engine.errors import DataError
from engine.fit.scorecard.elimination import eliminate
from engine.fit.scorecard.rows import Outcome


def case(size=400, seed=1, weighted=False):
    """Six correlated features of very different scale, of which two matter."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(size, 6)) @ random.normal(size=(6, 6))
    X = X * [1, 1e6, 1e-5, 10, 1, 1] + [0, 1e7, 0, 500, 0, -3]
    z = (X[:, 0] - X[:, 0].mean()) / X[:, 0].std() + (X[:, 3] - X[:, 3].mean()) / X[:, 3].std()
    event = (random.random(size) < 1 / (1 + np.exp(0.7 - z))).astype(float)
    weight = random.integers(0, 4, size).astype(float) if weighted else np.ones(size)
    return X, Outcome(event, weight, np.zeros(size)), list("abcdef")


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_partial_f_is_that_of_the_regression_on_the_group(seed, weighted):
    X, outcome, names = case(seed=seed, weighted=weighted)
    found = eliminate(X, outcome, names, method="discriminant", significance=0.05)
    repeated = np.repeat(np.arange(len(X)), outcome.weight.astype(int))  # a weight counts rows
    left = list(names)
    for step in found.steps:
        columns = [names.index(name) for name in left]
        standard = (X[:, columns] - X[:, columns].mean(axis=0)) / X[:, columns].std(axis=0)
        ols = sm.OLS(outcome.event[repeated], sm.add_constant(standard[repeated])).fit()
        assert list(step.statistic) == left
        np.testing.assert_allclose(list(step.statistic.values()), ols.tvalues[1:] ** 2, rtol=1e-8)
        np.testing.assert_allclose(list(step.p_value.values()), ols.pvalues[1:], rtol=1e-7)
        assert step.wilks_lambda == pytest.approx(1 - ols.rsquared, rel=1e-10)
        weakest = left[int(np.argmin(ols.tvalues[1:] ** 2))]
        assert step.removed == (weakest if ols.pvalues[1:].max() > 0.05 else None)
        left = [name for name in left if name != step.removed]
    assert found.kept == tuple(left)


def test_wilks_lambda_is_a_ratio_of_determinants_and_manovas():
    X, outcome, names = case()
    step = eliminate(X, outcome, names, method="discriminant", significance=0.9).steps[0]
    standard = (X - X.mean(axis=0)) / X.std(axis=0)
    groups = [standard[outcome.event == group] for group in (0, 1)]
    within = sum((g - g.mean(axis=0)).T @ (g - g.mean(axis=0)) for g in groups)
    ratio = np.linalg.det(within) / np.linalg.det(standard.T @ standard)
    assert step.wilks_lambda == pytest.approx(ratio, rel=1e-10)
    test = MANOVA(standard, sm.add_constant(outcome.event)).mv_test([("g", np.array([[0.0, 1.0]]))])
    assert step.wilks_lambda == pytest.approx(
        test.results["g"]["stat"].loc["Wilks' lambda", "Value"], rel=1e-8
    )


def test_what_repeats_others_goes_first_and_changes_nothing_else():
    X, outcome, names = case()
    alone = eliminate(X, outcome, names, method="discriminant", significance=0.05)
    repeats = [2 * X[:, 0] - X[:, 3] / 7, X[:, 1] * 1e-9 + 3]
    more = np.column_stack([X[:, :4], repeats[0], X[:, 4:], repeats[1]])
    found = eliminate(more, outcome, list("abcdgefh"), method="discriminant", significance=0.05)
    first, later = found.steps[:2], found.steps[2:]
    assert [(step.step, step.removed, step.statistic, step.p_value) for step in first] == [
        (1, "g", {"g": 0.0}, {"g": 1.0}),
        (2, "h", {"h": 0.0}, {"h": 1.0}),
    ]
    assert found.kept == alone.kept
    for step, same in zip(later, alone.steps, strict=True):
        assert (step.step, step.removed) == (same.step + 2, same.removed)
        np.testing.assert_allclose(list(step.statistic.values()), list(same.statistic.values()))


def bad(X, outcome, names, significance=0.05):
    return eliminate(X, outcome, names, method="discriminant", significance=significance)


def test_what_cannot_be_eliminated_from_is_an_error():
    X, outcome, names = case()
    with pytest.raises(DataError, match="6 features need more than 7 rows with weight") as caught:
        bad(X[:7], Outcome(*(part[:7] for part in outcome)), names)
    assert caught.value.exit_code == 65
    with pytest.raises(DataError, match="their weights sum to 4"):
        bad(X, outcome._replace(weight=np.full(len(X), 0.01)), names)
    with pytest.raises(DataError, match="of one class"):
        bad(X, outcome._replace(event=np.ones(len(X))), names)
    constant = np.column_stack([X, np.full(len(X), 0.1)])
    with pytest.raises(DataError, match=r"constant feature \(column g"):
        bad(constant, outcome, [*names, "g"])


def test_nothing_significant_is_an_error_that_names_the_last():
    random = np.random.default_rng(7)
    X = random.normal(size=(200, 3))
    outcome = Outcome((random.random(200) < 0.4).astype(float), np.ones(200), np.zeros(200))
    with pytest.raises(DataError, match="no feature is significant at 0.001; the last one, '"):
        eliminate(X, outcome, list("abc"), method="discriminant", significance=0.001)


def test_groups_that_a_feature_tells_apart_keep_all():
    X, outcome, names = case()
    X[:, 2] = outcome.event
    found = eliminate(X, outcome, names, method="discriminant", significance=0.05)
    assert found.kept == tuple(names)
    assert found.steps[0].wilks_lambda == 0


def test_bits_do_not_depend_on_the_threads_of_a_library():
    """With 140 columns NumPy's linear algebra adds in another order on two threads."""
    random = np.random.default_rng(5)
    X = random.normal(size=(4_000, 140))
    X[:, 1:] += 3 * X[:, :-1]
    event = (random.random(4_000) < 1 / (1 + np.exp(-X[:, 0]))).astype(float)
    outcome = Outcome(event, np.ones(4_000), np.zeros(4_000))
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            names = [f"x{k}" for k in range(140)]
            found.append(eliminate(X, outcome, names, method="discriminant", significance=0.05))
    assert found[0] == found[1]
