"""Backward elimination by the likelihood ratio against fits of another library."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import chi2

from engine.fit.scorecard.elimination import eliminate, likelihood_ratio
from engine.fit.scorecard.rows import Outcome

NAMES = list("abcde")


def case(seed=1, size=600):
    """Five features, of which two matter, weights and an offset that matters most."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(size, 5)) @ random.normal(size=(5, 5))
    offset = random.normal(scale=2.0, size=size)
    z = -0.5 + 0.5 * X[:, 0] - 0.4 * X[:, 2] + offset
    event = (random.random(size) < 1 / (1 + np.exp(-z))).astype(float)
    return X, Outcome(event, random.integers(0, 3, size).astype(float), offset)


def log_likelihood(X, outcome) -> float:
    model = sm.GLM(
        outcome.event,
        sm.add_constant(X),
        family=sm.families.Binomial(),
        freq_weights=outcome.weight,
        offset=outcome.offset,
    )
    return model.fit(tol=1e-12).llf


@pytest.mark.parametrize("seed", range(3))
def test_statistic_is_twice_the_lost_log_likelihood(seed):
    X, outcome = case(seed)
    found = eliminate(X, outcome, NAMES, method="likelihood_ratio", significance=0.05)
    left = list(NAMES)
    for step in found.steps:
        assert step.wilks_lambda is None
        columns = [NAMES.index(name) for name in left]
        whole = log_likelihood(X[:, columns], outcome)
        for name in left:
            rest = [NAMES.index(other) for other in left if other != name]
            ratio = 2 * (whole - log_likelihood(X[:, rest], outcome))
            assert step.statistic[name] == pytest.approx(ratio, rel=1e-6, abs=1e-8)
            assert step.p_value[name] == pytest.approx(chi2.sf(ratio, 1), rel=1e-5)
        weakest = min(left, key=step.statistic.__getitem__)
        assert step.removed == (weakest if step.p_value[weakest] > 0.05 else None)
        left = [name for name in left if name != step.removed]
    assert found.kept == tuple(left)
    assert len(found.steps) > 1


@pytest.mark.parametrize("seed", range(3))
def test_looking_at_the_weakest_is_enough(seed, monkeypatch):
    X, outcome = case(seed)
    whole = eliminate(X, outcome, NAMES, method="likelihood_ratio", significance=0.05)
    monkeypatch.setattr(likelihood_ratio, "LOOKED_AT", 2)
    found = eliminate(X, outcome, NAMES, method="likelihood_ratio", significance=0.05)
    assert found.kept == whole.kept
    assert [step.removed for step in found.steps] == [step.removed for step in whole.steps]
    for step, full in zip(found.steps, whole.steps, strict=True):
        assert len(step.statistic) == min(2, len(full.statistic))
        assert step.statistic.items() <= full.statistic.items()
        assert step.p_value.items() <= full.p_value.items()


def test_what_repeats_others_goes_first():
    X, outcome = case()
    more = np.column_stack([X[:, :1], 3 - X[:, 0], X[:, 1:]])
    found = eliminate(more, outcome, list("axbcde"), method="likelihood_ratio", significance=0.05)
    alone = eliminate(X, outcome, NAMES, method="likelihood_ratio", significance=0.05)
    assert found.steps[0].removed == "x"
    assert found.kept == alone.kept
