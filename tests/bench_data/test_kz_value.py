"""Estimators against simulated experiments in which every policy's value is known."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_data.kz.policy import BY_STRATUM, learn_crossed
from bench_data.kz.study import Study, in_sample_value, value
from bench_data.kz.sums import Cells, Sums, by_fold, sums_of
from bench_data.kz.trial import BANDS, FOLDS, KINDS, STRATA, Codes, Trial, Vector, deal_folds
from bench_data.kz.value import (
    average_value,
    dr_value,
    effective_size,
    estimate,
    inverse_shares,
    ipw_value,
)
from engine.errors import DataError

BRANCHES = 60
CHANCES = np.random.default_rng(1).dirichlet(np.full(BANDS, 3.0), len(STRATA)) * 0.7 + 0.06
"""(S, bands): how often each band is offered, unlike by stratum."""
WORTH = np.random.default_rng(2).uniform(0.0, 10.0, (len(STRATA), BANDS))
PLACES = np.arange(len(STRATA))


class Drawn(NamedTuple):
    trial: Trial
    y: Vector
    sums: Sums


def drawn(seed: int, worth: Cells = WORTH, *, fit: float = 1.0, n: int = 4_500) -> Drawn:
    """Profit is mostly 0, rises with what is known of the customer, and is alike in a branch.

    ``fit``: 1 predicts what can be known, -1 the opposite.
    """
    rng = np.random.default_rng(seed)
    stratum, branch = rng.integers(0, len(STRATA), n), rng.integers(0, BRANCHES, n)
    band = (rng.random(n)[:, None] > CHANCES[stratum].cumsum(axis=1)).sum(axis=1)
    known = 6.0 * rng.normal(size=n)
    mean = worth[stratum, band] + known + rng.normal(0.0, 2.0, BRANCHES)[branch]
    y = np.where(rng.random(n) < 0.25, 4.0 * mean, 0.0)
    at_standard = (band == BANDS - 1) & (rng.random(n) < 0.3)
    trial = Trial(stratum, band, branch, at_standard)
    return Drawn(trial, y, sums_of(trial, y, fit * (worth[stratum] + known[:, None])))


def whole(sums: Sums) -> Sums:
    return by_fold(sums, np.zeros(BRANCHES, np.int64), np.ones(BRANCHES))


def same(policy: Codes) -> Codes:
    """The policy (S,) in every fold."""
    return np.broadcast_to(policy, (FOLDS, len(STRATA)))


def test_chances_are_chances() -> None:
    np.testing.assert_allclose(CHANCES.sum(axis=1), 1.0)


def unbiased(found: list[float], truth: list[float] | float) -> float:
    """The mean error is chance; the spread of the errors."""
    error = np.array(found) - truth
    assert abs(error.mean()) < 4.0 * error.std() / np.sqrt(len(found))
    return float(error.std())


def test_fixed_policies_are_valued_without_bias() -> None:
    """The doubly robust value also with a model that is wrong, then only with more noise."""
    policy = WORTH.argmin(axis=1)
    truth = float(WORTH[PLACES, policy].mean())
    right = [whole(drawn(seed).sums) for seed in range(200)]
    wrong = [whole(drawn(seed, fit=-1.0).sums) for seed in range(200)]
    by_ipw = unbiased([ipw_value(sums, same(policy)) for sums in right], truth)
    by_right = unbiased([dr_value(sums, same(policy)) for sums in right], truth)
    by_wrong = unbiased([dr_value(sums, same(policy)) for sums in wrong], truth)
    assert by_right < by_ipw < by_wrong


def test_crossed_policies_are_valued_without_bias() -> None:
    """Where all bands are worth the same; the value in sample is far too high."""
    worth = np.full_like(WORTH, 5.0)
    crossed, doubly, flattered = [], [], []
    for seed in range(200):
        one = drawn(seed, worth)
        fold = deal_folds(one.trial, seed=seed)
        sums = by_fold(one.sums, fold, np.ones(BRANCHES))
        choice = learn_crossed(sums.letters, sums, BY_STRATUM)
        crossed.append(ipw_value(sums, choice))
        doubly.append(dr_value(sums, choice))
        flattered.append(in_sample_value(one.sums, BY_STRATUM)[1])
    unbiased(crossed, 5.0)
    unbiased(doubly, 5.0)
    assert np.mean(flattered) > 6.0


def study_of_drawn(one: Drawn, seed: int, replicates: int) -> Study:
    weights = np.random.default_rng(seed).exponential(size=(1 + replicates, BRANCHES))
    weights[0] = 1.0
    frame = pl.DataFrame({"tookup": (one.y != 0.0).astype(np.float64)})
    return Study(frame, one.trial, frame, (deal_folds(one.trial, seed=seed),), weights)


@pytest.mark.slow
@pytest.mark.parametrize("worth", [WORTH, np.full_like(WORTH, 5.0)])
def test_intervals_hold_the_truth(worth: Cells) -> None:
    """About 95 of 100 for a fixed policy, not fewer for learned ones, by both estimators."""
    fixed, learned = [], []
    for seed in range(150):
        one = drawn(seed, worth)
        study = study_of_drawn(one, seed, 100)
        fold = study.folds[0]
        sums = by_fold(one.sums, fold, study.weights[0])
        choice = learn_crossed(sums.letters, sums, BY_STRATUM)
        said = worth[one.trial.stratum, choice[fold[one.trial.branch], one.trial.stratum]].mean()
        for held, choose, truth in (
            (fixed, lambda counts, _: np.full(counts.shape[:2], 2), worth[:, 2].mean()),
            (learned, partial(learn_crossed, groups=BY_STRATUM), said),
        ):
            found = value(study, one.sums, choose, study.folds)
            for part in (found.ipw[:, 0], found.dr[:, 0]):
                interval = estimate(float(part[0]), part[1:], BRANCHES)
                held.append(interval.low < truth < interval.high)
    assert 0.90 <= np.mean(fixed) <= 0.99
    assert np.mean(learned) >= 0.94


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_values_by_hand(seed: int) -> None:
    """Letter by letter, with another policy for every fold, and branches of unlike weight."""
    rng = np.random.default_rng(seed)
    one = drawn(seed, n=2_000)
    fold, weight = deal_folds(one.trial, seed=seed), rng.exponential(size=BRANCHES)
    trial, m = one.trial, weight[one.trial.branch]
    choice = rng.integers(0, KINDS, (FOLDS, len(STRATA)))
    said = choice[fold[trial.branch], trial.stratum]
    agree = np.where(said == BANDS, trial.at_standard, trial.band == said)
    share = np.empty(len(m))
    for row, kind in enumerate(said):
        mine = trial.stratum == trial.stratum[row]
        of_kind = trial.at_standard if kind == BANDS else trial.band == kind
        share[row] = m[mine & of_kind].sum() / m[mine].sum()
    w = np.where(agree, m / np.where(share > 0.0, share, 1.0), 0.0)
    norm = np.array([w[trial.stratum == place].sum() for place in PLACES])
    sums = by_fold(one.sums, fold, weight)
    if not share.all() or not norm.all():
        with pytest.raises(DataError, match="strata"):
            ipw_value(sums, choice)
        return
    expected = sum(
        m[trial.stratum == place].sum() * (w * one.y)[trial.stratum == place].sum() / norm[place]
        for place in PLACES
    )
    assert ipw_value(sums, choice) == pytest.approx(expected / m.sum())
    assert average_value(sums) == pytest.approx(m @ one.y / m.sum())
    plain = by_fold(sums_of(trial, one.y, np.zeros((len(m), BANDS))), fold, weight)
    assert dr_value(plain, choice) == pytest.approx(w @ one.y / m.sum())
    shifted = by_fold(sums_of(trial, one.y, np.full((len(m), BANDS), 3.0)), fold, weight)
    expected = 3.0 + w @ (one.y - 3.0) / m.sum()
    assert dr_value(shifted, choice) == pytest.approx(expected)


def test_a_prediction_that_comes_true_is_the_value() -> None:
    one = drawn(1)
    sums = whole(
        sums_of(one.trial, WORTH[one.trial.stratum, one.trial.band], WORTH[one.trial.stratum])
    )
    policy = WORTH.argmax(axis=1)
    expected = WORTH[PLACES, policy] @ np.bincount(one.trial.stratum) / len(one.y)
    assert dr_value(sums, same(policy)) == pytest.approx(expected)
    assert ipw_value(sums, same(policy)) == pytest.approx(expected)
    np.testing.assert_allclose(sums.predicted[..., BANDS], sums.predicted[..., BANDS - 1])


def test_what_was_never_offered_has_no_value() -> None:
    one = drawn(1)
    kept = (one.trial.stratum != 5) | (one.trial.band != 3)
    columns = (one.trial.stratum, one.trial.band, one.trial.branch, one.trial.at_standard)
    trial = Trial(*(column[kept] for column in columns))
    sums = whole(sums_of(trial, one.y[kept], np.zeros((int(kept.sum()), BANDS))))
    for wanted in (ipw_value, dr_value, inverse_shares):
        with pytest.raises(DataError, match="without a letter of the kind"):
            wanted(sums, same(np.full(len(STRATA), 3)))
    assert np.isfinite(ipw_value(sums, same(np.full(len(STRATA), 2))))


def test_a_fold_that_cannot_judge_is_refused() -> None:
    """The kind was offered in the stratum, but never where the policy that names it is valued."""
    stratum = np.repeat(PLACES, 2)
    branch, band = np.tile([0, 1], len(STRATA)), np.tile([1, 2], len(STRATA))
    trial = Trial(stratum, band, branch, np.zeros(len(band), np.bool_))
    sums = by_fold(
        sums_of(trial, np.ones(len(band)), np.zeros((len(band), BANDS))),
        np.array([0, 1]),
        np.ones(2),
    )
    choice = np.full((FOLDS, len(STRATA)), 2)
    assert ipw_value(sums, choice) == pytest.approx(1.0)
    choice[0], choice[1] = 2, 1
    with pytest.raises(DataError, match="no letter of a part"):
        ipw_value(sums, choice)


def test_effective_size() -> None:
    """Equal weights: the agreeing letters. Unequal ones: Kish's formula over the letters."""
    one = drawn(3)
    sums, choice = whole(one.sums), same(np.full(len(STRATA), 2))
    weight = (1.0 / (np.bincount(one.trial.stratum, one.trial.band == 2)))[one.trial.stratum]
    weight = np.where(
        one.trial.band == 2, weight * np.bincount(one.trial.stratum)[one.trial.stratum], 0.0
    )
    assert effective_size(sums, choice) == pytest.approx(weight.sum() ** 2 / (weight @ weight))
    assert effective_size(sums, choice) < (one.trial.band == 2).sum()


def test_interval_of_replicates() -> None:
    found = estimate(3.0, np.array([1.0, 2.0, 3.0]), 1_000_000)
    assert found.standard_error == pytest.approx(1.0)
    assert (found.low, found.high) == pytest.approx((3.0 - 1.96, 3.0 + 1.96), abs=1e-3)
    assert estimate(3.0, np.array([1.0, 2.0, 3.0]), 5).low < found.low
