"""Policies stay within the support, and are learned on branches they are not valued on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench_data.kz.policy import BY_CLASS, BY_STRATUM, LEAST_LETTERS, learn, learn_crossed
from bench_data.kz.sums import Cells, by_fold, sums_of
from bench_data.kz.trial import BANDS, FOLDS, RISKS, STRATA, Codes, Trial, deal_folds
from engine.errors import DataError

SHAPE = (len(STRATA), BANDS)


def by_hand(counts: Cells, letters: Cells, outcome: Cells, groups: Codes) -> dict[int, int]:
    """``learn`` in plain loops: the band by group, for groups that have a supported one."""
    chosen: dict[int, int] = {}
    for group in sorted(set(groups.tolist())):
        strata = [s for s in range(len(STRATA)) if groups[s] == group]
        best = -np.inf
        for band in range(BANDS):
            if min(counts[s, band] for s in strata) < LEAST_LETTERS:
                continue
            worth = sum(letters[s].sum() * outcome[s, band] / letters[s, band] for s in strata)
            if worth > best:
                best, chosen[group] = worth, band
    return chosen


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([BY_CLASS, BY_STRATUM]))
def test_only_supported_bands_are_named(seed: int, groups: Codes) -> None:
    """Even where a band looks the better the fewer letters it had."""
    rng = np.random.default_rng(seed)
    low = rng.choice([1, LEAST_LETTERS - 15])
    counts = rng.integers(low, 4 * LEAST_LETTERS, SHAPE).astype(np.float64)
    letters = counts * rng.uniform(0.5, 1.5, SHAPE)
    outcome = letters * (100.0 / counts + rng.normal(size=SHAPE))
    expected = by_hand(counts, letters, outcome, groups)
    if len(expected) < len(set(groups.tolist())):
        with pytest.raises(DataError, match=f"no rate band has {LEAST_LETTERS} letters"):
            learn(counts, letters, outcome, groups)
        return
    choice = learn(counts, letters, outcome, groups)
    assert [expected[group] for group in groups] == choice.tolist()
    assert (counts[np.arange(len(STRATA)), choice] >= LEAST_LETTERS).all()


def test_one_letter_decides_over_support() -> None:
    counts = np.full(SHAPE, float(LEAST_LETTERS))
    outcome = np.ones(SHAPE)
    outcome[:, 2] = 9.0
    assert learn(counts, counts, outcome, BY_CLASS).tolist() == [2] * len(STRATA)
    counts[4, 2] -= 1
    assert learn(counts, counts, outcome, BY_CLASS).tolist() == [2, 2, 2, 0, 0, 0, 2, 2, 2]
    assert learn(counts, counts, outcome, BY_STRATUM).tolist() == [2, 2, 2, 2, 0, 2, 2, 2, 2]
    counts[4] = LEAST_LETTERS - 1
    with pytest.raises(DataError, match=r"\[\('MEDIUM', 2\)\]"):
        learn(counts, counts, outcome, BY_STRATUM)


def test_held_out_letters_do_not_teach() -> None:
    """One fold's outcomes are changed: its own policy stays, all others change."""
    rng = np.random.default_rng(1)
    n = 9_000
    trial = Trial(*(rng.integers(0, k, n) for k in (*SHAPE, 40)), np.zeros(n, np.bool_))
    fold, y = deal_folds(trial, seed=1), rng.normal(size=n)
    changed = np.where((fold[trial.branch] == 3) & (trial.band == 1), 1000.0, y)
    ones, nothing = np.ones(40), np.zeros((n, BANDS))
    before, after = (by_fold(sums_of(trial, v, nothing), fold, ones) for v in (y, changed))
    first = learn_crossed(before.letters, before, BY_STRATUM)
    second = learn_crossed(after.letters, after, BY_STRATUM)
    assert first.shape == (FOLDS, len(STRATA))
    assert first[3].tolist() == second[3].tolist()
    assert set(second[[0, 1, 2, 4]].ravel().tolist()) == {1}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(10, 80))
def test_folds_are_dealt_whole_and_even(seed: int, branches: int) -> None:
    rng = np.random.default_rng(seed)
    n = branches * 20
    branch = np.concatenate([np.arange(branches), rng.integers(0, branches, n - branches)])
    stratum = rng.integers(0, len(STRATA), n)
    trial = Trial(stratum, np.zeros_like(stratum), branch, np.zeros(n, np.bool_))
    fold = deal_folds(trial, seed=seed)
    assert len(fold) == branches
    sizes = np.bincount(fold[branch], minlength=FOLDS)
    assert len(sizes) == FOLDS
    assert sizes.max() - sizes.min() <= 3 * np.bincount(branch).max()


def test_dealings_differ_and_repeat() -> None:
    branch = np.repeat(np.arange(30), 10)
    stratum = np.arange(300) % len(STRATA)
    trial = Trial(stratum, np.zeros_like(stratum), branch, np.zeros(300, np.bool_))
    assert deal_folds(trial, seed=1).tolist() == deal_folds(trial, seed=1).tolist()
    assert deal_folds(trial, seed=1).tolist() != deal_folds(trial, seed=2).tolist()


def test_classes_and_strata() -> None:
    assert [RISKS[risk] for risk in BY_CLASS] == [risk for risk, _ in STRATA]
    assert BY_STRATUM.tolist() == list(range(len(STRATA)))
