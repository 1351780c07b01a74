"""Fits held to the truth of the fee book (``engine.synth.card_fees``).

Seeds are 0, 1, 2, ... and were never picked. They are fixed because a right fit fails such tests at
a known rate; each test says how often.
"""

from __future__ import annotations

import numpy as np
import pytest
from logistic_cases import outcome_of

from engine.fit.scorecard.elimination import eliminate
from engine.fit.scorecard.logistic import fit_logistic
from engine.fit.scorecard.rows import Matrix
from engine.synth.card_fees import DO_NOT, FEATURES, MATTER, Sample, draw_sample
from engine.synth.fee_good import COEFFICIENTS, INTERCEPT

SIGNIFICANCE = 0.001


def matrix(sample: Sample, names: tuple[str, ...]) -> Matrix:
    return np.ascontiguousarray(sample.features.select(names).to_numpy())


def kept(seed: int) -> tuple[str, ...]:
    """Of the seven, on 10,000 customers: ``minimum_sample_size`` asks for as many for one point."""
    sample = draw_sample(10_000, seed=seed)
    found = eliminate(
        matrix(sample, FEATURES),
        outcome_of(sample.good),
        FEATURES,
        method="discriminant",
        significance=SIGNIFICANCE,
    )
    return found.kept


def test_the_three_differ_between_good_and_bad() -> None:
    """So each looks as if it mattered, until the four are known."""
    sample = draw_sample(10_000, seed=0)
    good = sample.good == 1
    for name in DO_NOT:
        values = sample.features[name].to_numpy()
        gap = values[good].mean() - values[~good].mean()
        error = np.sqrt(values[good].var() / good.sum() + values[~good].var() / (~good).sum())
        assert abs(gap) > 5 * error, name


@pytest.mark.slow
def test_elimination_keeps_the_four_and_drops_the_three() -> None:
    """In at least 95 of 100 books.

    A feature that tells nothing stays with probability ``SIGNIFICANCE``: at the usual 5 % one of
    three would stay in 14 books of 100, at 1 % in 3. Operations per day are turnover over mean
    amount, and a linear rule has some use for what is not linear in the four: their mean t, over
    these books, is 0.8 where chance alone makes it 0, so they stay in 0.6 of 100 books and not in
    0.1. Measured: the four alone in 85 books at 5 %, in 97 at 1 %, in 99 at 0.1 %.
    """
    found = [kept(seed) for seed in range(100)]
    assert sum(names == MATTER for names in found) >= 95
    assert all(set(MATTER) <= set(names) for names in found)


@pytest.mark.slow
def test_coefficients_are_the_published_ones() -> None:
    """Within three standard errors, all five of 20 books whose labels follow the published rule.

    Of 100 right estimates 0.27 are expected to lie outside, so one in four lists of 20 seeds would
    hold a failure by chance: the list is fixed. The sum of squares, chi-square with 100 degrees of
    freedom (0.1 % below 62 and above 149), tells standard errors that are too large or too small.
    """
    truth = np.array([INTERCEPT, *COEFFICIENTS.values()])
    errors = []
    for seed in range(20):
        sample = draw_sample(20_000, seed=seed)
        fit = fit_logistic(matrix(sample, MATTER), outcome_of(sample.published))
        errors.append((fit.coefficients - truth) / np.sqrt(np.diag(fit.covariance)))
    assert tuple(COEFFICIENTS) == MATTER
    assert np.abs(errors).max() < 3.0
    assert 62 < np.square(errors).sum() < 149


@pytest.mark.parametrize("seed", range(2))
def test_held_out_accuracy_is_within_a_point_of_the_best_there_is(seed: int) -> None:
    """Of the rule that knows each customer's own behaviour, on the same 30,000 customers.

    Chance moves the difference by 0.1 points (standard error); measured: 0.11 to 0.27 on 60,000
    customers of seeds 0 to 3.
    """
    sample = draw_sample(50_000, seed=seed)
    X, good = matrix(sample, MATTER), sample.good
    fit = fit_logistic(X[:20_000], outcome_of(good[:20_000]))
    called = fit.coefficients[0] + X[20_000:] @ fit.coefficients[1:] >= 0.0
    best = sample.probability[20_000:] >= 0.5
    accuracy = np.mean(called == good[20_000:])
    assert 0.8 < accuracy < 0.9
    assert accuracy > np.mean(best == good[20_000:]) - 0.01
