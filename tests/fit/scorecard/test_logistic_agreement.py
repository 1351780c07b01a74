"""The logistic fit against statsmodels': coefficients, standard errors, log likelihoods."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from exact_logistic import by_80_bits, has_80_bits
from logistic_cases import MADE, NEARLY_COLLINEAR, REAL, Data, drawn, outcome_of

from bench_data.real_data import real_data_folder
from engine.fit.scorecard.logistic import LogisticFit, fit_logistic, infer
from engine.fit.scorecard.rows import Outcome

LIMIT = 1e-8


BEYOND_LOGIT = "badly scaled"
"""statsmodels' Logit inverts sums of products of unscaled columns: held against a fit in 80 bits
its coefficients are off by 0.7 standard errors there, those of its GLM by QR by 2e-15."""


def by_statsmodels(data: Data, *, by_qr: bool = False) -> Any:
    """Logit where it can, else a generalised linear model; both till steps change nothing."""
    used = data.outcome.weight > 0.0
    event, weight, offset = (values[used] for values in data.outcome)
    D = sm.add_constant(data.X[used], has_constant="add")
    if np.all(weight == 1.0) and not offset.any() and not by_qr:
        return sm.Logit(event, D).fit(method="newton", tol=1e-14, maxiter=200, disp=0)
    family = sm.families.Binomial()
    model = sm.GLM(event, D, family=family, freq_weights=weight, offset=offset)
    return model.fit(tol=1e-15, maxiter=15, tol_criterion="params", wls_method="qr")


def same(found: LogisticFit, expected: Any) -> None:
    """Coefficients within 1e-8 of their size, or of their standard error where that is larger."""
    errors = np.sqrt(np.diag(found.covariance))
    size = np.maximum(np.abs(expected.params), expected.bse)
    assert np.max(np.abs(found.coefficients - expected.params) / size) < LIMIT
    assert np.max(np.abs(errors / expected.bse - 1.0)) < LIMIT
    correlations = [
        covariance / np.outer(error, error)
        for covariance, error in (
            (found.covariance, errors),
            (expected.cov_params(), expected.bse),
        )
    ]
    assert np.max(np.abs(correlations[0] - correlations[1])) < LIMIT
    assert found.log_likelihood == pytest.approx(expected.llf, rel=1e-11)
    assert found.ridge == 0.0
    assert found.warnings == ()


@pytest.mark.parametrize("name", MADE)
def test_equals_statsmodels(name: str) -> None:
    data = MADE[name]()
    same(fit_logistic(*data), by_statsmodels(data, by_qr=name == BEYOND_LOGIT))


@pytest.mark.realdata
@pytest.mark.parametrize("name", REAL)
def test_equals_statsmodels_on_real_data(name: str) -> None:
    if not real_data_folder().is_dir():
        pytest.skip("no real data (set NIGHTBOOK_REAL_DATA)")
    data = REAL[name]()
    same(fit_logistic(*data), by_statsmodels(data))


@pytest.mark.skipif(not has_80_bits(), reason="long double is no longer than double here")
@pytest.mark.parametrize(
    "name",
    [*(BEYOND_LOGIT, "correlated 0.9999", "far from zero", "far offset", "everything"), "nearly"],
)
def test_equals_a_fit_in_80_bits(name: str) -> None:
    """Where statsmodels loses digits, and the last case more than are asked for."""
    data = NEARLY_COLLINEAR if name == "nearly" else MADE[name]()
    found = fit_logistic(*data)
    b, covariance = by_80_bits(data)
    error = np.sqrt(np.diag(covariance))
    size = np.maximum(np.abs(b), error)
    assert np.max(np.abs(found.coefficients - b) / size) < 1e-11
    assert np.max(np.abs(found.covariance - covariance) / np.outer(error, error)) < 1e-9


def test_inference_equals_statsmodels() -> None:
    data = drawn(500, 3, seed=1)
    found = infer(fit_logistic(*data), ("a", "b", "c"), confidence=0.9)
    expected = by_statsmodels(data)
    share = data.outcome.event.mean()
    null = 500 * (share * np.log(share) + (1 - share) * np.log(1 - share))
    expected.set_null_options(llnull=null)  # its own is from few steps
    columns = np.array([estimate[1:] for estimate in found.estimates]).T
    low, high = expected.conf_int(0.1).T
    wanted = [expected.params, expected.bse, expected.tvalues, expected.tvalues**2]
    wanted += [expected.pvalues, np.exp(expected.params), np.exp(low), np.exp(high)]
    assert np.allclose(columns, wanted, rtol=1e-9, atol=0.0)
    assert [estimate.name for estimate in found.estimates] == ["intercept", "a", "b", "c"]
    names = ("llf", "llnull", "llr", "df_model", "llr_pvalue", "prsquared", "aic", "bic")
    assert np.allclose(found[3:], [getattr(expected, name) for name in names], rtol=1e-9)
    assert found.weight == 500.0


def test_rows_are_counted_by_their_weights() -> None:
    data = drawn(500, 2, seed=1, weights="counts")
    times = data.outcome.weight.astype(int)
    event = np.repeat(data.outcome.event, times)
    repeated = fit_logistic(np.repeat(data.X, times, axis=0), outcome_of(event))
    found = infer(fit_logistic(*data), ("a", "b"))
    assert np.allclose(found[2:], infer(repeated, ("a", "b"))[2:], rtol=1e-9)


def test_a_model_of_the_intercept_alone() -> None:
    data = drawn(500, 0, seed=1)
    found = fit_logistic(*data)
    share = data.outcome.event.mean()
    assert found.coefficients[0] == pytest.approx(np.log(share / (1 - share)), rel=1e-14)
    assert found.covariance[0, 0] == pytest.approx(1 / (500 * share * (1 - share)), rel=1e-12)
    assert found.log_likelihood == found.null_log_likelihood
    inference = infer(found, ())
    assert inference.likelihood_ratio == 0.0
    assert np.isnan(inference.p_value)


@pytest.mark.parametrize("offset", ["30", "-700", "30 or -30", "one at 700"])
def test_offsets_may_be_far_out(offset: str) -> None:
    """Where rows are nearly certain of their class Newton's step from afar would leave all range;
    the gradient at the end is that of the definition."""
    X, (event, weight, _) = drawn(1_000, 3, seed=6)
    far = {
        "30": np.full(1_000, 30.0),
        "-700": np.full(1_000, -700.0),
        "30 or -30": np.random.default_rng(0).choice([-30.0, 30.0], 1_000),
        "one at 700": 700.0 * (np.arange(1_000) == 5),
    }[offset]
    found = fit_logistic(X, Outcome(event, weight, far))
    b = found.coefficients
    left = event - 1.0 / (1.0 + np.exp(-(far + b[0] + X @ b[1:])))
    assert np.abs(np.column_stack([np.ones(1_000), X]).T @ left).max() < 1e-8
    if offset in ("30", "-700"):
        plain = fit_logistic(X, Outcome(event, weight, np.zeros(1_000)))
        assert np.allclose(b[1:], plain.coefficients[1:], rtol=1e-9)
        assert found.null_log_likelihood == pytest.approx(plain.null_log_likelihood, rel=1e-12)


def test_null_model_has_the_offset() -> None:
    data = drawn(2_000, 3, seed=4, weights="shares", offset=2.0)
    found = fit_logistic(*data)
    alone = fit_logistic(data.X[:, :0], data.outcome)
    assert found.null_log_likelihood == pytest.approx(alone.log_likelihood, rel=1e-12)
